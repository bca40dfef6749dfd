// What a supervisor sees, by the data-testids of web/README.md.
import assert from 'node:assert/strict';

/** The row of the call whose caller or callee ends in `digits`. */
export function callRow({ page }, digits) {
  return page.locator(`[data-testid^=call-row-]:is([data-caller$="${digits}"], [data-callee$="${digits}"])`);
}

/** Waits until the call is on the board in this status (queued, ringing, connected, held ...). */
export function callIs(someone, digits, status, timeout = 10_000) {
  return someone.page
    .locator(`[data-testid^=call-row-][data-status=${status}]:is([data-caller$="${digits}"], [data-callee$="${digits}"])`)
    .waitFor({ timeout });
}

/** Waits until the call has left the board and is among the ended ones, for this reason. */
export async function callEnded(someone, callId, reason, timeout = 10_000) {
  await someone.page.getByTestId(`call-row-${callId}`).waitFor({ state: 'detached', timeout });
  const ended = someone.page.getByTestId(`ended-call-row-${callId}`);
  await ended.waitFor({ timeout });
  assert.equal(await ended.getAttribute('data-reason'), reason);
}

/** Waits until the agent is in this state (available, ringing, on_call, wrap_up, paused ...). */
export function agentIs({ page }, loginId, state, timeout = 10_000) {
  return page.locator(`[data-testid=agent-row-${loginId}][data-state=${state}]`).waitFor({ timeout });
}

export async function callIdOf(someone, digits) {
  return (await callRow(someone, digits).getAttribute('data-testid')).replace('call-row-', '');
}

/** Waits until an element says exactly this. */
export async function says({ page }, testId, text, timeout = 10_000) {
  await page.getByTestId(testId).filter({ hasText: new RegExp(`^\\s*${text}\\s*$`) }).waitFor({ timeout });
}

// An agent at his desk: he changes his state and calls out; his supervisor sees it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AgentPhone, Carrier } from '../support/lab/phones.mjs';
import { services } from '../support/instance.mjs';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';
import { agentIs, callEnded, callIs, says } from './board.mjs';
import { launch, person, picture, sidewaysScroll, signIn } from './browser.mjs';

/** Rings for a second, then is answered (see the carrier's table). */
const number = '0145000010';
const digits = '145000010';

describe('agent', { timeout: 300_000 }, () => {
  let evs, browser, carrier, phone, agent, supervisor;

  before(async () => {
    evs = await startInstance();
    const env = services();
    const password = await evs.phonePassword('1001');
    carrier = await new Carrier({ address: env.EVS_CARRIER_PARIS }).start();
    phone = await new AgentPhone({ extension: '1001', password, server: `127.0.0.1:${env.EVS_SIP_PORT}`, address: env.EVS_PHONES_IP, answerAfterMs: 500 }).start();
    await evs.asteriskCli('pjsip qualify trunk-paris'); // the carrier was away until now
    const watching = await evs.login('1000');
    await waitFor('the trunk of Paris', async () => (await watching.get('/live')).trunks.find((one) => one.trunkId === 'trunk-paris').state === 'up', { timeout: 20_000 });
    browser = await launch();
    supervisor = await person(browser, evs.base);
    await signIn(supervisor, '1000');
    agent = await person(browser, evs.base);
    await signIn(agent, '1001');
  });

  after(async () => {
    await browser?.close();
    await phone?.stop();
    await carrier?.stop();
    await evs?.close();
  });

  const stateIs = (state, timeout = 10_000) => agent.page.locator(`[data-testid=state-card][data-state=${state}]`).waitFor({ timeout });

  it('changes his state, with a reason for a pause', async () => {
    await agent.page.getByTestId('set-available').click();
    await stateIs('available');
    await agentIs(supervisor, '1001', 'available');

    await agent.page.getByTestId('set-pause').click();
    await agent.page.getByTestId('pause-reason-1').click();
    await stateIs('paused');
    await says(agent, 'own-reason', 'Déjeuner');
    await agentIs(supervisor, '1001', 'paused');
    await says(supervisor, 'agent-reason-1001', 'Déjeuner');

    await agent.page.getByTestId('set-training').click();
    await agentIs(supervisor, '1001', 'training');
    await agent.page.getByTestId('set-available').click();
    await stateIs('available');
  });

  it('refuses what is no number before asking anybody', async () => {
    await agent.page.getByTestId('dial-number').fill('12;rm');
    await agent.page.getByTestId('dial-submit').click();
    await agent.page.getByText('Saisissez un numéro de téléphone').waitFor();
    await agent.page.getByTestId('dial-number').fill('');
  });

  it('calls out, talks and hangs up', async () => {
    await agent.page.getByTestId('dial-number').fill(number);
    await agent.page.getByTestId('dial-submit').click();
    await phone.waitFor('ringing', 10_000);
    await agent.page.locator('[data-testid=own-call][data-status=connected]').waitFor();
    await callIs(supervisor, digits, 'connected');
    await stateIs('on_call');
    await agentIs(supervisor, '1001', 'on_call');
    await picture(agent, 'agent-on-call');
    const callId = await agent.page.getByTestId('own-call').getAttribute('data-call-id');

    await agent.page.getByTestId('own-call-hangup').click();
    await agent.page.getByTestId('own-call').waitFor({ state: 'detached' });
    await supervisor.page.getByTestId(`call-row-${callId}`).waitFor({ state: 'detached' });
    await supervisor.page.getByTestId(`ended-call-row-${callId}`).waitFor();
    await phone.waitFor('ended', 5000);
    await stateIs('available', 30_000);
  });

  it('learns in a sentence why a call failed', async () => {
    await agent.page.getByTestId('dial-number').fill('0145000086');
    await agent.page.getByTestId('dial-submit').click();
    await callIs(supervisor, '145000086', 'ringing').catch(() => undefined); // a busy line may be over before it is drawn
    const ended = supervisor.page.locator('[data-testid^=ended-call-row-][data-reason=busy]');
    await ended.waitFor({ timeout: 15_000 });
    const callId = (await ended.getAttribute('data-testid')).replace('ended-call-row-', '');
    await callEnded(supervisor, callId, 'busy');
  });

  it('raises his hand and gets an answer', async () => {
    await agent.page.getByTestId('raise-hand').click();
    await supervisor.page.getByTestId('notice-bell').click();
    await supervisor.page.getByTestId('notice-raised-hand').getByRole('button', { name: 'Répondre' }).click();
    await supervisor.page.getByTestId('message-text').fill('J’arrive.');
    await supervisor.page.getByTestId('message-send').click();
    await agent.page.getByTestId('supervisor-message').filter({ hasText: 'J’arrive.' }).waitFor();
  });

  it('fits 1440 and 390 px, light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1440, 390]) {
        const someone = await person(browser, evs.base, { colorScheme, width });
        await signIn(someone, '1003');
        await someone.page.getByTestId('state-card').waitFor();
        await picture(someone, `agent-${colorScheme}-${width}`);
        assert.equal(await sidewaysScroll(someone), 0, `${colorScheme} ${width} scrolls sideways`);
        assert.deepEqual(someone.complaints, []);
        await someone.leave();
      }
    }
  });
});

// A supervisor's page over real calls: what happens on the phones happens on the page, without a reload.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AgentPhone, Carrier, InboundCall } from '../support/lab/phones.mjs';
import { services } from '../support/instance.mjs';
import { startInstance } from '../support/node.mjs';
import { agentIs, callEnded, callIdOf, callIs, callRow, says } from './board.mjs';
import { launch, online, person, picture, sidewaysScroll, signIn } from './browser.mjs';

const caller = '+33612345678';
const digits = caller.slice(-9);

describe('supervision', { timeout: 300_000 }, () => {
  let evs, browser, carrier, phone, desk;
  const people = [];
  const open = async (loginId, options) => {
    const someone = await person(browser, evs.base, options);
    people.push(someone);
    await signIn(someone, loginId);
    return someone;
  };
  const dialIn = (more = {}) => {
    const env = services();
    return new InboundCall({ carrier: env.EVS_CARRIER_PARIS, server: `127.0.0.1:${env.EVS_SIP_PORT}`, did: '+33140000001', caller, ...more }).start();
  };

  before(async () => {
    evs = await startInstance();
    const env = services();
    const password = await evs.phonePassword('1001');
    carrier = await new Carrier({ address: env.EVS_CARRIER_PARIS }).start();
    phone = await new AgentPhone({ extension: '1001', password, server: `127.0.0.1:${env.EVS_SIP_PORT}`, address: env.EVS_PHONES_IP, answerAfterMs: null }).start();
    const agent = await evs.login('1001');
    desk = await evs.live(agent);
    await agent.post('/agents/user-1001/status', { status: 'En Attente' });
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    await desk?.close();
    await phone?.stop();
    await carrier?.stop();
    await evs?.close();
  });

  it('shows a call appear, change and end in two browsers at once', async () => {
    const boards = [await open('1000'), await open('9000')];
    const both = (look) => Promise.all(boards.map(look));
    await both((board) => agentIs(board, '1001', 'available'));
    await both((board) => says(board, 'kpi-live-calls', '0'));
    const loads = boards.map((board) => board.loads);

    const call = await dialIn();
    try {
      await both((board) => callIs(board, digits, 'ringing'));
      await both((board) => agentIs(board, '1001', 'ringing'));
      await both((board) => says(board, 'kpi-live-calls', '1'));
      await both((board) => says(board, 'kpi-waiting', '1'));
      const callId = await callIdOf(boards[0], digits);
      assert.equal(await callIdOf(boards[1], digits), callId);

      await phone.answer();
      await both((board) => callIs(board, digits, 'connected'));
      await both((board) => agentIs(board, '1001', 'on_call'));
      await both((board) => says(board, 'kpi-waiting', '0'));
      const before = await callRow(boards[0], digits).getByTestId('call-duration').textContent();
      await boards[0].page.waitForFunction(([id, was]) => globalThis.document.querySelector(`[data-testid="call-row-${id}"] [data-testid=call-duration]`).textContent !== was, [callId, before]);
      await picture(boards[0], 'call-connected');

      await call.hangup();
      await both((board) => callEnded(board, callId, 'caller_hangup'));
      await both((board) => agentIs(board, '1001', 'wrap_up'));
      await both((board) => says(board, 'kpi-live-calls', '0'));
      await both((board) => agentIs(board, '1001', 'available', 30_000));
    } finally {
      await call.stop();
    }
    assert.deepEqual(boards.map((board) => board.loads), loads, 'a page was loaded again');
    for (const board of boards) assert.deepEqual(board.complaints, []);
  });

  it('hangs a call up', async () => {
    const board = people[0];
    await agentIs(board, '1001', 'available', 30_000);
    const call = await dialIn();
    try {
      await callIs(board, digits, 'ringing');
      const callId = await callIdOf(board, digits);
      await phone.answer();
      await callIs(board, digits, 'connected');
      await callRow(board, digits).getByTestId('call-hangup').click();
      await board.page.getByTestId('call-hangup-confirm').click();
      await callEnded(board, callId, 'api_hangup');
      await call.waitFor('ended', 5000);
    } finally {
      await call.stop();
    }
  });

  it('narrows to a site and to a name', async () => {
    const { page } = people[0];
    await page.getByTestId('site-filter').click();
    await page.getByRole('option', { name: 'Lyon' }).click();
    await page.getByTestId('agent-row-1001').waitFor({ state: 'detached' });
    await page.getByTestId('agent-row-1002').waitFor();
    await page.getByTestId('site-filter').click();
    await page.getByRole('option', { name: 'Tous les sites' }).click();
    await page.getByTestId('board-search').fill('1003');
    await page.getByTestId('agent-row-1003').waitFor();
    await page.getByTestId('agent-row-1001').waitFor({ state: 'detached' });
    await page.getByTestId('board-search').fill('');
    await page.getByTestId('agent-row-1001').waitFor();
  });

  it('says when the link is cut, and is in step again by itself', async () => {
    const board = people[0];
    const { loads } = board;
    await evs.stop();
    await board.page.getByTestId('connection-banner').waitFor();
    await evs.start();
    await online(board, 30_000);
    await board.page.getByTestId('connection-banner').waitFor({ state: 'detached' });
    await board.page.getByTestId('agent-row-1001').waitFor();
    assert.equal(board.loads, loads);
  });

  it('keeps the session across a reload of the page', async () => {
    const board = people[1];
    await board.page.reload();
    await online(board);
    await board.page.getByTestId('agents-panel').waitFor();
  });

  it('ends the older session when the same person signs in elsewhere, and says why', async () => {
    const older = people[1];
    await open('9000');
    await older.page.getByTestId('login-notice').waitFor();
    assert.match(await older.page.getByTestId('login-notice').textContent(), /déconnecté/);
  });

  it('fits 1440 and 390 px, light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1440, 390]) {
        const someone = await person(browser, evs.base, { colorScheme, width });
        await someone.page.goto('/');
        await someone.page.getByTestId('login-submit').waitFor();
        await picture(someone, `login-${colorScheme}-${width}`);
        await signIn(someone, '1000');
        await someone.page.locator('[data-testid^=call-row-], [data-testid=calls-panel]').first().waitFor();
        await picture(someone, `supervision-${colorScheme}-${width}`);
        assert.equal(await sidewaysScroll(someone), 0, `${colorScheme} ${width} scrolls sideways`);
        assert.equal(await someone.page.evaluate(() => globalThis.document.documentElement.dataset.mantineColorScheme), colorScheme);
        assert.deepEqual(someone.complaints, []);
        await someone.leave();
      }
    }
  });
});

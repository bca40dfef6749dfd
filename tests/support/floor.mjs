// A small call centre in full operation for a test file: a node, both carriers, agents with phones, a supervisor who
// watches. One flow follows the other; after each, clear() brings everybody home.
//
//   const floor = await openFloor({ agents: ['1001', '1002'], sql: ['update queues set ring_timeout_s = 2'] });
//   await floor.available('1001');
//   const caller = await floor.caller('+33140000001');          // InboundCall, with its own number
//   const call = await floor.callFrom(caller);                  // its callId, once the dashboard shows it
//   await floor.sees(call, 'ringing', { 1001: 'Ringing' });     // on the WebSocket, then on GET /api/live
//   await floor.clear();                                        // afterEach
//   await floor.close();                                        // after
import assert from 'node:assert/strict';
import { services } from './instance.mjs';
import { AgentPhone, Carrier, InboundCall } from './lab/phones.mjs';
import { startInstance } from './node.mjs';
import { waitFor } from './wait.mjs';

/**
 * Options: agents (login ids who get a phone), sql (statements before the node starts), config (node.mjs).
 */
export async function openFloor({ agents = [], sql = [], config = {} } = {}) {
  const floor = new Floor();
  try {
    await floor.open(agents, sql, config);
  } catch (error) {
    await floor.close();
    throw error;
  }
  return floor;
}

class Floor {
  phones = {};
  sessions = {};
  callers = [];
  #lastNumber = 0;

  async open(agents, sql, config) {
    this.env = services();
    this.server = `127.0.0.1:${this.env.EVS_SIP_PORT}`;
    this.paris = await new Carrier({ address: this.env.EVS_CARRIER_PARIS }).start();
    this.lyon = await new Carrier({ address: this.env.EVS_CARRIER_LYON }).start();
    this.evs = await startInstance({ config, start: false });
    for (const statement of sql) await this.evs.query(statement);
    await this.evs.start();
    this.supervisor = await this.evs.login('1000');
    this.board = await this.evs.live(this.supervisor);
    for (const login of agents) {
      const password = await this.evs.phonePassword(login);
      this.phones[login] = await new AgentPhone({ extension: login, password, server: this.server, address: this.env.EVS_PHONES_IP }).start();
    }
    for (const trunk of ['trunk-paris', 'trunk-lyon']) await this.evs.asteriskCli(`pjsip qualify ${trunk}`); // the carriers were away until now
    await waitFor('both trunks and all phones', async () => {
      const live = await this.live();
      return live.trunks.every((t) => t.state === 'up') &&
        agents.every((login) => live.agents.find((a) => a.loginId === login).phoneReachable);
    }, { timeout: 20_000, every: 200 });
    this.mark = this.board.events.length;
  }

  async close() {
    for (const caller of this.callers) await caller.stop();
    for (const phone of Object.values(this.phones)) await phone.stop();
    await this.paris?.stop();
    await this.lyon?.stop();
    await this.evs?.close();
  }

  /** Ends what a flow left behind, also a failed one; every agent signs out, so that the next flow knows who is there. */
  async clear() {
    for (const caller of this.callers.splice(0)) await caller.stop();
    await waitFor('the end of all calls', async () => {
      const { calls } = await this.live();
      for (const call of calls) await this.supervisor.raw('POST', `/call/${call.callId}/hangup`, {});
      return calls.length === 0;
    }, { timeout: 15_000, every: 200 });
    for (const [login, phone] of Object.entries(this.phones)) Object.assign(phone, { answerAfterMs: 300, reject: false, from: phone.events.length, login });
    for (const [login, session] of Object.entries(this.sessions)) await session.post(`/agents/user-${login}/status`, { status: 'Déconnecté' });
    await this.agentsAre(Object.fromEntries(Object.keys(this.sessions).map((login) => [login, 'Déconnecté'])));
    this.mark = this.board.events.length;
  }

  // --- people ------------------------------------------------------------------------------------------------------
  /** The agent's REST session; he signs in when he acts for the first time. */
  async agent(login) { return (this.sessions[login] ??= await this.evs.login(login)); }

  /** The agents sign in and wait for calls, the first named waiting longest. */
  async available(...logins) {
    for (const login of logins) await this.status(login, 'En Attente');
    await this.agentsAre(Object.fromEntries(logins.map((login) => [login, 'En Attente'])));
  }

  async status(login, status, reason) {
    const session = await this.agent(login);
    return session.post(`/agents/user-${login}/status`, { status, ...(reason ? { reason } : {}) });
  }

  /** Somebody dials a DID, from a number that nobody else has. */
  async caller(did, { site = 'paris', hangUpAfterMs = null } = {}) {
    const number = `+336${String(process.pid).padStart(5, '0').slice(-5)}${String(++this.#lastNumber).padStart(3, '0')}`;
    const carrier = site === 'paris' ? this.env.EVS_CARRIER_PARIS : this.env.EVS_CARRIER_LYON;
    const caller = new InboundCall({ carrier, server: this.server, did, caller: number, hangUpAfterMs });
    this.callers.push(caller);
    return caller.start();
  }

  /** What the phone does next, from the start of this flow on. */
  phoneEvent(login, type, timeoutMs = 8000) {
    const phone = this.phones[login];
    return phone.waitFor(type, timeoutMs, { from: phone.from ?? 0 });
  }
  phoneEvents(login, type) {
    const phone = this.phones[login];
    return phone.events.slice(phone.from ?? 0).filter((event) => event.type === type);
  }

  // --- what the dashboard shows ------------------------------------------------------------------------------------
  live() { return this.supervisor.get('/live'); }

  /** The callId of that caller, from the newCall event. */
  async callFrom(caller) {
    const { payload } = await this.board.waitFor('newCall', (call) => call.caller === caller.caller, { since: this.mark });
    return payload.callId;
  }

  /** Waits for the call's state on the WebSocket, then for it and the agents' states on GET /api/live. */
  async sees(call, status, agents = {}, { timeout = 10_000, agent, times = 1 } = {}) {
    const fits = (c) => c.callId === call && c.status === status && (agent === undefined || c.agentId === `user-${agent}`);
    await waitFor(`${call} ${status}`, () => this.board.events.slice(this.mark)
      .filter((e) => (e.type === 'callUpdate' || e.type === 'newCall') && fits(e.payload)).length >= times, { timeout });
    await waitFor(`${call} ${status} on /api/live`, async () => (await this.live()).calls.find(fits), { timeout: 3000 });
    await this.agentsAre(agents);
  }

  /** Waits until the WebSocket and GET /api/live show these agents in these states: {1001: 'En Appel'}. Returns them. */
  async agentsAre(states, { timeout = 5000 } = {}) {
    return waitFor(`agents ${JSON.stringify(states)}`, async () => {
      const heard = new Map(this.board.snapshot.agents.map((a) => [a.loginId, a]));
      for (const { payload } of this.board.of('agentStatusUpdate')) heard.set(payload.loginId, payload);
      if (!Object.keys(states).every((login) => heard.get(login).status === states[login])) return null;
      const { agents } = await this.live();
      const found = Object.keys(states).map((login) => agents.find((a) => a.loginId === login));
      return found.every((a) => a.status === states[a.loginId]) ? found : null;
    }, { timeout }).catch(async (error) => {
      const { agents } = await this.live();
      throw new Error(`${error.message}; are: ${agents.filter((a) => a.loginId in states).map((a) => `${a.loginId} ${a.status} ${a.reason ?? ''}`)}`);
    });
  }

  /** Waits for the end of the call; returns the callHangup event's payload. The call is then no longer on GET /api/live. */
  async ended(call, { timeout = 15_000 } = {}) {
    const { payload } = await this.board.waitFor('callHangup', (c) => c.callId === call, { timeout, since: this.mark });
    assert.equal((await this.live()).calls.find((c) => c.callId === call), undefined, 'an ended call is off the board');
    return payload;
  }

  /**
   * The call's life as its events told it: ['offered', 'queued', 'ringing', ..., 'ended']; checks the versions' order.
   * An agent's own door shows it from when it is his; an update that repeats what newCall said is not news.
   */
  story(call, door = this.board) {
    const events = door.events.filter((e) => ['newCall', 'callUpdate', 'callHangup'].includes(e.type) && e.payload.callId === call)
      .filter((e, i, all) => door === this.board || e.type !== 'callUpdate' || e.payload.version !== all[i - 1]?.payload.version);
    assert.equal(events.filter((e) => e.type === 'newCall').length, 1, 'one newCall');
    assert.equal(events[0].type, 'newCall', 'newCall comes first');
    assert.ok(events.filter((e) => e.type === 'callHangup').length <= 1, 'at most one callHangup');
    const versions = events.filter((e) => e.payload.version !== undefined).map((e) => e.payload.version);
    for (let i = 1; i < versions.length; i++) assert.ok(versions[i] > versions[i - 1], `versions rise: ${versions}`);
    return events.map((e) => (e.type === 'callHangup' ? 'ended' : e.payload.status));
  }

  /** Nothing was healed, nothing crashed: what happened was understood when it happened. */
  async sound() {
    const counted = Object.entries(await this.evs.metrics()).filter(([name, value]) => /^evs_(heals|actor_crashes)_total/.test(name) && value > 0);
    assert.deepEqual(counted, []);
    assert.deepEqual(this.evs.log().split('\n').filter((line) => /^\S+ \S+ error /.test(line)), []);
  }

  /** The states an agent went through since the flow began, as his events told them. */
  agentStory(login, since = this.mark) {
    return this.board.events.slice(since).filter((e) => e.type === 'agentStatusUpdate' && e.payload.agentId === `user-${login}`)
      .map((e) => e.payload.status).filter((status, i, all) => status !== all[i - 1]);
  }
}

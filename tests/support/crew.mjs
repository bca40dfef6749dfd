// People on the phone around a node that has accidents: agents who are signed in, registered and available, callers, and
// the board as REST gives it, which survives a node's restart (floor.mjs follows the WebSocket of a node that lives).
//
//   const crew = await Crew.hire(evs, ['1001', '1002'], { answerAfterMs: 200 });
//   const caller = await crew.call('+33612345601');
//   await crew.until('a conversation', (board) => board.callOf['33612345601']?.status === 'connected');
//   await crew.leave();                                   // always, before evs.close()
import { AgentPhone, InboundCall } from './lab/phones.mjs';
import { asteriskCli, services } from './instance.mjs';
import { waitFor } from './wait.mjs';

/** Configuration for files that sign many people in and make many calls: cheap hashes, short wrap-ups. */
export const brisk = { auth: { argon2: { memory: '8MiB', operations: 1 } }, telephony: { default_wrap_up: '1s' } };

const busy = ['Ringing', 'En Appel', 'Mise en attente', 'En Post-Appel'];

/** "+33 6 12" -> "33612": how numbers are compared across Asterisk, the API and the phones. */
export const digits = (number) => number.replace(/\D/g, '').replace(/^00/, '').replace(/^0(?=\d{9}$)/, '33');

export class Crew {
  #evs;
  #agents = new Map();
  callers = [];

  constructor(evs) { this.#evs = evs; }

  /** Agents of these loginIds, available in that order (the first one is the longest idle). */
  static async hire(evs, loginIds, options = {}) {
    const crew = new Crew(evs);
    try {
      crew.supervisor = await evs.login('1000');
      await Promise.all(loginIds.map((loginId) => crew.#take(loginId, options)));
      await crew.until('all phones to be reachable', (board) => loginIds.every((one) => board.agentOf[one].phoneReachable));
      for (const loginId of loginIds) await crew.status(loginId, 'En Attente');
    } catch (error) {
      await crew.leave();
      throw error;
    }
    return crew;
  }

  async #take(loginId, options) {
    const env = services();
    const [row] = await this.#evs.query('select id, extension from users where login_id = $1', [loginId]);
    const phone = new AgentPhone({ extension: row.extension, password: await this.#evs.phonePassword(loginId), server: `127.0.0.1:${env.EVS_SIP_PORT}`,
      address: env.EVS_PHONES_IP, answerAfterMs: 200, ...options });
    const agent = { id: row.id, loginId, phone, session: await this.#evs.login(loginId) };
    this.#agents.set(loginId, agent);
    await phone.start();
  }

  agent(loginId) { return this.#agents.get(loginId); }
  byId(id) { return this.agents.find((one) => one.id === id); }
  get agents() { return [...this.#agents.values()]; }

  status(loginId, status) {
    const { id, session } = this.agent(loginId);
    return session.post(`/agents/${id}/status`, { status });
  }

  /** A caller from Paris (or, by his DID, Lyon), on his way. */
  async call(number, { did = '+33140000001', ...options } = {}) {
    const env = services();
    const carrier = did.startsWith('+334') ? env.EVS_CARRIER_LYON : env.EVS_CARRIER_PARIS;
    const caller = new InboundCall({ carrier, server: `127.0.0.1:${env.EVS_SIP_PORT}`, did, caller: number, ...options });
    caller.number = number;
    this.callers.push(caller);
    return caller.start();
  }

  /** The agent calls that number; resolves with the callId. */
  async dial(loginId, destination) {
    const { id, session } = this.agent(loginId);
    return (await session.post('/call/originate', { agentId: id, destination })).callId;
  }

  /** GET /api/live by name: agentOf[loginId], callOf[the outside party's digits]. */
  async board() {
    const live = await this.supervisor.get('/live');
    return {
      ...live,
      agentOf: Object.fromEntries(live.agents.map((one) => [one.loginId, one])),
      callOf: Object.fromEntries(live.calls.map((one) => [digits(one.direction === 'inbound' ? one.caller : one.callee), one])),
      count: (status) => live.calls.filter((one) => one.status === status).length,
    };
  }

  /** Polls the board until `test(board)` is true; returns that board. */
  until(what, test, options) {
    let seen;
    return waitFor(what, async () => {
      seen = await this.board();
      return test(seen) && seen;
    }, options).catch((error) => {
      if (!seen) throw error;
      const calls = seen.calls.map((one) => `${one.caller}->${one.callee} ${one.status} ${one.agentId ?? ''}`);
      const agents = seen.agents.filter((one) => one.status !== 'Déconnecté').map((one) => `${one.loginId} ${one.status} ${one.reason ?? ''}`);
      throw new Error(`Waited ${options?.timeout ?? 10_000} ms in vain for ${what}. Calls: ${calls.join(', ') || 'none'}. Agents: ${agents.join(', ') || 'none'}`);
    });
  }

  /** Nobody talks, rings, waits or wraps up any more. */
  untilQuiet(options) {
    return this.until('quiet', (board) => board.calls.length === 0
      && this.agents.every((one) => !busy.includes(board.agentOf[one.loginId].status)), options);
  }

  /** The trunk's carrier is there: asked now instead of at Asterisk's next turn. */
  async trunkUp(id) {
    await asteriskCli(`pjsip qualify ${id}`);
    await this.until(`${id} to be usable`, (board) => board.trunks.some((one) => one.trunkId === id && one.state !== 'down'), { timeout: 20_000 });
  }

  /** Every phone's and caller's notes of an end: who compares it before and after knows whether anybody noticed. */
  endings() {
    return [...this.agents.map((one) => one.phone), ...this.callers].reduce((sum, one) => sum + one.all('ended').length, 0);
  }

  /** Callers of an earlier test hang up; the agents wait for calls again, the first one longest. */
  async rest(loginIds = [...this.#agents.keys()]) {
    for (const caller of this.callers.splice(0)) await caller.stop();
    await waitFor('the end of all calls', async () => {
      const { calls } = await this.board();
      for (const { callId } of calls) await this.supervisor.raw('POST', `/call/${callId}/hangup`, {});
      return calls.length === 0;
    }, { every: 200 });
    for (const { loginId, phone } of this.agents) {
      Object.assign(phone, { answerAfterMs: 200, reject: false });
      await this.status(loginId, 'En Pause');
    }
    for (const loginId of loginIds) await this.status(loginId, 'En Attente');
    await this.until('the crew to be ready', (board) => loginIds.every((one) => board.agentOf[one].status === 'En Attente'));
  }

  async leave() {
    await Promise.allSettled(this.callers.map((one) => one.stop()));
    await Promise.allSettled(this.agents.map((one) => one.phone.stop()));
  }
}

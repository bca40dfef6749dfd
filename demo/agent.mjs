// One agent's browser: signs in, keeps the live connection, is available, now and then pauses, calls or hangs up.
// Uses only the public contract (REST and the native WebSocket door).
import WebSocket from 'ws';

const AVAILABLE = 'En Attente';
const PAUSED = 'En Pause';
const OFFLINE = 'Déconnecté';

const between = (low, high) => low + Math.random() * (high - low);
const seconds = (count) => count * 1000;

export class Agent {
  #token;
  #socket;
  #timers = new Set();
  #stopped = false;
  #failures = 0;

  /** base: URL of the node; say: where to write what happens. */
  constructor(base, loginId, say) {
    Object.assign(this, { base, loginId, say, id: null, status: null, callId: null });
  }

  get available() { return this.status === AVAILABLE; }
  get connected() { return this.#socket?.readyState === WebSocket.OPEN; }

  /** Signs in and stays: a lost connection or a restarted node is answered by signing in again, ever more patiently. */
  async run() {
    if (this.#stopped) return;
    try {
      const { user, accessToken } = await this.#request('POST', '/auth/login', { loginId: this.loginId, password: this.loginId });
      this.id = user.id;
      this.#token = accessToken;
      await this.#connect();
      this.#failures = 0;
      this.#pauseSometimes();
    } catch (error) {
      if (this.#failures++ === 0) this.say(`${this.loginId}: ${error.message}; trying again`);
      this.#again();
    }
  }

  stop() {
    this.#stopped = true;
    this.#forgetTimers();
    this.#socket?.terminate();
  }

  /** Clicks on a number; hangs up after a while unless the customer was faster. */
  async call(number, campaignId) {
    const { callId } = await this.#request('POST', '/call/originate', { agentId: this.id, destination: number, ...(campaignId ? { campaignId } : {}) });
    this.#later(between(seconds(25), seconds(90)), () => this.#hangUp(callId));
    return callId;
  }

  // --- live connection ---------------------------------------------------------------------------------------------
  async #connect() {
    const { ticket } = await this.#request('POST', '/auth/ws-ticket', {});
    const socket = new WebSocket(`${this.base.replace('http', 'ws')}/api/ws`, ['evs.v1', `ticket.${ticket}`]);
    this.#socket = socket;
    socket.on('message', (data) => this.#read(JSON.parse(data.toString())));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      if (this.#socket !== socket || this.#stopped) return;
      this.status = null; // unknown until the next snapshot
      this.#forgetTimers();
      this.#again();
    });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('close', (code) => reject(new Error(`live connection refused (${code})`)));
    });
  }

  #read(frame) {
    const events = Array.isArray(frame) ? frame : [frame];
    for (const { type, payload, snapshot } of events) {
      if (snapshot) this.#see(snapshot.agents?.find((agent) => (agent.agentId ?? agent.id) === this.id) ?? { status: OFFLINE });
      else if (type === 'agentStatusUpdate' && payload.agentId === this.id) this.#see(payload);
    }
  }

  #see({ status, callId }) {
    const before = this.status;
    this.status = status;
    this.callId = callId ?? null;
    if (status === before) return;
    if (status === OFFLINE) this.#later(between(200, 1500), () => this.#set(AVAILABLE));
    // The system's own pause (missed calls) and one that an earlier run left are ended like a person would.
    if (status === PAUSED && !this.resting) this.#later(between(seconds(10), seconds(40)), () => this.#set(AVAILABLE));
    if (status === 'En Appel' && Math.random() < 0.3) {
      const mine = this.callId;
      this.#later(between(seconds(20), seconds(80)), () => (this.callId === mine && mine ? this.#hangUp(mine) : undefined));
    }
  }

  // --- habits ------------------------------------------------------------------------------------------------------
  #pauseSometimes() {
    this.#later(between(seconds(240), seconds(900)), async () => {
      if (this.available) {
        this.resting = true;
        await this.#set(PAUSED, Math.random() < 0.5 ? 'Café' : 'Déjeuner');
        this.#later(between(seconds(40), seconds(150)), async () => {
          this.resting = false;
          await this.#set(AVAILABLE);
        });
      }
      this.#pauseSometimes();
    });
  }

  #set(status, reason) {
    return this.#request('POST', `/agents/${this.id}/status`, { status, ...(reason ? { reason } : {}) });
  }

  async #hangUp(callId) {
    await this.#request('POST', `/call/${callId}/hangup`, {}).catch((error) => {
      if (![404, 409].includes(error.status)) throw error; // the other side was faster
    });
  }

  // --- plumbing ----------------------------------------------------------------------------------------------------
  #again() { this.#later(Math.min(seconds(30), 1000 * 2 ** this.#failures) * between(0.7, 1.3), () => this.run()); }

  #later(wait, what) {
    const timer = setTimeout(async () => {
      this.#timers.delete(timer);
      try {
        await what();
      } catch (error) {
        this.say(`${this.loginId}: ${error.message}`);
        if (error.status === 401) this.#socket?.close(); // the token has run out: sign in again
      }
    }, wait);
    this.#timers.add(timer);
  }

  #forgetTimers() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.resting = false;
  }

  async #request(method, path, body) {
    const answer = await fetch(`${this.base}/api${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(this.#token && path !== '/auth/login' ? { authorization: `Bearer ${this.#token}` } : {}) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    }).catch((error) => { throw new Error(`${path}: ${error.cause?.code ?? error.message}`); });
    const text = await answer.text();
    if (!answer.ok) throw Object.assign(new Error(`${path}: ${answer.status} ${text.slice(0, 200)}`), { status: answer.status });
    return text ? JSON.parse(text) : {};
  }
}

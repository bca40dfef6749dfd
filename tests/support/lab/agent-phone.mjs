// An agent's phone: registers on Asterisk and does with a call what the test tells it.

import { Baresip } from './baresip.mjs';

/**
 * Events: registered, unregistered, registration_failed, ringing {from, callId}, answered, held, resumed, rejected,
 * ended {reason}. Each carries `at` in ms.
 */
export class AgentPhone extends Baresip {
  /**
   * @param options extension, password, server "127.0.0.1:25060", address the phone's own IP.
   *   answerAfterMs: number answers by itself after that time (default 300), null never answers (rings until cancelled);
   *   reject: true answers 486 Busy Here at once.
   */
  constructor({ extension, password, server, address, answerAfterMs = 300, reject = false }) {
    super();
    Object.assign(this, { extension, password, server, address, answerAfterMs, reject });
  }

  /** Starts and registers; resolves once Asterisk has accepted the registration. */
  async start() {
    const from = this.events.length;
    await this.launch({
      address: this.address,
      account:
        `<sip:${this.extension}@${this.server};transport=udp>;auth_user=${this.extension};auth_pass=${this.password}` +
        ';regint=120;answermode=manual;audio_codecs=pcma',
      onEvent: (event) => this.#on(event),
    });
    // The registration may have been answered before the control port was connected.
    await Promise.race([this.waitFor('registered', 5000, { from }), this.#alreadyRegistered(from)]);
    return this;
  }

  /** Hangs up, takes its registration back and ends. */
  async stop() {
    await this.shutDown();
  }

  /** Disappears without a word, as on a power cut. */
  async vanish() {
    await this.shutDown({ abruptly: true });
  }

  answer() {
    return this.command('accept');
  }

  /** Ends the call; while it rings: refuses it with 486. */
  hangup() {
    return this.command('hangup');
  }

  async hold() {
    await this.command('hold');
    this.note('held');
  }

  async resume() {
    await this.command('resume');
    this.note('resumed');
  }

  /** Dials a number on the phone itself. */
  dial(number) {
    return this.command('dial', `sip:${number}@${this.server}`);
  }

  async #alreadyRegistered(from) {
    for (let tries = 0; tries < 50; tries++) {
      const info = await this.command('reginfo').catch(() => '');
      if (/\bOK\b/.test(info)) {
        if (!this.events.slice(from).some((event) => event.type === 'registered')) this.note('registered');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${this.extension} could not register: ${this.output.split('\n').slice(-5).join(' ')}`);
  }

  #on(event) {
    switch (event.type) {
      case 'REGISTER_OK':
        return this.note('registered');
      case 'REGISTER_FAIL':
        return this.note('registration_failed', { reason: event.param });
      case 'UNREGISTERING':
        return this.note('unregistered');
      case 'CALL_INCOMING':
        this.note('ringing', { from: event.peeruri, name: event.peerdisplayname, callId: event.id });
        return this.#react(event.id);
      case 'CALL_ESTABLISHED':
        return this.note('answered', { callId: event.id });
      case 'CALL_CLOSED':
        return this.note('ended', { reason: event.param, callId: event.id });
      default:
        return undefined;
    }
  }

  #react(callId) {
    if (this.reject) {
      this.note('rejected');
      this.hangup().catch(() => {});
    } else if (this.answerAfterMs !== null) {
      const position = this.events.length;
      setTimeout(() => {
        // An earlier call may end meanwhile: only this one's end matters.
        if (!this.events.slice(position).some((event) => event.type === 'ended' && event.callId === callId)) this.answer().catch(() => {});
      }, this.answerAfterMs);
    }
  }
}

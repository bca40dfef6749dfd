// A caller on the public network: his call comes out of a site's gateway, so it is sent from the carrier's IP address.

import { Baresip } from './baresip.mjs';

/** Events: dialled, progress, connected (Asterisk has answered), ended {reason}. Each carries `at` in ms. */
export class InboundCall extends Baresip {
  /**
   * @param options carrier: the carrier's IP ("127.0.1.11"), server "127.0.0.1:25060", did, caller number.
   *   hangUpAfterMs: the caller ends the call that long after it was connected (null: never by himself).
   */
  constructor({ carrier, server, did, caller, hangUpAfterMs = null }) {
    super();
    Object.assign(this, { carrier: carrier.split(':')[0], server, did, caller, hangUpAfterMs });
  }

  /** Dials; resolves when the call is on its way. */
  async start() {
    await this.launch({
      address: this.carrier,
      account: `<sip:${this.caller}@${this.carrier};transport=udp>;regint=0;answermode=manual;audio_codecs=pcma`,
      onEvent: (event) => this.#on(event),
    });
    this.note('dialled');
    await this.command('dial', `sip:${this.did}@${this.server}`);
    return this;
  }

  hangup() {
    return this.command('hangup');
  }

  /** Ends the call, if it lasts, and the process. */
  async stop() {
    await this.shutDown();
  }

  /** As a person: who still hears somebody presses the button again. (A hang-up that meets a re-INVITE can be lost.) */
  #insist() {
    if (this.closed) return;
    this.hangup().catch(() => {});
    setTimeout(() => this.#insist(), 500).unref();
  }

  #on(event) {
    switch (event.type) {
      case 'CALL_RINGING':
      case 'CALL_PROGRESS':
        return this.note('progress');
      case 'CALL_ESTABLISHED':
        if (this.hangUpAfterMs !== null) setTimeout(() => this.#insist(), this.hangUpAfterMs);
        return this.note('connected');
      case 'CALL_CLOSED':
        this.closed = true;
        return this.note('ended', { reason: event.param });
      default:
        return undefined;
    }
  }
}

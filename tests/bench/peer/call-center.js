// Calls and agents as the AMI events tell them; every change is handed to `publish` as { type, payload }.
export class CallCenter {
  #publish;
  #calls = new Map(); // linkedid -> call
  #channels = new Map(); // uniqueid -> linkedid
  #agents = new Map(); // agentId -> { status, since }

  constructor(publish) {
    this.#publish = publish;
  }

  *presentState() {
    for (const [agentId, agent] of this.#agents) yield { type: 'agentStatusUpdate', payload: { agentId, ...agent } };
    for (const call of this.#calls.values()) yield { type: 'newCall', payload: call };
  }

  onNewChannel(e) {
    this.#channels.set(e.uniqueid, e.linkedid);
    const known = this.#calls.get(e.linkedid);
    if (known) {
      known.channels += 1;
      return;
    }
    const trunkId = endpointOf(e.channel);
    const call = {
      callId: e.linkedid,
      caller: e.calleridnum,
      callee: e.exten,
      direction: e.context === 'evs-from-trunk' ? 'inbound' : 'outbound',
      siteId: trunkId.replace('trunk-', 'site-'),
      trunkId,
      did: e.exten,
      timestamp: new Date().toISOString(),
      status: 'ringing',
      channels: 1,
    };
    this.#calls.set(call.callId, call);
    this.#publish({ type: 'newCall', payload: call });
  }

  onNewState(e) {
    const call = this.#calls.get(e.linkedid);
    if (!call || e.channelstatedesc !== 'Up' || call.status === 'queued') return;
    call.status = 'queued';
    call.answeredAt = Date.now();
    this.#publish({ type: 'callUpdate', payload: { callId: call.callId, status: call.status } });
  }

  onBridgeEnter(e) {
    const call = this.#calls.get(e.linkedid);
    if (!call) return;
    call.status = 'connected';
    const agentId = agentOf(e.channel);
    if (agentId) call.agentId = agentId;
    this.#publish({ type: 'callUpdate', payload: { callId: call.callId, status: call.status, agentId: call.agentId } });
  }

  onHangup(e) {
    const linkedid = this.#channels.get(e.uniqueid) ?? e.linkedid;
    this.#channels.delete(e.uniqueid);
    const call = this.#calls.get(linkedid);
    if (!call) return;
    call.channels -= 1;
    if (call.channels > 0) return;
    this.#calls.delete(linkedid);
    const now = Date.now();
    this.#publish({
      type: 'callHangup',
      payload: {
        callId: call.callId,
        duration: Math.round((now - Date.parse(call.timestamp)) / 1000),
        billableDuration: call.answeredAt ? Math.round((now - call.answeredAt) / 1000) : 0,
        endReason: e['cause-txt'],
        direction: call.direction,
        agentId: call.agentId,
      },
    });
  }

  onDeviceState(e) {
    const agentId = agentOf(e.device);
    if (!agentId) return;
    const status = { NOT_INUSE: 'En Attente', RINGING: 'Ringing', INUSE: 'En Appel', ONHOLD: 'Mise en attente' }[e.state];
    const agent = { status: status ?? 'Déconnecté', since: new Date().toISOString() };
    if (this.#agents.get(agentId)?.status === agent.status) return;
    this.#agents.set(agentId, agent);
    this.#publish({ type: 'agentStatusUpdate', payload: { agentId, ...agent } });
  }
}

const endpointOf = (channel) => channel.slice(channel.indexOf('/') + 1, channel.lastIndexOf('-'));

function agentOf(device) {
  const match = /^PJSIP\/(\d{4})(?:-|$)/.exec(device);
  return match ? `user-${match[1]}` : undefined;
}

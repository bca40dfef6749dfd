// A pretend call centre that lives by itself: agents, calls, queues, trunks. Development only.
const first = ['Camille', 'Léa', 'Manon', 'Inès', 'Hugo', 'Louis', 'Jules', 'Nora', 'Théo', 'Sarah', 'Adam', 'Chloé', 'Yanis', 'Emma', 'Paul', 'Lina', 'Marc', 'Zoé', 'Karim', 'Anaïs'];
const last = ['Martin', 'Bernard', 'Petit', 'Durand', 'Leroy', 'Moreau', 'Simon', 'Laurent', 'Benali', 'Garcia', 'Roux', 'Fournier', 'Haddad', 'Girard', 'Bonnet', 'Dupuis', 'Lambert', 'Fontaine', 'Rousseau', 'Vincent'];
const pauses = ['Pause courte', 'Déjeuner', 'Réunion', 'ring_no_answer'];
const iso = (at = Date.now()) => new Date(at).toISOString();
const pick = (list) => list[Math.floor(Math.random() * list.length)];

export const sites = ['Paris', 'Lyon'].map((name, i) => ({ id: `site-${name.toLowerCase()}`, name, ipAddress: `10.${i + 1}.0.10`, timezone: 'Europe/Paris', directMediaEnabled: false, physicalExtensions: [{ number: `${i + 2}01`, directMediaEnabled: true }, { number: `${i + 2}02`, directMediaEnabled: false }] }));
const queue = (id, name, wrapUpTime, memberIds) => ({ id, name, wrapUpTime, strategy: 'longest_idle', skills: [], priority: 0, maxWait: 600, overflow: null, ringTimeout: 20, serviceLevelTarget: { percent: 80, seconds: 20 }, announcePosition: true, musicId: null, callbackOffered: false, recordingEnabled: true, memberIds });
export const queueList = [
  queue('queue-accueil', 'Accueil', 10, ['user-1001', 'user-1002', 'user-1003', 'user-1004']), queue('queue-support', 'Support technique', 20, ['user-1005', 'user-1006']),
  queue('queue-xss', '<img src=x onerror="document.title=1">', 10, []),
];
export const skills = [{ id: 'skill-en', name: 'Anglais' }, { id: 'skill-sav', name: 'Service après-vente' }];
export const trunkList = [['paris', 30], ['lyon', 8]].map(([city, channelLimit]) => ({ id: `trunk-${city}`, name: `Yeastar ${city[0].toUpperCase()}${city.slice(1)}`, siteId: `site-${city}`, domain: `pbx-${city}.exemple.fr:5060`, login: null, authType: 'ip', registerString: null, dialPattern: '', inboundContext: 'evs-from-trunk', forceCallerId: null, channelLimit, callsPerSecond: null, failoverTrunkId: null }));
export const dids = [['did-1', '+33140000001', 'Accueil Paris', 'trunk-paris', 'queue-accueil'], ['did-2', '+33140000002', 'Support', 'trunk-paris', 'queue-support'], ['did-3', '+33472000001', 'Accueil Lyon', 'trunk-lyon', null]]
  .map(([id, number, description, trunkId, queueId]) => ({ id, number, description, trunkId, queueId, ivrFlowId: null }));
const campaign = (id, name, isActive, dialingMode, contactStats) => ({
  id, name, description: 'Relance des clients dont le contrat arrive à échéance.', scriptId: null, callerId: '+33140000009', isActive, qualificationGroupId: null, contacts: [], contactStats, dialingMode, priority: 0, timezone: 'Europe/Paris',
  assignedUserIds: ['user-1001', 'user-1002', 'user-1003', 'user-1007'], schedule: [1, 2, 3, 4, 5].flatMap((dayOfWeek) => [['10:00', '13:00'], ['14:00', '20:00']].map(([startTime, endTime]) => ({ dayOfWeek, active: true, startTime, endTime }))),
  maxAbandonRate: 3, paceFactor: 1.2, minAgentsBeforeStart: 1, retryAttempts: 3, retryIntervals: [30, 60, 120], retryOnStatus: ['BUSY'], amdEnabled: true, amdConfidence: 80, voicemailAction: 'HANGUP', recordingEnabled: true, recordingBeep: true,
  maxRingDuration: 25, wrapUpTime: 10, maxCallDuration: 3600, quotasEnabled: true, quotaRules: [{ id: 'q1', contactField: 'postalCode', operator: 'starts_with', value: '75', limit: 500, currentCount: 127 }], filterRules: [], unlockTimeoutsEnabled: true, unlockTimeoutMinutes: 15, complianceProfile: 'FR',
});
export const campaignList = [
  campaign('campaign-demo', 'Campagne démo', true, 'PROGRESSIVE', { total: 12_480, pending: 7_412, called: 1_903, qualified: 3_165, locked: 4 }),
  campaign('campaign-relance', 'Relance énergie', false, 'PREDICTIVE', { total: 0, pending: 0, called: 0, qualified: 0, locked: 0 }),
];
const staff = [['1000', 'Sophie', 'Delmas', 'Superviseur'], ['9000', 'Antoine', 'Mercier', 'Administrateur'], ['9999', 'Super', 'Admin', 'SuperAdmin']];
export const users = [
  ...staff.map(([loginId, firstName, lastName, role]) => ({ id: `user-${loginId}`, loginId, firstName, lastName, role, isActive: true, siteId: null })),
  ...first.map((firstName, i) => {
    const loginId = String(1001 + i);
    return { id: `user-${loginId}`, loginId, firstName, lastName: last[i], role: 'Agent', isActive: i !== 18, siteId: i % 2 ? 'site-lyon' : 'site-paris', extension: loginId, email: `${loginId}@exemple.fr` };
  }),
];

/** Emits (type, payload) for everything that changes. */
export class MockWorld {
  constructor(emit) {
    this.emit = emit;
    this.calls = new Map();
    this.count = 0;
    this.queues = queueList.map(({ id, name }) => ({ queueId: id, name, version: 1, waiting: 0, longestWait: 0, agentsAvailable: 0, agentsBusy: 0, agentsPaused: 0, serviceLevel: id === 'queue-accueil' ? 91 : 74, answered: id === 'queue-accueil' ? 214 : 87, abandoned: id === 'queue-accueil' ? 9 : 11 }));
    this.trunks = trunkList.map(({ id, name, siteId }) => ({ trunkId: id, name, siteId, version: 1, state: 'up', channelsInUse: 0, channelLimit: id === 'trunk-paris' ? 30 : 8 }));
    this.campaigns = [{ campaignId: 'campaign-demo', name: 'Campagne démo', version: 1, status: 'active', offered: 40, answered: 31, abandoned: 0, abandonRate: 0, ringing: 0, dialLevel: 1, agents: 20, remaining: 0 }];
    this.agents = new Map(users.filter((user) => user.role === 'Agent').map((user, i) => {
      const status = i === 4 || i === 11 ? 'En Pause' : i === 7 ? 'Formation' : i > 16 ? 'Déconnecté' : 'En Attente';
      return [user.id, {
        agentId: user.id, loginId: user.loginId, firstName: user.firstName, lastName: user.lastName, siteId: user.siteId, extension: user.extension,
        status, since: iso(Date.now() - Math.random() * 9e5), version: 1, reason: status === 'En Pause' ? pauses[i % pauses.length] : undefined,
        phoneReachable: i !== 2,
        counters: { callsHandledToday: Math.floor(Math.random() * 40), averageHandlingTime: 120 + Math.floor(Math.random() * 200), averageTalkTime: 150, pauseCount: 2, trainingCount: 0, totalPauseTime: 1260, totalTrainingTime: 0, totalConnectedTime: 4 * 3600 + 1320 },
      }];
    }));
  }

  snapshot(viewer) {
    const mine = viewer.role === 'Agent';
    return {
      agents: [...this.agents.values()].filter((agent) => !mine || agent.agentId === viewer.id),
      calls: [...this.calls.values()].filter((call) => !mine || call.agentId === viewer.id),
      queues: mine ? [] : this.queues, trunks: mine ? [] : this.trunks, campaigns: mine ? [] : this.campaigns,
      serverTime: iso(),
    };
  }

  setAgent(id, status, more = {}) {
    const agent = this.agents.get(id);
    for (const name of ['callId', 'reason', 'wrapUpUntil', 'pendingStatus']) delete agent[name];
    Object.assign(agent, { status, since: iso(), version: agent.version + 1 }, more);
    this.emit('agentStatusUpdate', { ...agent });
    this.refreshQueues();
  }

  setCall(call, change) {
    if (change.status) call.since = iso();
    Object.assign(call, change, { version: call.version + 1 });
    this.emit('callUpdate', { callId: call.callId, version: call.version, since: call.since, ...change });
  }

  refreshQueues() {
    const states = [...this.agents.values()].map((agent) => agent.status);
    for (const queue of this.queues) {
      const waiting = [...this.calls.values()].filter((call) => call.queueId === queue.queueId && ['queued', 'ringing'].includes(call.status));
      Object.assign(queue, {
        version: queue.version + 1, waiting: waiting.length,
        longestWait: waiting.length ? Math.round((Date.now() - Math.min(...waiting.map((call) => Date.parse(call.timestamp)))) / 1000) : 0,
        agentsAvailable: states.filter((status) => status === 'En Attente').length,
        agentsBusy: states.filter((status) => ['Ringing', 'En Appel', 'Mise en attente', 'En Post-Appel'].includes(status)).length,
        agentsPaused: states.filter((status) => ['En Pause', 'Formation'].includes(status)).length,
      });
      this.emit('queueUpdate', { ...queue });
    }
  }

  useTrunk(id, delta) {
    const trunk = this.trunks.find((other) => other.trunkId === id);
    Object.assign(trunk, { version: trunk.version + 1, channelsInUse: trunk.channelsInUse + delta });
    this.emit('trunkUpdate', { ...trunk });
  }

  startCall(what) {
    const call = { callId: `mock-${++this.count}.${Date.now() % 100000}`, version: 1, timestamp: iso(), since: iso(), onHold: false, recording: false, ...what };
    this.calls.set(call.callId, call);
    this.emit('newCall', { ...call });
    this.useTrunk(call.trunkId, 1);
    return call;
  }

  inbound() {
    const site = pick(sites).id.slice(5);
    const caller = `+336${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`;
    const call = this.startCall({ direction: 'inbound', status: 'queued', caller, callee: site === 'paris' ? '+33140000001' : '+33472000001', did: '+33140000001', queueId: pick(queueList).id, siteId: `site-${site}`, trunkId: `trunk-${site}` });
    setTimeout(() => this.offer(call), 1500 + Math.random() * 6000);
    this.refreshQueues();
  }

  offer(call) {
    if (!this.calls.has(call.callId)) return;
    const agent = pick([...this.agents.values()].filter((other) => other.status === 'En Attente' && other.loginId !== '1001'));
    if (!agent) { setTimeout(() => this.offer(call), 3000); return; }
    this.setCall(call, { status: 'ringing', agentId: agent.agentId });
    this.setAgent(agent.agentId, 'Ringing', { callId: call.callId });
    setTimeout(() => this.answer(call), 2000 + Math.random() * 4000);
  }

  answer(call) {
    if (!this.calls.has(call.callId)) return;
    this.setCall(call, { status: 'connected', answeredAt: iso(), recording: Math.random() < 0.5 });
    this.setAgent(call.agentId, 'En Appel', { callId: call.callId });
    setTimeout(() => this.hangup(call.callId, 'caller_hangup'), 15000 + Math.random() * 90000);
  }

  originate(agentId, destination) {
    const site = this.agents.get(agentId).siteId.slice(5);
    const call = this.startCall({ direction: 'outbound', status: 'ringing', caller: '+33140000009', callee: destination, agentId, campaignId: 'campaign-demo', siteId: `site-${site}`, trunkId: `trunk-${site}` });
    this.setAgent(agentId, 'Ringing', { callId: call.callId });
    setTimeout(() => this.answer(call), 2500);
    return call.callId;
  }

  hangup(callId, endReason) {
    const call = this.calls.get(callId);
    if (!call) return false;
    this.calls.delete(callId);
    const seconds = Math.round((Date.now() - Date.parse(call.timestamp)) / 1000);
    this.emit('callHangup', { callId, duration: seconds, billableDuration: seconds, endReason, direction: call.direction, agentId: call.agentId, queueId: call.queueId, campaignId: call.campaignId, siteId: call.siteId });
    this.useTrunk(call.trunkId, -1);
    if (call.agentId) {
      this.setAgent(call.agentId, 'En Post-Appel', { wrapUpUntil: iso(Date.now() + 10000) });
      setTimeout(() => { if (this.agents.get(call.agentId).status === 'En Post-Appel') this.setAgent(call.agentId, 'En Attente'); }, 10000);
    }
    return true;
  }

  /** `busy` calls at once on average. */
  live(busy = 9) {
    const step = () => {
      if (this.calls.size < busy) (Math.random() < 0.7 ? this.inbound() : this.dialSomebody());
      setTimeout(step, 400 + Math.random() * 1600).unref();
    };
    step();
  }

  dialSomebody() {
    const agent = pick([...this.agents.values()].filter((other) => other.status === 'En Attente' && other.loginId !== '1001'));
    if (agent) this.originate(agent.agentId, `+331${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`);
  }
}

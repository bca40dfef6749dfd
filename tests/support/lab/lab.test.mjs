// The lab tests itself: a private Asterisk with hand-written endpoints, driven by raw AMI; phones and carriers must do what README.md
// promises, and Asterisk what asterisk-conf/README.md says.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, afterEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ami } from './ami.mjs';
import { AgentPhone, Carrier, InboundCall } from './phones.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const CALLER = '+33612345678';
const DID = '+33140000001';
const PARIS = '127.0.3.11';
const LYON = '127.0.3.12';
const PHONES = '127.0.3.21';
// Below 32768: the system gives the ports above to connections that go out.
const AMI_PORT = 27038;
const SIP_PORT = 27060;
const SECRET = 'lab-secret';
const server = `127.0.0.1:${SIP_PORT}`;

const state = mkdtempSync(join(tmpdir(), 'evs-lab-'));
const environment = {
  ...process.env,
  EVS_STATE_DIR: state, EVS_AMI_PORT: String(AMI_PORT), EVS_AMI_USER: 'evs', EVS_AMI_SECRET: SECRET, EVS_SIP_PORT: String(SIP_PORT),
  EVS_RTP_FIRST: '28500', EVS_RTP_LAST: '28999', EVS_QUALIFY_S: '2', EVS_PG_URL: '', EVS_PRIVATE_ASTERISK: 'yes',
};
const asterisk = (command) =>
  execFileSync('bash', ['-c', `set -e; . "${root}/scripts/lib/asterisk.sh"; ${command}`], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });

const phoneSections = (extension) =>
  `[${extension}](evs-agent)\nauth=${extension}\naors=${extension}\n[${extension}](evs-agent-auth)\nusername=${extension}\npassword=pw${extension}\n[${extension}](evs-agent-aor)\n`;
const trunkSections = (id, ip) =>
  `[${id}](evs-trunk)\naors=${id}\n[${id}](evs-trunk-aor)\ncontact=sip:${ip}:5060\n[${id}]\ntype=identify\nendpoint=${id}\nmatch=${ip}\n`;

let ami;
let paris;
let lyon;
let agent;
let started;
let legs = 0;
const newId = () => `evs-lab-${process.pid}-${++legs}`;

const phone = (extension, options) => track(new AgentPhone({ extension, password: `pw${extension}`, server, address: PHONES, ...options }).start());
const caller = (options) => track(new InboundCall({ carrier: PARIS, server, did: DID, caller: CALLER, ...options }).start());
/** Whatever a test starts is stopped after it. */
async function track(promise) {
  const thing = await promise;
  started.push(thing);
  return thing;
}

const device = async (name) => (await ami.action('Getvar', { Variable: `DEVICE_STATE(${name})` })).Value;
async function untilDevice(name, wanted, timeoutMs = 8000) {
  for (const until = Date.now() + timeoutMs; ; ) {
    const now = await device(name);
    if (now === wanted) return;
    assert.ok(Date.now() < until, `${name} is ${now}, not ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const event = (type, match, timeoutMs = 8000) => ami.waitFor(type, timeoutMs, { match });
const hangupOf = (uniqueid) => event('Hangup', (frame) => frame.Uniqueid === uniqueid);
const responseOf = (uniqueid) => event('OriginateResponse', (frame) => frame.Uniqueid === uniqueid);

/** A caller who hears music: his call and his channel's first event. */
async function waitingCaller(options) {
  const from = ami.events.length;
  const call = await caller(options);
  const channel = await ami.waitFor('Newchannel', 5000, { from });
  await call.waitFor('connected');
  return { call, channel };
}

async function ring(destination, channel, timeout = 20000) {
  const leg = newId();
  const reply = await ami.action('Originate', {
    Channel: destination, ChannelId: leg, Application: 'Bridge', Data: `${channel},x`, Async: 'true', Timeout: timeout, CallerID: CALLER,
  });
  assert.equal(reply.Response, 'Success');
  return leg;
}

async function callOut(number, { from = 'PJSIP/1001', trunk = 'trunk-paris', seconds = 20 } = {}) {
  const leg = newId();
  const reply = await ami.action('Originate', {
    Channel: from, ChannelId: leg, Context: 'evs-outbound', Exten: number, Priority: 1, Async: 'true', Timeout: 20000, CallerID: CALLER,
    Variable: [`EVS_TRUNK=${trunk}`, 'EVS_CLI=+33140000009', `EVS_RING=${seconds}`],
  });
  assert.equal(reply.Response, 'Success');
  return leg;
}

describe('lab', () => {
  before(async () => {
    execFileSync('chmod', ['755', state]);
    asterisk('asterisk_render');
    writeFileSync(join(state, 'asterisk/etc/pjsip_evs_endpoints.conf'), phoneSections('1001') + phoneSections('1002'));
    writeFileSync(join(state, 'asterisk/etc/pjsip_evs_trunks.conf'), trunkSections('trunk-paris', PARIS) + trunkSections('trunk-lyon', LYON));
    paris = await new Carrier({ address: `${PARIS}:5060` }).start();
    lyon = await new Carrier({ address: `${LYON}:5060` }).start();
    asterisk('asterisk_start');
    ami = await new Ami().start({ port: AMI_PORT, user: 'evs', secret: SECRET });
    await untilDevice('PJSIP/trunk-paris', 'NOT_INUSE');
    await untilDevice('PJSIP/trunk-lyon', 'NOT_INUSE');
  });
  after(async () => {
    ami?.stop();
    await paris?.stop();
    await lyon?.stop();
    asterisk('asterisk_stop');
    rmSync(state, { recursive: true, force: true });
  });
  beforeEach(async () => {
    started = [];
    agent = await phone('1001');
    await untilDevice('PJSIP/1001', 'NOT_INUSE');
  });
  afterEach(async () => {
    for (const thing of started.reverse()) await thing.stop();
    const left = ami.events.length;
    await ami.action('CoreShowChannels');
    const { ListItems } = await ami.waitFor('CoreShowChannelsComplete', 5000, { from: left });
    assert.equal(ListItems, '0', 'a channel was left behind');
  });

  describe('inbound', () => {
    it('shows the DID and the caller, answers and plays music', async () => {
      const { call, channel } = await waitingCaller();
      assert.equal(channel.Context, 'evs-from-trunk');
      assert.equal(channel.Exten, DID);
      assert.equal(channel.ChannelState, '4');
      assert.equal(channel.CallerIDNum, CALLER);
      assert.match(channel.Channel, /^PJSIP\/trunk-paris-/);
      assert.equal(channel.Uniqueid, channel.Linkedid);
      assert.match(channel.Uniqueid, /^central-/);
      await call.hangup();
      const hangup = await hangupOf(channel.Uniqueid);
      assert.equal(hangup.Context, 'evs-waiting');
      assert.equal(hangup.Cause, '0');
    });

    for (const who of ['agent', 'caller']) {
      it(`bridges the agent, whose leg takes the caller's Linkedid; the ${who} hangs up`, async () => {
        const { call, channel } = await waitingCaller();
        const leg = await ring('PJSIP/1001', channel.Channel);
        const rung = await agent.waitFor('ringing');
        assert.match(rung.from, /^sip:\+33612345678@/);
        await agent.waitFor('answered');
        assert.equal((await responseOf(leg)).Reason, '4');
        const enter = await event('BridgeEnter', (frame) => frame.Uniqueid === leg);
        assert.equal(enter.Linkedid, channel.Uniqueid);
        const other = await event('BridgeEnter', (frame) => frame.Uniqueid === channel.Uniqueid);
        assert.equal(other.BridgeUniqueid, enter.BridgeUniqueid);
        await (who === 'agent' ? agent : call).hangup();
        assert.equal((await hangupOf(leg)).Cause, '16');
        assert.equal((await hangupOf(channel.Uniqueid)).Cause, '16');
        const [mine, yours] = [await agent.waitFor('ended'), await call.waitFor('ended')];
        assert.ok(Math.abs(mine.at - yours.at) < 1000);
      });
    }

    it('ends by the caller’s own clock', async () => {
      const { call, channel } = await waitingCaller({ hangUpAfterMs: 600 });
      await hangupOf(channel.Uniqueid);
      const lasted = (await call.waitFor('ended')).at - call.all('connected')[0].at;
      assert.ok(lasted >= 500 && lasted < 2000, `${lasted} ms`);
    });

    it('the agent does not answer; the next one does', async () => {
      agent.answerAfterMs = null;
      const second = await phone('1002');
      const { channel } = await waitingCaller();
      const first = await ring('PJSIP/1001', channel.Channel, 1500);
      const failed = await responseOf(first);
      assert.deepEqual([failed.Response, failed.Reason], ['Failure', '3']);
      assert.equal((await hangupOf(first)).Cause, '19');
      await agent.waitFor('ended');
      const leg = await ring('PJSIP/1002', channel.Channel);
      await second.waitFor('answered');
      await event('BridgeEnter', (frame) => frame.Uniqueid === leg);
      await second.hangup();
      await hangupOf(channel.Uniqueid);
    });

    it('the agent refuses: 17', async () => {
      agent.reject = true;
      const { call, channel } = await waitingCaller();
      const leg = await ring('PJSIP/1001', channel.Channel);
      assert.equal((await responseOf(leg)).Response, 'Failure');
      assert.equal((await hangupOf(leg)).Cause, '17');
      await agent.waitFor('rejected');
      await call.hangup();
      await hangupOf(channel.Uniqueid);
    });

    it('the agent is not registered: a failure without a channel', async () => {
      await agent.stop();
      await untilDevice('PJSIP/1001', 'UNAVAILABLE');
      const { call, channel } = await waitingCaller();
      const leg = await ring('PJSIP/1001', channel.Channel);
      assert.equal((await responseOf(leg)).Response, 'Failure');
      assert.equal(ami.all('Newchannel').some((frame) => frame.Uniqueid === leg), false);
      await call.hangup();
      await hangupOf(channel.Uniqueid);
    });

    it('the caller gives up while the agent rings; cancelling the leg stops the ringing', async () => {
      agent.answerAfterMs = null;
      const { call, channel } = await waitingCaller();
      const leg = await ring('PJSIP/1001', channel.Channel);
      await agent.waitFor('ringing');
      await call.hangup();
      assert.equal((await hangupOf(channel.Uniqueid)).Cause, '0');
      assert.equal(agent.all('ended').length, 0);
      await ami.action('Hangup', { Channel: leg, Cause: 16 });
      await hangupOf(leg);
      await agent.waitFor('ended');
    });

    it('hold and resume on the phone are seen', async () => {
      const { channel } = await waitingCaller();
      const leg = await ring('PJSIP/1001', channel.Channel);
      await agent.waitFor('answered');
      await event('BridgeEnter', (frame) => frame.Uniqueid === leg);
      await agent.hold();
      await event('Hold', (frame) => frame.Uniqueid === leg);
      await agent.resume();
      await event('Unhold', (frame) => frame.Uniqueid === leg);
      await agent.hangup();
      await hangupOf(channel.Uniqueid);
    });

    it('a number that is not digits is refused', async () => {
      const call = await caller({ did: '500abc' });
      await call.waitFor('ended');
      assert.equal(call.all('connected').length, 0);
    });
  });

  describe('outbound', () => {
    it('leaves through the named trunk with the caller id, tied by the call id', async () => {
      const from = lyon.events.length;
      const id = await callOut('+33612340001', { trunk: 'trunk-lyon' });
      const invite = await lyon.waitFor('invite', 8000, { from });
      assert.deepEqual([invite.number, invite.cli], ['+33612340001', '+33140000009']);
      const customer = await event('Newchannel', (frame) => frame.Linkedid === id && frame.Uniqueid !== id);
      assert.match(customer.Channel, /^PJSIP\/trunk-lyon-/);
      assert.equal(customer.Exten, 's');
      await event('BridgeEnter', (frame) => frame.Uniqueid === customer.Uniqueid);
      await agent.hangup();
      await lyon.waitFor('bye', 8000, { from });
      assert.equal((await hangupOf(customer.Uniqueid)).Cause, '16');
      assert.equal((await hangupOf(id)).Cause, '16');
    });

    it('the customer hangs up after the seconds his number says', async () => {
      const from = paris.events.length;
      const id = await callOut('+33612340052');
      const answered = await paris.waitFor('answered', 8000, { from });
      const left = await paris.waitFor('hung_up', 8000, { from });
      assert.ok(Math.abs(left.at - answered.at - 2000) < 500, `${left.at - answered.at} ms`);
      await hangupOf(id);
    });

    for (const [title, number, seconds, status, customerCause, agentCause] of [
      ['busy', '86', 20, 'BUSY', '17', '17'],
      ['no answer', '80', 1, 'NOANSWER', '0', '19'],
      ['only 100 Trying', '82', 1, 'NOANSWER', '0', '19'],
      ['absent', '81', 20, 'NOANSWER', '19', '19'],
      ['declined', '83', 20, 'NOANSWER', '21', '21'],
      ['incomplete number', '84', 20, 'NOANSWER', '28', '28'],
      ['network error', '90', 20, 'NOANSWER', '38', '38'],
      ['congestion', '93', 20, 'CONGESTION', '34', '34'],
      ['unknown number', '94', 20, 'NOANSWER', '1', '1'],
      ['forbidden', '95', 20, 'NOANSWER', '21', '21'],
    ]) {
      it(`${title} is told by the causes`, async () => {
        const id = await callOut(`+336123400${number}`, { seconds });
        const end = await event('DialEnd', (frame) => frame.Uniqueid === id);
        assert.equal(end.DialStatus, status);
        assert.equal((await hangupOf(end.DestUniqueid)).Cause, customerCause);
        assert.equal((await hangupOf(id)).Cause, agentCause);
        await agent.waitFor('ended');
      });
    }

    it('early media, then an answer', async () => {
      const from = paris.events.length;
      const id = await callOut('+33612340061');
      await event('DialState', (frame) => frame.Uniqueid === id && frame.DialStatus === 'PROGRESS');
      await paris.waitFor('answered', 8000, { from });
      await agent.hangup();
      await hangupOf(id);
    });

    it('the server cancels a call that rings', async () => {
      const from = paris.events.length;
      const id = await callOut('+33612340080');
      await paris.waitFor('ringing', 8000, { from });
      await event('DialState', (frame) => frame.Uniqueid === id && frame.DialStatus === 'RINGING');
      await ami.action('Hangup', { Channel: id, Cause: 16 });
      assert.equal((await event('DialEnd', (frame) => frame.Uniqueid === id)).DialStatus, 'CANCEL');
      await paris.waitFor('cancelled', 8000, { from });
      await hangupOf(id);
    });

    it('a trunk that is down: Unreachable, then no customer leg and cause 3; and up again', async () => {
      const from = ami.events.length;
      await lyon.stop();
      const state = (wanted) => (frame) => frame.AOR === 'trunk-lyon' && frame.ContactStatus === wanted;
      await ami.waitFor('ContactStatus', 15000, { from, match: state('Unreachable') });
      const id = await callOut('+33612340001', { trunk: 'trunk-lyon' });
      assert.equal((await hangupOf(id)).Cause, '3');
      assert.equal(ami.all('Newchannel').some((frame) => frame.Linkedid === id && frame.Uniqueid !== id), false);
      lyon = await new Carrier({ address: `${LYON}:5060` }).start();
      await ami.waitFor('ContactStatus', 15000, { from, match: state('Reachable') });
    });

    it('an agent on his mobile: his leg leaves through the trunk too', async () => {
      const from = paris.events.length;
      const id = await callOut('+33612340051', { from: 'PJSIP/+33611111101@trunk-paris' });
      await paris.waitFor('answered', 8000, { from, match: (seen) => seen.number === '+33611111101' });
      await paris.waitFor('hung_up', 8000, { from, match: (seen) => seen.number === '+33612340051' });
      await hangupOf(id);
      await paris.waitFor('bye', 8000, { from, match: (seen) => seen.number === '+33611111101' });
    });

    for (const [title, number, trunk] of [
      ['number', '+336&PJSIP/1002', 'trunk-paris'],
      ['trunk', '+33612340001', 'trunk-paris&PJSIP/1002'],
    ]) {
      it(`an injected ${title} dials nobody`, async () => {
        const second = await phone('1002', { answerAfterMs: null });
        const from = paris.events.length;
        const id = await callOut(number, { trunk });
        assert.equal((await hangupOf(id)).Cause, '28');
        assert.equal(second.all('ringing').length, 0);
        assert.equal(paris.events.length, from);
      });
    }

    it('what the agent dials himself is refused', async () => {
      await agent.dial('0612340001');
      await agent.waitFor('ended');
      assert.equal(agent.all('answered').length, 0);
    });
  });

  describe('AMI user', () => {
    it('may list channels and bridges', async () => {
      const { call, channel } = await waitingCaller();
      // A few ms after Answer the channel is in the context that waits; no event says so.
      let listed = {};
      for (const until = Date.now() + 5000; listed.Context !== 'evs-waiting' && Date.now() < until; ) {
        const from = ami.events.length;
        await ami.action('CoreShowChannels');
        listed = await ami.waitFor('CoreShowChannel', 5000, { from });
      }
      assert.deepEqual([listed.Uniqueid, listed.Context, listed.Exten], [channel.Uniqueid, 'evs-waiting', DID]);
      assert.equal((await ami.action('BridgeList')).Response, 'Success');
      assert.equal((await ami.action('Getvar', { Channel: 'PJSIP/none-1', Variable: 'EVS_DID' })).Message, 'No such channel');
      await call.hangup();
      await hangupOf(channel.Uniqueid);
    });

    it('may not run commands, change the configuration or reach the shell', async () => {
      for (const [name, headers] of [
        ['Command', { Command: 'core show version' }],
        ['UpdateConfig', { SrcFilename: 'manager.conf', DstFilename: 'manager.conf' }],
        ['GetConfig', { Filename: 'manager.conf' }],
        ['ModuleLoad', { LoadType: 'reload' }],
        ['Reload', {}],
        ['Originate', { Channel: 'PJSIP/1001', Application: 'System', Data: 'id' }],
        ['Originate', { Channel: 'PJSIP/1001', Application: 'TrySystem', Data: 'id' }],
        ['Getvar', { Variable: 'SHELL(id)' }],
        ['Getvar', { Variable: 'FILE(/etc/passwd)' }],
        ['Setvar', { Variable: 'SHELL(id)', Value: '1' }],
      ]) {
        const reply = await ami.action(name, headers);
        assert.ok(reply.Response === 'Error' || reply.Value === '', `${name}: ${JSON.stringify(reply)}`);
      }
    });

    it('does not get what nobody reads', () => {
      const seen = new Set(ami.events.map((frame) => frame.type));
      for (const noise of ['VarSet', 'Newexten', 'RTCPSent', 'RTCPReceived', 'TestEvent', 'MusicOnHoldStart', 'NewConnectedLine', 'Cdr']) {
        assert.equal(seen.has(noise), false, noise);
      }
      assert.equal(ami.events.some((frame) => frame.Channel?.startsWith('Local/')), false);
    });
  });
});

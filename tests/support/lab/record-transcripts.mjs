// Plays every flow on a real Asterisk with real phones and writes down what AMI said: transcripts/<flow>.ami (exact bytes received)
// and transcripts/<flow>.sent (the actions). Run: node record-transcripts.mjs [flow ...] with the instance's EVS_* in the environment.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ami } from './ami.mjs';
import { AgentPhone, Carrier, InboundCall } from './phones.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'transcripts');
const { EVS_AMI_PORT, EVS_AMI_USER = 'evs', EVS_AMI_SECRET, EVS_SIP_PORT, EVS_CARRIER_PARIS, EVS_PHONES_IP } = process.env;
const server = `127.0.0.1:${EVS_SIP_PORT}`;
const paris = EVS_CARRIER_PARIS.split(':')[0];
const CALLER = '+33612345678';
const DID = '+33140000001';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const phone = (extension, options) =>
  new AgentPhone({ extension, password: `pw${extension}`, server, address: EVS_PHONES_IP, ...options });
const caller = (options) => new InboundCall({ carrier: paris, server, did: DID, caller: CALLER, ...options });

let legs = 0;
const stamp = Math.floor(Date.now() / 1000);
const newLeg = () => `evs-${stamp}-${++legs}`;

/** The caller is in the waiting line; gives the call and his channel. */
async function inbound(ami) {
  const from = ami.events.length;
  const call = await caller().start();
  const channel = await ami.waitFor('Newchannel', 5000, { from });
  await call.waitFor('connected');
  return { call, channel: channel.Channel, uniqueid: channel.Uniqueid };
}

const toAgent = (ami, { device = 'PJSIP/1001', channel, timeout = 20000 }) => {
  const leg = newLeg();
  return ami
    .action('Originate', {
      Channel: device, ChannelId: leg, Application: 'Bridge', Data: `${channel},x`, Async: 'true', Timeout: timeout, CallerID: CALLER,
    })
    .then(() => leg);
};

const callOut = (ami, number, { device = 'PJSIP/1001', trunk = 'trunk-paris', ring = 20, timeout = 20000, callerId = number } = {}) => {
  const leg = newLeg();
  return ami
    .action('Originate', {
      Channel: device, ChannelId: leg, Context: 'evs-outbound', Exten: number, Priority: 1, Async: 'true', Timeout: timeout,
      CallerID: callerId, Variable: [`EVS_TRUNK=${trunk}`, 'EVS_CLI=+33140000009', `EVS_RING=${ring}`],
    })
    .then(() => leg);
};

const ended = (ami, uniqueid) => ami.waitFor('Hangup', 20000, { match: (frame) => frame.Uniqueid === uniqueid });
const listDone = (ami, name) => ami.waitFor(name, 5000);

/** An outbound call that ends by itself in Asterisk. */
const outboundTo = (number, options) => async ({ ami, agent }) => {
  await ended(ami, await callOut(ami, number, options));
  await agent.waitFor('ended');
};

const flows = {
  'inbound-agent-hangs-up': async ({ ami, agent }) => {
    const { call, channel, uniqueid } = await inbound(ami);
    await toAgent(ami, { channel });
    await agent.waitFor('answered');
    await wait(1000);
    await agent.hangup();
    await ended(ami, uniqueid);
    await call.stop();
  },
  'inbound-caller-hangs-up': async ({ ami, agent }) => {
    const { call, channel } = await inbound(ami);
    const leg = await toAgent(ami, { channel });
    await agent.waitFor('answered');
    await wait(1000);
    await call.hangup();
    await ended(ami, leg);
    await call.stop();
  },
  'inbound-server-hangs-up': async ({ ami, agent }) => {
    const { call, channel, uniqueid } = await inbound(ami);
    const leg = await toAgent(ami, { channel });
    await agent.waitFor('answered');
    await wait(500);
    await ami.action('Hangup', { Channel: leg, Cause: 16 });
    await ended(ami, uniqueid);
    await call.stop();
  },
  'inbound-caller-gives-up-waiting': async ({ ami }) => {
    const { call, uniqueid } = await inbound(ami);
    await wait(500);
    await call.hangup();
    await ended(ami, uniqueid);
    await call.stop();
  },
  // The agent's phone goes on ringing until the server cancels its leg.
  'inbound-caller-gives-up-ringing': async ({ ami, agent }) => {
    agent.answerAfterMs = null;
    const { call, channel, uniqueid } = await inbound(ami);
    const leg = await toAgent(ami, { channel });
    await agent.waitFor('ringing');
    await wait(500);
    await call.hangup();
    await ended(ami, uniqueid);
    await wait(500);
    await ami.action('Hangup', { Channel: leg, Cause: 16 });
    await ended(ami, leg);
    await call.stop();
  },
  // The caller is gone, the server does not notice, the agent answers.
  'inbound-agent-answers-too-late': async ({ ami, agent }) => {
    agent.answerAfterMs = 1500;
    const { call, channel } = await inbound(ami);
    const leg = await toAgent(ami, { channel });
    await agent.waitFor('ringing');
    await call.hangup();
    await ended(ami, leg);
    await call.stop();
  },
  'inbound-agent-no-answer-then-next': async ({ ami, agent }) => {
    agent.answerAfterMs = null;
    const second = await phone('1002').start();
    const { call, channel, uniqueid } = await inbound(ami);
    const leg = await toAgent(ami, { channel, timeout: 2000 });
    await ended(ami, leg);
    await toAgent(ami, { channel, device: 'PJSIP/1002' });
    await second.waitFor('answered');
    await wait(500);
    await second.hangup();
    await ended(ami, uniqueid);
    await call.stop();
    await second.stop();
  },
  'inbound-agent-busy': async ({ ami, agent }) => {
    agent.reject = true;
    const { call, channel, uniqueid } = await inbound(ami);
    await toAgent(ami, { channel });
    await ami.waitFor('OriginateResponse');
    await wait(300);
    await call.hangup();
    await ended(ami, uniqueid);
    await call.stop();
  },
  'inbound-agent-in-a-call': async ({ ami, agent }) => {
    const { call, channel } = await inbound(ami);
    const leg = await toAgent(ami, { channel });
    await agent.waitFor('answered');
    agent.answerAfterMs = null;
    const other = await inbound(ami);
    await toAgent(ami, { channel: other.channel, timeout: 1500 });
    await ami.waitFor('OriginateResponse', 5000, { match: (frame) => frame.Response === 'Failure' });
    await other.call.hangup();
    await call.hangup();
    await ended(ami, leg);
    await other.call.stop();
    await call.stop();
  },
  'inbound-agent-unregistered': async ({ ami, agent }) => {
    await agent.stop();
    const { call, channel, uniqueid } = await inbound(ami);
    await toAgent(ami, { channel });
    await ami.waitFor('OriginateResponse');
    await wait(300);
    await call.hangup();
    await ended(ami, uniqueid);
    await call.stop();
  },
  'inbound-agent-vanished': async ({ ami, agent }) => {
    await agent.vanish();
    const { call, channel, uniqueid } = await inbound(ami);
    await toAgent(ami, { channel });
    await ami.waitFor('OriginateResponse', 15000);
    await call.hangup();
    await ended(ami, uniqueid);
    await call.stop();
  },
  'inbound-agent-holds': async ({ ami, agent }) => {
    const { call, channel, uniqueid } = await inbound(ami);
    await toAgent(ami, { channel });
    await agent.waitFor('answered');
    await wait(500);
    await agent.hold();
    await wait(500);
    await agent.resume();
    await wait(500);
    await agent.hangup();
    await ended(ami, uniqueid);
    await call.stop();
  },
  'inbound-agent-on-mobile': async ({ ami, carrier }) => {
    const { call, channel, uniqueid } = await inbound(ami);
    await toAgent(ami, { channel, device: 'PJSIP/+33611111101@trunk-paris' });
    await carrier.waitFor('answered');
    await wait(500);
    await call.hangup();
    await ended(ami, uniqueid);
    await carrier.waitFor('bye');
    await call.stop();
  },
  'inbound-refused-number': async ({ ami }) => {
    const call = await caller({ did: '+3314000000100000000000000000' }).start();
    await call.waitFor('ended');
    await ami.waitFor('Hangup');
    await call.stop();
  },
  'outbound-customer-hangs-up': outboundTo('+33612340051'),
  'outbound-agent-hangs-up': async ({ ami, agent, carrier }) => {
    const leg = await callOut(ami, '+33612340001');
    await carrier.waitFor('answered');
    await wait(500);
    await agent.hangup();
    await ended(ami, leg);
    await carrier.waitFor('bye');
  },
  'outbound-server-hangs-up': async ({ ami, carrier }) => {
    const leg = await callOut(ami, '+33612340001');
    await carrier.waitFor('answered');
    await wait(500);
    await ami.action('Hangup', { Channel: leg, Cause: 16 });
    await ended(ami, leg);
    await carrier.waitFor('bye');
  },
  'outbound-server-hangs-up-ringing': async ({ ami, carrier }) => {
    const leg = await callOut(ami, '+33612340080');
    await carrier.waitFor('ringing');
    await wait(500);
    await ami.action('Hangup', { Channel: leg, Cause: 16 });
    await ended(ami, leg);
    await carrier.waitFor('cancelled');
  },
  'outbound-early-media': outboundTo('+33612340061', { ring: 1 }),
  'outbound-busy': outboundTo('+33612340086'),
  'outbound-no-answer': outboundTo('+33612340080', { ring: 2 }),
  'outbound-absent-480': outboundTo('+33612340081'),
  'outbound-silent': outboundTo('+33612340082', { ring: 2 }),
  'outbound-declined-603': outboundTo('+33612340083'),
  'outbound-incomplete-484': outboundTo('+33612340084'),
  'outbound-error-500': outboundTo('+33612340090'),
  'outbound-congestion-503': outboundTo('+33612340093'),
  'outbound-unknown-404': outboundTo('+33612340094'),
  'outbound-forbidden-403': outboundTo('+33612340095'),
  'outbound-trunk-unknown': outboundTo('+33612340001', { trunk: 'trunk-none' }),
  'outbound-hostile-trunk': outboundTo('+33612340001', { trunk: 'trunk-paris&PJSIP/1002' }),
  'outbound-hostile-number': outboundTo('+336&PJSIP/1002', { callerId: '+33612340001' }),
  'outbound-trunk-down': async ({ ami, agent, carrier }) => {
    await carrier.stop();
    await ami.waitFor('ContactStatus', 30000, { match: (frame) => frame.AOR === 'trunk-paris' && frame.ContactStatus === 'Unreachable' });
    await ended(ami, await callOut(ami, '+33612340001'));
    await agent.waitFor('ended');
  },
  'outbound-trunk-just-died': async ({ ami, agent, carrier }) => {
    await carrier.stop();
    await ended(ami, await callOut(ami, '+33612340001'));
    await agent.waitFor('ended');
  },
  'outbound-agent-no-answer': async ({ ami, agent }) => {
    agent.answerAfterMs = null;
    await ended(ami, await callOut(ami, '+33612340001', { timeout: 2000 }));
  },
  'outbound-agent-busy': async ({ ami, agent }) => {
    agent.reject = true;
    await callOut(ami, '+33612340001');
    await ami.waitFor('OriginateResponse');
    await wait(300);
  },
  'outbound-agent-unregistered': async ({ ami, agent }) => {
    await agent.stop();
    await callOut(ami, '+33612340001');
    await ami.waitFor('OriginateResponse');
    await wait(300);
  },
  'outbound-agent-on-mobile': async ({ ami, carrier }) => {
    const leg = await callOut(ami, '+33612340052', { device: 'PJSIP/+33611111101@trunk-paris', callerId: '+33140000009' });
    await ended(ami, leg);
    await carrier.waitFor('hung_up');
  },
  'agent-dials-himself': async ({ ami, agent }) => {
    await agent.dial('0612340001');
    await ami.waitFor('Hangup');
    await agent.waitFor('ended');
  },
  'phone-registers-and-leaves': async ({ ami, agent }) => {
    await agent.stop();
    await wait(300);
    const back = await phone('1001').start();
    await wait(2500);
    await back.vanish();
    await ami.waitFor('ContactStatus', 30000, { match: (frame) => frame.ContactStatus === 'Unreachable' });
  },
  'trunk-down-and-up': async ({ ami, carrier }) => {
    await carrier.stop();
    await ami.waitFor('ContactStatus', 30000, { match: (frame) => frame.AOR === 'trunk-paris' && frame.ContactStatus === 'Unreachable' });
    const again = await new Carrier({ address: EVS_CARRIER_PARIS }).start();
    await ami.waitFor('ContactStatus', 30000, { match: (frame) => frame.AOR === 'trunk-paris' && frame.ContactStatus === 'Reachable' });
    await again.stop();
  },
  // One call in a bridge, one waiting, one ringing at an agent: what a resync sees.
  'resync-with-live-calls': async ({ ami, agent }) => {
    const second = await phone('1002', { answerAfterMs: null }).start();
    const bridged = await inbound(ami);
    await toAgent(ami, { channel: bridged.channel });
    await agent.waitFor('answered');
    const waiting = await inbound(ami);
    const ringing = await inbound(ami);
    const leg = await toAgent(ami, { channel: ringing.channel, device: 'PJSIP/1002' });
    await second.waitFor('ringing');
    await wait(200);
    await ami.action('CoreStatus');
    await ami.action('CoreSettings');
    await ami.action('CoreShowChannels');
    await listDone(ami, 'CoreShowChannelsComplete');
    await ami.action('BridgeList');
    await listDone(ami, 'BridgeListComplete');
    await ami.action('BridgeInfo', { BridgeUniqueid: ami.all('BridgeCreate')[0].BridgeUniqueid });
    await listDone(ami, 'BridgeInfoComplete');
    await ami.action('BridgeInfo', { BridgeUniqueid: 'no-such-bridge' });
    await ami.action('DeviceStateList');
    await listDone(ami, 'DeviceStateListComplete');
    await ami.action('PJSIPShowContacts');
    await ami.action('Getvar', { Variable: 'DEVICE_STATE(PJSIP/1001)' });
    await ami.action('Getvar', { Variable: 'PJSIP_AOR(trunk-paris,contact)' });
    await ami.action('Status', { Channel: bridged.channel });
    await listDone(ami, 'StatusComplete');
    await ami.action('Getvar', { Channel: bridged.channel, Variable: 'EVS_DID' });
    await ami.action('Getvar', { Channel: 'PJSIP/none-00000001', Variable: 'EVS_DID' });
    await ami.action('Getvar', { Channel: leg, Variable: 'CHANNEL(state)' });
    await ami.action('Setvar', { Channel: waiting.channel, Variable: 'EVS_NOTE', Value: 'seen' });
    await ami.action('Hangup', { Channel: 'PJSIP/none-00000001' });
    await ami.action('Hangup', { Channel: 'no-such-uniqueid' });
    await ami.action('Originate', { Channel: 'PJSIP/1001', ChannelId: leg, Application: 'Wait', Data: '1', Async: 'true' });
    await ami.action('Originate', { Channel: 'PJSIP/1001', ChannelId: newLeg(), Application: 'System', Data: 'id', Async: 'true' });
    await ami.action('Command', { Command: 'core show version' });
    await ami.action('Ping');
    for (const { call } of [bridged, waiting, ringing]) await call.hangup();
    await ami.action('Hangup', { Channel: leg });
    await ended(ami, leg);
    await wait(300);
    for (const { call } of [bridged, waiting, ringing]) await call.stop();
    await second.stop();
  },
};

mkdirSync(folder, { recursive: true });
const KEYS = ['Response', 'Message', 'Channel', 'ChannelState', 'Context', 'Exten', 'Uniqueid', 'Linkedid', 'DestUniqueid', 'DialStatus',
  'BridgeUniqueid', 'Cause', 'Reason', 'Device', 'State', 'ContactStatus', 'AOR', 'Value'];
for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(flows)) {
  const carrier = await new Carrier({ address: EVS_CARRIER_PARIS }).start();
  const watcher = await new Ami().start({ port: EVS_AMI_PORT, user: EVS_AMI_USER, secret: EVS_AMI_SECRET });
  // Every flow starts from the same state: trunk reachable, agent 1001 registered, no channel.
  const from = watcher.events.length;
  await watcher.action('Getvar', { Variable: 'DEVICE_STATE(PJSIP/trunk-paris)' });
  if (watcher.events.at(-1).Value !== 'NOT_INUSE') {
    await watcher.waitFor('DeviceStateChange', 30000, {
      from, match: (frame) => frame.Device === 'PJSIP/trunk-paris' && frame.State === 'NOT_INUSE',
    });
  }
  const agent = await phone('1001').start();
  await wait(200);
  watcher.stop();
  const ami = await new Ami().start({ port: EVS_AMI_PORT, user: EVS_AMI_USER, secret: EVS_AMI_SECRET });
  let problem = '';
  await flows[name]({ ami, agent, carrier }).catch((error) => (problem = error.message));
  await wait(300);
  ami.stop();
  if (problem) process.exitCode = 1;
  writeFileSync(join(folder, `${name}.ami`), Buffer.concat(ami.raw));
  writeFileSync(join(folder, `${name}.sent`), ami.sent.join(''));
  if (process.env.SUMMARY) console.log(ami.summary(KEYS).map((line) => `    ${line}`).join('\n'));
  console.log(`${problem ? 'FAILED' : 'ok'} ${name}: ${ami.events.length} frames, ${Buffer.concat(ami.raw).length} bytes ${problem}`);
  await agent.stop().catch(() => {});
  await carrier.stop();
}
// A failed flow may have left phones behind; leaving ends them.
process.exit();

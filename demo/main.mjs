// The demo: twenty agents at work, and a steady trickle of calls that they make.
//   node demo/main.mjs [--url http://127.0.0.1:8080] [--agents 20] [--call-every 25]
// Calls from outside are the lab's part (scripts/lib/phones.sh, demo_inbound_start).
import { parseArgs } from 'node:util';
import { Agent } from './agent.mjs';
import { pickNumber } from './numbers.mjs';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    agents: { type: 'string', default: '20' },
    'call-every': { type: 'string', default: '25' },
  },
});

const say = (text) => console.log(`${new Date().toISOString()} ${text}`);
const agents = Array.from({ length: Number(options.agents) }, (_, index) => new Agent(options.url, String(1001 + index), say));

// Twenty people do not sit down in the same millisecond.
agents.forEach((agent, index) => setTimeout(() => agent.run(), index * 60));

let announced = false;
const watch = setInterval(() => {
  const ready = agents.filter((agent) => agent.connected).length;
  if (!announced && ready === agents.length) {
    announced = true;
    say(`${ready} agents are signed in`);
    clearInterval(watch);
  }
}, 200);

/** Someone who is free calls a customer, but never so many that nobody answers callers. */
async function callOut() {
  const free = agents.filter((agent) => agent.available && agent.connected);
  if (free.length > agents.length / 2) {
    const agent = free[Math.floor(Math.random() * free.length)];
    const number = pickNumber();
    try {
      await agent.call(number, 'campaign-demo');
      say(`${agent.loginId} calls ${number}`);
    } catch (error) {
      say(`${agent.loginId} could not call ${number}: ${error.message}`);
    }
  }
  next();
}

function next() {
  setTimeout(callOut, Number(options['call-every']) * 1000 * (0.5 + Math.random()));
}
setTimeout(callOut, 5000);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const agent of agents) agent.stop();
    process.exit(0);
  });
}

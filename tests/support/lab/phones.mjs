// What integration tests import: everything that speaks SIP in the lab. See README.md for the table of numbers.

export { AgentPhone } from './agent-phone.mjs';
export { Carrier } from './carrier.mjs';
export { InboundCall } from './inbound-call.mjs';

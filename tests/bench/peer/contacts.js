// Handing out contacts as the server of the usual kind does it: one statement on the list itself, a pool of connections, JSON.
//   node contacts.js fill|run  URL  AGENTS CLAIMS PAUSE_MS
import pg from 'pg';

const [command, url, agents, claims, pause] = [process.argv[2], process.argv[3], ...process.argv.slice(4).map(Number)];

const TABLE = `
create table peer_contacts (
  id text primary key, campaign_id text not null, first_name text, last_name text, phone_number text, postal_code text,
  status text not null default 'pending', custom_fields jsonb, locked_by text, locked_at timestamptz, relaunch_at timestamptz,
  created_at timestamptz not null default now());
insert into peer_contacts (id, campaign_id, first_name, last_name, phone_number, postal_code, custom_fields, created_at)
  select id, campaign_id, first_name, last_name, phone_number, postal_code, custom_fields, timestamptz '2026-01-01' + seq * interval '1 ms' from contacts;
create index on peer_contacts (campaign_id, status, created_at);
vacuum analyze peer_contacts`;

const CLAIM = `
update peer_contacts set locked_by = $1, locked_at = now() where id = (
  select id from peer_contacts where campaign_id = $2 and status = 'pending' and (locked_by is null or locked_by = $1)
    and (relaunch_at is null or relaunch_at <= now()) order by created_at limit 1 for update skip locked) returning *`;
const QUALIFY = "update peer_contacts set status = 'qualified', locked_by = null, locked_at = null where id = $1";
const CAMPAIGN = 'select * from campaigns where id = $1';

const pool = new pg.Pool({ connectionString: url, max: agents || 1 });

async function fill() {
  for (const statement of TABLE.split(/;\n/)) await pool.query(statement);
}

async function run() {
  const times = [];
  const seen = [];
  let none = 0;
  const agent = async (n) => {
    const me = `user-${n}`;
    const once = async (counted) => {
      const from = process.hrtime.bigint();
      const contact = (await pool.query({ name: 'claim', text: CLAIM, values: [me, 'campaign-bench'] })).rows[0];
      if (contact) JSON.stringify({ contact, campaign: (await pool.query({ name: 'campaign', text: CAMPAIGN, values: ['campaign-bench'] })).rows[0] });
      if (counted) times.push(Number(process.hrtime.bigint() - from) / 1e6);
      if (!contact) {
        none += 1;
        return;
      }
      if (counted) seen.push(contact.id);
      await pool.query({ name: 'qualify', text: QUALIFY, values: [contact.id] });
    };
    for (let i = 0; i < 8; ++i) await once(false);
    for (let i = 0; i < claims; ++i) {
      if (pause) await new Promise((done) => setTimeout(done, Math.random() * 2 * pause));
      await once(true);
    }
  };
  const from = Date.now();
  await Promise.all(Array.from({ length: agents }, (_, i) => agent(i + 1)));
  times.sort((a, b) => a - b);
  const share = (part) => times[Math.min(times.length - 1, Math.floor(part * times.length))];
  console.log(JSON.stringify({ asks: times.length, handed: seen.length, twice: seen.length - new Set(seen).size, none, failed: 0,
    perSecond: times.length / ((Date.now() - from) / 1000), p50: share(0.5), p95: share(0.95), p99: share(0.99), max: share(1) }));
}

await (command === 'fill' ? fill() : run());
await pool.end();

// The REST side of the server of the usual kind, on PostgreSQL: Express, pg's pool, one statement a request, events through Redis. It has
// less to do than evscallpro: no scopes, no versions, no audit, no outbox (an event of a save is lost when it dies at that moment), and
// no figures of contacts. Passwords: scrypt, the one that Node has built in, at about the time and memory of our argon2id.
//   node rest.js fill URL     makes its tables out of ours
import crypto from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';

const scrypt = promisify(crypto.scrypt);
const hashOf = async (password, salt) => (await scrypt(password, salt, 32, { N: 16384, r: 8, p: 1, maxmem: 64 << 20 })).toString('hex');
const RANKS = { Agent: 0, Superviseur: 1, Administrateur: 2, SuperAdmin: 3 };

const TABLES = `
drop table if exists peer_users, peer_campaigns, peer_skills;
create table peer_users as select v.*, ''::text as salt, ''::text as hash from api_users v;
create table peer_campaigns as select v.* from api_campaigns v;
create table peer_skills as select v.* from api_skills v;
alter table peer_users add primary key (id), add unique ("loginId");
alter table peer_campaigns add primary key (id);
alter table peer_skills add primary key (id);
vacuum analyze peer_users`;

async function fill(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of TABLES.split(/;\n/)) await client.query(statement);
  for (const [own, where] of [['1001', `"loginId" like 'b%'`], ...['1000', '1001', '9000', '9999'].map((login) => [login, `"loginId" = '${login}'`])])
    await client.query(`update peer_users set salt = 'salt', hash = $1 where ${where}`, [await hashOf(own, 'salt')]);
  await client.end();
}

/** Columns that a body may set, and the event that tells of it. */
const RESOURCES = {
  users: { table: 'peer_users', columns: ['firstName', 'lastName', 'email'], rank: 1, order: 'loginId', event: 'updateUser' },
  campaigns: { table: 'peer_campaigns', columns: ['name', 'description'], rank: 0, order: 'name', event: 'campaignUpdate' },
  skills: { table: 'peer_skills', columns: ['name', 'description'], rank: 1, order: 'name', event: 'updateSkill' },
};

/** What a browser loads at start: key, least rank, statement ($1 is the user's id, $2 his rank). */
const AT_START = [
  ['users', 0, 'select * from peer_users where $2::int >= 1 or id = $1'],
  ['campaigns', 0, 'select * from peer_campaigns where $2::int >= 1 or "assignedUserIds"::jsonb ? $1'],
  ['skills', 1, 'select * from peer_skills'],
  ...[['userGroups', 1, 'api_user_groups'], ['savedScripts', 0, 'api_scripts'], ['qualifications', 0, 'api_qualifications'],
    ['qualificationGroups', 0, 'api_qualification_groups'], ['ivrFlows', 0, 'api_ivr_flows'], ['audioFiles', 2, 'api_audio_files'],
    ['trunks', 1, 'api_trunks'], ['dids', 1, 'api_dids'], ['sites', 1, 'api_sites'], ['activityTypes', 0, 'api_activity_types'],
    ['agentProfiles', 1, 'api_agent_profiles'], ['queues', 1, 'api_queues'], ['appSettings', 0, 'api_app_settings']].map(([key, rank, view]) => [key, rank, `select * from ${view}`]),
  ['callHistory', 0, 'select * from call_history where $2::int >= 1 or agent_id = $1 order by started_at desc limit 100'],
  ['agentSessions', 0, 'select * from agent_sessions where $2::int >= 1 or agent_id = $1 order by login_at desc limit 100'],
];

const shown = ({ salt, hash, ...rest }) => rest;

export function openRest(url, publish) {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  const one = async (name, text, values) => (await pool.query({ name, text, values })).rows[0];
  return {
    async signIn(loginId, password) {
      const user = await one('by_login', 'select * from peer_users where "loginId" = $1', [loginId]);
      const right = (await hashOf(password, user?.salt || 'nobody')) === user?.hash;
      return right ? shown(user) : undefined;
    },
    mount(app, user) {
      app.get('/api/auth/me', user, async (req, res) => res.json({ user: shown(await one('by_id', 'select * from peer_users where id = $1', [req.user.id])) }));
      app.get('/api/application-data', user, async (req, res) => {
        const rank = RANKS[req.user.role];
        const parts = AT_START.filter(([, least]) => rank >= least);
        const rows = await Promise.all(parts.map(([key, , text]) =>
          pool.query({ name: `start_${key}`, text, values: text.includes('$1') ? [req.user.id, rank] : [] })));
        res.json(Object.fromEntries(parts.map(([key], i) => [key, key === 'users' ? rows[i].rows.map(shown) : rows[i].rows])));
      });
      for (const [name, { table, columns, rank, order, event }] of Object.entries(RESOURCES)) {
        const allowed = (least) => (req, res, next) => (RANKS[req.user.role] >= least ? next() : res.status(403).json({ error: 'Interdit' }));
        app.get(`/api/${name}`, user, allowed(Math.max(rank, 1)), async (req, res) => {
          const limit = Math.min(Number(req.query.limit ?? 50), 500);
          const { rows } = await pool.query({ name: `list_${name}`, text: `select * from ${table} order by "${order}", id limit $1`, values: [limit] });
          res.json({ items: rows.map(shown) });
        });
        app.get(`/api/${name}/:id`, user, allowed(rank), async (req, res) => {
          const found = await one(`get_${name}`, `select * from ${table} where id = $1`, [req.params.id]);
          return found ? res.json(shown(found)) : res.status(404).json({ error: 'Introuvable' });
        });
        app.put(`/api/${name}/:id`, user, allowed(2), async (req, res) => {
          const set = columns.map((column, i) => `"${column}" = coalesce($${i + 2}, "${column}")`).join(', ');
          const found = await one(`put_${name}`, `update ${table} set ${set} where id = $1 returning *`, [req.params.id, ...columns.map((c) => req.body[c] ?? null)]);
          if (!found) return res.status(404).json({ error: 'Introuvable' });
          publish({ type: event, payload: shown(found) });
          return res.json(shown(found));
        });
      }
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await fill(process.argv[3]);

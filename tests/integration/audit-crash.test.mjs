// The node is killed in the middle of changes: each change that was kept has its one line in the audit log, no line is about
// a change that was not kept, and the chain is whole.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startInstance } from '../support/node.mjs';

const kills = Number(process.env.EVS_AUDIT_KILLS ?? 30);
let evs;
let admin;

before(async () => {
  evs = await startInstance({ applyAsterisk: false, config: { limits: { requests_per_second: 10_000, request_burst: 10_000 }, auth: { single_session: false } } });
  admin = await evs.login('9999');
});

after(() => evs?.close());

/** Makes a skill, changes it a few times, each time to another text, as long as the node lives. */
async function write(state, next) {
  while (state.alive) {
    const id = `skill-a${next()}`;
    const steps = [() => admin.raw('POST', '/skills', { id, name: 'v0' })];
    for (let v = 1; v < 4; ++v) steps.push(() => admin.raw('PUT', `/skills/${id}`, { name: `v${v}` }));
    for (const step of steps) {
      if (!state.alive) return;
      const answer = await step().catch(() => null);
      if (!answer?.ok) break;
    }
  }
}

test(`killed ${kills} times in the middle of changes: every change has its line, every line its change`, async () => {
  let sent = 0;
  for (let kill = 0; kill < kills; ++kill) {
    const state = { alive: true };
    const writers = Array.from({ length: 4 }, () => write(state, () => sent++));
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 200));
    state.alive = false;
    await evs.kill9();
    await Promise.all(writers);
    await evs.start();
  }
  const skills = await evs.query("select id, name from skills where id like 'skill-a%'");
  const lines = await evs.query(`select action, entity, detail->'values'->>'name' as name from (select action, entity, detail from audit_log
    union all select action, entity, detail from audit_pending) l where entity like 'skills/skill-a%'`);
  assert.ok(skills.length > kills, `only ${skills.length} were made`);

  // What must stand in the log follows from the last text alone: v2 means that it was made, changed to v1, changed to v2.
  const expected = skills.flatMap(({ id, name }) => Array.from({ length: Number(name.slice(1)) + 1 },
    (_, v) => `${v === 0 ? 'POST /skills' : 'PUT /skills/{id}'} skills/${id} v${v}`));
  const found = lines.map(({ action, entity, name }) => `${action} ${entity} ${name}`);
  assert.deepEqual(found.sort(), expected.sort());
  const verified = await admin.get('/audit?verify=1');
  assert.equal(verified.ok, true, JSON.stringify(verified));
});

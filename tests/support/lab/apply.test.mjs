// scripts/apply-asterisk-config against a real PostgreSQL (EVS_PG_URL): hostile rows stay out, good ones get in, nothing is written twice.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'scripts', 'apply-asterisk-config');
const database = process.env.EVS_PG_URL;
const schema = `apply_${process.pid}`;
const environment = { ...process.env, PGOPTIONS: `-c search_path=${schema} -c client_min_messages=warning` };

const sql = (text) => execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', text], { env: environment });

describe('apply-asterisk-config', () => {
  let etc;
  const apply = (...options) => {
    const { status, stderr } = spawnSync(script, ['--database', database, '--etc', etc, '--no-reload', ...options], {
      env: environment, encoding: 'utf8',
    });
    return { status, stderr };
  };
  const written = (name) => readFileSync(join(etc, name), 'utf8');

  before(() => {
    assert.ok(database, 'EVS_PG_URL is not set');
    etc = mkdtempSync(join(tmpdir(), 'evs-etc-'));
    sql(`create schema ${schema};
      create table users (id text, is_active boolean default true, extension text, sip_secret text);
      create table trunks (id text, domain text, login text, sip_secret text, auth_type text default 'ip', register_string text,
                           inbound_context text default 'evs-from-trunk');`);
  });
  after(() => {
    sql(`drop schema ${schema} cascade`);
    rmSync(etc, { recursive: true, force: true });
  });

  it('writes phones and trunks once, readable by their owner and group only', () => {
    sql(`insert into users values ('u1', true, '1001', 'secret1'), ('u2', false, '1002', 'secret2'), ('u3', true, null, null);
         insert into trunks (id, domain) values ('trunk-paris', '10.1.2.3:5062');
         insert into trunks (id, domain, login, sip_secret, auth_type) values ('trunk-lyon', 'lyon.example', 'evs', 'pw', 'register')`);
    assert.equal(apply('--check').status, 4);
    assert.equal(apply().status, 0);
    const [phones, trunks] = [written('pjsip_evs_endpoints.conf'), written('pjsip_evs_trunks.conf')];
    assert.match(phones, /^\[1001\]\(evs-agent\)$/m);
    assert.match(phones, /^password = secret1$/m);
    assert.doesNotMatch(phones, /1002/);
    assert.match(trunks, /^contact = sip:10\.1\.2\.3:5062$/m);
    assert.match(trunks, /^match = 10\.1\.2\.3$/m);
    assert.match(trunks, /^client_uri = sip:evs@lyon\.example$/m);
    const file = join(etc, 'pjsip_evs_endpoints.conf');
    assert.equal(statSync(file).mode & 0o777, 0o640);
    const { ino } = statSync(file);
    assert.equal(apply().status, 0);
    assert.equal(statSync(file).ino, ino, 'written again without a change');
    assert.equal(apply('--check').status, 0);
  });

  for (const [what, insert] of [
    ['line break in a password', `insert into users values ('bad', true, '1900', E'x\\n[evil](evs-agent)')`],
    ['semicolon in a password', `insert into users values ('bad', true, '1900', 'x;y')`],
    ['bracket in an extension', `insert into users values ('bad', true, '19]00', 'x')`],
    ['trailing line break', `insert into users values ('bad', true, '1900', E'x\\n')`],
    ['line break in a domain', `insert into trunks (id, domain) values ('bad', E'1.2.3.4\\n[evil]\\ntype=endpoint')`],
    ['bracket in a trunk id', `insert into trunks (id, domain) values ('bad](x', '1.2.3.4')`],
    ['a trunk named like an extension', `insert into trunks (id, domain) values ('1001', '1.2.3.4')`],
    ['a trunk named like a template', `insert into trunks (id, domain) values ('evs-agent', '1.2.3.4')`],
    ['line break in a login', `insert into trunks (id, domain, login, sip_secret) values ('bad', 'h', E'a\\nb', 'x')`],
    ['line break in a context', `insert into trunks (id, domain, inbound_context) values ('bad', 'h', E'a\\nb')`],
    ['semicolon in a register string', `insert into trunks (id, domain, login, register_string, auth_type) values ('bad', 'h', 'l', 'a@b;c', 'register')`],
  ]) {
    it(`leaves out a row with a ${what} and names it`, () => {
      const before = written('pjsip_evs_endpoints.conf') + written('pjsip_evs_trunks.conf');
      sql(insert);
      const { status, stderr } = apply();
      sql(`delete from users where id = 'bad'; delete from trunks where id not in ('trunk-paris', 'trunk-lyon')`);
      assert.equal(status, 3);
      assert.match(stderr, /left out: (user|trunk) "/);
      assert.equal(written('pjsip_evs_endpoints.conf') + written('pjsip_evs_trunks.conf'), before);
    });
  }

  it('changes nothing where a password is encrypted and its key is not at hand', () => {
    const before = written('pjsip_evs_endpoints.conf');
    sql(`insert into users values ('sealed', true, '1901', 'v1:00000000:${'A'.repeat(64)}')`);
    const { status, stderr } = apply();
    sql("delete from users where id = 'sealed'");
    assert.equal(status, 1);
    assert.match(stderr, /encrypted/);
    assert.equal(written('pjsip_evs_endpoints.conf'), before);
  });

  it('reloads where the last reload did not come about', () => {
    sql("update trunks set domain = '10.1.2.4' where id = 'trunk-paris'");
    const reload = (command) => spawnSync(script, ['--database', database, '--etc', etc, '--reload', command], { env: environment, encoding: 'utf8' });
    const failed = reload('false');
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /Asterisk did not reload/);
    const again = reload('echo reloaded');
    assert.equal(again.status, 0);
    assert.match(again.stderr, /^reloaded module reload res_pjsip\.so/m);
    assert.doesNotMatch(reload('echo reloaded').stderr, /reloaded/, 'read, and nothing changed');
  });

  it('takes the database from the environment, and shows no password in any argument', () => {
    const url = new URL(database);
    const spy = mkdtempSync(join(tmpdir(), 'evs-spy-'));
    // Writes down how psql was called, then does it.
    writeFileSync(join(spy, 'psql'), `#!/bin/sh\nprintf '%s\\n' "$*" >>'${spy}/calls'\nexec /usr/bin/psql "$@"\n`, { mode: 0o755 });
    const { EVS_PG_URL: _, ...rest } = environment;
    const called = (more, args = []) => {
      const { status, stderr } = spawnSync(script, ['--etc', etc, '--no-reload', ...args], { env: { ...rest, PATH: `${spy}:${process.env.PATH}`, ...more }, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    };
    called({ PGHOST: url.hostname, PGPORT: url.port, PGUSER: url.username, PGPASSWORD: decodeURIComponent(url.password), PGDATABASE: url.pathname.slice(1) });
    called({ EVS_PG_URL: database });
    const calls = readFileSync(join(spy, 'calls'), 'utf8');
    rmSync(spy, { recursive: true });
    assert.ok(calls.split('\n').length > 4);
    assert.ok(url.password.length > 0 && !calls.includes(url.password), calls);
  });

  it('says so when the database is away, and changes nothing', () => {
    const before = written('pjsip_evs_trunks.conf');
    const { status, stderr } = spawnSync(script, ['--database', 'postgresql://evs@127.0.0.1:1/evs', '--etc', etc, '--no-reload'], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /does not answer/);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.equal(written('pjsip_evs_trunks.conf'), before);
  });

  it('says in one line that there are no tables yet, and changes nothing', () => {
    const before = written('pjsip_evs_trunks.conf');
    const env = { ...environment, PGOPTIONS: '-c search_path=pg_catalog' };
    const { status, stderr } = spawnSync(script, ['--database', database, '--etc', etc, '--no-reload'], { env, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /^apply-asterisk-config: the database has no tables yet.*migrate.*\n$/);
    assert.equal(written('pjsip_evs_trunks.conf'), before);
  });
});

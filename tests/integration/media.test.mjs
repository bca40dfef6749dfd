// Sounds, pictures and recordings over REST: converted by the real sox, kept in real files, told to every screen.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';

let evs;
let data;
const people = {};

before(async () => {
  evs = await startInstance({ applyAsterisk: false });
  data = evs.config.storage.data_dir;
  for (const login of ['9000', '1000', '1001', '1002']) people[login] = await evs.login(login);
});

after(() => evs?.close());

const api = (login, path, options = {}) => fetch(`${evs.base}/api${path}`, {
  ...options,
  headers: { ...(login ? { authorization: `Bearer ${people[login].token}` } : {}), ...options.headers },
  signal: AbortSignal.timeout(60_000),
});

/** A tone of so many seconds, as a file of that type. */
function tone(type, length, ...effects) {
  const path = join(evs.folder, `tone-${length}.${type}`);
  execFileSync('sox', ['-n', '-r', '44100', '-c', '2', '-b', '16', path, 'synth', String(length), 'sine', '440', ...effects].filter((word) => type !== 'mp3' || !['-b', '16'].includes(word)));
  return readFileSync(path);
}

function form(content, fileName, fields = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('audioFile', new Blob([content]), fileName);
  return body;
}

const upload = (login, content, fileName, fields) => api(login, '/audio-files', { method: 'POST', body: form(content, fileName, fields) });
const soxi = (flag, path) => execFileSync('soxi', [flag, path], { encoding: 'utf8' }).trim();
const audioFolder = () => (existsSync(join(data, 'audio')) ? readdirSync(join(data, 'audio')) : []);

for (const type of ['wav', 'mp3'])
  test(`a ${type} becomes what Asterisk plays, and every administrator's screen has it`, async () => {
    const board = await evs.live(people['9000']);
    const answer = await upload('9000', tone(type, 2), `Accueil été.${type}`, { name: `Accueil ${type}` });
    const sound = await answer.json();
    assert.equal(answer.status, 201, JSON.stringify(sound));
    assert.equal(sound.name, `Accueil ${type}`);
    assert.equal(sound.fileName, `Accueil été.${type}`);
    assert.ok(Math.abs(sound.duration - 2) < 0.1, sound.duration);
    assert.ok(sound.size > 1000);
    assert.deepEqual((await board.waitFor('newAudioFile', (one) => one.id === sound.id)).payload ?? sound, sound);

    const [{ stored_as: name }] = await evs.query('select stored_as from audio_files where id = $1', [sound.id]);
    const wav = join(data, 'audio', `${name}.wav`);
    const raw = join(data, 'audio', `${name}.sln16`);
    assert.equal(soxi('-r', wav), '8000');
    assert.equal(soxi('-c', wav), '1');
    assert.equal(soxi('-b', wav), '16');
    assert.equal(soxi('-e', wav), 'Signed Integer PCM');
    assert.ok(Math.abs(Number(soxi('-D', wav)) - 2) < 0.1);
    assert.ok(Math.abs(statSync(raw).size - 64_000) < 3200, 'two seconds of 16 bit at 16 kHz');
    assert.equal(readdirSync(join(data, 'spool')).length, 0);
    assert.equal(readdirSync(join(data, 'work')).length, 0);

    const heard = await api('9000', `/media/audio-files/${sound.id}.wav`, { headers: { range: 'bytes=0-3' } });
    assert.equal(heard.status, 206);
    assert.equal(await heard.text(), 'RIFF');
    assert.equal(heard.headers.get('content-range'), `bytes 0-3/${statSync(wav).size}`);
    assert.equal(heard.headers.get('x-content-type-options'), 'nosniff');

    assert.equal((await api('9000', `/audio-files/${sound.id}`, { method: 'DELETE' })).ok, true);
    await board.waitFor('deleteAudioFile', (one) => one.id === sound.id);
    await waitFor('the end of its files', () => !existsSync(wav) && !existsSync(raw));
    assert.equal((await api('9000', `/media/audio-files/${sound.id}.wav`)).status, 404);
    await board.close?.();
  });

test('what is no sound is refused by its content, whatever it is called', async () => {
  const before = audioFolder().length;
  for (const content of ['MZ\x90\0 not a sound', '<script>alert(1)</script>', '', Buffer.alloc(50_000, 0xff)]) {
    const answer = await upload('9000', content, 'accueil.wav');
    assert.equal(answer.status, 400);
    assert.ok((await answer.json()).fields.audioFile);
  }
  assert.equal((await upload('9000', Buffer.alloc(10 * 1024 * 1024 + 1), 'gros.wav')).status, 413);
  assert.equal((await api('9000', '/audio-files', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status, 400);
  assert.equal(audioFolder().length, before);
  assert.equal(readdirSync(join(data, 'spool')).length, 0);
});

test('an upload is for administrators, and an id is taken once', async () => {
  const sound = tone('wav', 1);
  assert.equal((await upload(null, sound, 'a.wav')).status, 401);
  assert.equal((await upload('1001', sound, 'a.wav')).status, 403);
  assert.equal((await upload('1000', sound, 'a.wav')).status, 403);
  assert.equal((await upload('9000', sound, 'a.wav', { id: 'audio-mine' })).status, 201);
  const files = audioFolder().length;
  assert.equal((await upload('9000', sound, 'a.wav', { id: 'audio-mine' })).status, 409);
  assert.equal((await upload('9000', sound, 'a.wav', { id: '../../etc/x' })).status, 400);
  assert.equal(audioFolder().length, files, 'no file without a row');
});

test('hostile names and paths lead nowhere', async () => {
  const answer = await upload('9000', tone('wav', 1), '../../../../tmp/evil.wav', { name: "'; drop table audio_files; --" });
  assert.equal(answer.status, 201);
  assert.equal((await answer.json()).fileName, 'evil.wav');
  assert.equal(existsSync('/tmp/evil.wav'), false);
  const outside = encodeURIComponent('../../../etc/passwd');
  for (const path of [`/media/audio-files/${outside}`, `/media/audio-files/${outside}.wav`, `/media/pictures/${outside}`, `/media/pictures/${encodeURIComponent('../audio')}.png`,
    `/recordings/${outside}.wav`, '/media/pictures/.%00.png', '/media/audio-files/%2e%2e%2f.wav'])
    assert.ok([400, 404].includes((await api('9000', path)).status), path);
});

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

test("one's picture: as a form, as a data URL, as an image; the one before is gone", async () => {
  const asForm = new FormData();
  asForm.set('picture', new Blob([png]), 'moi.png');
  const ways = [
    { body: asForm },
    { body: JSON.stringify({ pictureUrl: `data:image/png;base64,${png.toString('base64')}` }), headers: { 'content-type': 'application/json' } },
    { body: png, headers: { 'content-type': 'image/png' } },
  ];
  let last;
  for (const way of ways) {
    const answer = await api('1001', '/users/me/picture', { method: 'PUT', ...way });
    const { profilePictureUrl } = await answer.json();
    assert.equal(answer.status, 200);
    assert.match(profilePictureUrl, /^\/api\/media\/pictures\/[0-9a-f]{32}\.png$/);
    const seen = await api('1002', profilePictureUrl.replace('/api', ''));
    assert.equal(seen.status, 200);
    assert.equal(seen.headers.get('content-type'), 'image/png');
    assert.deepEqual(Buffer.from(await seen.arrayBuffer()), png);
    if (last) assert.equal((await api('1002', last.replace('/api', ''))).status, 404);
    last = profilePictureUrl;
  }
  assert.equal((await evs.query("select profile_picture_url from users where id = 'user-1001'"))[0].profile_picture_url, last);
  assert.equal(readdirSync(join(data, 'pictures')).length, 1);
  assert.equal((await api(null, last.replace('/api', ''))).status, 401);
});

test('a picture is an image, and a small one', async () => {
  for (const [content, status] of [['<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 400], ['x', 400], [Buffer.concat([png, Buffer.alloc(2 * 1024 * 1024)]), 413],
    [Buffer.alloc(9 * 1024 * 1024), 413]])
    assert.equal((await api('1001', '/users/me/picture', { method: 'PUT', body: content, headers: { 'content-type': 'image/png' } })).status, status);
});

test('recordings: who may, in both formats, in parts, listed, logged and deleted', async () => {
  mkdirSync(join(data, 'recordings'), { recursive: true, mode: 0o700 });
  const sound = tone('wav', 1);
  for (const [id, agent, site] of [['call-p', 'user-1001', 'site-paris'], ['call-l', 'user-1002', 'site-lyon'], ['call-none', 'user-1001', 'site-paris']]) {
    await evs.query(`insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason, agent_id, site_id, recording_id)
      values ($1, 'inbound', now(), now(), 1, 1, 0, 0, 1, 0, 'answered', 'caller_hangup', $2, $3, $4)`, [id, agent, site, id === 'call-none' ? null : `rec-${id}`]);
    if (id !== 'call-none') writeFileSync(join(data, 'recordings', `rec-${id}.wav`), sound);
  }
  await evs.query("update agent_profiles set call_controls = call_controls || '{\"record\": false}'");
  assert.equal((await api('1000', '/recordings/call-p.wav')).status, 200);
  assert.equal((await api('1000', '/recordings/call-none.wav')).status, 404);
  assert.equal((await api('1001', '/recordings/call-p.wav')).status, 404, 'his profile does not let him');
  await evs.query("update agent_profiles set call_controls = call_controls || '{\"record\": true}'");
  await evs.query("update users set agent_profile_id = (select min(id) from agent_profiles) where id in ('user-1001', 'user-1002')");
  assert.equal((await api('1001', '/recordings/call-p.wav')).status, 200);
  assert.equal((await api('1001', '/recordings/call-l.wav')).status, 404, "another's call");

  const part = await api('1000', '/recordings/call-p.wav', { headers: { range: 'bytes=-4' } });
  assert.equal(part.status, 206);
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), sound.subarray(-4));
  const mp3 = await api('1000', '/recordings/call-p.mp3');
  assert.equal(mp3.headers.get('content-type'), 'audio/mpeg');
  assert.match(mp3.headers.get('content-disposition'), /^attachment; filename="appel-\d{8}-\d{6}\.mp3"$/);
  const converted = join(evs.folder, 'heard.mp3');
  writeFileSync(converted, Buffer.from(await mp3.arrayBuffer()));
  assert.ok(Math.abs(Number(soxi('-D', converted)) - 1) < 0.1);
  await waitFor('the temporary file to go', () => readdirSync(join(data, 'work')).length === 0);

  const first = await (await api('1000', '/recordings?limit=1')).json();
  const second = await (await api('1000', `/recordings?limit=1&cursor=${encodeURIComponent(first.nextCursor)}`)).json();
  assert.deepEqual([...first.items, ...second.items].map((one) => one.id).sort(), ['call-l', 'call-p']);
  assert.equal(second.nextCursor, null);
  assert.deepEqual((await (await api('1001', '/recordings')).json()).items.map((one) => one.id), ['call-p']);
  for (const wrong of ['cursor=x', 'limit=0', 'start=yesterday', "cursor=1_';drop table users"]) {
    const answer = await api('1000', `/recordings?${wrong}`);
    assert.equal(answer.status, 400, wrong);
  }
  // Lines wait in audit_pending until they are chained.
  const [{ n: heard }] = await evs.query("select (select count(*) from audit_log where entity = 'recording:call-p') + (select count(*) from audit_pending where entity = 'recording:call-p') as n");
  assert.ok(Number(heard) >= 3, heard);

  assert.equal((await api('1002', '/recordings/call-p', { method: 'DELETE' })).status, 404);
  assert.equal((await api('1001', '/recordings/call-p', { method: 'DELETE' })).status, 204);
  assert.equal((await api('1000', '/recordings/call-l.wav', { method: 'DELETE' })).status, 204);
  assert.deepEqual(readdirSync(join(data, 'recordings')), []);
  assert.equal((await evs.query("select count(*)::int as n from call_history where recording_id is null"))[0].n, 3, 'the calls stay');
});

test('files whose row is gone are removed at the next start, at the latest', async () => {
  writeFileSync(join(data, 'audio', 'left.wav'), 'x');
  await evs.query("insert into discarded_files (kind, name) values ('audio', 'left'), ('picture', '../../../etc/passwd')");
  await evs.restart();
  await waitFor('the sweep', async () => (await evs.query('select count(*)::int as n from discarded_files'))[0].n === 0);
  assert.equal(existsSync(join(data, 'audio', 'left.wav')), false);
  assert.equal(existsSync('/etc/passwd'), true);
});

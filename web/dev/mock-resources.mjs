// Pretend data of the administration pages: lists, objects with versions, imports. Development only.
import { createHash, randomUUID } from 'node:crypto';

const kinds = {
  users: ['users', 'newUser', 'updateUser', 'deleteUser'], sites: ['sites', 'newSite', 'updateSite', 'deleteSite'],
  trunks: ['trunks', 'newTrunk', 'updateTrunk', 'deleteTrunk'], dids: ['dids', 'newDid', 'updateDid', 'deleteDid'],
  queues: ['queues', 'newQueue', 'updateQueue', 'deleteQueue'], campaigns: ['campaigns', 'campaignUpdate', 'campaignUpdate', 'deleteCampaign'],
  skills: ['skills', 'newSkill', 'updateSkill', 'deleteSkill'],
};
const required = { users: 'loginId', dids: 'number' };
const etagOf = (object) => `"${createHash('md5').update(JSON.stringify(object)).digest('hex')}"`;

/** `data`: arrays by name; `emit(type, payload)` tells the others. */
export class MockResources {
  constructor(data, emit) {
    this.data = data;
    this.emit = emit;
    this.jobs = new Map();
  }

  /** True when the path was one of ours. */
  handle(method, path, query, body, headers, answer) {
    const job = /^\/api\/jobs(?:\/([^/]+))?(\/rejected)?$/.exec(path);
    if (job) return this.job(job[1], job[2], answer);
    const [, name, id, action] = /^\/api\/([a-z-]+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(path) ?? [];
    const kind = kinds[name];
    if (!kind) return false;
    if (name === 'users' && id === 'bulk') return this.bulk(body.users, answer);
    if (action === 'contacts/import') return this.import(id, answer);
    if (['start', 'pause', 'stop'].includes(action)) return this.change(kind, id, { isActive: action === 'start' }, {}, answer);
    if (method === 'GET' && !id) return this.list(kind, query, answer);
    if (method === 'GET') return this.read(kind, id, answer);
    if (method === 'POST') return this.create(name, kind, body, answer);
    if (method === 'PUT') return this.change(kind, id, body, headers, answer);
    return this.remove(kind, id, answer);
  }

  find([name], id) { return this.data[name].find((one) => one.id === id); }

  list([name], query, answer) {
    const words = (query.get('q') ?? '').toLowerCase();
    const items = this.data[name].filter((one) => ['role', 'siteId', 'isActive'].every((key) => !query.get(key) || String(one[key]) === query.get(key))
      && JSON.stringify(one).toLowerCase().includes(words));
    const sort = (query.get('sort') ?? 'id').replace('-', '');
    items.sort((a, b) => String(a[sort] ?? '').localeCompare(String(b[sort] ?? ''), 'fr') * (query.get('sort')?.startsWith('-') ? -1 : 1));
    if (!query.get('limit')) return answer(200, items);
    const from = Number(query.get('cursor') ?? 0), to = from + Number(query.get('limit'));
    return answer(200, { items: items.slice(from, to), nextCursor: to < items.length ? String(to) : null });
  }

  read(kind, id, answer) {
    const object = this.find(kind, id);
    return object ? answer(200, object, { ETag: etagOf(object) }) : answer(404, { error: 'Cet élément n’existe pas.', code: 'not_found' });
  }

  create(name, [list, created], body, answer) {
    const must = required[name] ?? 'name';
    if (!body[must]) return answer(400, { error: 'Des champs sont à corriger.', code: 'invalid_input', fields: { [must]: 'Champ obligatoire.' } });
    const taken = must !== 'name' && this.data[list].some((one) => one[must] === body[must]);
    if (taken) return answer(409, { error: 'Cet identifiant de connexion est déjà pris.', code: 'conflict', fields: { [must]: 'Cet identifiant de connexion est déjà pris.' } });
    const { password, ...object } = { id: `${name}-${randomUUID().slice(0, 8)}`, ...body };
    this.data[list].push(object);
    this.emit(created, object);
    return answer(201, object, { ETag: etagOf(object), 'X-Password': password ? 'set' : 'none' });
  }

  change(kind, id, { password, ...body }, headers, answer) {
    const object = this.find(kind, id);
    if (!object) return answer(404, { error: 'Cet élément n’existe pas.', code: 'not_found' });
    if (headers['if-match'] && headers['if-match'] !== etagOf(object)) return answer(412, { error: 'Quelqu’un d’autre l’a modifié entre-temps.', code: 'stale' });
    Object.assign(object, body);
    this.emit(kind[2], object);
    return answer(200, object, { ETag: etagOf(object), 'X-Password': password ? 'set' : 'none' });
  }

  remove(kind, id, answer) {
    this.data[kind[0]] = this.data[kind[0]].filter((one) => one.id !== id);
    this.emit(kind[3], { id });
    return answer(204);
  }

  bulk(users, answer) {
    const report = users.map((user, index) => {
      const ok = Boolean(user.loginId) && !this.data.users.some((one) => one.loginId === user.loginId);
      if (ok) this.data.users.push({ id: `user-${user.loginId}`, isActive: true, ...user });
      return { index, ok, loginId: user.loginId, ...(ok ? {} : { error: 'Des champs sont à corriger.', fields: { loginId: 'Cet identifiant de connexion est déjà pris.' } }) };
    });
    const failed = report.filter((line) => !line.ok).length;
    this.emit('usersBulkUpdate', { created: users.length - failed });
    return answer(failed === users.length ? 422 : 200, { created: users.length - failed, failed, report });
  }

  import(campaignId, answer) {
    const job = { id: `job-${randomUUID().slice(0, 8)}`, kind: 'contact-import', campaignId, state: 'running', phase: 'reading', done: 0, total: 48_000, fileName: 'prospects-paris.csv', createdAt: new Date().toISOString() };
    this.jobs.set(job.id, job);
    const timer = setInterval(() => {
      job.done = Math.min(job.total, job.done + 6_000);
      if (job.done === job.total) {
        clearInterval(timer);
        Object.assign(job, { state: 'done', phase: 'finished', result: { total: 48_000, valid: 47_210, invalid: 790, duplicates: 655 } });
        const campaign = this.data.campaigns.find((one) => one.id === campaignId);
        campaign.contactStats = { total: 47_210 + campaign.contactStats.total, pending: 47_210 + campaign.contactStats.pending, called: campaign.contactStats.called, qualified: campaign.contactStats.qualified, locked: 0 };
        this.emit('campaignUpdate', campaign);
      }
      this.emit('jobUpdate', { ...job });
    }, 400);
    return answer(202, { jobId: job.id });
  }

  job(id, rejected, answer) {
    if (!id) return answer(200, { items: [...this.jobs.values()], nextCursor: null });
    return rejected ? answer(200, 'ligne;motif\n') : answer(200, this.jobs.get(id));
  }
}

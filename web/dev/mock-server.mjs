// Plays the server's REST and live contract with pretend data, for work on the pages without a telephone in the house.
//   node dev/mock-server.mjs [port]      serves web/dist, too, with the Content-Security-Policy of production
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { MockResources } from './mock-resources.mjs';
import { MockWorld, campaignList, dids, queueList, sites, skills, trunkList, users } from './mock-world.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const kept = 2000;

/** Starts it; the answer has `port`, `world`, `cut()` (drops every live connection), `kick(userId)` and `close()`. */
export function startMock(port = 8080, { busy = 9 } = {}) {
  const epoch = randomUUID();
  const log = [];
  const refresh = new Map(), access = new Map(), tickets = new Map(), wires = new Map();
  let offset = 0;

  const sees = (user, { type, payload }) => user.role !== 'Agent'
    || [payload.agentId, payload.to].includes(user.id) && !['agentRaisedHand', 'agentResponseMessage'].includes(type);
  const world = new MockWorld((type, payload) => {
    const event = { offset: ++offset, type, payload };
    log.push(event);
    if (log.length > kept) log.shift();
  });
  const saved = new MockResources({ users, sites, queues: queueList, trunks: trunkList, dids, campaigns: campaignList, skills }, (type, payload) => world.emit(type, payload));
  const flush = setInterval(() => {
    for (const [wire, session] of wires) {
      const events = log.filter((event) => event.offset > session.offset);
      session.offset = offset;
      const mine = events.filter((event) => sees(session.user, event));
      if (mine.length > 0) wire.send(JSON.stringify(mine));
    }
  }, 40);

  function token(user) {
    const exp = Math.floor(Date.now() / 1000) + 300;
    const value = `e30.${Buffer.from(JSON.stringify({ sub: user.id, exp })).toString('base64url')}.${randomUUID()}`;
    access.set(value, user);
    return value;
  }
  function cookie(user) {
    const value = randomUUID();
    refresh.set(value, user);
    return `evs_refresh=${value}; HttpOnly; SameSite=Strict; Path=/api/auth`;
  }

  const routes = {
    'POST /api/auth/login': ({ body, answer }) => {
      const user = users.find((other) => other.loginId === body.loginId);
      if (!user || body.password !== user.loginId) return answer(401, { error: 'Identifiant ou mot de passe incorrect.', code: 'unauthenticated' });
      return answer(200, { user, accessToken: token(user) }, { 'Set-Cookie': cookie(user) });
    },
    'POST /api/auth/refresh': ({ cookies, answer }) => {
      const user = refresh.get(cookies.evs_refresh);
      if (!user) return answer(401, { error: 'Session expirée.', code: 'unauthenticated' });
      refresh.delete(cookies.evs_refresh);
      return answer(200, { accessToken: token(user) }, { 'Set-Cookie': cookie(user) });
    },
    'POST /api/auth/logout': ({ answer }) => answer(204, undefined, { 'Set-Cookie': 'evs_refresh=; Path=/api/auth; Max-Age=0' }),
    'GET /api/auth/me': ({ user, answer }) => answer(200, user),
    'POST /api/auth/ws-ticket': ({ user, answer }) => {
      const ticket = randomUUID();
      tickets.set(ticket, user);
      return answer(200, { ticket, expiresIn: 30 });
    },
    'GET /api/application-data': ({ answer }) => answer(200, saved.data),
    'GET /api/public-config': ({ answer }) => answer(200, { appSettings: {} }),
    'GET /api/live': ({ user, answer }) => answer(200, world.snapshot(user)),
    'POST /api/call/originate': ({ body, answer }) => (body.destination.endsWith('99')
      ? answer(503, { error: 'La liaison de votre site est hors service : aucun appel ne peut sortir pour le moment.', code: 'trunk_down' })
      : answer(200, { callId: world.originate(body.agentId, body.destination) })),
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://mock');
    if (!url.pathname.startsWith('/api')) return serveFile(url.pathname, response);
    let text = '';
    for await (const chunk of request) text += chunk;
    const answer = (status, body, headers = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body === undefined ? '' : JSON.stringify(body));
    };
    const user = access.get((request.headers.authorization ?? '').slice(7));
    const isPublic = ['/api/auth/login', '/api/auth/refresh', '/api/public-config'].includes(url.pathname);
    if (!user && !isPublic) return answer(401, { error: 'Connexion requise.', code: 'unauthenticated' });
    const cookies = Object.fromEntries((request.headers.cookie ?? '').split('; ').map((pair) => pair.split('=')));
    const context = { body: text.startsWith('{') ? JSON.parse(text) : {}, cookies, user, answer };
    const route = routes[`${request.method} ${url.pathname}`];
    if (route) return route(context);
    const hangup = /^\/api\/call\/([^/]+)\/hangup$/.exec(url.pathname);
    if (hangup) return world.hangup(decodeURIComponent(hangup[1]), 'api_hangup') ? answer(200, {}) : answer(404, { error: 'Cet appel est déjà terminé.', code: 'not_found' });
    const status = /^\/api\/agents\/([^/]+)\/status$/.exec(url.pathname);
    if (status) { world.setAgent(status[1], context.body.status, { reason: context.body.reason }); return answer(200, {}); }
    if (saved.handle(request.method, url.pathname, url.searchParams, context.body, request.headers, answer) !== false) return undefined;
    return answer(404, { error: 'Chemin inconnu.', code: 'not_found' });
  });

  function serveFile(path, response) {
    let file = join(dist, normalize(path));
    if (!file.startsWith(dist) || !extname(file) || !existsSync(file)) file = join(dist, 'index.html');
    response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': "default-src 'self'" });
    response.end(readFileSync(file));
  }

  const door = new WebSocketServer({ noServer: true, handleProtocols: () => 'evs.v1' });
  server.on('upgrade', (request, socket, head) => {
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(/,\s*/);
    const ticket = protocols.find((name) => name.startsWith('ticket.'))?.slice(7);
    const user = tickets.get(ticket);
    tickets.delete(ticket);
    if (!user || !protocols.includes('evs.v1')) { socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'); return; }
    door.handleUpgrade(request, socket, head, (wire) => welcome(wire, user, new URL(request.url, 'http://mock').searchParams));
  });

  function welcome(wire, user, asked) {
    const from = Number(asked.get('offset'));
    const resumes = asked.get('epoch') === epoch && (log.length === 0 || from >= log[0].offset - 1);
    wire.send(JSON.stringify(resumes ? { type: 'resumed', epoch, offset: from } : { type: 'hello', epoch, offset, snapshot: world.snapshot(user) }));
    wires.set(wire, { user, offset: resumes ? from : offset });
    wire.on('close', () => wires.delete(wire));
    wire.on('message', (data) => command(user, JSON.parse(String(data))));
  }

  function command(user, { type, payload }) {
    const agentName = `${user.firstName} ${user.lastName}`;
    if (type === 'agentRaisedHand') world.emit('agentRaisedHand', { agentId: user.id, agentName, agentLoginId: user.loginId });
    if (type === 'agentResponseToSupervisor') world.emit('agentResponseMessage', { agentId: user.id, agentName, message: payload.message });
    if (type === 'supervisorResponseToAgent') world.emit('supervisorMessage', { id: randomUUID(), from: agentName, to: payload.agentId, message: payload.message });
  }

  world.live(busy);
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve({
    port: server.address().port, world,
    cut: () => { for (const wire of wires.keys()) wire.terminate(); },
    kick: (userId) => {
      for (const [wire, { user }] of wires) {
        if (user.id !== userId) continue;
        for (const [value, owner] of [...refresh, ...access]) if (owner.id === userId) { refresh.delete(value); access.delete(value); }
        wire.send(JSON.stringify([{ type: 'forceLogout', payload: { reason: 'newer_login' } }]));
        wire.close(4001, 'newer_login');
      }
    },
    close: () => { clearInterval(flush); for (const wire of wires.keys()) wire.terminate(); server.closeAllConnections?.(); server.close(); },
  })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock(Number(process.argv[2] ?? 8080));
  process.stdout.write(`mock server on http://127.0.0.1:${mock.port} (password = login: 1000 supervisor, 1001 agent)\n`);
}

// A call-centre dashboard server as it is commonly written for Node: Asterisk's events come in through an AMI client, go
// through Redis publish/subscribe so that several instances could run, and leave as one JSON frame an event to every
// WebSocket whose role may see them. It is what evscallpro is measured against, so it does the same work: calls, agents
// and trunks are kept as state, late joiners get the present state first.
import http from 'node:http';
import express from 'express';
import jwt from 'jsonwebtoken';
import Redis from 'ioredis';
import AsteriskManager from 'asterisk-manager';
import { WebSocketServer, WebSocket } from 'ws';
import { CallCenter } from './call-center.js';
import { openRest } from './rest.js';

const settings = {
  port: Number(process.env.PORT ?? 3001),
  host: process.env.HOST ?? '127.0.0.1',
  redisUrl: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  ami: {
    host: process.env.AMI_HOST ?? '127.0.0.1',
    port: Number(process.env.AMI_PORT ?? 5038),
    user: process.env.AMI_USER ?? 'evs',
    secret: process.env.AMI_SECRET ?? '',
  },
  jwtSecret: process.env.JWT_SECRET ?? 'change-me',
  databaseUrl: process.env.PG_URL, // without it: the accounts below, and no REST
};

const CHANNEL = 'events';
const SUPERVISORS = new Set(['Superviseur', 'Administrateur', 'SuperAdmin']);
const users = new Map([
  ['1000', { id: 'user-1000', role: 'Superviseur', password: '1000' }],
  ...Array.from({ length: 20 }, (_, i) => [
    String(1001 + i),
    { id: `user-${1001 + i}`, role: 'Agent', password: String(1001 + i) },
  ]),
]);

const publisher = new Redis(settings.redisUrl);
const subscriber = new Redis(settings.redisUrl);
const publish = (event) => publisher.publish(CHANNEL, JSON.stringify(event));

// --- REST -----------------------------------------------------------------------------------------------------------
const app = express();
app.use(express.json());
const rest = settings.databaseUrl && openRest(settings.databaseUrl, publish);
const signIn = (loginId, password) => (rest ? rest.signIn(loginId, password) : users.get(loginId)?.password === password && users.get(loginId));
app.post('/api/auth/login', async (req, res) => {
  const user = await signIn(String(req.body?.loginId), String(req.body?.password));
  if (!user) return res.status(401).json({ error: 'Identifiants incorrects' });
  const accessToken = jwt.sign({ id: user.id, role: user.role }, settings.jwtSecret, { expiresIn: '1h' });
  return res.json({ user: { id: user.id, role: user.role }, accessToken });
});
rest?.mount(app, (req, res, next) => {
  try {
    req.user = jwt.verify(req.headers.authorization?.replace(/^Bearer /, '') ?? '', settings.jwtSecret);
  } catch {
    return res.status(401).json({ error: 'Session expirée' });
  }
  return next();
});
app.get('/healthz', (_req, res) => res.json({ ami: ami.isConnected() === true }));

// --- WebSocket ------------------------------------------------------------------------------------------------------
const server = http.createServer(app);
const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false });

server.on('upgrade', (req, socket, head) => {
  const url = new URL(req.url, 'http://localhost');
  let user;
  try {
    user = jwt.verify(url.searchParams.get('token'), settings.jwtSecret);
  } catch {
    socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    return;
  }
  wss.handleUpgrade(req, socket, head, (ws) => {
    ws.user = user;
    wss.emit('connection', ws, req);
  });
});

wss.on('connection', (ws) => {
  ws.isAlive = true;
  ws.on('pong', () => {
    ws.isAlive = true;
  });
  ws.on('error', () => ws.terminate());
  for (const event of center.presentState()) if (maySee(ws.user, event)) ws.send(JSON.stringify(event));
});

setInterval(() => {
  for (const ws of wss.clients) {
    if (!ws.isAlive) {
      ws.terminate();
      continue;
    }
    ws.isAlive = false;
    ws.ping();
  }
}, 30_000);

function maySee(user, event) {
  return SUPERVISORS.has(user.role) || event.payload.agentId === user.id || Boolean(event.payload.assignedUserIds?.includes(user.id));
}

subscriber.subscribe(CHANNEL);
subscriber.on('message', (_channel, message) => {
  const event = JSON.parse(message);
  for (const ws of wss.clients) {
    if (ws.readyState === WebSocket.OPEN && maySee(ws.user, event)) ws.send(message);
  }
});

// --- AMI ------------------------------------------------------------------------------------------------------------
const center = new CallCenter(publish);
const ami = new AsteriskManager(settings.ami.port, settings.ami.host, settings.ami.user, settings.ami.secret, true);
ami.keepConnected();
ami.on('newchannel', (e) => center.onNewChannel(e));
ami.on('newstate', (e) => center.onNewState(e));
ami.on('bridgeenter', (e) => center.onBridgeEnter(e));
ami.on('hangup', (e) => center.onHangup(e));
ami.on('devicestatechange', (e) => center.onDeviceState(e));

server.listen(settings.port, settings.host, () => console.log(`peer on http://${settings.host}:${settings.port}`));
process.on('SIGTERM', () => process.exit(0));

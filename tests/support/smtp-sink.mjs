// A mail server that keeps what it gets: SMTP with AUTH PLAIN and LOGIN, STARTTLS with a certificate that nobody vouches for.
//
//   const sink = await new SmtpSink({ user: 'u', password: 'p' }).start();
//   sink.port; sink.mails; // [{from, to, text}]
//   await sink.stop();
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

/** A key and a self-signed certificate for localhost. */
export function selfSigned() {
  const folder = mkdtempSync(join(tmpdir(), 'evs-cert-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj',
      '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export class SmtpSink {
  mails = [];
  /** Everything that clients said, as they said it. */
  heard = '';
  #server;
  #sockets = new Set();

  /** Options: user and password (AUTH is then needed), tls (from selfSigned), refuse (text of a 5xx for each RCPT), silent (never greets). */
  constructor(options = {}) { this.options = options; }

  get port() { return this.#server.address().port; }

  async start() {
    this.#server = createServer((socket) => this.#serve(socket));
    await new Promise((resolve, reject) => this.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket) {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
    if (!this.options.silent) socket.write('220 sink ESMTP\r\n');
    this.#talk(socket, false);
  }

  #talk(socket, secured) {
    const state = { known: !this.options.user, mail: null, data: null, login: null, plain: false };
    let rest = '';
    const say = (text) => socket.write(`${text}\r\n`);
    socket.on('data', (chunk) => {
      this.heard += chunk;
      rest += chunk;
      for (let end; (end = rest.indexOf('\r\n')) >= 0;) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (state.data) this.#body(line, state, say);
        else if (this.#command(line, state, say, secured) === 'starttls') {
          socket.removeAllListeners('data');
          const tls = new TLSSocket(socket, { isServer: true, ...this.options.tls });
          tls.on('error', () => {});
          this.#talk(tls, true);
          return;
        }
      }
    });
  }

  #body(line, state, say) {
    if (line !== '.') return void state.data.push(line.replace(/^\./, ''));
    this.mails.push({ ...state.mail, text: state.data.join('\r\n') });
    state.data = null;
    return say('250 kept');
  }

  #command(line, state, say, secured) {
    const decode = (text) => Buffer.from(text, 'base64').toString();
    const judge = (user, password) => {
      state.known = user === this.options.user && password === this.options.password;
      say(state.known ? '235 welcome' : '535 5.7.8 wrong user or password');
    };
    if (state.plain) {
      state.plain = false;
      return judge(...decode(line).split('\0').slice(1));
    }
    if (state.login) {
      if (state.login.user === undefined) {
        state.login.user = decode(line);
        return say('334 UGFzc3dvcmQ6');
      }
      const { user } = state.login;
      state.login = null;
      return judge(user, decode(line));
    }
    const [word, ...words] = line.split(' ');
    switch (word.toUpperCase()) {
      case 'EHLO': {
        const offers = ['sink', ...(this.options.tls && !secured ? ['STARTTLS'] : []), ...(this.options.user ? ['AUTH PLAIN LOGIN'] : []), 'SIZE 1000000'];
        return say(offers.map((offer, i) => `250${i === offers.length - 1 ? ' ' : '-'}${offer}`).join('\r\n'));
      }
      case 'HELO': return say('250 sink');
      case 'STARTTLS': say('220 go ahead'); return 'starttls';
      case 'AUTH':
        if (words[0] === 'PLAIN' && words[1]) return judge(...decode(words[1]).split('\0').slice(1));
        if (words[0] === 'PLAIN') {
          state.plain = true;
          return say('334 ');
        }
        state.login = words[1] ? { user: decode(words[1]) } : {};
        return say(words[1] ? '334 UGFzc3dvcmQ6' : '334 VXNlcm5hbWU6');
      case 'MAIL':
        if (!state.known) return say('530 5.7.0 sign in first');
        state.mail = { from: line.match(/<(.*?)>/)?.[1], to: [] };
        return say('250 ok');
      case 'RCPT':
        if (this.options.refuse) return say(`550 ${this.options.refuse}`);
        state.mail.to.push(line.match(/<(.*?)>/)?.[1]);
        return say('250 ok');
      case 'DATA': state.data = []; return say('354 go on');
      case 'QUIT': return say('221 bye');
      default: return say('250 ok');
    }
  }
}

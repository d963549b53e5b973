import net from 'node:net';
import tls from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { Element } from '../element.ts';
import { ns } from '../namespaces.ts';
import { StreamParser } from '../parser.ts';
import type { Route } from '../routes.ts';
import { selfSigned } from './certificate.ts';

export const domain = 'fake.test';
const certificate = selfSigned(domain);
const header = `<?xml version='1.0'?><stream:stream xmlns='${ns.client}' xmlns:stream='${ns.streams}' version='1.0' from='${domain}' id='1'>`;

/** What the server answers while a client logs in; undefined is silence. */
export interface Script {
  readonly security?: Route['security'];
  readonly features?: (secure: boolean, authenticated: boolean) => string;
  readonly auth?: (session: FakeSession) => string | undefined;
  readonly bind?: (id: string) => string;
  readonly enable?: (session: FakeSession) => string;
}

/** One connection, from the server's side. */
export class FakeSession {
  /** Elements the client has sent after its stream was ready, and text of each TLS record it came in. */
  readonly elements: Element[] = [];
  readonly records: string[] = [];
  readonly plaintext: string[] = [];
  enabled = false;
  ended = false;
  gone = false;
  answersRequests = true;
  stanzas = 0;
  socket: net.Socket;
  readonly #watchers = new Set<() => void>();

  constructor(socket: net.Socket) {
    this.socket = socket;
  }

  write(text: string | Buffer): void {
    this.socket.write(text);
  }

  changed(): void {
    for (const check of this.#watchers) check();
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }

  /** The counts the client has acknowledged, in order. */
  get counts(): number[] {
    return this.elements.filter(({ name }) => name === 'a').map(({ attrs }) => Number(attrs['h']));
  }

  named(name: string): Element[] {
    return this.elements.filter((element) => element.name === name);
  }
}

export interface FakeServer {
  readonly route: Route;
  readonly ca: string;
  readonly sessions: readonly FakeSession[];
  /** The session with this index, once it is ready. */
  session(index?: number): Promise<FakeSession>;
  stop(): void;
}

export async function startFakeServer(script: Script = {}): Promise<FakeServer> {
  const { security = 'direct-tls' } = script;
  const sessions: FakeSession[] = [];
  const waiting: (() => void)[] = [];
  const changed = () => waiting.forEach((check) => check());
  const server = net.createServer((socket) => {
    const session = new FakeSession(socket);
    sessions.push(session);
    new Login(session, script, changed).accept(security);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    route: { host: '127.0.0.1', port: (server.address() as AddressInfo).port, security },
    ca: certificate.cert,
    sessions,
    session: (index = 0) =>
      new Promise((resolve) => {
        const check = () => {
          const session = sessions[index];
          if (session?.enabled) resolve(session);
        };
        waiting.push(check);
        check();
      }),
    stop: () => {
      server.close();
      for (const { socket } of sessions) socket.destroy();
    },
  };
}

class Login {
  readonly #session: FakeSession;
  readonly #script: Script;
  readonly #changed: () => void;
  #parser: StreamParser | undefined;
  #secure = false;
  #authenticated = false;

  constructor(session: FakeSession, script: Script, changed: () => void) {
    this.#session = session;
    this.#script = script;
    this.#changed = changed;
  }

  accept(security: Route['security']): void {
    if (security === 'direct-tls') this.#startTls();
    else this.#listen();
  }

  #startTls(): void {
    this.#session.socket.removeAllListeners('data');
    this.#session.socket = new tls.TLSSocket(this.#session.socket, { isServer: true, ...certificate });
    this.#secure = true;
    this.#listen();
  }

  #listen(): void {
    const { socket } = this.#session;
    this.#restart();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#session.gone = true;
      this.#session.changed();
    });
    socket.on('data', (bytes: Buffer) => {
      const text = bytes.toString();
      if (!this.#secure) this.#session.plaintext.push(text);
      if (this.#session.enabled) this.#session.records.push(text);
      this.#parser?.write(text);
      this.#session.changed();
    });
  }

  #restart(): void {
    this.#parser?.stop();
    this.#parser = new StreamParser({
      onHeader: () => this.#session.write(`${header}<stream:features>${this.#features()}</stream:features>`),
      onElement: (element) => this.#element(element),
      onEnd: () => {
        this.#session.ended = true;
        this.#session.write('</stream:stream>');
        this.#session.socket.end();
      },
    });
  }

  #features(): string {
    if (this.#script.features) return this.#script.features(this.#secure, this.#authenticated);
    if (!this.#secure) return `<starttls xmlns='${ns.tls}'><required/></starttls>`;
    if (this.#authenticated) return `<bind xmlns='${ns.bind}'/><sm xmlns='${ns.sm}'/>`;
    return `<mechanisms xmlns='${ns.sasl}'><mechanism>PLAIN</mechanism></mechanisms>`;
  }

  #element(element: Element): void {
    if (this.#session.enabled) this.#online(element);
    else this.#login(element);
  }

  #login(element: Element): void {
    const { auth, bind, enable } = this.#script;
    switch (element.name) {
      case 'starttls':
        this.#session.write(`<proceed xmlns='${ns.tls}'/>`);
        this.#startTls();
        break;
      case 'auth': {
        const answer = auth?.(this.#session) ?? `<success xmlns='${ns.sasl}'/>`;
        this.#authenticated = answer.includes('<success');
        if (this.#authenticated) this.#restart();
        this.#session.write(answer);
        break;
      }
      case 'iq':
        this.#session.write(bind?.(String(element.attrs['id'])) ?? this.#bound(element));
        break;
      case 'enable':
        this.#session.write(enable?.(this.#session) ?? `<enabled xmlns='${ns.sm}'/>`);
        this.#session.enabled = true;
        this.#changed();
        break;
      default:
    }
  }

  #bound(request: Element): string {
    const resource = request.getChild('bind')?.getChildText('resource') ?? 'chosen';
    return `<iq type='result' id='bind'><bind xmlns='${ns.bind}'><jid>a@${domain}/${resource}</jid></bind></iq>`;
  }

  #online(element: Element): void {
    const session = this.#session;
    session.elements.push(element);
    if (['message', 'presence', 'iq'].includes(element.name)) session.stanzas++;
    if (element.name === 'r' && session.answersRequests) session.write(`<a xmlns='${ns.sm}' h='${session.stanzas}'/>`);
  }
}

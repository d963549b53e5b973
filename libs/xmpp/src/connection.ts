import net from 'node:net';
import tls from 'node:tls';
import { StringDecoder } from 'node:string_decoder';
import type { Element } from 'ltx';
import { escapeXml } from './element.ts';
import { StreamConflict, StreamFailed, XmlError } from './errors.ts';
import { ns } from './namespaces.ts';
import { StreamParser } from './parser.ts';
import type { Route } from './routes.ts';

/** What a negotiated stream hears. After `onFailure` nothing more comes. */
export interface ConnectionHandler {
  onElement(element: Element): void;
  /** A chunk from the socket is parsed to its end. */
  onChunkEnd(): void;
  /** The peer closed its stream. */
  onEnd(): void;
  onFailure(error: Error): void;
}

/** The socket is gone, or the peer's stream is over. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** How long the peer of a connection that is being closed may take to close it too. */
const lingerMs = 2_000;

/** One TCP connection with its TLS layer and XML parser. While negotiating, elements are pulled with `next`. */
export class Connection {
  readonly #domain: string;
  #socket: net.Socket;
  #parser: StreamParser | undefined;
  #handler: ConnectionHandler | undefined;
  #failure: Error | undefined;
  #waiting: { resolve: (element?: Element) => void; reject: (error: Error) => void } | undefined;
  readonly #elements: Element[] = [];
  #unlisten: () => void = () => undefined;

  private constructor(socket: net.Socket, domain: string) {
    this.#domain = domain;
    this.#socket = socket;
    this.#socket.setNoDelay(true);
    this.#listen();
  }

  /** Connects, with TLS at once when the route says so. `own` gets the connection before it is established. */
  static async open(route: Route, domain: string, ca: string | undefined, own: (connection: Connection) => void): Promise<Connection> {
    const connection = new Connection(net.connect({ host: route.host, port: route.port }), domain);
    own(connection);
    await connection.#event('connect');
    if (route.security === 'direct-tls') await connection.secure(ca, ['xmpp-client']);
    return connection;
  }

  get paused(): boolean {
    return this.#socket.isPaused();
  }

  /** Starts TLS. The certificate must be valid for the domain of the account, whatever host was connected to. */
  async secure(ca: string | undefined, alpn?: string[]): Promise<void> {
    const plain = this.#socket;
    // Whatever the peer sent in the clear is dropped with its parser: nothing of it may count once TLS is up.
    this.#parser?.stop();
    this.#parser = undefined;
    this.#elements.length = 0;
    this.#unlisten();
    this.#socket = tls.connect({
      socket: plain,
      servername: this.#domain,
      secureContext: secureContext(ca),
      ...(alpn && { ALPNProtocols: alpn }),
    });
    this.#listen();
    await this.#event('secureConnect');
  }

  /** Opens a stream with a fresh parser (RFC 6120, 4.3.3) and returns the server's features. */
  async openStream(): Promise<Element> {
    this.#parser?.stop();
    this.#parser = this.#newParser();
    this.write(
      `<?xml version='1.0'?><stream:stream xmlns='${ns.client}' xmlns:stream='${ns.streams}' version='1.0' to='${escapeXml(this.#domain)}'>`,
    );
    const features = await this.next();
    if (!features.is('features', ns.streams)) throw new StreamFailed('bad-format');
    return features;
  }

  /** The next element while negotiating. Throws StreamFailed, StreamConflict, or what ended the connection. */
  async next(): Promise<Element> {
    const element = this.#elements.shift() ?? (await this.#wait());
    if (!element?.is('error', ns.streams)) return element as Element;
    throw streamFailure(element);
  }

  /** Ends the negotiation: elements, those that have already arrived first, go to the handler. */
  attach(handler: ConnectionHandler): void {
    this.#handler = handler;
    for (const element of this.#elements.splice(0)) handler.onElement(element);
    handler.onChunkEnd();
    if (this.#failure) handler.onFailure(this.#failure);
  }

  write(text: string): void {
    if (this.#failure) return;
    this.#socket.write(text);
  }

  /**
   * Closes once everything is written and the peer has closed too, or after a while. Reading goes on until then: closing a
   * socket with unread bytes resets the connection, and the peer loses what it had not read yet, our last count included.
   */
  end(): void {
    if (this.#failure) return;
    this.#socket.end();
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), lingerMs).unref();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection for this reason. */
  fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#parser?.stop();
    this.#socket.destroy();
    this.#waiting?.reject(error);
    this.#handler?.onFailure(error);
  }

  #listen(): void {
    const decoder = new StringDecoder('utf8');
    const socket = this.#socket;
    const onData = (bytes: Buffer) => this.#receive(decoder.write(bytes));
    const onError = (error: NodeJS.ErrnoException) => this.fail(new ConnectionLost(describe(error)));
    const onClose = () => this.fail(new ConnectionLost('connection closed'));
    socket.on('data', onData).on('error', onError).on('close', onClose);
    this.#unlisten = () => void socket.off('data', onData).off('error', onError).off('close', onClose);
  }

  #receive(text: string): void {
    try {
      this.#parser?.write(text);
      this.#handler?.onChunkEnd();
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      this.write(`<stream:error><${error.condition} xmlns='${ns.streamErrors}'/></stream:error></stream:stream>`);
      this.fail(new StreamFailed(error.condition));
    }
  }

  #newParser(): StreamParser {
    return new StreamParser({
      onHeader: (header) => {
        if (!header.is('stream', ns.streams)) throw new XmlError('not-well-formed');
      },
      onElement: (element) => this.#element(element),
      onEnd: () => {
        if (this.#handler) this.#handler.onEnd();
        else this.fail(new ConnectionLost('the server closed the stream'));
      },
    });
  }

  #element(element: Element): void {
    if (this.#handler) this.#handler.onElement(element);
    else if (this.#waiting) this.#waiting.resolve(element);
    else this.#elements.push(element);
  }

  async #event(name: 'connect' | 'secureConnect'): Promise<void> {
    const wait = this.#wait();
    const waiting = this.#waiting;
    this.#socket.once(name, () => waiting?.resolve());
    await wait;
  }

  #wait(): Promise<Element | undefined> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise<Element | undefined>((resolve, reject) => {
      this.#waiting = {
        resolve: (element) => {
          this.#waiting = undefined;
          resolve(element);
        },
        reject,
      };
    });
  }
}

/** The error a server ends a stream with (RFC 6120, 4.9). */
export function streamFailure(error: Element): StreamFailed | StreamConflict {
  const condition = error.getChildElements().find((child) => child.getNS() === ns.streamErrors && child.getName() !== 'text');
  const name = condition?.getName() ?? 'undefined-condition';
  return name === 'conflict' ? new StreamConflict() : new StreamFailed(name, error.getChildText('text') ?? undefined);
}

const contexts = new Map<string | undefined, tls.SecureContext>();

/** Parsing some 150 root certificates takes tens of milliseconds, so a context is made once for each CA. */
function secureContext(ca: string | undefined): tls.SecureContext {
  const known = contexts.get(ca);
  if (known) return known;
  const context = tls.createSecureContext({
    minVersion: 'TLSv1.2',
    ca: ca === undefined ? tls.getCACertificates() : [...tls.getCACertificates(), ca],
  });
  contexts.set(ca, context);
  return context;
}

function describe(error: NodeJS.ErrnoException): string {
  if (error instanceof AggregateError) return error.errors.map((each) => describe(each as NodeJS.ErrnoException)).join(', ');
  return error.message || (error.code ?? error.name);
}

import type { Requester } from '@multiconnect/omemo';
import {
  ConnectFailed,
  type Element,
  type IqRequest,
  maintainStream,
  type MaintainedStream,
  NotAuthorized,
  StreamClosedError,
  type StreamClosed,
  StreamConflict,
  type XmppStream,
} from '@multiconnect/xmpp';
import { PhoneClosed, type PhoneOptions } from './options.ts';
import type { OutboxEntry } from './record.ts';

export interface LineEvents {
  /** A stream is up; once this is done the phone shows itself and messages come. */
  prepare(stream: XmppStream): Promise<void>;
  onStanza(stanza: Element): void | Promise<void>;
  onAcknowledged(ids: readonly string[]): void;
}

type Acknowledgement = PromiseWithResolvers<undefined>;

const connectTimeoutMs = 10_000;
const defaultKeepAliveIntervalMs = 30_000;
const maxUnhandledStanzas = 500;
/** The server may put a message into offline storage just after the presence has emptied it (a race of its own). */
const collectAfterMs = [1_000, 3_000, 8_000];
const backoff = { initialMs: 200, maxMs: 10_000 } as const;

/**
 * The phone's connection, made anew whenever it breaks. Invariant: what was given to `send` goes out on each new stream,
 * in the same order and byte for byte, until the server has acknowledged it.
 */
export class Line implements Requester {
  readonly #events: LineEvents;
  readonly #options: PhoneOptions;
  readonly #maintained: MaintainedStream;
  readonly #unacknowledged: Map<string, string>;
  readonly #acknowledgements = new Map<string, Acknowledgement>();
  readonly #opened = Promise.withResolvers<undefined>();
  #online = Promise.withResolvers<XmppStream>();
  #stream: XmppStream | undefined;
  #collecting: readonly NodeJS.Timeout[] = [];
  #failure: Error | undefined;
  #ended: PhoneClosed | undefined;

  /** @param outbox what an earlier process has left without an acknowledgement */
  constructor(options: PhoneOptions, resource: string, outbox: readonly OutboxEntry[], events: LineEvents) {
    this.#events = events;
    this.#options = options;
    this.#unacknowledged = new Map(outbox.map(({ id, stanza }) => [id, stanza]));
    // Nobody need be waiting when it fails.
    this.#online.promise.catch(() => undefined);
    this.#maintained = maintainStream({
      account: { jid: options.jid, password: options.password },
      resource,
      routes: options.routes,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      connectTimeoutMs,
      keepAliveIntervalMs: options.keepAliveIntervalMs ?? defaultKeepAliveIntervalMs,
      maxUnhandledStanzas,
      backoff,
      onStanza: (stanza) => events.onStanza(stanza),
      onAcknowledged: (ids) => this.#acknowledged(ids),
      onOnline: (stream) => this.#up(stream),
      onOffline: (reason) => this.#down(reason),
      onGaveUp: (reason) => this.#end(reason.kind === 'conflict' ? new StreamConflict() : new NotAuthorized(reason.kind)),
      onAttemptFailed: (error) => (this.#failure = error),
    });
  }

  get online(): boolean {
    return this.#stream !== undefined;
  }

  /** Resolves when the phone is online for the first time. Rejects with StreamConflict, NotAuthorized or ConnectFailed. */
  async opened(): Promise<void> {
    const { signal } = this.#options;
    const giveUp = () => {
      this.#maintained.abort();
      this.#end(this.#failure ?? new ConnectFailed([]));
    };
    if (signal?.aborted === true) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    await this.#opened.promise.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  /** Resolves at the server's acknowledgement; rejects with {@link PhoneClosed}. */
  send({ id, stanza }: OutboxEntry): Promise<undefined> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const acknowledgement = Promise.withResolvers<undefined>();
    this.#acknowledgements.set(id, acknowledgement);
    this.#unacknowledged.set(id, stanza);
    this.#write(stanza, id);
    return acknowledgement.promise;
  }

  /** Asks again on the next stream when one breaks. Rejects with IqError, IqTimeout, {@link PhoneClosed}. */
  async request(iq: IqRequest): Promise<Element> {
    for (;;) {
      const stream = await this.#online.promise;
      try {
        return await stream.request(iq);
      } catch (error) {
        if (!(error instanceof StreamClosedError)) throw error;
        // One that is ending refuses at once, and is still the line's own until it has closed.
        await stream.closed;
      }
    }
  }

  /** Gets what the server keeps for a phone that is away, though this one is not. */
  collectOffline(): void {
    try {
      this.#stream?.collectOffline();
    } catch (error) {
      // The next stream begins with it.
      if (!(error instanceof StreamClosedError)) throw error;
    }
  }

  async close(): Promise<void> {
    await this.#maintained.stop();
    this.#end(new PhoneClosed('the phone is closed'));
  }

  abort(): void {
    this.#maintained.abort();
    this.#end(new PhoneClosed('the phone is closed'));
  }

  async #up(stream: XmppStream): Promise<void> {
    await this.#events.prepare(stream);
    for (const [id, stanza] of this.#unacknowledged) stream.send(stanza, id);
    stream.presence(0);
    this.#stream = stream;
    this.#collecting = collectAfterMs.map((ms) => setTimeout(() => this.collectOffline(), ms));
    this.#online.resolve(stream);
    this.#opened.resolve(undefined);
    this.#options.onOnline?.();
  }

  #down(reason: StreamClosed): void {
    if (this.#stream === undefined) return;
    this.#stream = undefined;
    this.#collecting.forEach(clearTimeout);
    this.#online = Promise.withResolvers();
    this.#online.promise.catch(() => undefined);
    this.#options.onOffline?.(reason);
  }

  #end(error: Error): void {
    this.#opened.reject(error);
    const ended = (this.#ended ??= new PhoneClosed(error.message, { cause: error }));
    this.#online.reject(ended);
    for (const { reject } of this.#acknowledgements.values()) reject(ended);
    this.#acknowledgements.clear();
  }

  #write(stanza: string, id: string): void {
    try {
      this.#stream?.send(stanza, id);
    } catch (error) {
      // The next stream carries what is unacknowledged.
      if (!(error instanceof StreamClosedError)) throw error;
    }
  }

  #acknowledged(ids: readonly string[]): void {
    for (const id of ids) {
      this.#unacknowledged.delete(id);
      this.#acknowledgements.get(id)?.resolve(undefined);
      this.#acknowledgements.delete(id);
    }
    this.#events.onAcknowledged(ids);
  }
}

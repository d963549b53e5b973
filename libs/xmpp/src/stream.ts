import type { Connection } from './connection.ts';
import { streamFailure } from './connection.ts';
import { ReceivedStanzas, SentStanzas } from './counters.ts';
import type { Element} from './element.ts';
import { legalXml, xml } from './element.ts';
import { StreamClosedError, StreamConflict, StreamFailed } from './errors.ts';
import type { StreamClosed } from './errors.ts';
import { negotiate } from './negotiate.ts';
import type { NegotiateOptions } from './negotiate.ts';
import { ns } from './namespaces.ts';
import { Requests } from './requests.ts';
import type { IqRequest } from './requests.ts';
import { iqReply } from './stanza.ts';

export interface StreamOptions extends NegotiateOptions {
  /** A peer that stays silent for two of these is given up. */
  readonly keepAliveIntervalMs: number;
  /** Above this the socket is not read until handlers have caught up. */
  readonly maxUnhandledStanzas: number;
  /**
   * Messages and presence, in arrival order. The stanza is counted once this has returned or fulfilled and everything
   * before it is counted too; a failure closes the stream without counting it, so that the server redelivers.
   */
  onStanza(stanza: Element): void | Promise<void>;
  /** Ids of the stanzas that one <a/> newly covers, in sending order. */
  onAcknowledged?(ids: readonly string[]): void;
  /** Called exactly once for a stream that `openStream` has returned. */
  onClosed(reason: StreamClosed): void;
  /** An <iq/> is sent as the reply, another element as the payload of a result; undefined is service-unavailable. */
  onIqRequest?(stanza: Element): Element | undefined;
}

export interface XmppStream {
  /** Bound full JID. */
  readonly jid: string;
  readonly closed: Promise<StreamClosed>;
  /** Stanzas that have arrived and are not yet handled. */
  readonly unhandled: number;
  /** `stanza` is one complete stanza; `id` is what `onAcknowledged` reports. Throws StreamClosedError. */
  send(stanza: Element | string, id?: string): void;
  /** The payload of the answer, or the <iq/> when it is empty. Rejects with IqError, IqTimeout, StreamClosedError. */
  request(iq: IqRequest): Promise<Element>;
  presence(priority: number): void;
  /**
   * Makes the server hand over what its offline storage took in after the first presence: across priority 0 and back to the last
   * priority, in one write. Of a connection at 0 or above, what arrives in between goes into that storage; so one that receives leaves
   * this to another one, below 0.
   */
  collectOffline(): void;
  unavailable(): void;
  /** Ids without an acknowledgement, in sending order; also after the stream has closed. */
  unacknowledged(): readonly string[];
  /** Takes nothing new, waits for the handlers that run, acknowledges, closes. A handler that never ends keeps it waiting. */
  close(): Promise<void>;
  /** Destroys the socket now. */
  abort(): void;
}

/** How long the server may take to answer the closing of the stream. */
const closeGraceMs = 2_000;
/** Handlers may wait for the answer of a request, which must be read to end the wait: then this many times more is read. */
const requestHeadroom = 4;
const acknowledgementRequest = `<r xmlns='${ns.sm}'/>`;

/** Resolves when stream management is on. Throws NotAuthorized, StreamConflict, StreamFailed, ConnectFailed. */
export async function openStream(options: StreamOptions): Promise<XmppStream> {
  const { connection, jid, uncounted } = await negotiate(options);
  const stream = new Stream(connection, jid, options);
  // Nothing is delivered before the caller holds the stream.
  setImmediate(() => stream.start(uncounted));
  return stream;
}

class Stream implements XmppStream {
  readonly jid: string;
  readonly closed: Promise<StreamClosed>;
  readonly #connection: Connection;
  readonly #options: StreamOptions;
  readonly #sent = new SentStanzas();
  readonly #received = new ReceivedStanzas();
  readonly #requests = new Requests();
  readonly #keepAlive: NodeJS.Timeout;
  readonly #resolveClosed: (reason: StreamClosed) => void;
  #state: 'open' | 'closing' | 'ended' | 'closed' = 'open';
  #reason: StreamClosed | undefined;
  #outgoing: string[] = [];
  #flushScheduled = false;
  #requestDue = false;
  #answerDue = false;
  #acknowledgedH = 0;
  #heard = true;
  #priority = -1;

  constructor(connection: Connection, jid: string, options: StreamOptions) {
    this.#connection = connection;
    this.jid = jid;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<StreamClosed>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#keepAlive = setInterval(() => this.#probe(), options.keepAliveIntervalMs);
  }

  start(uncounted: readonly Element[]): void {
    if (this.#state === 'closed') return;
    for (const stanza of uncounted) this.#uncounted(stanza);
    this.#connection.attach({
      onElement: (element) => this.#element(element),
      onChunkEnd: () => this.#chunkEnd(),
      onEnd: () => this.#finish({ kind: 'lost', cause: 'the server closed the stream' }),
      onFailure: (error) => this.#finish(closedBy(error)),
    });
  }

  get unhandled(): number {
    return this.#received.unhandled;
  }

  send(stanza: Element | string, id?: string): void {
    if (this.#state === 'ended' || this.#state === 'closed') throw new StreamClosedError(this.#reason ?? { kind: 'requested' });
    this.#sent.add(id);
    this.#outgoing.push(legalXml(typeof stanza === 'string' ? stanza : stanza.toString()));
    this.#requestDue = true;
    this.#scheduleFlush();
  }

  async request(iq: IqRequest): Promise<Element> {
    const answer = this.#requests.start(iq, (stanza) => this.send(stanza));
    this.#regulate();
    return answer;
  }

  presence(priority: number): void {
    this.#priority = priority;
    this.send(xml('presence', {}, xml('priority', {}, String(priority))));
  }

  collectOffline(): void {
    const priority = this.#priority;
    this.presence(priority < 0 ? 0 : -1);
    this.presence(priority);
  }

  unavailable(): void {
    this.#priority = -1;
    this.send(xml('presence', { type: 'unavailable' }));
  }

  unacknowledged(): readonly string[] {
    return this.#sent.ids();
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#endWhenHandled();
    }
    await this.closed;
  }

  abort(): void {
    this.#finish({ kind: 'requested' });
    this.#connection.fail(new Error('aborted'));
  }

  #element(element: Element): void {
    if (this.#state === 'closed') return;
    switch (element.name) {
      case 'message':
      case 'presence':
        this.#deliver(element);
        break;
      case 'iq':
        this.#iq(element);
        break;
      case 'a':
        this.#acknowledged(element);
        break;
      case 'r':
        this.#answerDue = true;
        break;
      default:
        if (element.is('error', ns.streams)) this.#finish(closedBy(streamFailure(element)));
    }
  }

  #deliver(stanza: Element): void {
    // Not counted once we are closing: the server gives it to whoever connects next.
    if (this.#state !== 'open') return;
    const place = this.#received.arrived();
    try {
      const handling = this.#options.onStanza(stanza);
      if (handling === undefined) this.#handled(place);
      else handling.then(() => this.#handled(place), (error: unknown) => this.#handlerFailed(error));
    } catch (error) {
      this.#handlerFailed(error);
    }
    this.#regulate();
  }

  #uncounted(stanza: Element): void {
    if (stanza.name === 'iq') return;
    try {
      this.#options.onStanza(stanza)?.catch((error: unknown) => this.#handlerFailed(error));
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  #iq(stanza: Element): void {
    const place = this.#state === 'open' ? this.#received.arrived() : undefined;
    if (stanza.attrs['type'] === 'get' || stanza.attrs['type'] === 'set') this.#answerIq(stanza);
    else this.#requests.answer(stanza, this.jid);
    if (place !== undefined) this.#handled(place);
  }

  #answerIq(request: Element): void {
    if (this.#state === 'ended') return;
    if (request.getChild('ping', ns.ping)) this.send(iqReply(request, xml('iq', { type: 'result' })));
    else this.send(iqReply(request, this.#options.onIqRequest?.(request)));
  }

  #acknowledged(element: Element): void {
    const ids = this.#sent.acknowledge(Number(element.attrs['h']));
    if (!ids) {
      this.#goodbye(`<stream:error><undefined-condition xmlns='${ns.streamErrors}'/></stream:error>`);
      this.#finish({ kind: 'stream-error', condition: 'handled-count-too-high' });
      return;
    }
    if (ids.length > 0) this.#options.onAcknowledged?.(ids);
  }

  #handled(place: number): void {
    this.#received.handled(place);
    if (this.#state === 'closed' || this.#state === 'ended') return;
    this.#scheduleFlush();
    this.#regulate();
    if (this.#state === 'closing') this.#endWhenHandled();
  }

  #handlerFailed(error: unknown): void {
    // Only the error's name: its message may quote what the stanza says.
    const name = error instanceof Error ? error.name : typeof error;
    this.#goodbye('');
    this.#finish({ kind: 'lost', cause: `a stanza could not be handled: ${name}` });
  }

  #regulate(): void {
    const { maxUnhandledStanzas } = this.#options;
    const limit = this.#requests.count > 0 ? maxUnhandledStanzas * requestHeadroom : maxUnhandledStanzas;
    const full = this.#received.unhandled > limit;
    if (full === this.#connection.paused || this.#state === 'closed') return;
    if (full) this.#connection.pause();
    else this.#connection.resume();
  }

  #chunkEnd(): void {
    this.#heard = true;
    if (this.#answerDue) this.#flush();
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#state === 'ended' || this.#state === 'closed') return;
    const text = this.#takeOutgoing();
    if (text !== '') this.#connection.write(text);
  }

  #takeOutgoing(): string {
    const parts = this.#outgoing;
    this.#outgoing = [];
    if (this.#requestDue) parts.push(acknowledgementRequest);
    const { h } = this.#received;
    if (this.#answerDue || h !== this.#acknowledgedH) parts.push(`<a xmlns='${ns.sm}' h='${h}'/>`);
    this.#requestDue = false;
    this.#answerDue = false;
    this.#acknowledgedH = h;
    return parts.join('');
  }

  /** An unanswered <r/> and nothing else heard for a whole interval: the peer is gone. Not judged while we do not read. */
  #probe(): void {
    if (this.#connection.paused) {
      this.#heard = true;
      return;
    }
    // After a stall of our own, timers run before the socket is read: what is waiting there must be heard first.
    if (!this.#heard) setImmediate(() => this.#judgeSilence());
    this.#heard = false;
    if (this.#state === 'open' || this.#state === 'closing') this.#connection.write(acknowledgementRequest);
  }

  #judgeSilence(): void {
    if (this.#heard || this.#connection.paused) return;
    const cause = 'the server has gone silent';
    this.#finish({ kind: 'lost', cause });
    this.#connection.fail(new Error(cause));
  }

  #endWhenHandled(): void {
    if (this.#received.unhandled > 0) return;
    this.#goodbye('');
    this.#reason = { kind: 'requested' };
    setTimeout(() => this.#finish({ kind: 'requested' }), closeGraceMs).unref();
  }

  /** The last thing written: what is due, the final count, and the end of the stream. */
  #goodbye(error: string): void {
    if (this.#state === 'ended' || this.#state === 'closed') return;
    const text = this.#takeOutgoing();
    this.#state = 'ended';
    this.#connection.resume();
    this.#connection.write(`${text}${error}</stream:stream>`);
  }

  #finish(reason: StreamClosed): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const final = this.#reason && reason.kind === 'lost' ? this.#reason : reason;
    this.#reason = final;
    clearInterval(this.#keepAlive);
    this.#connection.end();
    this.#requests.rejectAll(new StreamClosedError(final));
    this.#resolveClosed(final);
    this.#options.onClosed(final);
  }
}

function closedBy(error: Error): StreamClosed {
  if (error instanceof StreamConflict) return { kind: 'conflict' };
  if (!(error instanceof StreamFailed)) return { kind: 'lost', cause: error.message };
  if (error.condition === 'not-authorized') return { kind: 'not-authorized' };
  return { kind: 'stream-error', condition: error.condition };
}

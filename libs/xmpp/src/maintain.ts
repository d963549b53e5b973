import { setTimeout as sleep } from 'node:timers/promises';
import { NotAuthorized, StreamConflict } from './errors.ts';
import type { StreamClosed } from './errors.ts';
import type { Route } from './routes.ts';
import { openStream } from './stream.ts';
import type { StreamOptions, XmppStream } from './stream.ts';

/** Reasons that reconnecting cannot cure, or would make worse. */
export type GaveUp = Extract<StreamClosed, { kind: 'conflict' | 'not-authorized' }>;

export interface MaintainOptions extends Omit<StreamOptions, 'onClosed' | 'signal' | 'routes'> {
  /** As a function they are asked for before every attempt, so that a changed DNS record is followed. */
  readonly routes: readonly Route[] | (() => Promise<readonly Route[]>);
  /** Asked before every attempt. What it throws makes this one fail, before anything is sent. */
  readonly permit?: () => Promise<void>;
  /** Delay before attempt n: uniform in [0, min(maxMs, initialMs * 2^n)). */
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  /**
   * Waits after refused credentials, before the next attempt; one refusal more and they are refused for good. Default: {@link refusalDelaysMs} once
   * they have worked, none before.
   */
  readonly refusalDelaysMs?: readonly number[];
  readonly random?: () => number;
  /** A new stream is ready. A failure here aborts it and counts as a failed attempt. */
  onOnline(stream: XmppStream): void | Promise<void>;
  /** The stream given to `onOnline` has closed. */
  onOffline(reason: StreamClosed): void;
  /** The end: no more attempts are made. Whatever was online has been reported offline before. */
  onGaveUp(reason: GaveUp): void;
  /** An attempt failed and another follows. */
  onAttemptFailed?(error: Error, retryInMs: number): void;
}

export interface MaintainedStream {
  readonly state: 'connecting' | 'connected' | 'conflict' | 'not-authorized' | 'closed';
  /** Closes gracefully and makes no more attempts. */
  stop(): Promise<void>;
  /** Destroys the connection now and makes no more attempts. */
  abort(): void;
}

/** A server that starts refuses right credentials for a moment: its store is not there yet. */
export const refusalDelaysMs: readonly number[] = [1_000, 2_000, 4_000, 4_000];

/** Keeps one stream open. Never fights for a full JID: `conflict` ends it, as do refused credentials. */
export function maintainStream(options: MaintainOptions): MaintainedStream {
  const maintained = new Maintained(options);
  maintained.done = maintained.run();
  return maintained;
}

class Maintained implements MaintainedStream {
  state: MaintainedStream['state'] = 'connecting';
  done: Promise<void> = Promise.resolve();
  readonly #options: MaintainOptions;
  readonly #stopping = new AbortController();
  #stream: XmppStream | undefined;
  #failures = 0;
  #refusals = 0;
  #hasBeenOnline = false;

  constructor(options: MaintainOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    while (!this.#stopped()) {
      const outcome = await this.#attempt();
      const refusalDelayMs = this.#refusalDelayMs(outcome);
      if (!this.#stopped() && refusalDelayMs !== undefined) {
        await this.#sleep(refusalDelayMs);
        continue;
      }
      if (!this.#stopped() && isFinal(outcome)) {
        this.state = outcome.kind;
        this.#options.onGaveUp(outcome);
        return;
      }
      if (!this.#stopped()) await this.#backOff(outcome);
    }
    this.state = 'closed';
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'));
    await this.#stream?.close();
    await this.done;
  }

  abort(): void {
    this.#stopping.abort(new Error('stopped'));
    this.#stream?.abort();
  }

  #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Connects, and returns when the stream has closed or the attempt has failed. */
  async #attempt(): Promise<StreamClosed | Error> {
    const { routes, permit } = this.#options;
    try {
      await permit?.();
      const stream = await openStream({
        ...this.#options,
        routes: typeof routes === 'function' ? await routes() : routes,
        signal: this.#stopping.signal,
        onClosed: (reason) => this.#offline(reason),
      });
      return await this.#online(stream);
    } catch (error) {
      if (error instanceof StreamConflict) return { kind: 'conflict' };
      if (error instanceof NotAuthorized) return { kind: 'not-authorized' };
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #online(stream: XmppStream): Promise<StreamClosed> {
    const since = performance.now();
    this.#stream = stream;
    this.state = 'connected';
    this.#refusals = 0;
    this.#hasBeenOnline = true;
    try {
      await this.#options.onOnline(stream);
    } catch (error) {
      stream.abort();
      throw error;
    }
    const reason = await stream.closed;
    // A server that throws us out at once must not be asked again at once.
    if (performance.now() - since >= this.#options.backoff.maxMs) this.#failures = 0;
    return reason;
  }

  #refusalDelayMs(outcome: StreamClosed | Error): number | undefined {
    if (outcome instanceof Error || outcome.kind !== 'not-authorized') return undefined;
    const { refusalDelaysMs: delaysMs = this.#hasBeenOnline ? refusalDelaysMs : [] } = this.#options;
    const delayMs = delaysMs[this.#refusals++];
    if (delayMs !== undefined) this.#options.onAttemptFailed?.(new NotAuthorized(outcome.kind), delayMs);
    return delayMs;
  }

  #offline(reason: StreamClosed): void {
    this.#stream = undefined;
    if (this.state === 'connected') this.state = 'connecting';
    this.#options.onOffline(reason);
  }

  async #backOff(outcome: StreamClosed | Error): Promise<void> {
    const { backoff, random = Math.random } = this.#options;
    const delayMs = random() * Math.min(backoff.maxMs, backoff.initialMs * 2 ** this.#failures);
    this.#failures++;
    if (outcome instanceof Error) this.#options.onAttemptFailed?.(outcome, delayMs);
    await this.#sleep(delayMs);
  }

  async #sleep(delayMs: number): Promise<void> {
    const { signal } = this.#stopping;
    await sleep(delayMs, undefined, { signal }).catch((error: unknown) => {
      // stop() ends the sleep early; nothing else can.
      if (!signal.aborted) throw error;
    });
  }
}

function isFinal(outcome: StreamClosed | Error): outcome is GaveUp {
  return !(outcome instanceof Error) && (outcome.kind === 'conflict' || outcome.kind === 'not-authorized');
}

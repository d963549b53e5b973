import type { Clock } from '@multiconnect/clock';
import { errorBody, type InboundEvent } from '@multiconnect/contract';
import { FetchFailed, LinkRefused, MediaDamaged, type MediaLibrary, MediaRefused, MediaTooLarge } from '@multiconnect/media';
import { Fenced, type FileToFetch, type HeldCallback, type HeldCallbacks, type NewMedia, type ShardTenure } from '@multiconnect/message-store';
import { retryUntilDone } from '@multiconnect/retry';
import { withFailure, withFile } from './fetched.ts';

export interface DownloadsOptions {
  readonly tenure: ShardTenure;
  /** Aborted when the tenure ends. */
  readonly signal: AbortSignal;
  readonly slots: readonly number[];
  readonly held: HeldCallbacks;
  readonly media: Pick<MediaLibrary, 'receive' | 'remove'>;
  readonly clock: Clock;
  readonly limits?: Partial<DownloadLimits>;
  /** A callback is due. */
  readonly onReleased: () => void;
  readonly onFenced: (error: Fenced) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

export interface DownloadLimits {
  /** Files that come at the same time. */
  readonly maxTransfers: number;
  /** Customers whose files are fetched, or tried again later, at the same time; one file of each. */
  readonly maxCustomers: number;
  /** For one attempt. */
  readonly transferMs: number;
  /** Age of a callback from which on a failed attempt is the last. */
  readonly giveUpAfterMs: number;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
}

export const defaultDownloadLimits: DownloadLimits = {
  maxTransfers: 64,
  maxCustomers: 2_000,
  transferMs: 120_000,
  giveUpAfterMs: 600_000,
  backoff: { initialMs: 1_000, maxMs: 30_000 },
};

export interface Downloads {
  /** There may be new held callbacks. */
  wake(): void;
  /** Cuts off what is under way; its rows stay as they are. */
  stop(): Promise<void>;
}

const storeBackoff = { initialMs: 500, maxMs: 5_000 };

/** Answers that mean the file is not there for us, now or later; after the others it may be. */
const isFinalAnswer = (reason: string) => /^http-4(?!08|25|29)/.test(reason) || reason === 'content-encoding';

/** Whether no later attempt can give the file. */
function isFinal(error: unknown): boolean {
  if (error instanceof FetchFailed) return isFinalAnswer(error.reason);
  return [MediaTooLarge, MediaRefused, MediaDamaged, LinkRefused].some((type) => error instanceof type);
}

function failureDetails(error: unknown): string {
  if (error instanceof MediaTooLarge) return 'The file is too large';
  if (error instanceof MediaDamaged) return 'The file could not be decrypted';
  if (error instanceof LinkRefused) return 'The address of the file is not allowed';
  return 'The file could not be downloaded';
}

/** At most `max` at a time, in order. */
function createTurns(max: number) {
  const waiting: (() => void)[] = [];
  let free = max;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/**
 * Fetches the files that callbacks wait for onto the media volume, and lets each callback go with what came of them. Made by the
 * shard's owner, once a tenure: what another owner left is found in the rows. A file that fails, or never ends, fails alone.
 */
export function createDownloads(options: DownloadsOptions): Downloads {
  const { tenure, slots, held, media, clock, onTrouble } = options;
  const limits = { ...defaultDownloadLimits, ...options.limits };
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const inTurn = createTurns(limits.maxTransfers);
  const busy = new Map<string, Promise<void>>();
  let again = false;
  let pumping: Promise<void> | undefined;

  const transfer = async ({ url, contentType, filename }: FileToFetch): Promise<NewMedia> => {
    const deadline = new AbortController();
    const cancel = clock.after(limits.transferMs, () => deadline.abort(new FetchFailed('timeout')));
    try {
      const until = AbortSignal.any([signal, deadline.signal]);
      const described = { ...(contentType !== undefined && { contentType }), ...(filename !== undefined && { filename }) };
      return await media.receive(tenure.account, { url, ...described, signal: until });
    } finally {
      cancel();
    }
  };

  const fetched = (file: FileToFetch, createdAtMs: number) =>
    retryUntilDone(
      {
        ...{ clock, signal, backoff: limits.backoff },
        isFinal: (error) => isFinal(error) || clock.nowMs() - createdAtMs >= limits.giveUpAfterMs,
        onRetry: (error) => onTrouble('file not downloaded yet', error),
      },
      () => inTurn(() => (signal.aborted ? Promise.reject(new FetchFailed('aborted')) : transfer(file))),
    );

  const release = (seq: number, event: InboundEvent) =>
    retryUntilDone(
      {
        ...{ clock, signal, backoff: storeBackoff },
        isFinal: (error) => error instanceof Fenced,
        onRetry: (error) => onTrouble('callback not released yet', error),
      },
      () => held.release(tenure, seq, event),
    );

  const serve = async ({ seq, event: before, files, createdAtMs }: HeldCallback) => {
    let event = before;
    const kept: string[] = [];
    for (const file of files) {
      try {
        const got = await fetched(file, createdAtMs);
        kept.push(got.id);
        event = withFile(event, file, got);
      } catch (error) {
        signal.throwIfAborted();
        onTrouble('file given up', error);
        event = withFailure(event, errorBody('mediaDownload', failureDetails(error)));
      }
    }
    try {
      await release(seq, event);
    } catch (error) {
      // The next owner fetches them again under other ids.
      for (const id of kept) await media.remove(tenure.account, id).catch((leftOver: unknown) => onTrouble('file not removed', leftOver));
      throw error;
    }
    options.onReleased();
  };

  const launch = (row: HeldCallback) => {
    const served = serve(row)
      .catch(async (error: unknown) => {
        if (signal.aborted) return;
        if (error instanceof Fenced) {
          stopping.abort();
          options.onFenced(error);
          return;
        }
        onTrouble('download', error);
        await clock.sleep(storeBackoff.initialMs, signal).catch(() => undefined); // stopped meanwhile
      })
      .finally(() => {
        busy.delete(row.customer);
        wake();
      });
    busy.set(row.customer, served);
  };

  const pump = async () => {
    while (again && !signal.aborted && busy.size < limits.maxCustomers) {
      again = false;
      const rows = await held.first(tenure.account, slots, [...busy.keys()], limits.maxCustomers - busy.size);
      for (const row of rows) launch(row);
    }
  };

  const wake = () => {
    again = true;
    if (pumping !== undefined || signal.aborted) return;
    pumping = pump()
      .catch((error: unknown) => {
        onTrouble('held callbacks', error);
        clock.after(storeBackoff.initialMs, wake);
      })
      .finally(() => {
        pumping = undefined;
        if (again && busy.size < limits.maxCustomers) wake();
      });
  };

  return {
    wake,
    async stop() {
      stopping.abort();
      await pumping;
      await Promise.all(busy.values());
    },
  };
}

import type { Cancel, Clock } from '@multiconnect/clock';
import { createPulse } from './pulse.ts';
import { createTenure } from './shard-lease.ts';
import type { LostReason, ShardLease, Tenure } from './shard-lease.ts';
import type { ShardMap, ShardRow } from './shard-map.ts';
import type { ShardMapWake } from './shard-wake.ts';

export interface OwnershipOptions {
  readonly shardMap: ShardMap;
  readonly wake: ShardMapWake;
  readonly clock: Clock;
  /** This process in this boot: see `ownerId`. */
  readonly owner: string;
  readonly accounts: () => Promise<readonly number[]>;
  readonly pollEveryMs?: number;
  /** Begins to serve. When it throws, the tenure is lost and tried again. It should give up when the lease's signal is aborted. */
  readonly onAcquired: (lease: ShardLease) => void | Promise<void>;
  /** Called once for each `onAcquired`, after it has ended. The next tenure of the shard waits until it has resolved. */
  readonly onLost: (lease: ShardLease) => void | Promise<void>;
  /** Tells the leader that this node drains (a heartbeat with `draining`), for `drain`. */
  readonly requestRelease: () => Promise<void>;
  /** The map could not be read, or a callback threw. What is owned stays owned: the epoch protects it. */
  readonly onError: (error: unknown) => void;
}

export interface Ownership {
  /** What is served now, ordered by account and shard. */
  owned(): readonly ShardLease[];
  /** Asks for release; resolves when nothing is owned and every `onLost` is over, or after `timeoutMs`, with what is still owned. */
  drain(timeoutMs: number): Promise<readonly ShardLease[]>;
  /** Ends every tenure here, without the map knowing. Resolves when every `onLost` is over. */
  stop(): Promise<void>;
}

/** What one shard's tenures go through, one after the other. */
interface ShardSeat {
  tenure: Tenure | undefined;
  /** The end of the last tenure that was begun. */
  last: Promise<void>;
  /** An epoch that did not do, and when it may be tried again. */
  retry: { readonly epoch: number; readonly notBeforeMs: number } | undefined;
}

/** Follows the shard map and says what this process owns. One loop reads the map; each shard's tenures are strictly in order. */
export function runOwnership(options: OwnershipOptions): Ownership {
  const { shardMap, clock, owner, onError } = options;
  const { pollEveryMs = 500 } = options;
  const pulse = createPulse(clock);
  const seats = new Map<string, ShardSeat>();
  const stopper = new AbortController();
  const isStopped = () => stopper.signal.aborted;
  const settledListeners = new Set<() => void>();

  const endTenure = (seat: ShardSeat, reason: LostReason) => {
    seat.tenure?.end(reason);
    seat.tenure = undefined;
  };

  const giveUp = (seat: ShardSeat, tenure: Tenure) => {
    if (seat.tenure === tenure) seat.tenure = undefined;
    seat.retry = { epoch: tenure.lease.epoch, notBeforeMs: clock.monotonicMs() + pollEveryMs };
    pulse.wake();
  };

  const serve = async (seat: ShardSeat, tenure: Tenure) => {
    const { lease } = tenure;
    const isOver = () => lease.signal.aborted;
    if (isOver()) return;
    try {
      await options.onAcquired(lease);
    } catch (error) {
      if (!isOver()) onError(error);
      tenure.end('failed');
      giveUp(seat, tenure);
    }
    await aborted(lease.signal);
    try {
      await options.onLost(lease);
    } catch (error) {
      onError(error);
    }
  };

  const begin = (seat: ShardSeat, row: ShardRow) => {
    const tenure = createTenure(row, owner, () => giveUp(seat, tenure));
    seat.tenure = tenure;
    seat.last = seat.last
      .then(() => serve(seat, tenure))
      .finally(() => {
        for (const listener of settledListeners) listener();
      });
  };

  const mayBegin = (seat: ShardSeat, row: ShardRow) =>
    row.owner === owner &&
    !isStopped() &&
    !(seat.retry?.epoch === row.epoch && clock.monotonicMs() < seat.retry.notBeforeMs);

  const follow = (seat: ShardSeat, row: ShardRow) => {
    const held = seat.tenure?.lease.epoch;
    if (held !== undefined && row.epoch < held) return;
    if (held !== undefined && held === row.epoch && row.owner === owner) return;
    const isNext = mayBegin(seat, row);
    endTenure(seat, isNext && seat.tenure?.lease.shardCount !== row.shardCount ? 'regrouped' : 'reassigned');
    if (isNext) begin(seat, row);
  };

  const seatOf = (key: string): ShardSeat => {
    const seat = seats.get(key) ?? { tenure: undefined, last: Promise.resolve(), retry: undefined };
    seats.set(key, seat);
    return seat;
  };

  const readAccount = async (account: number) => {
    const rows = await shardMap.read(account);
    const keys = new Set(rows.map(seatKey));
    for (const [key, seat] of seats) {
      if (seat.tenure?.lease.account === account && !keys.has(key)) endTenure(seat, 'reassigned');
    }
    for (const row of rows) follow(seatOf(seatKey(row)), row);
  };

  const poll = async () => {
    try {
      for (const account of await options.accounts()) await readAccount(account);
    } catch (error) {
      onError(error);
    }
  };

  const run = async () => {
    let unsubscribe: Cancel = () => undefined;
    void options.wake.subscribe(() => pulse.wake()).then((cancel) => {
      unsubscribe = cancel;
      if (isStopped()) cancel();
    }, onError);
    while (!isStopped()) {
      await poll();
      if (!isStopped()) await pulse.wait(pollEveryMs);
    }
    unsubscribe();
    for (const seat of seats.values()) endTenure(seat, 'stopped');
    await Promise.all([...seats.values()].map(({ last }) => last));
  };

  const owned = () =>
    [...seats.values()]
      .flatMap(({ tenure }) => (tenure ? [tenure.lease] : []))
      .sort((a, b) => a.account - b.account || a.shard - b.shard);

  const released = async (signal: AbortSignal) => {
    while (owned().length > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const listener = () => {
          settledListeners.delete(listener);
          signal.removeEventListener('abort', listener);
          resolve();
        };
        settledListeners.add(listener);
        signal.addEventListener('abort', listener, { once: true });
      });
    }
    if (!signal.aborted) await Promise.race([Promise.all([...seats.values()].map(({ last }) => last)), aborted(signal)]);
  };

  const running = run();
  return {
    owned,
    drain: async (timeoutMs) => {
      const timeout = new AbortController();
      const cancel = clock.after(timeoutMs, () => timeout.abort());
      const asked = options.requestRelease().catch(onError);
      await Promise.race([asked, aborted(timeout.signal)]);
      await released(timeout.signal);
      cancel();
      return owned();
    },
    stop: () => {
      stopper.abort();
      pulse.wake();
      return running;
    },
  };
}

function seatKey({ account, shard }: { readonly account: number; readonly shard: number }): string {
  return `${account}/${shard}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { Fenced } from '@multiconnect/message-store';
import { createAttempts } from './attempts.ts';
import { createBell } from './bell.ts';
import { createLedger } from './ledger.ts';
import type { CallbackDelivery, CallbackDeliveryOptions } from './options.ts';
import { createWindow } from './window.ts';

/** Callbacks that other processes committed, and new settings nobody told of, are found at this interval. */
export const pollMs = 1000;
/** Wakes closer together than this share one read. */
export const readGapMs = 10;
/** An owner that has not reached its database for this long asks it again before it sends. */
export const trustMs = 3000;
/** Requests still in flight this long after `stop` are abandoned; their rows stay. */
export const stopGraceMs = 1000;
const defaultWindowSize = 1000;

/** Delivers a shard's callbacks to the back end until stopped or fenced. Made by the shard's owner, once a tenure. */
export function runCallbackDelivery(options: CallbackDeliveryOptions): CallbackDelivery {
  const { tenure, slots, queue, sender, settings, clock, log, windowSize = defaultWindowSize } = options;
  const window = createWindow();
  const bell = createBell(clock);
  const ledger = createLedger(tenure, queue);
  const attempts = createAttempts(options, ledger, () => {
    dispatch();
    bell.ring();
  });

  let isStopping = false;
  let isFenced = false;
  let isStoreDown = false;
  let isUrlMissed = false;
  let lastUrl: string | undefined;
  let lastGeneration = sender.generation;
  let isReadWanted = true;
  let hasMore = false;
  let readAtMs = -Infinity;
  let storeSeenAtMs = -Infinity;

  const heldForMs = () => window.heldForMs(clock.nowMs(), settings().maxBackoffDelayMs);

  /** How long until the queue should be read. Nothing is read that could not be sent. */
  const readDelayMs = () => {
    const isUseful = settings().url === '' ? window.live() === 0 : heldForMs() === 0;
    if (!isUseful) return pollMs;
    if (hasMore && window.live() < windowSize / 2) return 0;
    // What a wake tells of stands behind a long queue: it is not read for that.
    const isWakeUseful = isReadWanted && !hasMore;
    return Math.max(0, readAtMs + (isWakeUseful ? readGapMs : pollMs) - clock.monotonicMs());
  };

  /** Always from the start of the queue: a row may commit after one with a higher sequence. */
  const read = async () => {
    isReadWanted = false;
    readAtMs = clock.monotonicMs();
    const rows = await queue.due(tenure, slots, 0, windowSize);
    hasMore = rows.length >= windowSize;
    window.merge(rows, !hasMore);
  };

  /** One call at a time, so that a read never brings back a row that is being deleted. */
  const syncWithStore = async () => {
    const startedAtMs = clock.monotonicMs();
    const hasWrites = !ledger.isEmpty();
    await ledger.flush((seqs) => window.drop(seqs));
    const isReadDue = readDelayMs() === 0;
    if (isReadDue) await read();
    if (hasWrites || isReadDue) storeSeenAtMs = startedAtMs;
    if (isStoreDown) log.info({}, 'callbacks: the database answers again');
    isStoreDown = false;
  };

  const noticeStoreFailure = (error: unknown) => {
    if (error instanceof Fenced) {
      isFenced = isStopping = true;
      attempts.abandon();
      bell.ring();
      log.warn({}, 'callbacks: fenced, the shard is delivered by another owner');
      options.onFenced?.(error);
      return;
    }
    if (!isStoreDown) log.error({ err: error }, 'callbacks: the database does not answer, sending pauses');
    isStoreDown = true;
    isReadWanted = true;
  };

  const noticeUrl = (url: string) => {
    const isNewUrl = url !== lastUrl && lastUrl !== undefined;
    if (isNewUrl || sender.generation !== lastGeneration) window.hurry();
    lastUrl = url;
    lastGeneration = sender.generation;
    const isMissed = url === '' && window.live() > 0;
    if (isMissed && !isUrlMissed) log.warn({}, 'Webhooks URL is not configured (1022): callbacks wait');
    isUrlMissed = isMissed;
  };

  const dispatch = () => {
    const { url, maxConcurrentRequests, maxBackoffDelayMs } = settings();
    noticeUrl(url);
    const isStoreTrusted = !isStoreDown && clock.monotonicMs() - storeSeenAtMs <= trustMs;
    const room = maxConcurrentRequests - attempts.inFlight();
    if (isStopping || url === '' || !isStoreTrusted) return;
    if (room <= 0) {
      if (window.sendable(clock.nowMs(), maxBackoffDelayMs, 1).length > 0) options.metrics?.limited();
      return;
    }
    for (const entry of window.sendable(clock.nowMs(), maxBackoffDelayMs, room)) attempts.launch(entry, url);
  };

  const idleMs = () => {
    if (isStoreDown) return pollMs;
    return Math.min(pollMs, readDelayMs(), heldForMs() || pollMs);
  };

  const run = async () => {
    while (!isStopping) {
      bell.clear();
      await syncWithStore().catch(noticeStoreFailure);
      dispatch();
      await bell.wait(idleMs());
    }
  };

  const drain = async () => {
    const cancelGrace = clock.after(stopGraceMs, () => attempts.abandon());
    await attempts.finished();
    cancelGrace();
    if (!isFenced) await ledger.flush(() => undefined).catch(noticeStoreFailure);
  };

  const wake = () => {
    isReadWanted = true;
    bell.ring();
  };
  const unsubscribe = options.subscribe?.(wake);
  const running = run();
  let stopped: Promise<void> | undefined;

  return {
    wake,
    stop() {
      isStopping = true;
      unsubscribe?.();
      bell.ring();
      stopped ??= running.then(drain);
      return stopped;
    },
  };
}

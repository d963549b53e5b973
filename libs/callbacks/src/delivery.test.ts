import { createFakeClock } from '@multiconnect/clock';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCallbackDelivery } from './delivery.ts';
import type { CallbackDeliveryOptions, DeliverySettings } from './options.ts';
import { createMemoryQueue } from './testing/memory-queue.ts';
import { createScriptedSender, ok, refused } from './testing/scripted-sender.ts';

const tenure = { account: 1, shard: 0, epoch: 1 };
const dayMs = 86_400_000;

function setUp(overrides: Partial<CallbackDeliveryOptions> = {}) {
  const clock = createFakeClock();
  const queue = createMemoryQueue();
  const sender = createScriptedSender();
  const logged: string[] = [];
  const note = (_: object, message: string) => void logged.push(message);
  const settings: { -readonly [Key in keyof DeliverySettings]: DeliverySettings[Key] } = {
    url: 'http://receiver/',
    maxConcurrentRequests: 6,
    backoffDelayMs: 3000,
    maxBackoffDelayMs: 7000,
    deadAfterMs: dayMs,
  };
  const start = () => {
    const delivery = runCallbackDelivery({
      tenure,
      slots: [0],
      queue,
      sender,
      settings: () => ({ ...settings }),
      clock,
      log: { isLevelEnabled: () => false, debug: note, info: note, warn: note, error: note },
      ...overrides,
    });
    onTestFinished(async () => {
      const stopped = delivery.stop();
      await clock.advance(5000);
      await stopped;
    });
    return delivery;
  };
  const commit = (seq: number, customer: string) => queue.commit(seq, customer, clock.nowMs());
  return { clock, queue, sender, settings, logged, start, commit };
}

describe('a queue longer than memory', () => {
  it('is read as often as it moves, however often it grows', async () => {
    const { clock, queue, start, commit } = setUp({ windowSize: 10 });
    for (let seq = 1; seq <= 1_000; seq += 1) commit(seq, `c${seq}`);
    const delivery = start();
    await clock.advance(0);
    const before = queue.reads;
    for (let wake = 0; wake < 500; wake += 1) {
      delivery.wake();
      await clock.advance(10);
    }
    expect(queue.reads - before).toBeLessThanOrEqual(6);
  });
});

describe('order', () => {
  it("sends a customer's next callback only after the one before got its 200 [callback.delivery.order]", async () => {
    const { clock, sender, start, commit } = setUp();
    commit(1, 'ann');
    commit(2, 'ann');
    start();
    await clock.advance(0);
    expect(sender.sent).toEqual([1]);
    sender.answer(1, ok);
    await clock.settle();
    expect(sender.sent).toEqual([1, 2]);
  });

  it('sends for several customers at once, up to the limit [callback.delivery.concurrency] [settings.webhooks.max_concurrent_requests]', async () => {
    const { clock, sender, settings, start, commit } = setUp();
    settings.maxConcurrentRequests = 2;
    ['ann', 'bob', 'cid'].forEach((customer, index) => commit(index + 1, customer));
    start();
    await clock.advance(0);
    expect(sender.sent).toEqual([1, 2]);
    sender.answer(2, ok);
    await clock.settle();
    expect(sender.sent).toEqual([1, 2, 3]);
  });

  it('picks up a callback that commits late with a lower sequence', async () => {
    const { clock, sender, start, commit } = setUp();
    sender.answerAll(() => ok);
    commit(5, 'ann');
    const delivery = start();
    await clock.advance(0);
    commit(3, 'bob');
    delivery.wake();
    await clock.advance(20);
    expect(sender.sent).toEqual([5, 3]);
  });

  it('holds back a callback that commits late while a later one of its customer is in flight', async () => {
    const { clock, sender, start, commit } = setUp();
    commit(5, 'ann');
    const delivery = start();
    await clock.advance(0);
    commit(3, 'ann');
    delivery.wake();
    await clock.advance(20);
    expect(sender.sent).toEqual([5]);
    sender.answer(5, ok);
    await clock.settle();
    expect(sender.sent).toEqual([5, 3]);
  });

  it('finds callbacks that other processes committed, without being woken', async () => {
    const { clock, sender, start, commit } = setUp();
    start();
    await clock.advance(0);
    commit(1, 'ann');
    await clock.advance(1000);
    expect(sender.sent).toEqual([1]);
  });
});

describe('after a failure', () => {
  it('sends nothing later of the shard until the failed one succeeds, and lets what is in flight finish [callback.delivery.head_of_line] [faq.callback_blocks]', async () => {
    const { clock, sender, queue, start, commit } = setUp();
    commit(1, 'ann');
    commit(2, 'bob');
    commit(3, 'ann');
    const delivery = start();
    await clock.advance(0);
    sender.answer(1, refused);
    sender.answer(2, ok);
    await clock.settle();
    commit(4, 'cid');
    delivery.wake();
    await clock.advance(2999);
    expect(sender.sent).toEqual([1, 2]);
    expect([...queue.rows.keys()]).toEqual([1, 3, 4]);
    await clock.advance(1);
    expect(sender.sent).toEqual([1, 2, 1]);
    sender.answer(1, ok);
    await clock.advance(20);
    expect(sender.sent).toEqual([1, 2, 1, 3, 4]);
  });

  it('grows the delay linearly and caps it [callback.delivery.backoff] [callback.delivery.backoff_cap] [faq.callback_retries]', async () => {
    const { clock, sender, queue, start, commit } = setUp();
    sender.answerAll(() => refused);
    commit(1, 'ann');
    start();
    await clock.advance(0);
    for (const [attempts, delayMs] of [[1, 3000], [2, 6000], [3, 7000], [4, 7000]] as const) {
      expect(queue.rows.get(1)).toMatchObject({ attempts, nextAttemptAtMs: clock.nowMs() + delayMs });
      expect(sender.sent.length).toBe(attempts);
      await clock.advance(delayMs);
    }
  });

  it('keeps to the schedule when a new owner takes over [callback.delivery.persist]', async () => {
    const { clock, sender, queue, start, commit } = setUp();
    commit(1, 'ann');
    commit(2, 'bob');
    queue.rows.set(1, { ...(queue.rows.get(1) as never as object), attempts: 2, nextAttemptAtMs: clock.nowMs() + 6000 } as never);
    start();
    await clock.advance(5999);
    expect(sender.sent).toEqual([]);
    await clock.advance(1);
    sender.answer(1, refused);
    await clock.settle();
    expect(queue.rows.get(1)).toMatchObject({ attempts: 3, nextAttemptAtMs: clock.nowMs() + 7000 });
  });

  it('buries at once a callback that has no body, now or ever, and goes on with the rest', async () => {
    const { clock, sender, queue, start, commit } = setUp();
    sender.answerAll(({ eventId }) => (eventId === 'e1' ? { ok: false, reason: 'unrenderable', isFinal: true } : ok));
    commit(1, 'ann');
    commit(2, 'ann');
    start();
    await clock.settle();
    expect([...queue.deadLetters]).toEqual([[1, 'unrenderable']]);
    await clock.advance(1_000);
    expect([...queue.rows.keys()]).toEqual([1]);
  });

  it('buries a callback at the end of its horizon, visibly, and goes on with the rest [callback.delivery.horizon]', async () => {
    const { clock, sender, queue, start, commit } = setUp();
    sender.answerAll(({ eventId }) => (eventId === 'e1' ? { ok: false, reason: 'http-500' } : ok));
    commit(1, 'ann');
    start();
    await clock.advance(dayMs - 10_000);
    commit(2, 'ann');
    expect(queue.deadLetters.size).toBe(0);
    await clock.advance(20_000);
    expect([...queue.deadLetters]).toEqual([[1, 'http-500']]);
    expect(sender.sent.at(-1)).toBe(2);
    expect([...queue.rows.keys()]).toEqual([1]);
  });

  it('tries at once when the URL changes', async () => {
    const { clock, sender, settings, start, commit } = setUp();
    commit(1, 'ann');
    const delivery = start();
    await clock.advance(0);
    sender.answer(1, refused);
    await clock.advance(500);
    settings.url = 'http://other/';
    delivery.wake();
    await clock.advance(0);
    expect(sender.open.map(({ request }) => request.url)).toEqual(['http://other/']);
  });

  it('tries at once when the sender may succeed where it failed', async () => {
    const { clock, sender, start, commit } = setUp();
    commit(1, 'ann');
    const delivery = start();
    await clock.advance(0);
    sender.answer(1, refused);
    await clock.advance(500);
    expect(sender.open).toEqual([]);
    sender.generation += 1;
    delivery.wake();
    await clock.advance(0);
    expect(sender.open).toHaveLength(1);
  });

  it('does not wait longer than a lowered limit allows', async () => {
    const { clock, sender, settings, start, commit } = setUp();
    commit(1, 'ann');
    const delivery = start();
    await clock.advance(0);
    sender.answer(1, refused);
    await clock.settle();
    settings.maxBackoffDelayMs = 100;
    delivery.wake();
    await clock.advance(0);
    expect(sender.sent).toEqual([1, 1]);
  });
});

describe('without a webhook URL', () => {
  it('keeps callbacks, says so once, and sends them when there is one [callback.delivery.no_url] [error.1022]', { timeout: 60_000 }, async () => {
    const { clock, sender, queue, settings, logged, start, commit } = setUp();
    settings.url = '';
    commit(1, 'ann');
    const delivery = start();
    await clock.advance(3 * dayMs);
    expect(sender.sent).toEqual([]);
    expect(logged).toEqual(['Webhooks URL is not configured (1022): callbacks wait']);
    const readsWhileWaiting = queue.reads;
    expect(readsWhileWaiting).toBeLessThan(5);
    settings.url = 'http://receiver/';
    delivery.wake();
    await clock.advance(0);
    expect(sender.sent).toEqual([1]);
  });
});

describe('the database', () => {
  it('gets the callbacks that were answered meanwhile in one statement', async () => {
    const { clock, sender, queue, start, commit } = setUp();
    ['ann', 'bob', 'cid'].forEach((customer, index) => commit(index + 1, customer));
    start();
    await clock.advance(0);
    for (const seq of [1, 2, 3]) sender.answer(seq, ok);
    await clock.settle();
    expect(queue.deletions.flat()).toEqual([1, 2, 3]);
    expect(queue.deletions.length).toBeLessThan(3);
  });

  it('is never asked for more than the window, however many wait [callback.delivery.queue_capacity]', async () => {
    const { clock, sender, queue, start, commit } = setUp({ windowSize: 10 });
    for (let seq = 1; seq <= 500; seq += 1) commit(seq, `customer ${seq % 7}`);
    sender.answerAll(() => ok);
    start();
    await clock.advance(5000);
    expect(queue.rows.size).toBe(0);
    expect(sender.sent).toHaveLength(500);
  });

  it('may go away: sending pauses, outcomes are kept, nothing is sent twice', async () => {
    const { clock, sender, queue, logged, start, commit } = setUp();
    commit(1, 'ann');
    commit(2, 'ann');
    start();
    await clock.advance(0);
    queue.outage = new Error('connection refused');
    sender.answer(1, ok);
    await clock.advance(0);
    sender.answerAll(() => ok);
    commit(3, 'bob');
    await clock.advance(10_000);
    expect(sender.sent).toEqual([1, 2]);
    expect(logged.filter((line) => line.includes('does not answer'))).toHaveLength(1);
    delete queue.outage;
    await clock.advance(2000);
    expect(sender.sent).toEqual([1, 2, 3]);
    expect(queue.rows.size).toBe(0);
  });
});

describe('ownership', () => {
  it('stops and says so when fenced', async () => {
    const fenced: Error[] = [];
    const { clock, sender, queue, start, commit } = setUp({ onFenced: (error) => void fenced.push(error) });
    commit(1, 'ann');
    commit(2, 'ann');
    commit(3, 'bob');
    start();
    await clock.advance(0);
    queue.epoch = 2;
    sender.answer(1, ok);
    await clock.advance(60_000);
    expect(fenced).toHaveLength(1);
    expect(sender.sent).toEqual([1, 3, 2]);
    expect([...queue.rows.keys()]).toEqual([1, 2, 3]);
    expect(sender.open).toEqual([]);
  });

  it('asks the database again before sending what was read before a freeze', async () => {
    const { clock, sender, queue, settings, start, commit } = setUp();
    settings.url = '';
    commit(1, 'ann');
    commit(2, 'bob');
    const delivery = start();
    await clock.advance(60_000);
    queue.rows.delete(1); // by the owner that came in between
    settings.url = 'http://receiver/';
    delivery.wake();
    await clock.advance(20);
    expect(sender.sent).toEqual([2]);
  });

  it('stops without waiting long for what is in flight, and leaves those rows as they are', async () => {
    const { clock, sender, queue, start, commit } = setUp();
    commit(1, 'ann');
    commit(2, 'bob');
    const delivery = start();
    await clock.advance(0);
    let isStopped = false;
    const stopped = delivery.stop().then(() => (isStopped = true));
    sender.answer(1, ok);
    await clock.advance(999);
    expect(isStopped).toBe(false);
    await clock.advance(1);
    await stopped;
    expect([...queue.rows.values()].map(({ seq, attempts }) => ({ seq, attempts }))).toEqual([{ seq: 2, attempts: 0 }]);
  });
});

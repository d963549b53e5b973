import { createFakeClock, type FakeClock } from '@multiconnect/clock';
import type { CallbackQueue } from '@multiconnect/message-store';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runCallbackDelivery } from './delivery.ts';
import type { CallbackDelivery } from './options.ts';
import type { CallbackOutcome } from './sender.ts';
import { createMemoryQueue, type MemoryQueue } from './testing/memory-queue.ts';
import { createScriptedSender, ok, refused, type ScriptedSender } from './testing/scripted-sender.ts';

const maxConcurrentRequests = 3;
const deadAfterMs = 60_000;
const silentLog = { isLevelEnabled: () => false, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

type Command =
  | { readonly do: 'commit'; readonly customer: string }
  | { readonly do: 'commit-late' }
  | { readonly do: 'answer'; readonly pick: number; readonly isOk: boolean }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'outage'; readonly isOn: boolean }
  | { readonly do: 'wake' }
  | { readonly do: 'hand-over' }
  | { readonly do: 'crash' };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const), customer: fc.constantFrom('ann', 'bob', 'cid', 'dee') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('commit-late' as const) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('answer' as const), pick: fc.nat(10), isOk: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 15, 500, 3000, 20_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('outage' as const), isOn: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constantFrom<Command>({ do: 'wake' }, { do: 'hand-over' }, { do: 'crash' }) },
);

/** One process that owns the shard, cut off from the world once it has crashed. */
interface Owner {
  readonly delivery: CallbackDelivery;
  readonly sender: ScriptedSender;
  isCrashed: boolean;
}

/** What the back end and the database know, against which every single request is checked. */
class World {
  readonly answered = new Set<number>();
  readonly failed = new Set<number>();
  /** Requests that should not have been made. */
  readonly breaches: string[] = [];
  readonly customers = new Map<number, string>();
  owner: Owner;
  private lastSeq = 0;
  private readonly reserved: number[] = [];

  constructor(
    readonly clock: FakeClock,
    readonly queue: MemoryQueue,
  ) {
    this.owner = this.start();
  }

  commit(customer: string) {
    this.reserved.push(this.lastSeq + 1);
    this.lastSeq += 2;
    this.add(this.lastSeq, customer);
  }

  /** A transaction that got its sequence long ago; its customer has no other callback. */
  commitLate() {
    const seq = this.reserved.shift();
    if (seq !== undefined) this.add(seq, `late ${seq}`);
  }

  answer(pick: number, outcome: CallbackOutcome) {
    const { open } = this.owner.sender;
    const attempt = open[pick % Math.max(1, open.length)];
    if (!attempt) return;
    if (outcome.ok) this.succeed(attempt.seq);
    else this.failed.add(attempt.seq);
    attempt.answer(outcome);
  }

  succeed(seq: number) {
    this.answered.add(seq);
    this.failed.delete(seq);
  }

  crash() {
    this.owner.isCrashed = true;
    this.takeOver();
  }

  async handOver() {
    const stopped = this.owner.delivery.stop();
    await this.clock.advance(1000);
    await stopped;
    this.takeOver();
  }

  private takeOver() {
    this.queue.epoch += 1;
    this.failed.clear();
    for (const row of this.queue.rows.values()) if (row.attempts > 0) this.failed.add(row.seq);
    this.owner = this.start();
  }

  private add(seq: number, customer: string) {
    this.customers.set(seq, customer);
    this.queue.commit(seq, customer, this.clock.nowMs());
  }

  private check(seq: number, inFlight: readonly number[]) {
    const customer = this.customers.get(seq);
    const breachIf = (isBroken: boolean, rule: string) => isBroken && this.breaches.push(`${seq}: ${rule}`);
    const isSettled = (other: number) => this.answered.has(other) || this.isGivenUp(other);
    const earlier = [...this.customers].filter(([other, whose]) => whose === customer && other < seq);
    breachIf(!earlier.every(([other]) => isSettled(other)), 'in order per customer');
    breachIf(inFlight.some((other) => this.customers.get(other) === customer), 'one at a time per customer');
    breachIf(inFlight.length >= maxConcurrentRequests, 'limit of requests in flight');
    const head = Math.min(...[...this.failed].filter((other) => !isSettled(other)));
    breachIf(seq > head, `nothing behind the failed ${head}`);
  }

  /** Failed at or after the end of its horizon. */
  private isGivenUp(seq: number) {
    const row = this.queue.rows.get(seq);
    return this.queue.deadLetters.has(seq) || (row !== undefined && this.failed.has(seq) && this.clock.nowMs() - row.createdAtMs >= deadAfterMs);
  }

  private start(): Owner {
    const sender = createScriptedSender();
    const settings = { url: 'http://receiver/', maxConcurrentRequests, backoffDelayMs: 3000, maxBackoffDelayMs: 9000, deadAfterMs };
    const owner: Owner = {
      isCrashed: false,
      sender,
      delivery: runCallbackDelivery({
        tenure: { account: 1, shard: 0, epoch: this.queue.epoch },
        slots: [0],
        queue: cutOffWhen(() => owner.isCrashed, this.queue),
        sender: {
          ...sender,
          send: (request, signal) => {
            if (owner.isCrashed) return new Promise(() => undefined);
            const inFlight = sender.open.map((attempt) => attempt.seq);
            this.check(Number(request.eventId.slice(1)), inFlight);
            return sender.send(request, signal);
          },
        },
        settings: () => settings,
        clock: this.clock,
        log: silentLog,
        windowSize: 8,
      }),
    };
    return owner;
  }
}

function cutOffWhen(isCutOff: () => boolean, queue: CallbackQueue): CallbackQueue {
  const guard =
    <Arguments extends unknown[], Answer>(call: (...args: Arguments) => Promise<Answer>) =>
    (...args: Arguments): Promise<Answer> =>
      isCutOff() ? new Promise(() => undefined) : call(...args);
  return {
    due: guard((...args) => queue.due(...args)),
    delivered: guard((...args) => queue.delivered(...args)),
    postponed: guard((...args) => queue.postponed(...args)),
    buried: guard((...args) => queue.buried(...args)),
    raise: guard((...args) => queue.raise(...args)),
  };
}

const obey: { [Name in Command['do']]: (world: World, order: Extract<Command, { do: Name }>) => void | Promise<void> } = {
  commit: (world, { customer }) => world.commit(customer),
  'commit-late': (world) => world.commitLate(),
  answer: (world, { pick, isOk }) => {
    world.answer(pick, isOk ? ok : refused);
    return world.clock.settle();
  },
  advance: (world, { ms }) => world.clock.advance(ms),
  wake: (world) => world.owner.delivery.wake(),
  'hand-over': (world) => world.handOver(),
  crash: (world) => world.crash(),
  outage: ({ queue }, { isOn }) => {
    if (isOn) queue.outage = new Error('connection refused');
    else delete queue.outage;
  },
};

async function carryOut(world: World, order: Command): Promise<void> {
  await (obey[order.do] as (world: World, order: Command) => void | Promise<void>)(world, order);
}

it('delivers at least once, in order per customer, nothing behind a failure, whatever fails, freezes or takes over', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (orders) => {
      const world = new World(createFakeClock(), createMemoryQueue());
      for (const order of orders) await carryOut(world, order);
      delete world.queue.outage;
      world.owner.sender.answerAll(({ eventId }) => {
        world.succeed(Number(eventId.slice(1)));
        return ok;
      });
      await world.clock.advance(120_000);
      await world.handOver();
      expect(world.breaches).toEqual([]);
      const settled = new Set([...world.answered, ...world.queue.deadLetters.keys()]);
      expect([...world.customers.keys()].filter((seq) => !settled.has(seq)), 'lost').toEqual([]);
      expect([...world.queue.rows.keys()].filter((seq) => !world.queue.deadLetters.has(seq)), 'left behind').toEqual([]);
    }),
    { numRuns: 300 },
  );
}, 60_000);

import { setTimeout as delay } from 'node:timers/promises';
import { fillCallbacks, fillMessages } from './fill.ts';
import { grown, highest, type Memory, memoryOf } from './memory.ts';
import { openWorld, type World } from './world.ts';

export interface RunOptions {
  readonly size: number;
  /** Messages of `size` that go in through the API. */
  readonly posted: number;
  /** A backlog is worked at for so long; what is left then stays. */
  readonly limitMs: number;
  /** How long the receiver stays down over a full backlog. */
  readonly downMs: number;
  readonly say: (line: string) => void;
}

export interface Outcome {
  readonly what: string;
  readonly size: number;
  readonly done: number;
  readonly perSecond: number;
  readonly misplaced: number;
  /** Processes whose memory grew with the backlog. */
  readonly grown: readonly string[];
}

const label = 'pressure';
const warmUpAmount = 3_000;
const lookEveryMs = 5_000;
const waitLimitMs = 180_000;
/** A process works harder over a backlog than beside one: garbage that is not collected yet, buffers of sockets. */
const allowanceMb = 160;
const postedAtOnce = 64;

interface Watch {
  readonly what: string;
  readonly size: number;
  readonly limitMs: number;
  readonly done: () => number;
}

const heading = (memory: Memory) => ['    s', '   done', ' per s', ...Object.keys(memory).map((name) => name.padStart(9)), 'redis MB'].join(' ');

async function redisMb({ redis }: World): Promise<number> {
  return Math.round(Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 0) / 1_048_576);
}

/** Prints a line every few seconds until all is done or the time is over. Resolves with the highest memory of each process. */
async function watch(world: World, { size, limitMs, done }: Watch, say: RunOptions['say']): Promise<{ peak: Memory; perSecond: number; done: number }> {
  const startedMs = performance.now();
  let peak = memoryOf(world.cluster);
  let before = { atMs: startedMs, done: done() };
  const first = before.done;
  say(heading(peak));
  while (done() - first < size && performance.now() - startedMs < limitMs) {
    await delay(lookEveryMs);
    const now = { atMs: performance.now(), done: done() };
    const memory = memoryOf(world.cluster);
    peak = highest(peak, memory);
    const rate = ((now.done - before.done) * 1_000) / (now.atMs - before.atMs);
    before = now;
    const figures = [Math.round((now.atMs - startedMs) / 1_000), now.done - first, Math.round(rate)].map((value, index) => String(value).padStart(index === 1 ? 7 : 5));
    say([...figures, ...Object.values(memory).map((mb) => String(mb).padStart(9)), String(await redisMb(world)).padStart(8)].join(' '));
  }
  const total = before.done - first;
  return { peak, done: total, perSecond: Math.round((total * 1_000) / (before.atMs - startedMs)) };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const endsMs = performance.now() + waitLimitMs;
  while (!isSo()) {
    if (performance.now() > endsMs) throw new Error(`after ${waitLimitMs / 1_000} s still not: ${what}`);
    await delay(100);
  }
}

async function postAll(world: World, amount: number, text: (index: number) => string): Promise<void> {
  let next = 0;
  const postSome = async () => {
    while (next < amount) {
      const index = next++;
      await world.post(world.customers[index % world.customers.length] ?? '', text(index));
    }
  };
  await Promise.all(Array.from({ length: postedAtOnce }, postSome));
}

const padded = (index: number) => String(index).padStart(7, '0');

/** What the processes take when nothing piles up. */
async function warmUp(world: World): Promise<Memory> {
  let peak = memoryOf(world.cluster);
  const timer = setInterval(() => (peak = highest(peak, memoryOf(world.cluster))), 500);
  await fillMessages(world.database, { customers: world.customers, amount: warmUpAmount, label: 'a' });
  await until('the first messages are shown', () => world.shown.total >= warmUpAmount);
  await fillCallbacks(world.database, { customers: world.customers, amount: warmUpAmount, label: `${label}-0` });
  await until('the first callbacks are taken', () => world.receiver.taken >= warmUpAmount);
  clearInterval(timer);
  return peak;
}

/** Messages pile up while no coreapp runs; then the coreapps come back. */
async function messages(world: World, base: Memory, options: RunOptions): Promise<Outcome> {
  const { size, posted, limitMs, say } = options;
  await Promise.all(world.cluster.coreapps.map((coreapp) => coreapp.stop()));
  const shownBefore = world.shown.misplaced;
  await fillMessages(world.database, { customers: world.customers, amount: size - posted, label: 'b' });
  const startedMs = performance.now();
  await postAll(world, posted, (index) => `c ${padded(index)}`);
  say(`${size} messages wait, ${posted} of them posted at ${Math.round((posted * 1_000) / (performance.now() - startedMs))} a second`);
  await Promise.all(world.cluster.coreapps.map((coreapp) => coreapp.restart()));
  const { peak, ...rate } = await watch(world, { what: 'messages', size, limitMs, done: () => world.shown.total }, say);
  return { what: 'messages', size, ...rate, misplaced: world.shown.misplaced - shownBefore, grown: grown(base, peak, allowanceMb) };
}

/** Callbacks pile up while the receiver is down; then it comes back. */
async function callbacks(world: World, base: Memory, { size, limitMs, downMs, say }: RunOptions): Promise<Outcome> {
  const { receiver, database, customers } = world;
  await database.query('DELETE FROM message WHERE state = 0');
  receiver.setTaking(false);
  await fillCallbacks(database, { customers, amount: size, label: `${label}-1` });
  say(`${size} callbacks wait, the receiver is down`);
  const { peak: peakDown } = await watch(world, { what: 'refused', size: Infinity, limitMs: downMs, done: () => receiver.refused }, say);
  receiver.setTaking(true);
  say('the receiver is back');
  const { peak, ...rate } = await watch(world, { what: 'callbacks', size, limitMs, done: () => receiver.taken }, say);
  return { what: 'callbacks', size, ...rate, misplaced: receiver.misplaced, grown: grown(base, highest(peakDown, peak), allowanceMb) };
}

/** Piles up messages, then callbacks, on a cluster of its own, and watches the memory of its processes. */
export async function runPressure(options: RunOptions): Promise<readonly Outcome[]> {
  const { say } = options;
  say('starting services and cluster');
  const world = await openWorld(label);
  try {
    const base = await warmUp(world);
    say(`without a backlog, MB: ${JSON.stringify(base)}`);
    return [await messages(world, base, options), await callbacks(world, base, options)];
  } finally {
    await world.close();
  }
}

import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { check, outstanding } from './checker.ts';
import { doHarm } from './harm.ts';
import { reshardingLines } from './pauses.ts';
import { lineOf, type Report, reportOf } from './report.ts';
import type { PlannedFault } from './schedule.ts';
import { startTraffic } from './traffic.ts';
import { openWorld, type World } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Messages a second, each way. */
  readonly rate: number;
  readonly planned: readonly PlannedFault[];
  /** Leaves data and logs where they are, also when every promise was kept. */
  readonly keep: boolean;
  /** Ends the faults early; what was begun is still checked. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const settleLimitMs = 60_000;
const pollMs = 100;
/** For what comes too often, which only waiting can show. */
const lingerMs = 2_000;

const remaining = (world: World) => {
  const left = outstanding(world.history);
  const words = `${left.shown} to be shown, ${left.statuses} statuses and ${left.calledBack} messages to be called back, ${left.files} files to be had, ${left.ticks} ticks to be shown`;
  return { total: left.shown + left.statuses + left.calledBack + left.files + left.ticks, words };
};

async function settle(world: World, say: RunOptions['say']): Promise<void> {
  const endsAt = performance.now() + settleLimitMs;
  while (remaining(world).total > 0 && performance.now() < endsAt) await delay(pollMs);
  const { total, words } = remaining(world);
  if (total > 0) say(`after ${settleLimitMs / 1_000} s still: ${words}`);
}

/** When nobody answers any more the run ends all the same. */
async function within(work: Promise<void>, limitMs: number, giveUp: () => void): Promise<void> {
  const timer = setTimeout(giveUp, limitMs);
  await work;
  clearTimeout(timer);
}

async function runIn(world: World, options: RunOptions): Promise<Report> {
  const { seed, durationMs, rate, planned, signal, say } = options;
  const { poster, history } = world;
  const traffic = startTraffic({ ...world, rate, seed });
  const startMs = Date.now();
  const faults = await doHarm(world, { planned, signal, startMs, say });
  const restMs = startMs + durationMs - Date.now();
  if (restMs > 0) await delay(restMs, undefined, { signal }).catch(() => undefined);
  const giveUp = () => poster.stop();
  await within(traffic.stop(), settleLimitMs, giveUp);
  const endMs = Date.now();
  await settle(world, say);
  await within(traffic.close(), settleLimitMs, giveUp);
  await settle(world, say);
  await delay(lingerMs);
  const breaches = check(history);
  const report = reportOf({ seed, rate, durationMs, startMs, endMs, planned, faults, breaches, answers: poster.answers }, history);
  for (const recovery of report.recoveries) say(lineOf(recovery, startMs));
  for (const line of reshardingLines(history, faults)) say(line);
  return report;
}

/**
 * Starts a world, does it harm according to plan while messages go both ways, and says what of the promises was kept. The logs and
 * the data of a run that broke a promise, or broke off, are kept and named.
 */
export async function runChaos(options: RunOptions): Promise<Report> {
  const { keep, say } = options;
  say('starting services and cluster');
  const world = await openWorld({ keep: true, kinds: new Set(options.planned.map(({ kind }) => kind)), say });
  let isClean = false;
  try {
    const report = await runIn(world, options);
    isClean = report.isKept;
    return report;
  } finally {
    await world.close();
    if (isClean && !keep) await rm(world.dir, { recursive: true, force: true });
    else say(`logs and data of all processes are kept in ${world.dir}`);
  }
}

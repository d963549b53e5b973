import { setTimeout as delay } from 'node:timers/promises';
import { check, outstanding } from './checker.ts';
import { inject, type InjectedFault } from './faults.ts';
import { lineOf, type Report, reportOf } from './report.ts';
import { recoveries } from './recovery.ts';
import type { PlannedFault } from './schedule.ts';
import { startTraffic } from './traffic.ts';
import { openWorld, type World } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Messages a second, each way. */
  readonly rate: number;
  readonly planned: readonly PlannedFault[];
  /** Leaves data and logs where they are. */
  readonly keep: boolean;
  /** Ends the faults early; what was begun is still checked. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const settleLimitMs = 60_000;
const pollMs = 100;
/** For what comes too often, which only waiting can show. */
const lingerMs = 2_000;

async function harm(world: World, { planned, signal, say }: RunOptions, startMs: number): Promise<InjectedFault[]> {
  const injected: InjectedFault[] = [];
  for (const fault of planned) {
    if (signal.aborted) break;
    await delay(fault.afterMs, undefined, { signal }).catch(() => undefined);
    say(`at ${((Date.now() - startMs) / 1_000).toFixed(1)} s: ${fault.kind} for ${fault.lastsMs / 1_000} s`);
    injected.push(await inject(world, fault));
  }
  return injected;
}

const remaining = (world: World) => {
  const { shown, statuses, calledBack } = outstanding(world.history);
  return { total: shown + statuses + calledBack, words: `${shown} to be shown, ${statuses} statuses and ${calledBack} messages to be called back` };
};

async function settle(world: World, say: RunOptions['say']): Promise<void> {
  const endsAt = performance.now() + settleLimitMs;
  while (remaining(world).total > 0 && performance.now() < endsAt) await delay(pollMs);
  const { total, words } = remaining(world);
  if (total > 0) say(`after ${settleLimitMs / 1_000} s still: ${words}`);
  await delay(lingerMs);
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
  const traffic = startTraffic({ ...world, rate });
  const startMs = Date.now();
  const faults = await harm(world, options, startMs);
  const restMs = startMs + durationMs - Date.now();
  if (restMs > 0) await delay(restMs, undefined, { signal }).catch(() => undefined);
  await within(traffic.stop(), settleLimitMs, () => poster.stop());
  const endMs = Date.now();
  await settle(world, say);
  const found = recoveries(history, faults, endMs);
  for (const recovery of found) say(lineOf(recovery, startMs));
  const breaches = check(history);
  return reportOf({ seed, rate, durationMs, startMs, endMs, planned, faults, recoveries: found, breaches, answers: poster.answers }, history);
}

/** Starts a world, does it harm according to plan while messages go both ways, and says what of the promises was kept. */
export async function runChaos(options: RunOptions): Promise<Report> {
  const { keep, say } = options;
  say('starting services and cluster');
  const world = await openWorld({ keep, kinds: new Set(options.planned.map(({ kind }) => kind)), say });
  if (keep) say(`kept in ${world.dir}`);
  try {
    return await runIn(world, options);
  } finally {
    await world.close();
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { faultKinds, type Touched } from './fault-kinds.ts';
import { inject, type InjectedFault } from './faults.ts';
import type { PlannedFault } from './schedule.ts';
import { NoTarget } from './targets.ts';
import type { World } from './world.ts';

export interface HarmOptions {
  readonly planned: readonly PlannedFault[];
  /** Begins no more faults. */
  readonly signal: AbortSignal;
  readonly startMs: number;
  readonly say: (line: string) => void;
}

/** What a takeover needs: while one of these is away too, a dead owner is not replaced. */
const neededToHeal: readonly Touched[] = ['redis', 'postgres', 'ejabberd', 'master'];
const touchesNeeded = ({ kind }: PlannedFault) => faultKinds[kind].touches.some((touched) => neededToHeal.includes(touched));

/** The faults that come together with each. */
function chainsOf(planned: readonly PlannedFault[]): ReadonlyMap<PlannedFault, readonly PlannedFault[]> {
  const chainOf = new Map<PlannedFault, PlannedFault[]>();
  let chain: PlannedFault[] = [];
  for (const fault of planned) {
    if (fault.isChained !== true) chain = [];
    chain.push(fault);
    chainOf.set(fault, chain);
  }
  return chainOf;
}

const healsOf = (fault: PlannedFault, chain: readonly PlannedFault[]): InjectedFault['heals'] =>
  chain.length > 1 && chain.some(touchesNeeded) ? 'afterwards' : faultKinds[fault.kind].heals;

/** Does harm as planned. A fault that cannot be done is announced; one that fails is a breach, for it leaves the cluster harmed. */
export async function doHarm(world: World, { planned, signal, startMs, say }: HarmOptions): Promise<readonly InjectedFault[]> {
  const injected: InjectedFault[] = [];
  const chains = chainsOf(planned);
  const tell = (line: string) => say(`at ${((Date.now() - startMs) / 1_000).toFixed(1)} s: ${line}`);

  const run = async (fault: PlannedFault) => {
    const chain = chains.get(fault) ?? [fault];
    try {
      const done = await inject(world, fault);
      injected.push({ ...done, isInChain: chain.length > 1, heals: healsOf(fault, chain) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell(`${fault.kind} failed: ${reason}`);
      if (!(error instanceof NoTarget)) world.history.incidents.push({ what: 'died', detail: `${fault.kind}: ${reason}`, atMs: Date.now() });
    }
  };

  let lasting: Promise<void>[] = [];
  for (const fault of planned) {
    if (fault.isChained !== true) {
      await Promise.all(lasting);
      lasting = [];
    }
    await delay(fault.afterMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const obstacle = world.levers.obstacleTo(fault.kind);
    if (obstacle !== undefined) {
      tell(`${fault.kind} cannot be done: ${obstacle}`);
      continue;
    }
    tell(`${fault.kind} for ${fault.lastsMs / 1_000} s${fault.isChained === true ? ', meanwhile' : ''}`);
    lasting.push(run(fault));
  }
  await Promise.all(lasting);
  return injected.toSorted((a, b) => a.fromMs - b.fromMs);
}

import { faultKinds, type FaultName } from './fault-kinds.ts';
import { seededRandom } from './random.ts';

export interface PlannedFault {
  readonly kind: FaultName;
  /** To wait after the one before it has ended, or after the start of the traffic. */
  readonly afterMs: number;
  readonly lastsMs: number;
  /** Picks the target among those there are at the time. */
  readonly choice: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly faults: readonly FaultName[];
}

const afterMs = [4_000, 8_000] as const;
const maxChoice = 1_000;
/** For what is stopped to run again, which the schedule does not know. */
const restartMs = 2_000;

/** Which faults come when: every kind in turn, shuffled anew each round, until the time is up. The same seed, the same plan. */
export function planFaults({ seed, durationMs, faults }: ScheduleOptions): readonly PlannedFault[] {
  const random = seededRandom(seed);
  const planned: PlannedFault[] = [];
  let bag: FaultName[] = [];
  for (let atMs = 0; ; ) {
    if (bag.length === 0) bag = [...faults];
    const kind = random.pick(bag);
    bag.splice(bag.indexOf(kind), 1);
    const [shortest, longest] = faultKinds[kind].lastsMs;
    const fault = { kind, afterMs: random.integer(...afterMs), lastsMs: random.integer(shortest, longest), choice: random.integer(0, maxChoice) };
    atMs += fault.afterMs + fault.lastsMs + restartMs;
    if (atMs > durationMs) return planned;
    planned.push(fault);
  }
}

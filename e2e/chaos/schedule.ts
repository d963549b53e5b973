import { faultKinds, type FaultName, type Touched } from './fault-kinds.ts';
import { type Random, seededRandom } from './random.ts';

export interface PlannedFault {
  readonly kind: FaultName;
  /** It comes while the one before it lasts, or right after: a link of a chain. */
  readonly isChained?: boolean;
  /** To wait after the one before it has ended, or, when chained, has begun; for the first, after the start of the traffic. */
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

const afterMs = [2_000, 5_000] as const;
const maxChoice = 1_000;
/** For what is stopped to run again, which the schedule does not know. */
const restartMs = 1_500;
/** No fault takes more of a run than this part. */
const longestPart = 0.2;

const chainedShare = 0.35;
const longestChain = 3;
/** A chained fault comes at the latest so long after the end of the one before: it finds what has only just recovered. */
const rightAfterMs = 1_500;
/** So many at a time may be without harm that nobody could heal. */
const mostAtATime: Partial<Record<Touched, number>> = { coreapp: 2 };

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(random.integer(0, left.length - 1), 1));
  return order;
}

/** Every kind once, what they are done to in turn: so a short run sees something of everything. */
function deal(faults: readonly FaultName[], random: Random): FaultName[] {
  const piles = new Map<Touched, FaultName[]>();
  for (const kind of shuffled(faults, random)) {
    const [touched] = faultKinds[kind].touches;
    piles.set(touched, [...(piles.get(touched) ?? []), kind]);
  }
  const dealt: FaultName[] = [];
  const turns = shuffled([...piles.values()], random);
  for (let turn = 0; dealt.length < faults.length; turn++) dealt.push(...turns.flatMap((pile) => pile.slice(turn, turn + 1)));
  return dealt;
}

/** Whether the kind may come while the others last. */
function mayJoin(kind: FaultName, chain: readonly FaultName[]): boolean {
  if (chain.length === 0 || chain.length >= longestChain) return false;
  const touched = [kind, ...chain].flatMap((one): readonly Touched[] => faultKinds[one].touches);
  const isFree = touched.every((one) => touched.filter((other) => other === one).length <= (mostAtATime[one] ?? 1));
  return isFree && !touched.includes('versions');
}

/**
 * Which faults come when: every kind in turn, dealt anew each round, until the time is up; some in chains, as the death of a new
 * owner just after a takeover. The same seed, the same plan.
 */
export function planFaults({ seed, durationMs, faults }: ScheduleOptions): readonly PlannedFault[] {
  const random = seededRandom(seed);
  const planned: PlannedFault[] = [];
  let dealt: FaultName[] = [];
  let chain: PlannedFault[] = [];
  let [beganMs, freeMs] = [0, 0];
  for (;;) {
    if (dealt.length === 0) dealt = deal(faults, random);
    const [kind] = dealt.splice(0, 1);
    if (kind === undefined) return planned;
    const [shortest, longest] = faultKinds[kind].lastsMs;
    const lastsMs = Math.round(Math.min(random.integer(shortest, longest), durationMs * longestPart));
    const former = chain.at(-1);
    const isChained = mayJoin(kind, chain.map((one) => one.kind)) && random.next() < chainedShare;
    const waitMs = isChained ? random.integer(0, (former?.lastsMs ?? 0) + rightAfterMs) : random.integer(...afterMs);
    // The owner of the same shard again, who is a new one by then.
    const choice = isChained && former !== undefined ? former.choice : random.integer(0, maxChoice);
    beganMs = (isChained ? beganMs : freeMs) + waitMs;
    freeMs = Math.max(freeMs, beganMs + lastsMs + restartMs);
    if (freeMs > durationMs) return planned;
    const fault: PlannedFault = { kind, ...(isChained ? { isChained } : {}), afterMs: waitMs, lastsMs, choice };
    chain = isChained ? [...chain, fault] : [fault];
    planned.push(fault);
  }
}

import type { Second } from '@multiconnect/load';

/** One stage at one rate, of messages in either direction. */
export interface StageResult {
  readonly rate: number;
  readonly overTime: readonly Second[];
  /** How many seconds messages were begun for. */
  readonly durationS: number;
  readonly ok: boolean;
  readonly findings: readonly string[];
  /** CPU milliseconds a message, by process group. */
  readonly cpuMsPerMessage: Readonly<Record<string, number | null>>;
  /** From when messages were due to when they were begun, where the load generator tells. */
  readonly lateP99Ms?: number;
}

export interface SearchOptions {
  readonly startRate: number;
  readonly stepS: number;
  readonly holdS: number;
  readonly run: (rate: number, durationS: number) => Promise<StageResult>;
  readonly say: (line: string) => void;
}

export interface Sustained {
  readonly rate: number;
  /** The stage in which it was held. */
  readonly held: StageResult;
  readonly steps: readonly StageResult[];
}

const stepFactor = 1.25;
const holdFactor = 0.9;
const lowestRate = 20;
const maxHolds = 4;
/** Messages under way are this many seconds' worth at most, or less than they were at half time. */
const maxBacklogS = 1.5;
const backlogSlackS = 0.25;

/** Messages begun and not done, after each second. */
export function backlogs(seconds: readonly Second[]): readonly number[] {
  let open = 0;
  return seconds.map(({ begun, done }) => (open += begun - done));
}

/** All of it was done without a fault, at the rate asked for, and what is under way did not grow. */
export function isSustained({ rate, overTime, durationS, ok }: StageResult): boolean {
  const during = backlogs(overTime.slice(0, Math.max(1, Math.floor(durationS))));
  const end = during.at(-1) ?? 0;
  const half = during[Math.floor((during.length - 1) / 2)] ?? 0;
  return ok && end <= rate * maxBacklogS && end <= half + rate * backlogSlackS;
}

const isLate = ({ lateP99Ms = 0 }: StageResult) => lateP99Ms > 1_000;

/** Steps the rate up until what is under way grows, then holds the last rate that was sustained, or what below it can be held. */
export async function findSustained({ startRate, stepS, holdS, run, say }: SearchOptions): Promise<Sustained> {
  const steps: StageResult[] = [];
  const attempt = async (rate: number, durationS: number) => {
    const result = await run(Math.round(rate), durationS);
    const fine = isSustained(result) && !isLate(result);
    say(`${result.rate} a second for ${durationS} s: ${fine ? 'sustained' : result.ok ? 'falls behind' : result.findings.join('; ')}`);
    return { result, fine };
  };
  let best = 0;
  for (let rate = startRate; ; rate *= stepFactor) {
    const { result, fine } = await attempt(rate, stepS);
    steps.push(result);
    if (!fine) break;
    best = rate;
  }
  for (let rate = startRate / stepFactor; best === 0 && rate > lowestRate; rate /= stepFactor) {
    const { result, fine } = await attempt(rate, stepS);
    steps.push(result);
    if (fine) best = rate;
  }
  for (let holds = 0, rate = Math.max(best, lowestRate); ; holds++, rate *= holdFactor) {
    const { result, fine } = await attempt(rate, holdS);
    if (fine) return { rate: result.rate, held: result, steps };
    if (holds + 1 >= maxHolds) return { rate: 0, held: result, steps };
  }
}

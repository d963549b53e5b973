import type { Faults } from './checker.ts';
import type { PhoneTotals } from './fleet-protocol.ts';
import { overTime, type Second } from './over-time.ts';
import { type Percentiles, percentilesOf } from './percentiles.ts';
import type { Stations } from './timeline.ts';

export interface LoadReport {
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly asked: {
    readonly rate: number;
    readonly durationS: number;
    readonly recipients: number;
    readonly newRecipientsPercent: number;
  };
  readonly messages: {
    readonly planned: number;
    readonly accepted: number;
    readonly failedPosts: number;
    readonly sent: number;
    readonly delivered: number;
    /** On the phones, each counted once, those of the warm-up too. */
    readonly shown: number;
  };
  /** From the first post to the last of each. */
  readonly perSecond: {
    readonly accepted: number;
    readonly sent: number;
    readonly delivered: number;
    /** Callbacks of both kinds. */
    readonly calledBack: number;
  };
  readonly latencyMs: {
    readonly postToAccepted?: Percentiles;
    readonly postToSent?: Percentiles;
    readonly postToDelivered?: Percentiles;
  };
  /** From posting to calling back as delivered. */
  readonly overTime: readonly Second[];
  readonly generator: {
    /** From when a message was due to when it was posted. */
    readonly lateMs?: Percentiles;
    /** Messages that waited for the answer to the one before to the same recipient. */
    readonly heldBack: number;
  };
  /** By content at the phones, the warm-up included. */
  readonly faults: { readonly [Kind in keyof Faults]: number };
  readonly callbacks: {
    /** Neither called back as sent nor as delivered. */
    readonly missingSent: number;
    readonly missingDelivered: number;
    readonly repeated: number;
    readonly failed: number;
  };
  readonly phones: PhoneTotals;
  /** CPU milliseconds a message accepted; null where a process was started or ended during the run, or is not known. */
  readonly cpuMsPerMessage: Readonly<Record<string, number | null>>;
  /** What went wrong, a line each; the first few of each kind. */
  readonly findings: readonly string[];
  /** Nothing was lost, duplicated, reordered or misdelivered, every post was accepted, every callback came. */
  readonly ok: boolean;
}

export interface Measured {
  readonly runId: string;
  readonly startedAt: Date;
  readonly asked: LoadReport['asked'];
  readonly planned: number;
  /** Of the run, without the warm-up. */
  readonly stations: readonly Stations[];
  readonly lateMs: readonly number[];
  readonly heldBack: number;
  /** Reasons. */
  readonly failedPosts: readonly string[];
  readonly shown: number;
  readonly faults: Faults;
  readonly callbacks: LoadReport['callbacks'];
  readonly phones: PhoneTotals;
  readonly cpuMs: ReadonlyMap<string, number | undefined>;
  /** What ended the run early. */
  readonly interruption?: string;
}

const maxExamples = 3;

export function reportOf(measured: Measured): LoadReport {
  const { runId, startedAt, asked, planned, stations, callbacks, phones, faults } = measured;
  const sent = latencies(stations, 'sentAtMs');
  const delivered = latencies(stations, 'deliveredAtMs');
  const findings = findingsOf(measured);
  return {
    runId,
    startedAt: startedAt.toISOString(),
    asked,
    messages: {
      planned,
      accepted: stations.length,
      failedPosts: measured.failedPosts.length,
      sent: sent.length,
      delivered: delivered.length,
      shown: measured.shown,
    },
    perSecond: ratesOf(stations),
    latencyMs: {
      ...present('postToAccepted', latencies(stations, 'acceptedAtMs')),
      ...present('postToSent', sent),
      ...present('postToDelivered', delivered),
    },
    overTime: overTime(stations.map(({ postedAtMs, deliveredAtMs }) => ({ beganAtMs: postedAtMs, ...(deliveredAtMs === undefined ? {} : { doneAtMs: deliveredAtMs }) }))),
    generator: { ...present('lateMs', measured.lateMs), heldBack: measured.heldBack },
    faults: {
      lost: faults.lost.length,
      duplicated: faults.duplicated.length,
      reordered: faults.reordered.length,
      misdelivered: faults.misdelivered.length,
      unexpected: faults.unexpected.length,
    },
    callbacks,
    phones,
    cpuMsPerMessage: cpuPerMessage(measured.cpuMs, stations.length),
    findings,
    ok: findings.length === 0,
  };
}

type Station = 'acceptedAtMs' | 'sentAtMs' | 'deliveredAtMs';

function latencies(stations: readonly Stations[], station: Station): readonly number[] {
  return stations.flatMap((each) => {
    const atMs = each[station];
    return atMs === undefined ? [] : [atMs - each.postedAtMs];
  });
}

function present<Name extends string>(name: Name, values: readonly number[]): { readonly [Key in Name]?: Percentiles } {
  const percentiles = percentilesOf(values);
  return (percentiles === undefined ? {} : { [name]: percentiles }) as { readonly [Key in Name]?: Percentiles };
}

function ratesOf(stations: readonly Stations[]): LoadReport['perSecond'] {
  const startMs = stations.reduce((first, { postedAtMs }) => Math.min(first, postedAtMs), Infinity);
  const rate = (timesMs: readonly number[]): number => {
    const lastMs = timesMs.reduce((last, atMs) => Math.max(last, atMs), startMs);
    return lastMs > startMs ? (timesMs.length * 1000) / (lastMs - startMs) : 0;
  };
  const times = (station: Station) => stations.map((each) => each[station]).filter((atMs) => atMs !== undefined);
  const [sent, delivered] = [times('sentAtMs'), times('deliveredAtMs')];
  return {
    accepted: rate(times('acceptedAtMs')),
    sent: rate(sent),
    delivered: rate(delivered),
    calledBack: rate([...sent, ...delivered]),
  };
}

function cpuPerMessage(cpuMs: Measured['cpuMs'], messages: number): LoadReport['cpuMsPerMessage'] {
  const each = [...cpuMs].map(([name, ms]) => [name, ms === undefined || messages === 0 ? null : ms / messages] as const);
  return Object.fromEntries(each);
}

function findingsOf({ faults, callbacks, failedPosts, phones, interruption }: Measured): readonly string[] {
  const kinds = Object.entries(faults) as readonly (readonly [string, Faults['lost']])[];
  const ofFaults = kinds
    .filter(([, keys]) => keys.length > 0)
    .map(([kind, keys]) => {
      const examples = keys.slice(0, maxExamples).map(({ recipient, sequence }) => `+${recipient} number ${sequence}`);
      return `${keys.length} ${kind}: ${examples.join(', ')}${keys.length > maxExamples ? ', …' : ''}`;
    });
  const reasons = [...new Set(failedPosts)].slice(0, maxExamples);
  const counted: readonly (readonly [number, string])[] = [
    [failedPosts.length, `posts failed: ${reasons.join('; ')}`],
    [callbacks.failed, 'messages were called back as failed'],
    [callbacks.missingSent, 'callbacks are missing: sent'],
    [callbacks.missingDelivered, 'callbacks are missing: delivered'],
    [phones.undecryptable, 'messages could not be decrypted by the phones'],
  ];
  const ofCounts = counted.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`);
  return [...(interruption === undefined ? [] : [interruption]), ...ofFaults, ...ofCounts];
}

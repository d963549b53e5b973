import { describe, expect, it } from 'vitest';
import { faultKinds, type FaultName } from './fault-kinds.ts';
import type { InjectedFault } from './faults.ts';
import { openHistory } from './history.ts';
import { shardOf } from './owners.ts';
import { type Pause, pausesOf, recoveries, summaries, tooSlow, unexplained } from './recovery.ts';

const fault = (kind: FaultName, fromMs: number, untilMs: number): InjectedFault =>
  ({ kind, fromMs, untilMs, target: 'it', afterMs: 0, lastsMs: untilMs - fromMs, choice: 0, isInChain: false, heals: faultKinds[kind].heals });
const pause = (fromMs: number, untilMs: number, lane = 'shard 0 out'): Pause => ({ lane, fromMs, untilMs });
const recovered = (pauses: readonly Pause[], ...faults: InjectedFault[]) => recoveries(pauses, faults).map(({ recoveredAfterMs }) => recoveredAfterMs);

describe('pauses', () => {
  const customer = '15551000001';
  const shownAt = (...times: number[]) => {
    const history = openHistory();
    for (const atMs of times) history.shown.push({ customer, mark: String(atMs), kind: 'text', atMs });
    return pausesOf(history, 100_000).map(({ lane, fromMs, untilMs }) => [lane, fromMs, untilMs]);
  };

  it('are times in which nothing of a shard came through', () => {
    expect(shownAt(0, 100, 2_000, 2_100)).toEqual([[`shard ${shardOf(customer)} out`, 100, 2_000]]);
  });

  it('with only a few messages between them are one', () => {
    expect(shownAt(0, 2_000, 2_100, 4_000, 4_100, 4_200, 4_300, 9_000).map(([, from, until]) => [from, until])).toEqual([
      [0, 4_000],
      [4_300, 9_000],
    ]);
  });
});

describe('recovery', () => {
  it('is counted from a fault that the cluster can heal while it lasts', () => {
    expect(recovered([pause(1_000, 2_500)], fault('coreapp-kill', 1_200, 6_000))).toEqual([1_300]);
  });

  it('is counted from the end of a cause that nothing can flow through', () => {
    expect(recovered([pause(1_000, 7_500)], fault('postgres-restart', 1_200, 6_000))).toEqual([1_500]);
    expect(recovered([pause(1_000, 5_900)], fault('postgres-restart', 1_200, 6_000))).toEqual([0]);
  });

  it('is that of the slowest lane', () => {
    expect(recovered([pause(1_000, 2_000), pause(1_000, 4_000, 'shard 3 in')], fault('coreapp-kill', 1_000, 6_000))).toEqual([3_000]);
  });

  it('of overlapping faults is counted from the last of them, and is that one’s', () => {
    expect(recovered([pause(1_000, 6_000)], fault('coreapp-kill', 1_000, 9_000), fault('coreapp-kill', 4_000, 9_000))).toEqual([undefined, 2_000]);
    expect(recovered([pause(1_000, 6_000)], fault('ejabberd-restart', 1_000, 4_500), fault('coreapp-kill', 2_000, 9_000))).toEqual([1_500, undefined]);
  });

  it('is not excused by what cannot have caused it: the business’s receiver stops nothing on its way to customers', () => {
    const receiver = fault('receiver-500', 1_500, 9_000);
    expect(recovered([pause(1_000, 6_000)], fault('coreapp-kill', 1_000, 9_000), receiver)).toEqual([5_000, 0]);
    expect(recovered([pause(1_000, 6_000, 'shard 0 in')], fault('coreapp-kill', 1_000, 9_000), receiver)).toEqual([undefined, 0]);
  });

  it('that takes longer than its limit is too slow, and so is a pause without any fault', () => {
    const kill = fault('coreapp-kill', 1_000, 5_000);
    const restart = fault('redis-kill', 101_000, 102_000);
    const pauses = [pause(1_000, 4_500), pause(101_000, 110_000), pause(200_000, 204_000)];
    const found = recoveries(pauses, [kill, restart]);
    expect(tooSlow(found, unexplained(pauses, [kill, restart])).map(({ what }) => what)).toEqual(['coreapp-kill of it', 'shard 0 out without a fault']);
  });

  it('is summed up by kind', () => {
    const faults = [1, 2, 3].map((index) => fault('coreapp-kill', index * 100_000, index * 100_000 + 1_000));
    const found = recoveries(faults.map(({ fromMs }, index) => pause(fromMs, fromMs + (index + 1) * 1_000)), faults);
    expect(summaries(found)).toEqual([{ kind: 'coreapp-kill', count: 3, measured: 3, p50Ms: 2_000, p99Ms: 3_000, limitMs: 3_000 }]);
  });
});

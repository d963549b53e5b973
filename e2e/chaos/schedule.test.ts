import { describe, expect, it } from 'vitest';
import { faultKinds, faultNames, type Touched } from './fault-kinds.ts';
import { planFaults, type PlannedFault } from './schedule.ts';

const seeds = Array.from({ length: 50 }, (_, index) => index + 1);
const plan = (seed: number, seconds: number, faults = faultNames) => planFaults({ seed, durationMs: seconds * 1_000, faults });

/** The faults that come together. */
function chainsOf(planned: readonly PlannedFault[]): PlannedFault[][] {
  const chains: PlannedFault[][] = [];
  for (const fault of planned) {
    if (fault.isChained === true) chains.at(-1)?.push(fault);
    else chains.push([fault]);
  }
  return chains;
}

describe('the schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(plan(1, 600)).toEqual(plan(1, 600));
    expect(plan(1, 600)).not.toEqual(plan(2, 600));
  });

  it.each(seeds)('has every kind at least once in ten minutes (seed %i)', (seed) => {
    expect(new Set(plan(seed, 600).map(({ kind }) => kind))).toEqual(new Set(faultNames));
  });

  it.each(seeds)('touches as much as it can in two minutes (seed %i)', (seed) => {
    const planned = plan(seed, 120);
    const touched = new Set(planned.map(({ kind }) => faultKinds[kind].touches[0]));
    const all = new Set(faultNames.map((kind): Touched => faultKinds[kind].touches[0]));
    expect(touched.size).toBe(Math.min(planned.length, all.size));
  });

  it('chains some, and never two on what has no second to take over', () => {
    const chains = seeds.flatMap((seed) => chainsOf(plan(seed, 600)));
    expect(chains.some((chain) => chain.length === 3)).toBe(true);
    for (const chain of chains) {
      const touched = chain.flatMap(({ kind }): readonly Touched[] => faultKinds[kind].touches).filter((one) => one !== 'coreapp');
      expect(new Set(touched).size).toBe(touched.length);
    }
  });

  it('keeps to the kinds that are asked for, chained only when there are several', () => {
    expect(new Set(plan(3, 120, ['coreapp-kill']).map(({ kind }) => kind))).toEqual(new Set(['coreapp-kill']));
    const two = plan(3, 600, ['coreapp-kill', 'redis-kill']);
    expect(new Set(two.map(({ kind }) => kind))).toEqual(new Set(['coreapp-kill', 'redis-kill']));
    expect(two.some(({ isChained }) => isChained)).toBe(true);
  });

  it('leaves all masters dead for a minute in a long run, for less in a short one', () => {
    expect(plan(1, 600, ['masters-dead'])[0]?.lastsMs).toBe(60_000);
    expect(plan(1, 60, ['masters-dead'])[0]?.lastsMs).toBe(12_000);
  });
});

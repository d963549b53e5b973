import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate } from './testing/simulation.ts';
import type { Broken, Commit, History, Simulation } from './testing/simulation.ts';

type Action =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'freeze' | 'thaw' | 'restart'; readonly role: 'master' | 'coreapp'; readonly index: number }
  | { readonly kind: 'emptyRedis' }
  | { readonly kind: 'jumpWall'; readonly ms: number }
  | { readonly kind: 'drain'; readonly index: number }
  | { readonly kind: 'delayStatements'; readonly ms: number }
  | { readonly kind: 'resize'; readonly shardCount: number };

const index = fc.nat({ max: 2 });
const role = fc.constantFrom('master' as const, 'coreapp' as const);
const emptyRedis = { weight: 1, arbitrary: fc.record({ kind: fc.constant('emptyRedis' as const) }) };
const hourMs = 3_600_000;
const others: readonly fc.WeightedArbitrary<Action>[] = [
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 10, max: 3000 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('freeze' as const, 'thaw' as const), role, index }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), role, index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('jumpWall' as const), ms: fc.integer({ min: -hourMs, max: hourMs }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drain' as const), index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), shardCount: fc.constantFrom(1, 2, 4, 8, 32) }) },
];
const delayedBy = (maxMs: number) => ({ weight: 2, arbitrary: fc.record({ kind: fc.constant('delayStatements' as const), ms: fc.oneof(fc.constant(7), fc.integer({ min: 1, max: maxMs })) }) });
const scenarioOf = (action: fc.Arbitrary<Action>) => fc.record({ seed: fc.integer(), actions: fc.array(action, { minLength: 8, maxLength: 30 }) });
/** Statements outlast a lease, so that a leader's may arrive after its successor's. */
const scenario = scenarioOf(fc.oneof(emptyRedis, delayedBy(4000), ...others));
/** Statements are over soon after the last trouble. */
const soonOver = scenarioOf(fc.oneof(emptyRedis, delayedBy(900), ...others));
/** Redis keeps what it has: only then is a lease held by one at a time. */
const lastingLeases = scenarioOf(fc.oneof(...others));
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

async function act(simulation: Simulation, step: Action): Promise<void> {
  switch (step.kind) {
    case 'wait':
      return simulation.clock.advance(step.ms);
    case 'emptyRedis':
      { simulation.emptyRedis(); return; }
    case 'jumpWall':
      { simulation.clock.jumpWall(step.ms); return; }
    case 'drain':
      { simulation.drain(step.index); return; }
    case 'delayStatements':
      { simulation.delayStatements(step.ms); return; }
    case 'resize':
      { simulation.resize(step.shardCount); return; }
    case 'freeze':
    case 'thaw':
    case 'restart':
      { simulation[step.kind](step.role, step.index); return; }
  }
}

async function run(input: Scenario, broken?: Broken): Promise<Simulation> {
  const simulation = simulate({ seed: input.seed, masters: 2, coreapps: 3, broken });
  await simulation.clock.advance(1000);
  for (const step of input.actions) await act(simulation, step);
  simulation.recover();
  await simulation.clock.advance(6000);
  return simulation;
}

function byShard(commits: readonly Commit[]): readonly (readonly Commit[])[] {
  return [...Map.groupBy(commits, ({ shard }) => shard).values()];
}

function isGrowing(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0));
}

/** What must hold whatever happens. Throws what does not. */
function check({ commits, rows, terms }: History): void {
  for (const own of byShard(commits)) {
    const owners = Map.groupBy(own, ({ epoch }) => epoch);
    for (const [epoch, tenure] of owners) {
      expect(new Set(tenure.map(({ process }) => process)).size, `owners that committed under epoch ${epoch}`).toBe(1);
    }
    expect(isGrowing([...owners.keys()]), 'no commit under an epoch before the latest').toBe(true);
    const epochs = own.map(({ epoch }) => epoch);
    expect(epochs, 'no commit of an earlier owner after one of a later').toEqual([...epochs].sort((a, b) => a - b));
    expect(isGrowing(own.map(({ value }) => value)), 'no state is committed twice').toBe(true);
  }
  const written = Map.groupBy(rows, ({ shard }) => shard);
  for (const versions of written.values()) {
    expect(isGrowing(versions.map(({ epoch }) => epoch)), 'epochs only grow').toBe(true);
  }
  const writers = rows.map(({ term }) => term);
  expect(writers, 'terms only grow').toEqual([...writers].sort((a, b) => a - b));
  const told = [...terms.values()];
  expect(told.every(isGrowing), 'a master leads growing terms').toBe(true);
  expect(new Set(told.flat()).size, 'no term is led twice').toBe(told.flat().length);
}

/** The index of the master that was told of the latest term. */
function leaderIn({ terms }: History): number {
  const [holder] = [...terms].reduce((a, b) => ((b[1].at(-1) ?? 0) > (a[1].at(-1) ?? 0) ? b : a));
  return Number(/^master(\d)/.exec(holder)?.[1]);
}

const numRuns = 200;

describe('a cluster under freezes, kills, an emptied Redis and changes of its size', () => {
  it('never has two owners commit under one epoch, nor one after its successor; terms only grow', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (input) => {
        check((await run(input)).history);
      }),
      { numRuns },
    );
  });

  it('has every shard working again within 6 s of the last trouble', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(soonOver, async (input) => {
        const simulation = await run(input);
        const { commits } = simulation.history;
        const before = commits.length;
        await simulation.clock.advance(500);
        const shardCount = input.actions.reduce((count, step) => (step.kind === 'resize' ? step.shardCount : count), 2);
        const working = new Set(commits.slice(before).map(({ shard }) => shard));
        expect([...working].sort((a, b) => a - b)).toEqual(Array.from({ length: shardCount + 1 }, (_, at) => at - 1));
      }),
      { numRuns: numRuns / 2 },
    );
  });

  it('has every shard working again within 3 s though the leader and an owner are killed at the same moment', { timeout: 120_000 }, async () => {
    const moment = fc.record({ seed: fc.integer(), afterMs: fc.integer({ min: 2000, max: 6000 }), owner: index });
    await fc.assert(
      fc.asyncProperty(moment, async ({ seed, afterMs, owner }) => {
        const simulation = simulate({ seed, masters: 2, coreapps: 3 });
        await simulation.clock.advance(afterMs);
        simulation.kill('master', leaderIn(simulation.history));
        simulation.kill('coreapp', owner);
        await simulation.clock.advance(2500);
        const before = simulation.history.commits.length;
        await simulation.clock.advance(500);
        check(simulation.history);
        const working = new Set(simulation.history.commits.slice(before).map(({ shard }) => shard));
        expect([...working].sort((a, b) => a - b)).toEqual([-1, 0, 1]);
      }),
      { numRuns: numRuns / 2 },
    );
  });

  it('takes no shard from owners that starve with everybody else for less than the lease', { timeout: 120_000 }, async () => {
    const starving = fc.record({ seed: fc.integer(), stalls: fc.array(fc.integer({ min: 100, max: 1100 }), { minLength: 1, maxLength: 10 }) });
    await fc.assert(
      fc.asyncProperty(starving, async ({ seed, stalls }) => {
        const simulation = simulate({ seed, masters: 2, coreapps: 3 });
        await simulation.clock.advance(4000);
        const before = simulation.history.rows.length;
        for (const ms of stalls) {
          for (const role of ['master', 'coreapp'] as const) [0, 1, 2].forEach((at) => simulation.freeze(role, at));
          await simulation.clock.advance(ms);
          simulation.recover();
          await simulation.clock.advance(700);
        }
        await simulation.clock.advance(3000);
        check(simulation.history);
        expect(simulation.history.rows.slice(before)).toEqual([]);
      }),
      { numRuns: numRuns / 2 },
    );
  });

  it.each<[Broken, string, RegExp]>([
    ['epoch', 'the owners leave out the comparison of the epoch', /no commit|no state|owners that committed/],
    ['term', 'the leaders leave out the comparison of the term', /terms only grow/],
    ['boot', "an owner's id is the same in each boot", /no state|owners that committed/],
  ])('breaks that promise without the %s: as soon as %s', { timeout: 120_000 }, async (broken, _what, breach) => {
    const result = await fc.check(
      fc.asyncProperty(scenario, async (input) => {
        check((await run(input, broken)).history);
      }),
      { numRuns, seed: 1, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toMatch(breach);
  });
});

const lookEveryMs = 50;

/** Throws when two masters trust at once that they lead, at any look. */
async function checkTrust(input: Scenario, broken?: Broken): Promise<void> {
  const simulation = simulate({ seed: input.seed, masters: 2, coreapps: 1, broken });
  const look = () => expect(simulation.trustedLeaders(), 'masters that trust at once').toBeLessThan(2);
  for (const step of input.actions) {
    if (step.kind !== 'wait') await act(simulation, step);
    else for (let leftMs = step.ms; leftMs > 0; leftMs -= lookEveryMs) await simulation.clock.advance(Math.min(leftMs, lookEveryMs)).then(look);
  }
}

describe('the trust in a lease', () => {
  it('is never with two masters at once while Redis keeps what it has', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(lastingLeases, (input) => checkTrust(input)),
      { numRuns },
    );
  });

  it('is with two at once as soon as it may last longer than the lease', { timeout: 120_000 }, async () => {
    const result = await fc.check(
      fc.asyncProperty(lastingLeases, (input) => checkTrust(input, 'trust')),
      { numRuns, seed: 1, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toContain('masters that trust at once');
  });
});

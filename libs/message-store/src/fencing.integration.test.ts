import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createSeal } from '@multiconnect/vault';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MessageStore, openMessageStore, ShardTenure } from './index.ts';
import { type Statement, statement } from './postgres/statements.ts';
import { account, layRows, ownersWrites, rowsOf, shard } from './testing/owners-writes.ts';
import { openTestStore, type TestStore } from './testing/test-store.ts';

const names = Object.keys(ownersWrites);
const fenced = readdirSync(new URL('../sql', import.meta.url))
  .map((file) => file.replace(/\.sql$/, ''))
  .filter((name) => name !== 'include' && statement(name).text.includes('fence AS MATERIALIZED'));

let opened: TestStore;
let admin: pg.Pool;
let store: MessageStore;

beforeAll(async () => {
  opened = await openTestStore();
  ({ store, admin } = opened);
});
afterAll(() => opened.close());
beforeEach(async () => {
  await admin.query('DELETE FROM shard');
  await admin.query('INSERT INTO shard (account, shard, owner, epoch) VALUES ($1, $2, $3, 1)', [account, shard, 'first']);
  await layRows(admin);
});

const held = (epoch: number): ShardTenure => ({ account, shard, epoch });
const write = (name: string, tenure: ShardTenure, by = store) => (ownersWrites[name] ?? expect.fail(`nothing writes by ${name}`))(by, tenure);
const takeOver = (by: pg.Pool | pg.PoolClient) => by.query('UPDATE shard SET epoch = epoch + 1 WHERE account = $1 AND shard = $2', [account, shard]);
/** The other statement of the same transaction, which would be fenced in its place. */
const accompanies = (name: string) => (name === 'inbox-notices' || name === 'inbox-bury' ? 'inbox-take' : undefined);
/** Whether it was fenced; anything else that it fails by is thrown. */
const isFenced = (writing: Promise<unknown>): Promise<boolean> =>
  writing.then(
    () => false,
    (error: unknown) => {
      if (error instanceof Error && error.name === 'Fenced') return true;
      throw error;
    },
  );

/** Resolves once a statement of somebody waits for another's lock. */
async function someoneWaits(): Promise<void> {
  const waiting = `SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`;
  await vi.waitFor(async () => expect((await admin.query<{ count: number }>(waiting)).rows[0]?.count).toBeGreaterThan(0), { timeout: 10_000, interval: 5 });
}

describe("an owner's write", () => {
  it('is there for each statement that is fenced', () => {
    expect([...names].sort()).toEqual([...fenced].sort());
  });

  it.each(names)('%s changes rows while the epoch stands', async (name) => {
    const before = await rowsOf(admin);
    expect(await isFenced(write(name, held(1)))).toBe(false);
    expect(await rowsOf(admin)).not.toBe(before);
  });

  it.each(names)('%s changes nothing once the epoch has moved on', async (name) => {
    await takeOver(admin);
    const before = await rowsOf(admin);
    expect(await isFenced(write(name, held(1)))).toBe(true);
    expect(await rowsOf(admin)).toBe(before);
  });

  it.each(names)('%s changes nothing when the epoch moves on in a transaction that it had to wait for', async (name) => {
    const leader = await admin.connect();
    await leader.query('BEGIN');
    await takeOver(leader);
    const before = await rowsOf(admin);
    const writing = isFenced(write(name, held(1)));
    await someoneWaits();
    await leader.query('COMMIT');
    leader.release();
    expect(await writing).toBe(true);
    expect(await rowsOf(admin)).toBe(before);
  });
});

type Step =
  | { readonly kind: 'write'; readonly name: string; readonly owner: 'latest' | 'outdated' }
  /** The epoch moves on while writes of both wait for it. */
  | { readonly kind: 'takeover'; readonly during: readonly string[] };

const name = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), name, owner: fc.constantFrom('latest' as const, 'outdated' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('takeover' as const), during: fc.array(name, { maxLength: 2 }) }) },
);

/** Two owners write, in any order, while the shard goes from one to the other and back. Throws when an outdated one changed a row. */
async function interleave(by: MessageStore, steps: readonly Step[]): Promise<void> {
  await layRows(admin);
  await admin.query('UPDATE shard SET epoch = epoch + 1');
  const { rows } = await admin.query<{ epoch: string }>('SELECT epoch FROM shard WHERE account = $1 AND shard = $2', [account, shard]);
  let epoch = Number(rows[0]?.epoch);

  const outdatedChanges = async (writing: readonly Promise<boolean>[], before: string) => {
    expect(await Promise.all(writing), 'an outdated owner is told so').toEqual(writing.map(() => true));
    expect(await rowsOf(admin), 'an outdated owner changes nothing').toBe(before);
  };
  for (const each of steps) {
    const before = await rowsOf(admin);
    if (each.kind === 'write' && each.owner === 'latest') expect(await isFenced(write(each.name, held(epoch), by))).toBe(false);
    if (each.kind === 'write' && each.owner === 'outdated') await outdatedChanges([isFenced(write(each.name, held(epoch - 1), by))], before);
    if (each.kind !== 'takeover') continue;
    const leader = await admin.connect();
    await leader.query('BEGIN');
    await takeOver(leader);
    const writing = each.during.map((during) => isFenced(write(during, held(epoch), by)));
    if (writing.length > 0) await Promise.race([someoneWaits(), Promise.all(writing)]);
    await leader.query('COMMIT');
    leader.release();
    epoch += 1;
    await outdatedChanges(writing, before);
  }
}

const numRuns = 25;
const interleavings = fc.array(step, { minLength: 4, maxLength: 12 });

describe('two owners of one shard, in any order of their writes and of the changes of owner', () => {
  it('change nothing when they are outdated, and are not fenced while they are not', async () => {
    await fc.assert(
      fc.asyncProperty(interleavings, (steps) => interleave(store, steps)),
      { numRuns, seed: 1 },
    );
  });

  it('leave the owner its transaction: the epoch moves on once that has ended', async () => {
    let moved = false;
    const taken: Promise<unknown>[] = [];
    await store.housekeeping.discardMedia(held(1), Date.now(), 10, async () => {
      taken.push(takeOver(admin).then(() => (moved = true)));
      await someoneWaits();
      expect(moved).toBe(false);
    });
    await Promise.all(taken);
    expect(moved).toBe(true);
    expect(await isFenced(write('media-discard', held(1)))).toBe(true);
  });
});

describe('a fence that is broken', () => {
  let broken: MessageStore | undefined;
  afterEach(async () => {
    await broken?.close();
    vi.doUnmock('./postgres/statements.ts');
    vi.resetModules();
  });

  /** A store of which some statements do not compare the epoch. */
  async function openBroken(isBroken: (name: string) => boolean): Promise<MessageStore> {
    const tampered = (name: string): Statement => {
      const real = statement(name);
      return isBroken(name) ? { ...real, text: real.text.replace('AND epoch = $3', 'AND $3::bigint IS NOT NULL') } : real;
    };
    vi.resetModules();
    vi.doMock('./postgres/statements.ts', () => ({ statement: tampered }));
    const { openMessageStore: open } = (await import('./index.ts')) as { openMessageStore: typeof openMessageStore };
    const seal = createSeal(randomBytes(32));
    broken = open({ connection: opened.connection, seal, maxConnections: 4, applicationName: 'broken', onConnectionLost: (error) => expect.fail(error.message) });
    return broken;
  }

  it.each(names)('in %s is found: an outdated owner changes rows', async (name) => {
    const by = await openBroken((each) => each === name || each === accompanies(name));
    await takeOver(admin);
    const before = await rowsOf(admin);
    expect(await isFenced(write(name, held(1), by))).toBe(false);
    expect(await rowsOf(admin)).not.toBe(before);
  });

  it('in all of them is found by the interleavings', async () => {
    const by = await openBroken(() => true);
    const result = await fc.check(
      fc.asyncProperty(interleavings, (steps) => interleave(by, steps)),
      { numRuns, seed: 1, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toMatch(/an outdated owner/);
  });
});

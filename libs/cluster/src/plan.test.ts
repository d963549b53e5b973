import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planAssignments } from './plan.ts';
import type { PlannedNode } from './plan.ts';
import { controlShard } from './shard-map.ts';

interface Placed {
  readonly account: number;
  readonly shard: number;
  readonly owner: string | null;
}

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
const node: fc.Arbitrary<PlannedNode> = fc.record({
  id: fc.constantFrom(...ids),
  draining: fc.boolean(),
  suspect: fc.boolean(),
});
const liveNodes = fc.uniqueArray(node, { selector: ({ id }) => id, maxLength: ids.length });
const shards = fc
  .tuple(
    fc.constantFrom(1, 2, 4, 8),
    fc.constantFrom(1, 2),
    fc.array(fc.option(fc.constantFrom(...ids, 'dead')), { minLength: 18, maxLength: 18 }),
  )
  .map(([count, accounts, owners]): readonly Placed[] =>
    Array.from({ length: accounts }, (_, account) =>
      Array.from({ length: count + 1 }, (__, index) => ({
        account: account + 1,
        shard: index - 1,
        owner: owners[account * 9 + index] ?? null,
      })),
    ).flat(),
  );
const maps = fc.record({ shards, liveNodes });

function applied(input: { readonly shards: readonly Placed[]; readonly liveNodes: readonly PlannedNode[] }): readonly Placed[] {
  const changes = planAssignments(input);
  return input.shards.map((each) => {
    const change = changes.find(({ account, shard }) => account === each.account && shard === each.shard);
    return change ? { ...each, owner: change.owner } : each;
  });
}

const loadOf = (map: readonly Placed[], id: string) =>
  map.filter(({ shard, owner }) => shard !== controlShard && owner === id).length;
const staying = (nodes: readonly PlannedNode[]) => nodes.filter(({ draining }) => !draining);
const fresh = (nodes: readonly PlannedNode[]) => nodes.filter(({ suspect }) => !suspect);

describe('planAssignments', () => {
  it('gives every shard to a living node when any lives that is not suspect', () => {
    fc.assert(
      fc.property(maps, (input) => {
        fc.pre(fresh(input.liveNodes).length > 0);
        const living = new Set(input.liveNodes.map(({ id }) => id));
        for (const { owner } of applied(input)) expect(living).toContain(owner);
      }),
    );
  });

  it('leaves no shard with a draining node while one that stays can take it', () => {
    fc.assert(
      fc.property(maps, (input) => {
        fc.pre(staying(fresh(input.liveNodes)).length > 0);
        const draining = new Set(input.liveNodes.filter((each) => each.draining).map(({ id }) => id));
        for (const { owner } of applied(input)) expect(draining).not.toContain(owner);
      }),
    );
  });

  it('leaves everything as it is when nobody can take a shard', () => {
    fc.assert(
      fc.property(shards, fc.array(fc.constantFrom(...ids)), (map, suspects) => {
        const nodes = [...new Set(suspects)].map((id) => ({ id, draining: false, suspect: true }));
        expect(planAssignments({ shards: map, liveNodes: nodes })).toEqual([]);
      }),
    );
  });

  it('needs no more changes once its own were made, whatever the order of its input', () => {
    fc.assert(
      fc.property(maps, ({ shards: map, liveNodes: nodes }) => {
        const after = applied({ shards: map, liveNodes: nodes });
        expect(planAssignments({ shards: after, liveNodes: nodes })).toEqual([]);
        const reversed = applied({ shards: [...map].reverse(), liveNodes: [...nodes].reverse() });
        expect([...reversed].reverse()).toEqual(after);
      }),
    );
  });

  it('gives a node that is given a message shard at most one more than the least has', () => {
    fc.assert(
      fc.property(maps, (input) => {
        const after = applied(input);
        const receivers = staying(fresh(input.liveNodes));
        const least = Math.min(...receivers.map(({ id }) => loadOf(after, id)));
        for (const { account, shard, owner } of planAssignments(input)) {
          if (shard === controlShard || owner === null || receivers.length === 0) continue;
          expect(loadOf(after, owner), `${account}/${shard}`).toBeLessThanOrEqual(least + 1);
        }
      }),
    );
  });

  it('leaves no node idle while another has two message shards or more', () => {
    fc.assert(
      fc.property(maps, (input) => {
        const receivers = staying(fresh(input.liveNodes));
        fc.pre(receivers.length > 0);
        const after = applied(input);
        const most = Math.max(...input.liveNodes.map(({ id }) => loadOf(after, id)));
        const idle = receivers.filter(({ id }) => loadOf(after, id) === 0);
        expect(idle.length === 0 || most <= 1).toBe(true);
      }),
    );
  });

  it('spreads a map of dead owners so that no two nodes differ by more than one', () => {
    fc.assert(
      fc.property(shards, fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 }), (map, living) => {
        const orphaned = map.map((each) => ({ ...each, owner: 'dead' }));
        const after = applied({ shards: orphaned, liveNodes: living.map((id) => ({ id, draining: false })) });
        const loads = living.map((id) => loadOf(after, id));
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('moves a shard from a node that stays only to an idle one, and only from a node that keeps one', () => {
    fc.assert(
      fc.property(maps, (input) => {
        const after = applied(input);
        const keepers = new Set(staying(input.liveNodes).map(({ id }) => id));
        for (const { account, shard, owner } of planAssignments(input)) {
          const from = input.shards.find((each) => each.account === account && each.shard === shard)?.owner;
          if (from == null || !keepers.has(from)) continue;
          expect(shard).not.toBe(controlShard);
          expect([loadOf(input.shards, owner ?? ''), loadOf(after, owner ?? '')]).toEqual([0, 1]);
          expect(loadOf(after, from)).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });

  it('gives the control shard to a node with the fewest message shards', () => {
    const map = [controlShard, 0, 1].map((shard) => ({ account: 1, shard, owner: null }));
    const liveNodes = ['a', 'b', 'c'].map((id) => ({ id, draining: false }));
    expect(planAssignments({ shards: map, liveNodes })).toEqual([
      { account: 1, shard: controlShard, owner: 'c' },
      { account: 1, shard: 0, owner: 'a' },
      { account: 1, shard: 1, owner: 'b' },
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuBetween, parseProcessStat, type ProcessStat } from './cpu.ts';
import { InboundStage } from './inbound.ts';
import { textOf } from './content.ts';
import { Lanes } from './lanes.ts';
import { overTime } from './over-time.ts';
import { percentilesOf } from './percentiles.ts';
import { planOf } from './plan.ts';
import { groupsOf } from './target.ts';
import { Timeline } from './timeline.ts';

describe('percentiles', () => {
  it('are exact, by nearest rank', () => {
    const values = Array.from({ length: 1000 }, (_, index) => 1000 - index);
    expect(percentilesOf(values)).toEqual({ p50: 500, p95: 950, p99: 990, max: 1000 });
    expect(percentilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7, max: 7 });
    expect(percentilesOf([10, 9])).toEqual({ p50: 9, p95: 10, p99: 10, max: 10 });
    expect(percentilesOf([])).toBeUndefined();
  });

  it('are values that at least that share does not exceed, and no smaller one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1 }), (values) => {
        const p95 = percentilesOf(values)?.p95 ?? Number.NaN;
        const share = (limit: number) => values.filter((value) => value <= limit).length / values.length;
        expect(values).toContain(p95);
        expect(share(p95)).toBeGreaterThanOrEqual(0.95);
        expect(share(p95 - 1)).toBeLessThan(0.95);
      }),
    );
  });
});

const line = (name: string) =>
  `4711 (${name}) S 42 4711 4711 0 -1 4194560 1 2 3 4 1500 250 70 30 20 0 11 0 987654 1 2 3\n`;

describe('a line of /proc/<pid>/stat', () => {
  it.each(['node', 'a b', 'x) R 1 2 (y', ''])('is read when the process is called %j', (name) => {
    expect(parseProcessStat(line(name))).toEqual({ pid: 4711, parent: 42, cpuMs: 18_500, startTicks: 987_654 });
  });

  it.each(['', '4711 (node', '4711 (node) S 42'])('is refused when it is %j', (text) => {
    expect(() => parseProcessStat(text)).toThrow(TypeError);
  });
});

describe('CPU by process', () => {
  const sample = (...all: readonly (readonly [pid: number, parent: number, cpuMs: number])[]) => ({
    byPid: new Map(all.map(([pid, parent, cpuMs]): [number, ProcessStat] => [pid, { pid, parent, cpuMs, startTicks: pid }])),
  });

  it('counts children, also those that ended or began meanwhile', () => {
    const before = sample([1, 0, 1000], [10, 1, 100], [11, 10, 40]);
    // 11 has ended: what it used, 70 in all, is in its parent's figure. 12 is new.
    const after = sample([1, 0, 1500], [10, 1, 180], [12, 10, 5]);
    expect(cpuBetween(before, after, [{ name: 'postgres', pids: [10] }]).get('postgres')).toBe(45);
  });

  it('does not count a process twice that is listed itself', () => {
    const groups = [
      { name: 'load', pids: [1] },
      { name: 'phones', pids: [2] },
    ];
    expect([...cpuBetween(sample([1, 0, 10], [2, 1, 10]), sample([1, 0, 15], [2, 1, 40]), groups).values()]).toEqual([5, 30]);
  });

  it('is not known for a process that was restarted, also under the same pid', () => {
    const groups = [{ name: 'coreapp', pids: [5, 6] }];
    expect(cpuBetween(sample([5, 1, 10], [6, 1, 10]), sample([5, 1, 20]), groups).get('coreapp')).toBeUndefined();
    const before = { byPid: new Map([[5, { pid: 5, parent: 1, cpuMs: 10, startTicks: 1 }]]) };
    expect(cpuBetween(before, sample([5, 1, 20]), [{ name: 'coreapp', pids: [5] }]).get('coreapp')).toBeUndefined();
  });

  it('is added up by role', () => {
    const processes = [
      { name: 'coreapp1', pid: 1 },
      { name: 'PostgreSQL', pid: 2 },
      { name: 'coreapp2', pid: 3 },
      { name: 'Redis' },
    ];
    expect(groupsOf(processes)).toEqual([
      { name: 'coreapp', pids: [1, 3] },
      { name: 'PostgreSQL', pids: [2] },
    ]);
  });
});

describe('a plan', () => {
  it('keeps the pace, takes recipients in turn, and writes to each new one once', () => {
    const shapes = fc.record({
      rate: fc.integer({ min: 1, max: 500 }),
      durationS: fc.integer({ min: 1, max: 5 }),
      recipients: fc.integer({ min: 1, max: 50 }),
      newRecipientsPercent: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(shapes, (shape) => {
        const plan = planOf(shape);
        const to = Array.from({ length: plan.count }, (_, index) => plan.recipientOf(index));
        const fresh = to.filter((recipient) => recipient >= shape.recipients);
        const known = to.filter((recipient) => recipient < shape.recipients);
        expect(plan.count).toBe(shape.rate * shape.durationS);
        expect(fresh).toEqual(Array.from({ length: plan.newCount }, (_, index) => shape.recipients + index));
        expect(plan.newCount).toBe(Math.floor((plan.count * shape.newRecipientsPercent) / 100));
        expect(known).toEqual(known.map((_, index) => index % shape.recipients));
        expect(plan.dueMs(plan.count)).toBeCloseTo(shape.durationS * 1000);
      }),
      { numRuns: 30 },
    );
  });
});

describe('lanes', () => {
  it('run one after another what goes to one recipient, and side by side what does not', async () => {
    const lanes = new Lanes();
    const events: string[] = [];
    const gates = new Map<string, () => void>();
    const job = (name: string) => () =>
      new Promise<void>((resolve) => {
        events.push(`${name} begins`);
        gates.set(name, () => {
          events.push(`${name} ends`);
          resolve();
        });
      });
    lanes.run(1, job('a'));
    lanes.run(1, job('b'));
    lanes.run(2, job('c'));
    expect(events).toEqual(['a begins', 'c begins']);
    expect(lanes.heldBackCount).toBe(1);
    const idle = lanes.idle().then(() => events.push('idle'));
    gates.get('c')?.();
    gates.get('a')?.();
    await Promise.resolve();
    await Promise.resolve();
    gates.get('b')?.();
    await idle;
    expect(events).toEqual(['a begins', 'c begins', 'c ends', 'a ends', 'b begins', 'b ends', 'idle']);
  });
});

describe('the timeline', () => {
  it('joins a callback that is faster than the answer to its post', () => {
    const timeline = new Timeline();
    timeline.calledBack('m', 'sent', 15);
    timeline.accepted('m', { postedAtMs: 10, acceptedAtMs: 20 });
    expect(timeline.undeliveredCount).toBe(1);
    timeline.calledBack('m', 'delivered', 30);
    expect(timeline.stations()).toEqual([{ postedAtMs: 10, acceptedAtMs: 20, sentAtMs: 15, deliveredAtMs: 30 }]);
    expect(timeline.undeliveredCount).toBe(0);
  });

  it('counts what is missing, repeated and failed', () => {
    const timeline = new Timeline();
    for (const id of ['a', 'b', 'c']) timeline.accepted(id, { postedAtMs: 0, acceptedAtMs: 1 });
    timeline.calledBack('a', 'delivered', 2);
    timeline.calledBack('a', 'delivered', 3);
    timeline.calledBack('b', 'sent', 3);
    timeline.calledBack('c', 'failed', 3);
    timeline.calledBack('of another run', 'delivered', 3);
    expect(timeline.missing()).toEqual({ sent: 1, delivered: 2 });
    expect(timeline.repeatedCount).toBe(1);
    expect(timeline.failedCount).toBe(1);
  });
});

describe('a run over time', () => {
  it('tells for each second what was begun and done in it, and how long what was begun in it took', () => {
    const spans = [
      { beganAtMs: 5_000, doneAtMs: 5_100 },
      { beganAtMs: 5_900, doneAtMs: 7_900 },
      { beganAtMs: 6_500 },
    ];
    expect(overTime(spans)).toEqual([
      { begun: 2, done: 1, p50Ms: 100, p99Ms: 2_000 },
      { begun: 1, done: 0 },
      { begun: 0, done: 1 },
    ]);
    expect(overTime([])).toEqual([]);
  });
});

describe('messages from phones', () => {
  const measured = (calledBack: readonly number[]) => {
    const stage: InboundStage = new InboundStage({
      ...{ business: '16315550000', rate: 1_000, durationS: 0.003, writers: 1, settleTimeoutMs: 0, lingerMs: 0, processes: [] },
      totals: () => Promise.resolve({ shown: 0, duplicates: 0, undecryptable: 0, receipts: 0 }),
      interruption: () => undefined,
      say: () => undefined,
      write({ runId }) {
        const recipient = '15550000001';
        for (const sequence of [1, 2, 3]) {
          const atMs = performance.timeOrigin + 100 * sequence;
          stage.written({ number: recipient, sequence, writtenAtMs: atMs, acknowledgedAtMs: atMs + 1 });
        }
        for (const sequence of calledBack) stage.messageCalledBack(recipient, textOf(runId, { recipient, sequence }), 100 * sequence + 40);
        return Promise.resolve([]);
      },
    });
    return stage.measure();
  };

  it('are measured from writing to the callback', async () => {
    const report = await measured([1, 2, 3]);
    expect(report).toMatchObject({ ok: true, messages: { written: 3, calledBack: 3 }, perSecond: { written: 10, calledBack: 10 } });
    expect(report.latencyMs.writtenToCalledBack?.max).toBeCloseTo(40, 3);
  });

  it.each([
    ['not called back', [1, 3], 'lost'],
    ['called back twice', [1, 2, 2, 3], 'duplicated'],
    ['called back out of order', [1, 3, 2], 'reordered'],
  ] as const)('are found when they are %s', async (_name, calledBack, kind) => {
    const report = await measured(calledBack);
    expect(report).toMatchObject({ ok: false, faults: { [kind]: 1 }, findings: [`1 ${kind}`] });
  });
});

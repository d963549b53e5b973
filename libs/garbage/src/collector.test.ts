import { createFakeClock } from '@multiconnect/clock';
import { afterEach, describe, expect, it } from 'vitest';
import { type Collector, type CollectorOptions, type Outcome, startCollector } from './index.ts';

const hourMs = 3_600_000;
let collector: Collector | undefined;
afterEach(() => collector?.stop());

/** A collector whose runs end when the test says so. */
function fixture(more: Partial<CollectorOptions> = {}) {
  const clock = createFakeClock();
  const runs: PromiseWithResolvers<number>[] = [];
  const reports: { readonly outcome: Outcome; readonly runId: number }[] = [];
  const errors: unknown[] = [];
  const started = startCollector({
    clock,
    collect: (signal) => {
      const run = Promise.withResolvers<number>();
      signal.addEventListener('abort', () => run.reject(signal.reason as Error));
      runs.push(run);
      return run.promise;
    },
    isAutomatic: () => Promise.resolve(true),
    everyMs: { min: 2 * hourMs, max: 6 * hourMs },
    random: () => 0.5,
    report: (outcome, runId) => Promise.resolve(void reports.push({ outcome, runId })),
    onError: (error) => errors.push(error),
    onFinished: () => undefined,
    ...more,
  });
  collector = started;
  return { clock, collector: started, runs, reports, errors };
}

describe('a collector', () => {
  it('is one run for all who ask while it lasts, reported once', async () => {
    const { clock, collector: asked, runs, reports } = fixture();
    asked.request();
    asked.request();
    runs[0]?.resolve(11);
    await clock.settle();
    expect(runs).toHaveLength(1);
    expect(reports).toEqual([{ outcome: { deleted: 11 }, runId: clock.nowMs() }]);
    asked.request();
    await clock.settle();
    expect(runs).toHaveLength(2);
  });

  it('runs by itself at a random time within its bounds, again and again, and tells nobody [gc.messages.automatic]', async () => {
    const { clock, runs, reports } = fixture();
    await clock.advance(4 * hourMs - 1);
    expect(runs).toHaveLength(0);
    await clock.advance(1);
    runs[0]?.resolve(5);
    await clock.advance(4 * hourMs);
    expect(runs).toHaveLength(2);
    expect(reports).toEqual([]);
  });

  it('reports a run that came by itself when somebody asks for one meanwhile', async () => {
    const { clock, collector: asked, runs, reports } = fixture();
    await clock.advance(4 * hourMs);
    asked.request();
    runs[0]?.resolve(5);
    await clock.settle();
    expect([runs.length, reports.length]).toEqual([1, 1]);
  });

  it('does not run by itself while the settings say no, and looks again later [gc.messages.switch]', async () => {
    let isAllowed = false;
    const { clock, runs } = fixture({ isAutomatic: () => Promise.resolve(isAllowed) });
    await clock.advance(4 * hourMs);
    expect(runs).toHaveLength(0);
    isAllowed = true;
    await clock.advance(4 * hourMs);
    expect(runs).toHaveLength(1);
  });

  it('reports a failure as one, and tries to report until it is heard', async () => {
    let refusals = 3;
    const heard: Outcome[] = [];
    const report = (outcome: Outcome) => (refusals-- > 0 ? Promise.reject(new Error('the database is away')) : Promise.resolve(void heard.push(outcome)));
    const { clock, collector: asked, runs } = fixture({ report });
    asked.request();
    const error = new Error('read-only');
    runs[0]?.reject(error);
    await clock.advance(10_000);
    expect(heard).toEqual([{ error }]);
  });

  it('ends its run when it stops, and starts none after', async () => {
    const { clock, collector: asked, runs, reports, errors } = fixture();
    asked.request();
    await asked.stop();
    await clock.advance(24 * hourMs);
    expect([runs.length, reports.length, errors.length]).toEqual([1, 0, 0]);
    expect(clock.pending()).toBe(0);
  });
});

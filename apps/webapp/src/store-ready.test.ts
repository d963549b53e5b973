import { createFakeClock } from '@multiconnect/clock';
import { StoreUnusable } from '@multiconnect/message-store';
import { createLogger } from '@multiconnect/telemetry';
import { describe, expect, it } from 'vitest';
import { storeReady } from './store-ready.ts';

function fixture(reasons: readonly string[]) {
  const clock = createFakeClock();
  const lines: string[] = [];
  let checks = 0;
  const check = () => {
    const reason = reasons[checks] ?? reasons.at(-1);
    checks += 1;
    return checks > reasons.length ? Promise.resolve() : Promise.reject(new StoreUnusable(`Unable to initialize config store: ${String(reason)}`));
  };
  const log = createLogger({ level: 'info', process: 'webapp', node: 'n', destination: { write: (line) => void lines.push(line) } });
  return { clock, lines, ready: (limitMs: number) => storeReady({ check }, clock, log, limitMs), checks: () => checks };
}

describe('storeReady', () => {
  it('waits for the leading master to bring the schema up, and logs each reason once', async () => {
    const { clock, lines, ready } = fixture(['no schema yet', 'no schema yet', 'no schema yet', 'the schema lacks X']);
    const done = ready(30_000);
    await clock.advance(2000);
    await done;
    expect(lines.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual([
      'Unable to initialize config store: no schema yet',
      'Unable to initialize config store: the schema lacks X',
    ]);
  });

  it('refuses with the reason after the limit', async () => {
    const { clock, ready, checks } = fixture(Array.from({ length: 100 }, () => 'PostgreSQL 10.23 is too old, 11 or later is needed'));
    const refused = ready(3000).catch((error: unknown) => error);
    await clock.advance(3000);
    expect(await refused).toEqual(new StoreUnusable('Unable to initialize config store: PostgreSQL 10.23 is too old, 11 or later is needed'));
    expect(checks()).toBe(7);
  });
});

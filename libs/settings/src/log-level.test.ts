import { createFakeClock } from '@multiconnect/clock';
import { expect, it } from 'vitest';
import { followLogLevel } from './log-level.ts';

it('the log level follows the settings, and stays as it is while they cannot be read [settings.log_level] [settings.verbose_logging]', async () => {
  const clock = createFakeClock();
  const levels: string[] = [];
  const errors: unknown[] = [];
  let stored: () => Promise<Readonly<Record<string, unknown>>> = () => Promise.resolve({});
  const settings = { read: () => stored() };
  const stop = followLogLevel({ settings, account: 1, clock, onLevel: (level) => void levels.push(level), onError: (error) => void errors.push(error) });
  await clock.settle();
  stored = () => Promise.resolve({ verbose_logging: true });
  await clock.advance(5000);
  stored = () => Promise.resolve({ log_level: 'warning' });
  await clock.advance(5000);
  stored = () => Promise.reject(new Error('away'));
  await clock.advance(5000);
  expect([levels, errors.length]).toEqual([['info', 'debug', 'warn'], 1]);
  stop();
  await clock.advance(60_000);
  expect(errors).toHaveLength(1);
});

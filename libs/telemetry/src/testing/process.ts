import { optional, required, withDefault } from '@multiconnect/config';
import { z } from 'zod';
import { runProcess } from '../run-process.ts';

const config = {
  nodeName: required('FIXTURE_NODE_NAME', z.string()),
  logLevel: withDefault('FIXTURE_LOG_LEVEL', z.enum(['debug', 'info', 'warn', 'error']), 'info'),
  logDir: optional('FIXTURE_LOG_DIR', z.string()),
  stopLimitMs: optional('FIXTURE_STOP_LIMIT_MS', z.coerce.number()),
  failure: optional('FIXTURE_FAILURE', z.enum(['at-boot', 'rejection', 'stuck', 'at-stop'])),
};

await runProcess({
  name: 'fixture',
  config,
  start: async ({ failure, stopLimitMs }) => {
    await Promise.resolve();
    const alive = setInterval(() => undefined, 60_000);
    if (failure === 'at-boot') throw new Error('the database is away');
    if (failure === 'rejection') setImmediate(() => void Promise.reject(new Error('forgotten')));
    return {
      details: { port: 1234 },
      ...(stopLimitMs !== undefined && { stopLimitMs }),
      stop: () => {
        clearInterval(alive);
        if (failure === 'at-stop') return Promise.reject(new Error('cannot let go'));
        return failure === 'stuck' ? new Promise(() => setInterval(() => undefined, 60_000)) : Promise.resolve();
      },
    };
  },
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { portVariables } from './environment.ts';
import { probeRedis } from './probe.ts';
import type { ProcessDefinition } from './managed-process.ts';

export interface PreparedRedis {
  readonly url: string;
  readonly definition: ProcessDefinition;
}

/** A Redis that keeps nothing on disk: it never holds the only copy of anything. */
export const prepareRedis = (dir: string, port: number): PreparedRedis => {
  const home = join(dir, 'redis');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: home,
    daemonize: 'no',
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    definition: {
      name: 'Redis',
      child: {
        command: ['redis-server', ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
        env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', TZ: 'UTC' },
        cwd: home,
        logFile: join(dir, 'logs', 'redis.log'),
        orphanSignal: 'SIGTERM',
      },
      ports: [{ port, use: 'Redis', variable: portVariables.redis }],
      stopSignal: 'SIGTERM',
      probe: () => probeRedis(port),
    },
  };
};

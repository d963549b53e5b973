import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';

/** Everything that anybody tells a Redis server, and everything that it keeps. */
export interface RedisWatch {
  /** Every command since the start with its arguments, those of scripts too. */
  readonly commands: readonly string[];
  /** Key and content of everything that is kept now. */
  contents(): Promise<readonly string[]>;
  stop(): void;
}

const readers: Readonly<Record<string, (key: string) => readonly [string, ...string[]]>> = {
  string: (key) => ['GET', key],
  hash: (key) => ['HGETALL', key],
  list: (key) => ['LRANGE', key, '0', '-1'],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
  stream: (key) => ['XRANGE', key, '-', '+'],
};

async function contentOf(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key);
  if (type === 'none') return key; // gone meanwhile
  const reader = readers[type];
  if (reader === undefined) throw new Error(`${key} is a ${type}, which nobody here can read`);
  const [command, ...args] = reader(key);
  return `${key} ${JSON.stringify(await redis.call(command, ...args))}`;
}

/** A connection of its own for MONITOR: under load the client library takes the first lines for answers. */
async function monitor(url: string, onLine: (line: string) => void) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = createInterface({ input: socket });
  socket.write('MONITOR\r\n');
  await once(lines, 'line');
  lines.on('line', onLine);
  return () => socket.destroy();
}

export async function watchRedis(url: string): Promise<RedisWatch> {
  const redis = new Redis(url);
  const commands: string[] = [];
  const stopMonitor = await monitor(url, (line) => commands.push(line));
  return {
    commands,
    async contents() {
      const contents: string[] = [];
      for await (const keys of redis.scanStream() as AsyncIterable<string[]>) {
        for (const key of keys) contents.push(await contentOf(redis, key));
      }
      return contents;
    },
    stop() {
      stopMonitor();
      redis.disconnect();
    },
  };
}

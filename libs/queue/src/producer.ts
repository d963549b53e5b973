import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { hintJobName, type OutboundHint, outboundQueueName } from './names.ts';

const maxIdsPerJob = 100;
/** Jobs of a shard that may wait. What is hinted at beyond them stands behind them in the store, too, and the sweep comes to it. */
const maxWaitingJobs = 1_000;

/** Hints are not kept for a Redis that is away: memory would grow with the outage. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

export interface OutboundQueues {
  /** Tells the shard's owner of accepted messages. Never waits and never throws: a hint that is lost is made up by a sweep. */
  wake(account: number, shard: number, ids: readonly string[]): void;
  close(): Promise<void>;
}

interface Line {
  readonly queue: Queue<OutboundHint>;
  waiting: string[];
  sending: boolean;
  /** As last counted, with what was added since. */
  waitingJobs: number;
}

function jobsOf(ids: readonly string[]) {
  const jobs: { name: string; data: OutboundHint }[] = [];
  for (let start = 0; start < ids.length; start += maxIdsPerJob) {
    jobs.push({ name: hintJobName, data: { ids: ids.slice(start, start + maxIdsPerJob) } });
  }
  return jobs;
}

/** The producers' side of the outbound queues. `redis` fails fast while Redis is away. */
export function createOutboundQueues(options: {
  redis: Redis;
  prefix: string;
  onDropped: (ids: number, error: unknown) => void;
}): OutboundQueues {
  const lines = new Map<string, Line>();
  const lineOf = (account: number, shard: number): Line => {
    const name = outboundQueueName(account, shard);
    const known = lines.get(name);
    if (known !== undefined) return known;
    const queue = new Queue<OutboundHint>(name, {
      connection: options.redis,
      prefix: options.prefix,
      skipVersionCheck: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    queue.on('error', () => undefined); // the connection's own handler reports it
    const line: Line = { queue, waiting: [], sending: false, waitingJobs: 0 };
    lines.set(name, line);
    return line;
  };
  const add = async (line: Line, ids: readonly string[]) => {
    if (line.waitingJobs >= maxWaitingJobs) line.waitingJobs = await line.queue.getWaitingCount();
    if (line.waitingJobs >= maxWaitingJobs) return;
    const jobs = jobsOf(ids);
    line.waitingJobs += jobs.length;
    await line.queue.addBulk(jobs);
  };
  // Hints that gather while one add is on its way leave together in the next.
  const send = async (line: Line) => {
    line.sending = true;
    while (line.waiting.length > 0) {
      const ids = line.waiting;
      line.waiting = [];
      await add(line, ids).catch((error: unknown) => options.onDropped(ids.length, error));
    }
    line.sending = false;
  };
  return {
    wake(account, shard, ids) {
      if (options.redis.status !== 'ready') {
        options.onDropped(ids.length, new RedisAway('Redis is away'));
        return;
      }
      const line = lineOf(account, shard);
      line.waiting.push(...ids);
      if (!line.sending) void send(line);
    },
    async close() {
      await Promise.all([...lines.values()].map(({ queue }) => queue.close()));
    },
  };
}

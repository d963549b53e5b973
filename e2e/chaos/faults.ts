import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterProcess } from '@multiconnect/local';
import { Redis } from 'ioredis';
import type { FaultName } from './fault-kinds.ts';
import { controlShard, shards } from './owners.ts';
import type { PlannedFault } from './schedule.ts';
import type { ReceiverMode } from './receiver.ts';
import type { World } from './world.ts';

/** What became of a planned fault. Times are milliseconds since 1970. */
export interface InjectedFault extends PlannedFault {
  /** The process or service that it was done to. */
  readonly target: string;
  readonly fromMs: number;
  /** When its cause had ended: what was stopped runs again and is ready. */
  readonly untilMs: number;
}

/** Does the harm, undoes it after the planned time, and says to whom. */
type Injection = (world: World, fault: PlannedFault) => Promise<string>;

type Choice = (world: World, fault: PlannedFault) => ClusterProcess;

const numbered = (processes: readonly ClusterProcess[], choice: number): ClusterProcess => {
  const chosen = processes[choice % processes.length];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
};

/** Who owns a shard, the control shard in its turn; any coreapp while nobody does. */
const someOwner: Choice = ({ owners, cluster }, { choice }) =>
  owners.ownerOf((choice % (shards + 1)) + controlShard) ?? numbered(cluster.coreapps, choice);
const leadingMaster: Choice = ({ owners, cluster }, { choice }) => owners.leader() ?? numbered(cluster.masters, choice);
const someWebapp: Choice = ({ cluster }, { choice }) => numbered(cluster.webapps, choice);

const ended = (choose: Choice, signal: NodeJS.Signals): Injection => async (world, fault) => {
  const chosen = choose(world, fault);
  await chosen.kill(signal);
  await delay(fault.lastsMs);
  await chosen.restart();
  return chosen.name;
};

const frozen = (choose: Choice): Injection => async (world, fault) => {
  const chosen = choose(world, fault);
  await chosen.kill('SIGSTOP');
  await delay(fault.lastsMs);
  await chosen.kill('SIGCONT');
  return chosen.name;
};

const receiverIs = (mode: ReceiverMode): Injection => async ({ receiver }, { lastsMs }) => {
  receiver.setMode(mode);
  await delay(lastsMs);
  receiver.setMode('taking');
  return 'the callback receiver';
};

const redisKilled: Injection = async ({ services }, { lastsMs }) => {
  await services.kill('redis');
  await delay(lastsMs);
  await services.restart('redis');
  return 'Redis';
};

const redisEmptied: Injection = async ({ services }) => {
  const redis = new Redis(services.redisUrl);
  await redis.flushall();
  redis.disconnect();
  return 'Redis';
};

const redisFrozen: Injection = async ({ services }, { lastsMs }) => {
  const pid = services.pids.redis;
  if (pid === undefined) throw new Error('Redis does not run');
  process.kill(pid, 'SIGSTOP');
  await delay(lastsMs);
  process.kill(pid, 'SIGCONT');
  return 'Redis';
};

const postgresRestarted: Injection = async ({ services }) => {
  await services.restart('postgres');
  return 'PostgreSQL';
};

const ejabberdRestarted: Injection = async ({ services }) => {
  await services.restart('ejabberd');
  return 'ejabberd';
};

const mastersDead: Injection = async ({ cluster }, { lastsMs }) => {
  await Promise.all(cluster.masters.map((master) => master.kill('SIGKILL')));
  await delay(lastsMs);
  await Promise.all(cluster.masters.map((master) => master.restart()));
  return 'all masters';
};

const injections: Readonly<Record<FaultName, Injection>> = {
  'coreapp-kill': ended(someOwner, 'SIGKILL'),
  'coreapp-term': ended(someOwner, 'SIGTERM'),
  'coreapp-freeze': frozen(someOwner),
  'master-kill': ended(leadingMaster, 'SIGKILL'),
  'master-term': ended(leadingMaster, 'SIGTERM'),
  'master-freeze': frozen(leadingMaster),
  'masters-dead': mastersDead,
  'webapp-kill': ended(someWebapp, 'SIGKILL'),
  'webapp-term': ended(someWebapp, 'SIGTERM'),
  'redis-kill': redisKilled,
  'redis-flush': redisEmptied,
  'redis-freeze': redisFrozen,
  'postgres-restart': postgresRestarted,
  'ejabberd-restart': ejabberdRestarted,
  'receiver-500': receiverIs('refusing'),
  'receiver-hang': receiverIs('hanging'),
  'receiver-cut': receiverIs('cutting'),
};

export async function inject(world: World, fault: PlannedFault): Promise<InjectedFault> {
  const fromMs = Date.now();
  const target = await injections[fault.kind](world, fault);
  return { ...fault, target, fromMs, untilMs: Date.now() };
}

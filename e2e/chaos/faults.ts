import type { FaultName } from './fault-kinds.ts';
import { acksWithheld, cutOff, phonesAcksWithheld, phonesStanzasTwice, phonesTorn, slow, stanzasTwice, stanzaTorn } from './faults-of-links.ts';
import { blocked, clockTurned, ended, frozen, leaderAndOwnerKilled, mastersDead } from './faults-of-processes.ts';
import { killed, postgresExhausted, receiverIs, redisEmptied, redisFrozen, restarted } from './faults-of-services.ts';
import { resharded } from './faults-of-shards.ts';
import { upgraded } from './faults-of-versions.ts';
import { full } from './faults-of-volumes.ts';
import type { Injection } from './injection.ts';
import type { PlannedFault } from './schedule.ts';
import { controlOwner, followingMaster, idleCoreapp, leadingMaster, messageOwner, someOwner, someWebapp, theRegistry } from './targets.ts';
import type { World } from './world.ts';

/** What became of a planned fault. Times are milliseconds since 1970. */
export interface InjectedFault extends PlannedFault {
  /** The process or service that it was done to. */
  readonly target: string;
  readonly fromMs: number;
  /** When its cause had ended: what was stopped runs again and is ready. */
  readonly untilMs: number;
  /** Others came together with it. */
  readonly isInChain: boolean;
  /** As its kind says, or for all of a chain that takes away what a takeover needs. */
  readonly heals: 'by itself' | 'afterwards';
}

const injections: Readonly<Record<FaultName, Injection>> = {
  'coreapp-kill': ended(someOwner, 'SIGKILL'),
  'coreapp-term': ended(someOwner, 'SIGTERM'),
  'idle-kill': ended(idleCoreapp, 'SIGKILL'),
  'control-kill': ended(controlOwner, 'SIGKILL'),
  'control-term': ended(controlOwner, 'SIGTERM'),
  'master-kill': ended(leadingMaster, 'SIGKILL'),
  'master-term': ended(leadingMaster, 'SIGTERM'),
  'follower-kill': ended(followingMaster, 'SIGKILL'),
  'follower-term': ended(followingMaster, 'SIGTERM'),
  'webapp-kill': ended(someWebapp, 'SIGKILL'),
  'webapp-term': ended(someWebapp, 'SIGTERM'),
  'registry-kill': ended(theRegistry, 'SIGKILL'),
  'registry-term': ended(theRegistry, 'SIGTERM'),
  'leader-and-owner-dead': leaderAndOwnerKilled,
  'masters-dead': mastersDead,
  'coreapp-freeze': frozen(someOwner),
  'coreapp-block': blocked(someOwner),
  'master-freeze': frozen(leadingMaster),
  'master-block': blocked(leadingMaster),
  'webapp-freeze': frozen(someWebapp),
  'coreapp-clock': clockTurned(messageOwner),
  'master-clock': clockTurned(leadingMaster),
  'webapp-clock': clockTurned(someWebapp),
  'coreapp-redis-cut': cutOff(someOwner, 'redis', 'cut'),
  'coreapp-redis-silent': cutOff(someOwner, 'redis', 'silent'),
  'coreapp-postgres-cut': cutOff(someOwner, 'postgres', 'cut'),
  'coreapp-postgres-silent': cutOff(someOwner, 'postgres', 'silent'),
  'coreapp-ejabberd-cut': cutOff(someOwner, 'ejabberd', 'cut'),
  'coreapp-ejabberd-silent': cutOff(someOwner, 'ejabberd', 'silent'),
  'master-redis-cut': cutOff(leadingMaster, 'redis', 'cut'),
  'master-redis-silent': cutOff(leadingMaster, 'redis', 'silent'),
  'master-postgres-silent': cutOff(leadingMaster, 'postgres', 'silent'),
  'webapp-redis-silent': cutOff(someWebapp, 'redis', 'silent'),
  'webapp-postgres-silent': cutOff(someWebapp, 'postgres', 'silent'),
  'redis-kill': killed('redis'),
  'redis-restart': restarted('redis'),
  'redis-flush': redisEmptied,
  'redis-freeze': redisFrozen,
  'redis-slow': slow('redis'),
  'postgres-restart': restarted('postgres'),
  'postgres-kill': killed('postgres'),
  'postgres-slow': slow('postgres'),
  'postgres-exhausted': postgresExhausted,
  'ejabberd-restart': restarted('ejabberd'),
  'ejabberd-kill': killed('ejabberd'),
  'stanza-torn': stanzaTorn,
  'acks-withheld': acksWithheld,
  'stanzas-twice': stanzasTwice,
  'phones-torn': phonesTorn,
  'phones-acks-withheld': phonesAcksWithheld,
  'phones-stanzas-twice': phonesStanzasTwice,
  'receiver-500': receiverIs('refusing'),
  'receiver-hang': receiverIs('hanging'),
  'receiver-cut': receiverIs('cutting'),
  'media-full': full('media'),
  'logs-full': full('logs'),
  'reshard': resharded,
  'upgrade': upgraded,
};

export async function inject(world: World, fault: PlannedFault): Promise<Omit<InjectedFault, 'isInChain' | 'heals'>> {
  const fromMs = Date.now();
  const target = await injections[fault.kind](world, fault);
  return { ...fault, target, fromMs, untilMs: Date.now() };
}

import type { ShardLease } from '@multiconnect/cluster';
import type { NodeConfig } from '@multiconnect/config';
import { controlShard } from '@multiconnect/contract';
import type { ChatCredentials } from '@multiconnect/message-store';
import type { LocalDevice } from '@multiconnect/omemo';
import type { CoreappStatistics } from '@multiconnect/statistics';
import type { Logger } from '@multiconnect/telemetry';
import type { ChatLines } from './chat-lines.ts';
import type { Connections } from './connections.ts';
import type { CoreappMetrics } from './metrics.ts';

/** The resource of the shard's chat connection. */
export const chatResource = (shard: number) => (shard === controlShard ? 'control' : `shard-${shard}`);

/** What every shard's service is made of. */
export interface ShardContext {
  readonly lease: ShardLease;
  readonly config: NodeConfig;
  readonly connections: Connections;
  readonly lines: ChatLines;
  readonly credentials: ChatCredentials;
  readonly local: LocalDevice;
  readonly metrics: CoreappMetrics;
  readonly statistics: CoreappStatistics;
  readonly log: Logger;
  /** Tells the owners of these slots, here and elsewhere, that their inbox has grown. */
  readonly announceInbox: (slots: ReadonlySet<number>) => void;
  /** Throws, and ends the tenure, when the database says that the shard is another's; throws also when it does not answer. */
  readonly assertOwned: () => Promise<void>;
  /** The chat server has given the resource to somebody else while the map still names this process. */
  readonly onConflict: () => void;
  /** The chat server refuses the account's credentials for good. */
  readonly onUnregistered: () => void;
}

/** At once: the shard is another's already. Hand-over: it goes on in this process's next tenure. */
export type StopKind = 'in-order' | 'at-once' | 'hand-over';

/** The running service of an owned shard. */
export interface ShardService {
  readonly shard: number;
  readonly status: 'connected' | 'connecting' | 'disconnected';
  readonly slots: readonly number[];
  /** New rows may stand in the inbox. */
  wakeInbox(): void;
  /** Works by the settings as they stand now once it resolves. */
  refreshSettings(): Promise<void>;
  stop(how: StopKind): Promise<void>;
}

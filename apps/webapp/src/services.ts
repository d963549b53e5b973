import type { MediaLibrary } from '@multiconnect/media';
import type { Acceptance, Accounts } from '@multiconnect/message-store';
import type { OutboundQueues } from '@multiconnect/queue';
import type { RateLimiter } from '@multiconnect/rate-limit';
import type { ApplicationSettingsService } from '@multiconnect/settings';
import type { Registry } from '@multiconnect/telemetry';
import type { UserService } from '@multiconnect/users';
import type { AccountReader } from './account-reader.ts';
import type { ClusterCalls } from './cluster-calls.ts';
import type { Overload } from './overload.ts';

/** What the controllers are given. */
export interface Services {
  /** The account that this API serves. */
  readonly accountId: number;
  readonly acceptance: Acceptance;
  readonly accounts: Pick<Accounts, 'read'>;
  readonly accountReader: AccountReader;
  readonly clusterCalls: ClusterCalls;
  /** `health` of `GET /v1/health`. */
  readonly clusterHealth: () => Promise<object>;
  readonly media: MediaLibrary;
  readonly metrics: Registry;
  readonly overload: Overload;
  readonly queues: Pick<OutboundQueues, 'wake'>;
  readonly rateLimiter: RateLimiter;
  readonly settings: ApplicationSettingsService;
  readonly users: UserService;
}

/** Injection tokens. */
export const tokens = {
  accountId: Symbol('accountId'),
  acceptance: Symbol('acceptance'),
  accounts: Symbol('accounts'),
  accountReader: Symbol('accountReader'),
  clusterCalls: Symbol('clusterCalls'),
  clusterHealth: Symbol('clusterHealth'),
  media: Symbol('media'),
  metrics: Symbol('metrics'),
  overload: Symbol('overload'),
  queues: Symbol('queues'),
  rateLimiter: Symbol('rateLimiter'),
  settings: Symbol('settings'),
  users: Symbol('users'),
} as const satisfies Record<keyof Services, symbol>;

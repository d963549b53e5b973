import type { BackupService } from '@multiconnect/backup';
import type { CertificateAdministration } from '@multiconnect/certificates';
import type { MediaLibrary } from '@multiconnect/media';
import type { Acceptance, Accounts, DeadLetters, Identities, MediaProviders, Stickerpacks } from '@multiconnect/message-store';
import type { ProfileAdministration } from '@multiconnect/profile';
import type { OutboundQueues } from '@multiconnect/queue';
import type { RateLimiter } from '@multiconnect/rate-limit';
import type { ApplicationSettingsService } from '@multiconnect/settings';
import type { Registry } from '@multiconnect/telemetry';
import type { UserService } from '@multiconnect/users';
import type { AccountReader } from './account-reader.ts';
import type { ClusterCalls } from './cluster-calls.ts';
import type { WebStatistics } from './http/web-statistics.ts';
import type { Operations } from './operations.ts';
import type { Composer } from './composer.ts';
import type { Overload } from './overload.ts';

/** What the controllers are given. */
export interface Services {
  /** The account that this API serves. */
  readonly accountId: number;
  readonly acceptance: Acceptance;
  readonly accounts: Pick<Accounts, 'read'>;
  readonly accountReader: AccountReader;
  readonly backups: BackupService;
  readonly certificates: CertificateAdministration;
  readonly clusterCalls: ClusterCalls;
  /** `health` of `GET /v1/health`. */
  readonly clusterHealth: () => Promise<object>;
  readonly composer: Composer;
  readonly deadLetters: DeadLetters;
  readonly identities: Identities;
  readonly media: MediaLibrary;
  readonly mediaProviders: MediaProviders;
  readonly metrics: Registry;
  readonly operations: Operations;
  readonly overload: Overload;
  readonly profile: ProfileAdministration;
  readonly queues: Pick<OutboundQueues, 'wake'>;
  readonly rateLimiter: RateLimiter;
  readonly settings: ApplicationSettingsService;
  readonly stickerpacks: Stickerpacks;
  readonly users: UserService;
  readonly webStatistics: WebStatistics;
}

/** Injection tokens. */
export const tokens = {
  accountId: Symbol('accountId'),
  acceptance: Symbol('acceptance'),
  accounts: Symbol('accounts'),
  accountReader: Symbol('accountReader'),
  backups: Symbol('backups'),
  certificates: Symbol('certificates'),
  clusterCalls: Symbol('clusterCalls'),
  clusterHealth: Symbol('clusterHealth'),
  composer: Symbol('composer'),
  deadLetters: Symbol('deadLetters'),
  identities: Symbol('identities'),
  media: Symbol('media'),
  mediaProviders: Symbol('mediaProviders'),
  metrics: Symbol('metrics'),
  operations: Symbol('operations'),
  overload: Symbol('overload'),
  profile: Symbol('profile'),
  queues: Symbol('queues'),
  rateLimiter: Symbol('rateLimiter'),
  settings: Symbol('settings'),
  stickerpacks: Symbol('stickerpacks'),
  users: Symbol('users'),
  webStatistics: Symbol('webStatistics'),
} as const satisfies Record<keyof Services, symbol>;

/** What operators read of a node and ask of it, as it crosses process borders. */

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly data: readonly MetricSample[];
}

/** By the metric's name: what stands under `stats.app`, `stats.db` and `metrics`. */
export type MetricFamilies = Readonly<Record<string, MetricFamily>>;

/** Of `socket_conn`: up, down, connecting, up and still receiving what came while away, unknown. */
export type SocketState = 'UP' | 'DN' | 'SC' | 'UP receiving offline' | 'UNK';

export const schemaStores = ['axolotl', 'callback', 'cluster', 'config', 'contact', 'jobqueue', 'message'] as const;

/** One node in the answer to `GET /v1/support`. Free space is in bytes; null where the volume does not answer. */
export interface NodeSupport {
  readonly context: 'healthcheck';
  readonly db_engine: string;
  readonly db_info: string;
  /** The business's number, or `unregistered`. */
  readonly debug_info: string;
  readonly description: string;
  readonly device_iso8601: string;
  /** Unix seconds; 0 and 0 until the number is registered. */
  readonly e2e: { readonly identity_timestamp: number; readonly registration_id: number };
  /** Names of the variables that this process was configured by, never their values. */
  readonly env: readonly string[];
  /** Unix seconds. */
  readonly expire_timestamp: number;
  readonly free_space_data: number | null;
  readonly free_space_logs: number | null;
  readonly free_space_media_incoming: number | null;
  readonly free_space_media_outgoing: number | null;
  /** Country and language of the process. */
  readonly lc: string;
  readonly lg: string;
  readonly multi_connect: boolean;
  readonly os_name: string;
  readonly os_version: string;
  readonly schema: Readonly<Record<(typeof schemaStores)[number], number>>;
  readonly socket_conn: SocketState;
  readonly role: 'primary_master' | 'secondary_master' | 'coreapp';
  /** Ranges of shards that this node owns, -1 being the control shard. */
  readonly shards: readonly (readonly [number, number])[];
  /** What is wrong with this node, for the operator. */
  readonly problems?: readonly string[];
}

/** Collecting has begun, or is under way; the outcome comes as a callback. */
export interface CollectionStarted {
  readonly status: 'processing';
}

type Nothing = Record<string, never>;

/** The calls of operators: pattern -> request and answer. */
export interface OperatorCalls {
  /** Any node: counted in memory, cheap. The documented names. */
  'stats.app': { request: Nothing; answer: MetricFamilies };
  /** Any node: the process's own metrics. */
  'stats.app-internal': { request: Nothing; answer: MetricFamilies };
  /** Any node; counts whole tables in the leading master, and is empty in every other node. */
  'stats.db': { request: Nothing; answer: MetricFamilies };
  'stats.db-internal': { request: Nothing; answer: MetricFamilies };
  /** Any node. */
  'support.get': { request: Nothing; answer: NodeSupport };
  /** Any coreapp: of the shards that it owns. */
  'garbage.collect-messages': { request: Nothing; answer: CollectionStarted };
  /** The coreapp that owns the control shard; another refuses with notPrimaryCoreapp. */
  'garbage.collect-media': { request: Nothing; answer: CollectionStarted };
}

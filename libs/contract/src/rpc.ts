import type { ApiErrorKind } from './errors.ts';
import type { OperatorCalls } from './operations.ts';
import type { ShardCount } from './slots.ts';

/** The calls between webapp, coreapp and master: pattern -> request and answer. */
export interface RpcCalls extends OperatorCalls {
  /** Any node: what it is and whether its chat connections stand. */
  'health.get': { request: Record<string, never>; answer: NodeHealth };
  /** Any coreapp. Numbers in any format; answers in the same order. */
  'contacts.check': {
    request: { account: number; contacts: readonly string[]; wait: boolean; forceCheck: boolean };
    answer: readonly ContactAnswer[];
  };
  /** Any coreapp: answers once it works by the account's settings as they stand now. */
  'settings.changed': { request: { account: number }; answer: Record<string, never> };
  /** The coreapp that is about to own these shards, before their slots are grouped so: answers once it is ready for them. */
  'shards.prepare': { request: { account: number; shards: readonly number[] }; answer: Record<string, never> };
  /** The leading master: `POST /v1/account`. */
  'registration.request-code': {
    request: { cc: string; phoneNumber: string; method: 'sms' | 'voice'; cert: string; pin?: string };
    answer: { state: 'code-sent'; verifiedName: string } | { state: 'already-registered' };
  };
  /** The leading master: `POST /v1/account/verify`. */
  'registration.verify': { request: { code: string }; answer: Record<string, never> };
  /** The leading master: `POST /v1/account/shards`. */
  'registration.set-shards': {
    request: { cc: string; phoneNumber: string; shards: ShardCount; cert: string; pin?: string };
    answer: Record<string, never>;
  };
  /** The leading master: `POST` and `DELETE /v1/settings/account/two-step`; null takes the PIN away. */
  'registration.set-pin': { request: { pin: string | null }; answer: Record<string, never> };
}

export type RpcPattern = keyof RpcCalls;

export type GatewayStatus = 'connected' | 'connecting' | 'disconnected' | 'uninitialized' | 'unregistered';

export interface NodeHealth {
  readonly gateway_status: GatewayStatus;
  readonly role: 'primary_master' | 'secondary_master' | 'coreapp';
  /** Message shards and the control shard (-1) that this node owns. */
  readonly shards: readonly number[];
  /** What is wrong with this node, for the operator. */
  readonly problems?: readonly string[];
}

export interface ContactAnswer {
  readonly input: string;
  readonly status: 'valid' | 'invalid' | 'processing' | 'failed';
  readonly wa_id?: string;
}

/** An error that crosses a process border and keeps its catalogue kind. */
export interface RpcFailure {
  readonly kind: ApiErrorKind;
  readonly details?: string;
  readonly retryAfterS?: number;
}

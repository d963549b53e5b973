import type { ApiErrorBody } from './errors.ts';
import type { Identity, ReceivedContent, ReceivedContext, ReceivedReferral } from './received.ts';

/**
 * Message statuses that the back end is told of. `deleted`: the customer deleted a message of the customer's own; `warning`: an item
 * of a catalogue is missing.
 */
export type Status = 'sent' | 'delivered' | 'read' | 'failed' | 'deleted' | 'warning';

/** A change of a message's state, as stored in a callback row. */
export interface StatusEvent {
  readonly kind: 'status_change';
  readonly id: string;
  readonly recipient_id: string;
  readonly status: Status;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly errors?: readonly ApiErrorBody[];
  readonly biz_opaque_callback_data?: string;
  /** With `sent` and `delivered`, unless the setting `webhook_payload_conversation_pricingmodel_disabled` is on. */
  readonly conversation?: Conversation;
  readonly pricing?: Pricing;
}

/** What a conversation was opened by: the business, a customer's message before it, or a template of this category. */
export type ConversationOrigin = 'business_initiated' | 'user_initiated' | 'marketing' | 'utility' | 'authentication';

/** The window of 24 hours with one customer that a message was sent in. */
export interface Conversation {
  readonly id: string;
  /** Unix seconds. */
  readonly expiration_timestamp: number;
  readonly origin: { readonly type: ConversationOrigin };
}

/** Nobody is billed: what a stack of the vendor's said of messages that cost nothing. */
export interface Pricing {
  readonly pricing_model: 'NBP';
  readonly billable: false;
  readonly category: ConversationOrigin;
}

/** A message from a customer, as stored in a callback row. */
export interface InboundEvent {
  readonly kind: 'inbound_message';
  readonly id: string;
  readonly from: string;
  readonly profile_name?: string;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly content: ReceivedContent;
  readonly context?: ReceivedContext;
  readonly referral?: ReceivedReferral;
  readonly identity?: Identity;
  readonly errors?: readonly ApiErrorBody[];
}

/** Something the operator must know, out of band of any message. */
export interface CriticalErrorEvent {
  readonly kind: 'error';
  readonly errors: readonly ApiErrorBody[];
}

/** What became of a run of a garbage collector. */
export interface GarbageReport {
  /** Left out where the cluster is a single instance. */
  readonly node?: string;
  readonly status: 'complete' | 'failed';
  readonly messages_deleted?: number;
  /** Files. */
  readonly items_deleted?: number;
  readonly errors?: readonly ApiErrorBody[];
}

export interface ServiceNotice {
  readonly message?: { readonly gc: GarbageReport };
  readonly media?: { readonly gc: GarbageReport };
}

/** What a service that the back end has called for came to. */
export interface ServiceEvent {
  readonly kind: 'service';
  readonly services: readonly ServiceNotice[];
}

export type CallbackEvent = StatusEvent | InboundEvent | CriticalErrorEvent | ServiceEvent;

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

/** The body that is posted to the back end: no envelope, timestamps as strings of seconds. */
export function renderCallback(event: CallbackEvent): object {
  switch (event.kind) {
    case 'status_change': {
      const { kind: _, timestamp, ...status } = event;
      return { statuses: [withoutUndefined({ ...status, timestamp: String(timestamp) })] };
    }
    case 'inbound_message': {
      const { from, id, timestamp, content, context, referral, identity, errors } = event;
      return {
        contacts: [{ profile: { name: event.profile_name ?? from }, wa_id: from }],
        messages: [withoutUndefined({ from, id, timestamp: String(timestamp), ...content, context, referral, identity, errors })],
      };
    }
    case 'error':
      return { errors: event.errors };
    case 'service':
      return { services: event.services };
  }
}

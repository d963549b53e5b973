/** A message as the API accepts it. `body` is the validated request. */
export interface NewMessage {
  readonly account: number;
  readonly id: string;
  readonly customer: string;
  readonly slot: number;
  readonly type: string;
  readonly body: object;
  readonly idempotencyKey?: string;
  /** W3C traceparent of the request. */
  readonly trace?: string;
}

/** What a request was answered with: the id given, or that of the earlier message under the same idempotency key. */
export interface AcceptedMessage {
  readonly id: string;
  readonly customer: string;
  readonly slot: number;
  readonly isNew: boolean;
}

/** The customer's identity has changed, and the change is not acknowledged: nothing was accepted. */
export class IdentityUnacknowledged extends Error {
  override readonly name = 'IdentityUnacknowledged';
}

/** Where webapps put messages. */
export interface Acceptance {
  /**
   * Resolves once the row is committed (INVARIANT: no 201 before that). Calls that arrive together share one insert;
   * calls by one caller for one customer, made one after another, get growing sequence numbers. Throws
   * {@link IdentityUnacknowledged}.
   */
  accept(message: NewMessage): Promise<AcceptedMessage>;
  /** Marks an inbound message read and puts the marker for the phone in the outbox. Undefined when there is no such message. */
  markRead(account: number, id: string, trace?: string): Promise<{ customer: string; slot: number } | undefined>;
  /** Accepted messages of all slots that no owner has encrypted yet, parked ones left out; counted up to `atMost`. */
  backlog(account: number, atMost: number): Promise<number>;
}

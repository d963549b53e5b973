import { type ApiErrorBody, errorBody } from '@multiconnect/contract';
import { type CustomerState, isBlocked } from '@multiconnect/devices';
import type { AcceptedRow } from '@multiconnect/message-store';
import { isExpired, isMarker } from './content.ts';

/** What stands between an accepted message and its customer, as the settings have it. */
export interface SendingRules {
  /** Nothing is sent to who has a new identity until the back end has acknowledged it. */
  readonly areIdentityChangesShown: boolean;
  /** Only templates are sent later than a day after the customer's last message. */
  readonly isReengagementLimited: boolean;
}

const windowMs = 24 * 3_600_000;
/** The store knows when a customer wrote last up to a minute early. */
const heardToleranceMs = 60_000;

const expired = errorBody('messageExpired');
const unacknowledged = errorBody('identityUnacknowledged');
const reengagement = errorBody('reengagement', "More than 24 hours have passed since the customer's last message");

function isTemplate({ type }: AcceptedRow): boolean {
  return type === 'template' || type === 'hsm';
}

function isTooLate(row: AcceptedRow, { heardAtMs }: CustomerState): boolean {
  if (isTemplate(row)) return false;
  return heardAtMs === undefined || row.acceptedAtMs - heardAtMs > windowMs + heardToleranceMs;
}

/** Why the message may not be sent to the customer, now or ever; undefined when it may. */
export function refusalOf(row: AcceptedRow, state: CustomerState, rules: SendingRules, nowMs: number): ApiErrorBody | undefined {
  if (isMarker(row)) return undefined;
  if (isExpired(row, nowMs)) return expired;
  if (isBlocked(state, { areChangesShown: rules.areIdentityChangesShown })) return unacknowledged;
  return rules.isReengagementLimited && isTooLate(row, state) ? reengagement : undefined;
}

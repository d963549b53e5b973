import { type ApiErrorBody, errorBody } from '@multiconnect/contract';
import { type AcceptedRow, failureWord } from '@multiconnect/message-store';
import { MessageRefused } from './content.ts';

export interface FailedRow {
  readonly row: AcceptedRow;
  readonly error: ApiErrorBody;
  /** Of a dead letter. */
  readonly deadReason?: string;
}

export const notOnNetwork = errorBody('invalidUser', 'The recipient is not on the network');
export const notFetched = errorBody('mediaDownload', 'The link cannot be fetched');
const notSendable = errorBody('genericCallback', 'The message cannot be sent');

/** What fails each time it is tried is a dead letter, unless it is refused for a reason that the back end is told. */
export function failureOf(row: AcceptedRow, error: unknown): FailedRow {
  return error instanceof MessageRefused ? { row, error: error.body } : { row, error: notSendable, deadReason: failureWord(error) };
}

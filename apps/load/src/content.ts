/** One message of a run: the n-th to its recipient, in the order of posting, from 1. */
export interface MessageKey {
  /** wa_id digits. */
  readonly recipient: string;
  readonly sequence: number;
}

const filler = 'Your order has left the warehouse and reaches you tomorrow between nine and twelve.';
const pattern = /(?:^|\n\n)load (\S+) to (\d+) number (\d+)\. /;

/** A text of ordinary length that says which message it is. */
export function textOf(runId: string, { recipient, sequence }: MessageKey): string {
  return `load ${runId} to ${recipient} number ${sequence}. ${filler}`;
}

/** Undefined when the text is not of this run, or not what was posted; what a message has above its text, such as a file, may be anything. */
export function keyOf(runId: string, text: string): MessageKey | undefined {
  const [, run, recipient = '', digits = ''] = pattern.exec(text) ?? [];
  const key = { recipient, sequence: Number(digits) };
  return run === runId && (text === textOf(runId, key) || text.endsWith(`\n\n${textOf(runId, key)}`)) ? key : undefined;
}

/** A message, as `POST /v1/messages` takes it, whose recipient's phone shows the text. `index` counts the messages of a run. */
export type Compose = (to: string, text: string, index: number) => object;

export const plainText: Compose = (to, text) => ({ to, type: 'text', text: { body: text } });

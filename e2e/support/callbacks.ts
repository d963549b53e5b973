import type { ReceivedCallback } from '@multiconnect/local';

interface Body {
  readonly statuses?: readonly { readonly id: string; readonly status: string; readonly recipient_id: string }[];
  readonly messages?: readonly { readonly id: string; readonly from: string; readonly type: string; readonly text?: { readonly body: string } }[];
}

const bodyOf = (callback: ReceivedCallback) => callback.body as Body;

export const isStatus = (id: string, status: string) => (callback: ReceivedCallback) =>
  bodyOf(callback).statuses?.some((one) => one.id === id && one.status === status) === true;

export const isTextFrom = (from: string, body: string) => (callback: ReceivedCallback) =>
  bodyOf(callback).messages?.some((one) => one.from === from && one.text?.body === body) === true;

/** The texts of each customer in order of arrival, repetitions of one message id left out. */
export function textsByCustomer(callbacks: readonly ReceivedCallback[]): Map<string, string[]> {
  const seen = new Set<string>();
  const texts = new Map<string, string[]>();
  for (const message of callbacks.flatMap((callback) => bodyOf(callback).messages ?? [])) {
    if (seen.has(message.id)) continue;
    seen.add(message.id);
    texts.set(message.from, [...(texts.get(message.from) ?? []), message.text?.body ?? `(${message.type})`]);
  }
  return texts;
}

/** The statuses of each message in order of arrival, repetitions left out. */
export function statusesByMessage(callbacks: readonly ReceivedCallback[]): Map<string, string[]> {
  const statuses = new Map<string, string[]>();
  for (const { id, status } of callbacks.flatMap((callback) => bodyOf(callback).statuses ?? [])) {
    const known = statuses.get(id) ?? [];
    if (!known.includes(status)) statuses.set(id, [...known, status]);
  }
  return statuses;
}

import { type Runner, statement } from './database.ts';
import type { NumberKind } from './requests.ts';

const find = statement('numbers-find');
const save = statement('numbers-save');

export interface RegisteredNumber {
  readonly number: string;
  readonly kind: NumberKind;
  readonly jid: string;
  readonly language: string | null;
}

export function findNumbers(runner: Runner, numbers: readonly string[]): Promise<RegisteredNumber[]> {
  return runner.run<RegisteredNumber>(find, [numbers]);
}

/** The newest registration of a number wins. */
export async function saveNumbers(
  runner: Runner,
  kind: NumberKind,
  registered: readonly { readonly number: string; readonly jid: string }[],
  said: { readonly verifiedName?: string | undefined; readonly language?: string | undefined } = {},
): Promise<void> {
  const numbers = registered.map(({ number }) => number);
  const jids = registered.map(({ jid }) => jid);
  await runner.run(save, [numbers, kind, jids, said.verifiedName ?? null, said.language ?? null]);
}

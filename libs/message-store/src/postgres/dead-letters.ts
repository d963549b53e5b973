import { inboundIdOf } from '@multiconnect/contract';
import { type DeadLetter, type DeadLetterKey, type DeadLetterKind, deadLetterKinds, type DeadLetters } from '../ports/dead-letters.ts';
import type { Database, Runner } from './database.ts';
import { statement } from './statements.ts';

const listLetters = statement('dead-letters-list');
const findStanzas = statement('dead-letters-stanzas');
const replayLetters = statement('dead-letters-replay');
const dropLetters = statement('dead-letters-drop');
const countLetters = statement('dead-letters-count');

interface StanzaColumns {
  readonly customer: string;
  readonly stanza_id: string;
  readonly stanza_hash: Buffer;
}

interface LetterColumns extends StanzaColumns {
  readonly kind: DeadLetterKind;
  readonly seq: string;
  readonly reason: string;
  readonly attempts: number;
  /** Null of a stanza. */
  readonly name: string | null;
  readonly at_ms: number;
}

const messageIdOf = (row: StanzaColumns) => inboundIdOf(row.customer, row.stanza_id, row.stanza_hash);

function letterOf(row: LetterColumns): DeadLetter {
  const { kind, seq, customer, reason, attempts, name, at_ms } = row;
  return { kind, seq: Number(seq), customer, reason, attempts, about: name ?? messageIdOf(row), atMs: Math.round(at_ms) };
}

/** Where each kind's list begins; null: what comes after `after` has none of it. Kinds follow in order of their names. */
function startOf(kind: DeadLetterKind, kinds: readonly DeadLetterKind[], after: DeadLetterKey | undefined): number | null {
  if (!kinds.includes(kind) || (after !== undefined && kind < after.kind)) return null;
  return after?.kind === kind ? after.seq : 0;
}

const seqsByKind = (keys: readonly DeadLetterKey[]) =>
  deadLetterKinds.map((kind) => keys.filter((key) => key.kind === kind).map(({ seq }) => seq));

async function amountOf(runner: Runner, ...asked: Parameters<Runner['run']>): Promise<number> {
  const [row] = await runner.run<{ amount: number }>(...asked);
  return row?.amount ?? 0;
}

export function createDeadLetters(database: Database): DeadLetters {
  return {
    async list(account, { kinds, after, limit }) {
      const starts = deadLetterKinds.map((kind) => startOf(kind, kinds, after));
      const rows = await database.run<LetterColumns>(listLetters, [account, ...starts, limit]);
      return rows.map(letterOf);
    },
    replay(account, keys) {
      const seqs = seqsByKind(keys);
      return database.transaction(async (runner) => {
        const stanzas = await runner.run<StanzaColumns>(findStanzas, [account, seqs[deadLetterKinds.indexOf('stanza')]]);
        return amountOf(runner, replayLetters, [account, ...seqs, stanzas.map(messageIdOf)]);
      });
    },
    drop: (account, keys) => amountOf(database, dropLetters, [account, ...seqsByKind(keys)]),
    async count(account, limit) {
      const [row] = await database.run<Record<DeadLetterKind, number>>(countLetters, [account, limit]);
      return row ?? { callback: 0, message: 0, stanza: 0 };
    },
  };
}

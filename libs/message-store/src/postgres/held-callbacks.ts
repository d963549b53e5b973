import type { InboundEvent } from '@multiconnect/contract';
import type { Seal } from '@multiconnect/vault';
import type { FileToFetch, HeldCallback, HeldCallbacks } from '../ports/held-callbacks.ts';
import { type Database, runFenced } from './database.ts';
import { jsonText } from './json.ts';
import { statement } from './statements.ts';

const held = statement('callbacks-held');
const release = statement('callbacks-release');

interface HeldColumns {
  readonly seq: string;
  readonly customer: string;
  readonly event_id: string;
  readonly body: InboundEvent;
  readonly held: Buffer;
  readonly created_at_ms: number;
}

const contextOf = (account: number, eventId: string) => `held-callback/${account}/${eventId}`;

export function sealFiles(seal: Seal, account: number, eventId: string, files: readonly FileToFetch[]): Buffer {
  return seal.seal(Buffer.from(JSON.stringify(files)), contextOf(account, eventId));
}

export function createHeldCallbacks(database: Database, seal: Seal): HeldCallbacks {
  const filesOf = (account: number, row: HeldColumns) =>
    JSON.parse(seal.open(row.held, contextOf(account, row.event_id)).toString()) as readonly FileToFetch[];
  return {
    async first(account, slots, without, limit) {
      const rows = await database.run<HeldColumns>(held, [account, slots, without, limit]);
      return rows.map((row): HeldCallback => ({
        seq: Number(row.seq),
        customer: row.customer,
        event: row.body,
        files: filesOf(account, row),
        createdAtMs: row.created_at_ms,
      }));
    },
    async release(tenure, seq, event) {
      await runFenced(database, release, tenure, [seq, jsonText(event)]);
    },
  };
}

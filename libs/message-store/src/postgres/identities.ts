import { slotOf } from '@multiconnect/contract';
import type { Identities, IdentityChange } from '../ports/identities.ts';
import type { Database } from './database.ts';
import { statement } from './statements.ts';

const identityRead = statement('identity-read');
const identityAcknowledge = statement('identity-acknowledge');

interface IdentityColumns {
  readonly hash: string;
  readonly created_at_ms: number;
  readonly acknowledged: boolean;
}

/** The columns of new identities, as the SQL files take them. */
export function identityColumns(changes: readonly IdentityChange[]) {
  return [
    changes.map((change) => change.slot),
    changes.map((change) => change.customer),
    changes.map((change) => change.hash),
    changes.map((change) => change.createdAtMs),
    changes.map((change) => change.isAcknowledged),
  ];
}

export function createIdentities(database: Database): Identities {
  return {
    async read(account, customer) {
      const [row] = await database.run<IdentityColumns>(identityRead, [account, slotOf(customer), customer]);
      if (row === undefined) return undefined;
      return { hash: row.hash, createdAtMs: Math.round(row.created_at_ms), isAcknowledged: row.acknowledged };
    },
    async acknowledge(account, customer, hash) {
      return (await database.run(identityAcknowledge, [account, slotOf(customer), customer, hash])).length > 0;
    },
  };
}

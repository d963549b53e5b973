import { shardOfSlot, slotOf } from '@multiconnect/contract';
import type pg from 'pg';

export interface Filling {
  readonly customers: readonly string[];
  readonly amount: number;
  /** Told apart from those of other fillings. */
  readonly label: string;
}

const customersOf = (customers: readonly string[]) => [customers, customers.map(slotOf)] as const;

/** Accepted messages in the customers' turn, as the API leaves them: texts `<label> <number>`. */
export async function fillMessages(database: pg.Pool, { customers, amount, label }: Filling): Promise<void> {
  await database.query(
    `INSERT INTO message (account, id, customer, slot, type, body, state)
     SELECT 1, 'gBGG' || substr(md5($3 || n), 1, 23), c.customer, c.slot, 'text',
            json_build_object('to', c.customer, 'type', 'text', 'text', json_build_object('body', $3 || ' ' || lpad(n::text, 7, '0'))), 0
     FROM generate_series(0, $4::int - 1) AS n
     JOIN unnest($1::text[], $2::smallint[]) WITH ORDINALITY AS c(customer, slot, position) ON c.position = 1 + n % cardinality($1::text[])
     ORDER BY n`,
    [...customersOf(customers), label, amount],
  );
  await database.query('ANALYZE message');
}

/** Callbacks that wait, in the customers' turn: statuses of messages `<label>-<number>`. */
export async function fillCallbacks(database: pg.Pool, { customers, amount, label }: Filling): Promise<void> {
  await database.query(
    `INSERT INTO callback (account, slot, customer, event_id, kind, body)
     SELECT 1, c.slot, c.customer, $3 || '-' || n || '-delivered', 'status_change',
            json_build_object('kind', 'status_change', 'id', $3 || '-' || lpad(n::text, 7, '0'), 'recipient_id', c.customer,
              'status', 'delivered', 'timestamp', 1800000000)
     FROM generate_series(0, $4::int - 1) AS n
     JOIN unnest($1::text[], $2::smallint[]) WITH ORDINALITY AS c(customer, slot, position) ON c.position = 1 + n % cardinality($1::text[])
     ORDER BY n`,
    [...customersOf(customers), label, amount],
  );
  await database.query('ANALYZE callback');
}

/** Of some customers, those of one shard. */
export const ofShard = (customers: readonly string[], shard: number, shards: number) =>
  customers.filter((customer) => shardOfSlot(slotOf(customer), shards) === shard);

// What the lanes cost a message, on one core. `npm run bench` in this package.
import type { AcceptedRow } from '@multiconnect/message-store';
import { createLanes } from './lanes.ts';

const messages = 400_000;
const batch = 50;

const rowOf = (index: number, customers: number): AcceptedRow => ({
  ...{ id: `wamid.${index}`, seq: index, customer: `1555${index % customers}`, slot: index % 32 },
  ...{ type: 'text', body: { text: { body: 'Hello' } }, attempts: 0, acceptedAtMs: 0 },
});

/** Microseconds of CPU a message that goes through lanes in which `waiting` others stay. */
function measure(customers: number, waiting: number): number {
  const lanes = createLanes();
  lanes.add(Array.from({ length: waiting }, (_, index) => ({ ...rowOf(index, customers), id: `waiting.${index}` })));
  const startedAt = process.cpuUsage();
  for (let start = 0; start < messages; start += batch) {
    const rows = Array.from({ length: batch }, (_, index) => rowOf(start + index, customers));
    lanes.add(rows);
    const ids = rows.flatMap(({ customer, id }) => (lanes.of(customer).length > 0 && lanes.has(id) ? [id] : []));
    lanes.remove(ids);
  }
  const { user, system } = process.cpuUsage(startedAt);
  return (user + system) / messages;
}

measure(100, 0);
for (const [customers, waiting] of [[1, 0], [1_000, 0], [1_000, 10_000], [100, 10_000]] as const) {
  process.stdout.write(`${`${customers} customers, ${waiting} messages wait`.padEnd(36)} ${measure(customers, waiting).toFixed(2)} us\n`);
}

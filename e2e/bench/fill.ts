import { readFileSync } from 'node:fs';
import type { World } from './world.ts';

const statement = (file: string) => readFileSync(new URL(`./${file}`, import.meta.url), 'utf8');
const rowsAtOnce = 100_000;

async function inSteps(count: number, step: (from: number, to: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += rowsAtOnce) await step(from, Math.min(from + rowsAtOnce, count) - 1);
}

/** Fills the database of a world, and leaves it as a server at rest has it: analysed, and written to disk. */
export async function fill(world: World, size: { readonly customers: number; readonly messages: number }): Promise<void> {
  const [customers, messages] = [statement('fill.sql'), statement('fill-messages.sql')];
  await inSteps(size.customers, (from, to) => world.query(customers, [from, to]));
  await inSteps(size.messages, (from, to) => world.query(messages, [from, to, size.customers]));
  await world.query('VACUUM ANALYZE');
  await world.query('CHECKPOINT');
}

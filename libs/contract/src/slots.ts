import { crc32 } from 'node:zlib';

/** Slots that customers hash to. Every allowed shard count divides it, so changing the count rewrites no row. */
export const slotCount = 32;

export const shardCounts = [1, 2, 4, 8, 16, 32] as const;
export type ShardCount = (typeof shardCounts)[number];

/** The shard that receives for the whole number and publishes its devices and prekeys. */
export const controlShard = -1;

/** The slot of a customer: CRC-32 of the digits of the wa_id, modulo 32. */
export function slotOf(waId: string): number {
  return crc32(waId) % slotCount;
}

export function shardOfSlot(slot: number, shardCount: number): number {
  return slot % shardCount;
}

/** The slots of a shard. The control shard has none of the customers' slots. */
export function slotsOfShard(shard: number, shardCount: number): readonly number[] {
  if (shard === controlShard) return [];
  return Array.from({ length: slotCount / shardCount }, (_, index) => shard + index * shardCount);
}

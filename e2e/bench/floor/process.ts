import { type FloorFacts, parts, type PartName } from './parts.ts';

// One part of the floor, alone in a process, so that its CPU can be told from everything else's.

export type ToFloor = { readonly kind: 'prepare'; readonly part: PartName; readonly facts: FloorFacts } | { readonly kind: 'work'; readonly messages: number };
export type FromFloor = { readonly kind: 'prepared' | 'worked' } | { readonly kind: 'failed'; readonly reason: string };

let work: ((messages: number) => Promise<void>) | undefined;

const tell = (message: FromFloor) => process.send?.(message);

async function doAsTold(told: ToFloor): Promise<void> {
  if (told.kind === 'work') await work?.(told.messages);
  else work = await parts[told.part](told.facts);
  tell({ kind: told.kind === 'work' ? 'worked' : 'prepared' });
}

process.on('message', (told: ToFloor) => {
  doAsTold(told).catch((error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }));
});
process.on('disconnect', () => process.exit());

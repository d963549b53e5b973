import type { ClusterProcess } from '@multiconnect/local';
import { controlShard, shards } from './owners.ts';
import type { PlannedFault } from './schedule.ts';
import type { World } from './world.ts';

/** Picks a process that no other fault is being done to. */
export type Choice = (world: World, fault: PlannedFault) => ClusterProcess;

/** Nothing that the fault could be done to is left. */
export class NoTarget extends Error {
  override readonly name = 'NoTarget';
}

const numbered = (processes: readonly ClusterProcess[], choice: number): ClusterProcess => {
  const chosen = processes[choice % processes.length];
  if (chosen === undefined) throw new NoTarget('nothing to choose from');
  return chosen;
};

const isFree = ({ levers }: World) => ({ name, pid }: ClusterProcess) => !levers.busy.has(name) && pid !== undefined;

/** The process when it is free; else any of the role's that are. */
const orAnother = (world: World, wanted: ClusterProcess | undefined, others: readonly ClusterProcess[], choice: number): ClusterProcess =>
  wanted !== undefined && isFree(world)(wanted) ? wanted : numbered(others.filter(isFree(world)), choice);

const shardsOwnedBy = ({ owners }: World, { name }: ClusterProcess): number =>
  Array.from({ length: shards }, (_, shard) => owners.ownerOf(shard)).filter((owner) => owner?.name === name).length;

/** Who owns a shard, the control shard in its turn; any coreapp while nobody does. */
export const someOwner: Choice = (world, { choice }) =>
  orAnother(world, world.owners.ownerOf((choice % (shards + 1)) + controlShard), world.cluster.coreapps, choice);

/** Who owns a shard with messages of its own. */
export const messageOwner: Choice = (world, { choice }) => orAnother(world, world.owners.ownerOf(choice % shards), world.cluster.coreapps, choice);

export const controlOwner: Choice = (world, { choice }) => orAnother(world, world.owners.ownerOf(controlShard), world.cluster.coreapps, choice);

/** Who has the fewest message shards: none, while enough coreapps live. */
export const idleCoreapp: Choice = (world, { choice }) => {
  const [idlest] = world.cluster.coreapps.filter(isFree(world)).toSorted((a, b) => shardsOwnedBy(world, a) - shardsOwnedBy(world, b));
  return orAnother(world, idlest, world.cluster.coreapps, choice);
};

export const leadingMaster: Choice = (world, { choice }) => orAnother(world, world.owners.leader(), world.cluster.masters, choice);

export const followingMaster: Choice = (world, { choice }) => {
  const leader = world.owners.leader();
  return orAnother(world, world.cluster.masters.find(({ name }) => name !== leader?.name), world.cluster.masters, choice);
};

export const someWebapp: Choice = (world, { choice }) => numbered(world.cluster.webapps.filter(isFree(world)), choice);
export const theRegistry: Choice = ({ cluster }) => cluster.registry;

/** Keeps other faults from the processes while the work lasts. */
export async function reserved<T>({ levers: { busy } }: World, processes: readonly ClusterProcess[], work: () => Promise<T>): Promise<T> {
  for (const { name } of processes) busy.add(name);
  try {
    return await work();
  } finally {
    for (const { name } of processes) busy.delete(name);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterProcess } from '@multiconnect/local';
import type { Injection } from './injection.ts';
import { followingMaster, idleCoreapp, reserved, someWebapp } from './targets.ts';
import type { World } from './world.ts';

/** A newer version does what it must not, or an older one does not live with it. */
export class UpgradeFailed extends Error {
  override readonly name = 'UpgradeFailed';
}

const isReady = async ({ metricsUrl }: ClusterProcess): Promise<boolean> =>
  fetch(`${metricsUrl}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

async function restartAs({ levers }: World, version: 'this' | 'newer', one: ClusterProcess): Promise<void> {
  levers.setVersion(one.name, version);
  await one.restart();
}

/**
 * A coreapp and a webapp of a newer version come before the schema is theirs: they wait. A master of that version brings it up to
 * date: they serve, and so does everybody older. Then all go back, to an older version over the newer schema.
 */
export const upgraded: Injection = async (world, fault) => {
  const [coreapp, webapp, master] = [idleCoreapp(world, fault), someWebapp(world, fault), followingMaster(world, fault)];
  const early = [coreapp, webapp];
  const isFirst = !world.levers.isMigrated();
  await reserved(world, [...early, master], async () => {
    const waiting = Promise.all(early.map((one) => restartAs(world, 'newer', one)));
    await delay(fault.lastsMs);
    if (isFirst && (await Promise.all(early.map(isReady))).includes(true)) throw new UpgradeFailed('a process is ready before the schema is its own');
    await restartAs(world, 'newer', master);
    world.levers.setMigrated();
    await waiting;
    await delay(fault.lastsMs);
    await Promise.all([...early, master].map((one) => restartAs(world, 'this', one)));
  });
  return [...early, master].map(({ name }) => name).join(', ');
};

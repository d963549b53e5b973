import { setTimeout as delay } from 'node:timers/promises';
import type { Injection } from './injection.ts';
import type { VolumeName } from './volumes.ts';

export const full = (volume: VolumeName): Injection => async ({ levers }, { lastsMs }) => {
  levers.volumes?.fill(volume);
  await delay(lastsMs);
  levers.volumes?.empty(volume);
  return `the volume of the ${volume}`;
};

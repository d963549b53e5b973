import type { PlannedFault } from './schedule.ts';
import type { World } from './world.ts';

/** Does the harm, undoes it after the planned time, and says to whom. */
export type Injection = (world: World, fault: PlannedFault) => Promise<string>;

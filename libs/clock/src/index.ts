export type { Cancel, Clock } from './clock.ts';
export { createFakeClock } from './fake-clock.ts';
export type { FakeClock } from './fake-clock.ts';
export { systemClock } from './system-clock.ts';

export * from './ports/acceptance.ts';
export * from './ports/accounts.ts';
export * from './ports/callbacks.ts';
export * from './ports/fencing.ts';
export * from './ports/records.ts';

export * from './callbacks.ts';
export * from './envelope.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './requests.ts';
export * from './rpc.ts';
export * from './settings.ts';
export * from './slots.ts';

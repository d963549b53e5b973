export * from './addresses.ts';
export * from './customer-state.ts';
export * from './device-book.ts';
export * from './discovery.ts';
export * from './identity.ts';
export { keepPreKeys } from './pre-key-keeper.ts';

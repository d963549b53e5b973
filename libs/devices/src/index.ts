export * from './addresses.ts';
export * from './device-book.ts';
export * from './discovery.ts';
export { keepPreKeys } from './pre-key-keeper.ts';

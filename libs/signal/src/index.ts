export { decrypt, encrypt, startSession } from './engine.ts';
export * from './errors.ts';
export { generateIdentity, generatePreKeys, generateSignedPreKey } from './keys.ts';
export { missingBefore } from './order.ts';
export { remoteIdentityKey, remoteIdentityKeyText } from './session.ts';
export type * from './types.ts';
export { readRatchetPosition } from './wire.ts';
export type { RatchetPosition } from './wire.ts';

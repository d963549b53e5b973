import { hash, verify } from '@node-rs/argon2';

/** Argon2id (RFC 9106), as passwords are hashed. */
export const hashPin = (pin: string): Promise<string> => hash(pin);

export const isPin = (pinHash: string, pin: string | undefined): Promise<boolean> =>
  pin === undefined ? Promise.resolve(false) : verify(pinHash, pin);

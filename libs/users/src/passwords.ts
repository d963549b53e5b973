import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** Argon2id (RFC 9106); the cost is the package's default: 19 MiB, 2 passes, 1 lane. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** False without a stored hash, after the same work as with one: the time taken does not tell whether a user exists. */
  matches(storedHash: string | undefined, password: string): Promise<boolean>;
}

export async function createPasswords(): Promise<Passwords> {
  const hashOfNobody = await hash(randomBytes(16));
  return {
    hash: (password) => hash(password),
    async matches(storedHash, password) {
      const same = await verify(storedHash ?? hashOfNobody, password);
      return same && storedHash !== undefined;
    },
  };
}

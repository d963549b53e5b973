import type { Clock } from '@multiconnect/clock';
import type { Users } from '@multiconnect/message-store';
import type { UserAdministration } from './administration.ts';
import { createUserAdministration } from './administration.ts';
import type { Authorizer } from './authorization.ts';
import { createAuthorizer } from './authorization.ts';
import type { Login } from './login.ts';
import { createLogin } from './login.ts';
import { createPasswords } from './passwords.ts';
import { createTokenVerifier } from './tokens.ts';
import { createUserCache } from './user-cache.ts';

const defaultMaxAgeMs = 1000;

export interface UserServiceOptions {
  readonly store: Users;
  /** Shared by all webapps. */
  readonly jwtKey: string;
  readonly apiKey?: string;
  readonly clock: Clock;
  /** How long another process's logout or deletion may stay unnoticed. */
  readonly maxAgeMs?: number;
}

export interface UserService {
  readonly login: Login;
  readonly authorizer: Authorizer;
  readonly administration: UserAdministration;
}

export async function createUserService({ store, jwtKey, apiKey, clock, maxAgeMs }: UserServiceOptions): Promise<UserService> {
  const cache = createUserCache(store, clock, maxAgeMs ?? defaultMaxAgeMs);
  const passwords = await createPasswords();
  return {
    login: createLogin({ store, cache, passwords, jwtKey, clock }),
    authorizer: createAuthorizer(createTokenVerifier(jwtKey, cache, clock), apiKey),
    administration: createUserAdministration({ store, cache, passwords }),
  };
}

import type { Clock } from '@multiconnect/clock';
import { ApiError, changePasswordRequest, parseRequest } from '@multiconnect/contract';
import type { Users } from '@multiconnect/message-store';
import type { Credentials } from './authorization.ts';
import type { Passwords } from './passwords.ts';
import type { IssuedToken } from './tokens.ts';
import { issueToken } from './tokens.ts';
import type { UserCache } from './user-cache.ts';
import { isUsername } from './usernames.ts';

/** `POST /v1/users/login`. */
export interface Login {
  /**
   * A new token; earlier ones stay valid. `body` is the parsed JSON, undefined without one; `{"new_password"}` in it
   * becomes the password. Throws {@link ApiError} accessDenied (1005), passwordChangeRequired (1024) as long as the first
   * password stands, or what {@link parseRequest} throws.
   */
  (credentials: Credentials, body: unknown): Promise<{ readonly users: readonly [IssuedToken] }>;
}

interface LoginParts {
  readonly store: Users;
  readonly cache: UserCache;
  readonly passwords: Passwords;
  readonly jwtKey: string;
  readonly clock: Clock;
}

/** The new password, if the body asks for one. */
function newPasswordOf(body: unknown, mustChange: boolean): string | undefined {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (isObject && 'new_password' in body) return parseRequest(changePasswordRequest, body).new_password;
  if (mustChange) throw new ApiError('passwordChangeRequired', 'Password must be changed');
  if (body !== undefined && body !== null) parseRequest(changePasswordRequest.partial(), body);
  return undefined;
}

export function createLogin({ store, cache, passwords, jwtKey, clock }: LoginParts): Login {
  return async ({ username, password }, body) => {
    const user = isUsername(username) ? await store.find(username) : undefined;
    const known = await passwords.matches(user?.passwordHash, password);
    if (!user || !known) throw new ApiError('accessDenied', 'Invalid credentials');

    const newPassword = newPasswordOf(body, user.mustChange);
    if (newPassword !== undefined) {
      await store.update(username, { passwordHash: await passwords.hash(newPassword), mustChange: false });
    }
    // The cache may still hold the user's former secret or absence, as another process left it.
    cache.forget(username);
    return { users: [await issueToken(jwtKey, user, clock.nowMs())] };
  };
}

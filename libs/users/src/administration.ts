import { ApiError, createUserRequest, parseRequest, updateUserRequest } from '@multiconnect/contract';
import type { Role, UserRecord, Users } from '@multiconnect/message-store';
import type { Passwords } from './passwords.ts';
import { newTokenSecret } from './tokens.ts';
import type { UserCache } from './user-cache.ts';
import { isUsername } from './usernames.ts';

export const adminName = 'admin';
const initialAdminPassword = 'secret';

export interface NamedUser {
  readonly users: readonly [{ readonly username: string }];
}
export interface DescribedUser {
  readonly users: readonly [{ readonly username: string; readonly ROLES: Role }];
}

/** The users of the API. Bodies are unchecked; what is wrong with them is thrown as {@link ApiError}. */
export interface UserAdministration {
  /** Creates `admin`, who must change the well-known first password, if there is none. Webapps may race. */
  ensureAdmin(): Promise<void>;
  /** Throws {@link ApiError} duplicateUser when the name is taken. */
  create(body: unknown): Promise<NamedUser>;
  /** This and the next two throw {@link ApiError} notFound when there is no such user. */
  get(username: string): Promise<DescribedUser>;
  /** A new password; the user's tokens stay valid. */
  update(username: string, body: unknown): Promise<NamedUser>;
  /** Ends the user's tokens as well. `admin` cannot be removed: throws {@link ApiError} forbidden. */
  remove(username: string): Promise<NamedUser>;
  /** Ends every token of the user. */
  logout(username: string): Promise<void>;
}

export interface AdministrationParts {
  readonly store: Users;
  readonly cache: UserCache;
  readonly passwords: Passwords;
}

const unknownUser = () => new ApiError('notFound', 'Unknown user');
const named = (username: string): NamedUser => ({ users: [{ username }] });

export function createUserAdministration({ store, cache, passwords }: AdministrationParts): UserAdministration {
  async function change(username: string, changes: Partial<Omit<UserRecord, 'username'>>): Promise<void> {
    const changed = await store.update(username, changes);
    cache.forget(username);
    if (!changed) throw unknownUser();
  }

  async function create(username: string, password: string, role: Role, mustChange: boolean): Promise<boolean> {
    const passwordHash = await passwords.hash(password);
    const created = await store.create({ username, role, passwordHash, tokenSecret: newTokenSecret(), mustChange });
    cache.forget(username);
    return created;
  }

  return {
    async ensureAdmin() {
      const admin = await store.find(adminName);
      if (!admin) await create(adminName, initialAdminPassword, 'ROLE_ADMIN', true);
    },

    async create(body) {
      const { username, password } = parseRequest(createUserRequest, body);
      const created = await create(username, password, 'ROLE_USER', false);
      if (!created) throw new ApiError('duplicateUser', 'Unable to create user. Already exist?');
      return named(username);
    },

    async get(username) {
      const user = isUsername(username) ? await store.find(username) : undefined;
      if (!user) throw unknownUser();
      return { users: [{ username, ROLES: user.role }] };
    },

    async update(username, body) {
      const { password } = parseRequest(updateUserRequest, body);
      if (!isUsername(username)) throw unknownUser();
      await change(username, { passwordHash: await passwords.hash(password) });
      return named(username);
    },

    async remove(username) {
      if (username === adminName) throw new ApiError('forbidden', 'The admin user cannot be deleted');
      const removed = isUsername(username) && (await store.remove(username));
      cache.forget(username);
      if (!removed) throw unknownUser();
      return named(username);
    },

    logout: (username) => change(username, { tokenSecret: newTokenSecret() }),
  };
}

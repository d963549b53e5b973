import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@multiconnect/contract';
import type { Role } from '@multiconnect/message-store';
import type { TokenVerifier } from './tokens.ts';

/** Who may call: anyone; any user; the admin; the admin or the user it is about; any user or holder of the API key. */
export type Access = 'public' | 'user' | 'admin' | 'admin-or-self' | 'monitoring';

/** Whom a request was authorized as. */
export type Caller = { readonly kind: 'user'; readonly username: string; readonly role: Role } | { readonly kind: 'api-key' };

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const apiKeyCaller: Caller = { kind: 'api-key' };

function partsOf(header: string | undefined): { scheme: string; value: string } | undefined {
  const space = header?.indexOf(' ') ?? -1;
  if (header === undefined || space < 1) return undefined;
  return { scheme: header.slice(0, space).toLowerCase(), value: header.slice(space + 1).trim() };
}

/** The user and password of an `Authorization: Basic` header (RFC 7617). Throws {@link ApiError} accessDenied without one. */
export function basicCredentials(header: string | undefined): Credentials {
  const parts = partsOf(header);
  const decoded = parts?.scheme === 'basic' ? Buffer.from(parts.value, 'base64').toString('utf8') : '';
  const colon = decoded.indexOf(':');
  if (colon < 1) throw new ApiError('accessDenied', 'Basic authorization is required');
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

const digest = (value: string) => createHash('sha256').update(value).digest();

export interface Authorizer {
  /**
   * Checks an `Authorization` header against what an endpoint asks for; `subject` is the user that the request is about.
   * Throws {@link ApiError} accessDenied (401: not known) or forbidden (403: known, but may not).
   */
  authorize(access: Exclude<Access, 'public'>, header: string | undefined, subject?: string): Promise<Caller>;
}

export function createAuthorizer(tokens: TokenVerifier, apiKey: string | undefined): Authorizer {
  const apiKeyDigest = apiKey === undefined ? undefined : digest(apiKey);
  const isApiKey = (value: string) => apiKeyDigest !== undefined && timingSafeEqual(digest(value), apiKeyDigest);

  return {
    async authorize(access, header, subject) {
      const parts = partsOf(header);
      if (parts?.scheme === 'apikey' && access === 'monitoring' && isApiKey(parts.value)) return apiKeyCaller;
      if (parts?.scheme !== 'bearer') throw new ApiError('accessDenied', 'Authorization is required');
      const { username, role } = await tokens.verify(parts.value);
      const needsAdmin = access === 'admin' || (access === 'admin-or-self' && subject !== username);
      if (needsAdmin && role !== 'ROLE_ADMIN') throw new ApiError('forbidden', 'Not allowed for this user');
      return { kind: 'user', username, role };
    },
  };
}

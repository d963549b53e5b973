import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '@multiconnect/clock';
import { ApiError } from '@multiconnect/contract';
import type { UserRecord } from '@multiconnect/message-store';
import { SignJWT, decodeJwt, errors, jwtVerify } from 'jose';
import type { UserCache } from './user-cache.ts';
import { isUsername } from './usernames.ts';

export const tokenLifetimeS = 604_800;
const maxTokenLength = 2048;
const maxVerifiedTokens = 10_000;

/** A fresh secret for {@link UserRecord.tokenSecret}: every token signed under the former one is void. */
export const newTokenSecret = () => randomBytes(32).toString('hex');

/** The key depends on the user's own secret, so that one user's tokens can be ended without touching another's. */
function signingKey(jwtKey: string, tokenSecret: string): Uint8Array {
  return createHmac('sha256', jwtKey).update(tokenSecret).digest();
}

export interface IssuedToken {
  readonly token: string;
  /** `YYYY-MM-DD hh:mm:ss+00:00`. */
  readonly expires_after: string;
}

/** JWT (RFC 7519), HS256, with the claims `user`, `iat`, `exp` and `wa:rand`. */
export async function issueToken(jwtKey: string, user: UserRecord, nowMs: number): Promise<IssuedToken> {
  const issuedAtS = Math.floor(nowMs / 1000);
  const expiresAtS = issuedAtS + tokenLifetimeS;
  const token = await new SignJWT({ user: user.username, iat: issuedAtS, exp: expiresAtS, 'wa:rand': randomBytes(16).toString('hex') })
    .setProtectedHeader({ typ: 'JWT', alg: 'HS256' })
    .sign(signingKey(jwtKey, user.tokenSecret));
  return { token, expires_after: formatExpiry(expiresAtS) };
}

function formatExpiry(unixS: number): string {
  return `${new Date(unixS * 1000).toISOString().slice(0, 19).replace('T', ' ')}+00:00`;
}

export interface TokenVerifier {
  /** The user a token stands for. Throws {@link ApiError} accessDenied for one that is forged, expired or ended. */
  verify(token: string): Promise<UserRecord>;
}

/** A token whose signature was checked under a secret of its user. */
interface VerifiedToken {
  readonly username: string;
  readonly tokenSecret: string;
  readonly expiresAtMs: number;
}

const denied = () => new ApiError('accessDenied', 'Invalid token');

export function createTokenVerifier(jwtKey: string, users: UserCache, clock: Clock): TokenVerifier {
  // A signature holds for good under the same secret: only the secret and the expiry are looked at again.
  const verified = new Map<string, VerifiedToken>();

  function usernameOf(token: string): string {
    if (token.length > maxTokenLength) throw denied();
    const username = decodeJwt(token).user;
    if (typeof username !== 'string' || !isUsername(username)) throw denied();
    return username;
  }

  async function check(token: string): Promise<UserRecord> {
    const user = await users.get(usernameOf(token));
    if (!user) throw denied();
    const { payload } = await jwtVerify(token, signingKey(jwtKey, user.tokenSecret), {
      algorithms: ['HS256'],
      requiredClaims: ['iat', 'exp'],
      currentDate: new Date(clock.nowMs()),
    });
    verified.set(token, {
      username: user.username,
      tokenSecret: user.tokenSecret,
      expiresAtMs: (payload.exp as number) * 1000,
    });
    if (verified.size > maxVerifiedTokens) verified.delete(verified.keys().next().value as string);
    return user;
  }

  async function recheck(token: string, known: VerifiedToken): Promise<UserRecord> {
    const user = await users.get(known.username);
    if (user?.tokenSecret === known.tokenSecret && clock.nowMs() < known.expiresAtMs) return user;
    verified.delete(token);
    throw denied();
  }

  return {
    async verify(token) {
      const known = verified.get(token);
      if (known) return recheck(token, known);
      try {
        return await check(token);
      } catch (error) {
        if (error instanceof errors.JOSEError) throw denied();
        throw error;
      }
    },
  };
}

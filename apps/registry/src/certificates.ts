import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { Clock } from '@multiconnect/clock';
import { z } from 'zod';
import { type Database, statement } from './database.ts';
import { Refused } from './errors.ts';

const validMs = 365 * 24 * 3_600_000;
/** Keeps the key's signatures from meaning anything elsewhere. */
const purpose = 'multiconnect verified name, version 1\n';

const payload = z.object({ number: z.string(), name: z.string(), issued_at: z.number(), expires_at: z.number() });
const envelope = z.object({ payload: z.string(), signature: z.string() });

const offerKey = statement('signing-key-offer');
const readKey = statement('signing-key-read');

export interface CheckedCertificate {
  readonly number: string;
  readonly name: string;
  readonly expiresAtMs: number;
}

/**
 * Verified-name certificates: base64 of `{"payload","signature"}`, where the payload is the JSON text
 * `{"number","name","issued_at","expires_at"}` (Unix seconds) and the signature is Ed25519 over it.
 */
export interface Certificates {
  issue(number: string, name: string): string;
  /** Throws {@link Refused} `invalid-certificate` or `expired-certificate`. */
  check(certificate: string): CheckedCertificate;
}

interface KeyRow {
  readonly public_key: Buffer;
  readonly private_key: Buffer;
}

interface SigningKey {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** The registry's one key, made at its first start. */
export async function readSigningKey(database: Database): Promise<SigningKey> {
  const fresh = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  await database.run(offerKey, [fresh.publicKey, fresh.privateKey]);
  const [row] = await database.run<KeyRow>(readKey, []);
  if (!row) throw new Error('the signing key is gone from the database');
  return {
    publicKey: createPublicKey({ key: row.public_key, type: 'spki', format: 'der' }),
    privateKey: createPrivateKey({ key: row.private_key, type: 'pkcs8', format: 'der' }),
  };
}

function jsonOf<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Refused('invalid-certificate');
  }
}

export function createCertificates({ publicKey, privateKey }: SigningKey, clock: Clock): Certificates {
  return {
    issue(number, name) {
      const issuedAtS = Math.floor(clock.nowMs() / 1000);
      const signed = JSON.stringify({ number, name, issued_at: issuedAtS, expires_at: issuedAtS + validMs / 1000 });
      const signature = sign(null, Buffer.from(purpose + signed), privateKey).toString('base64');
      return Buffer.from(JSON.stringify({ payload: signed, signature })).toString('base64');
    },

    check(certificate) {
      const { payload: signed, signature } = jsonOf(envelope, Buffer.from(certificate, 'base64').toString());
      const isGenuine = verify(null, Buffer.from(purpose + signed), publicKey, Buffer.from(signature, 'base64'));
      if (!isGenuine) throw new Refused('invalid-certificate');
      const { number, name, expires_at } = jsonOf(payload, signed);
      const expiresAtMs = expires_at * 1000;
      if (clock.nowMs() >= expiresAtMs) throw new Refused('expired-certificate');
      return { number, name, expiresAtMs };
    },
  };
}

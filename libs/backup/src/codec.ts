import { shardCounts } from '@multiconnect/contract';
import type { NumberBackup } from '@multiconnect/message-store';
import { z } from 'zod';

const bytes = z.codec(z.base64(), z.instanceof(Uint8Array), {
  decode: (text) => Buffer.from(text, 'base64'),
  encode: (value) => Buffer.from(value).toString('base64'),
});
const text = z.string().min(1);
const jsonObject = z.record(z.string(), z.unknown());
const int32 = z.int().min(0).max(2 ** 31 - 1);

const preKey = z.strictObject({
  kind: z.enum(['signed', 'one-time']),
  id: int32,
  publicKey: bytes,
  privateKey: bytes,
  signature: z.exactOptional(bytes),
  createdAtMs: z.number(),
  usedAtMs: z.exactOptional(z.number()),
});

/** A backup as JSON: its layout in version 1 of the sealed form. */
const layout = z.strictObject({
  account: z.strictObject({
    shardCount: z.literal(shardCounts),
    countryCode: text,
    phoneNumber: text,
    waId: text,
    verifiedName: text,
    certificate: text,
    chat: z.strictObject({ jid: text, password: text }),
    identity: z.strictObject({ deviceId: int32, registrationId: int32, identityPublicKey: bytes, identityPrivateKey: bytes }),
    registeredAtMs: z.number(),
    pinHash: z.exactOptional(text),
  }),
  preKeys: z.array(preKey),
  settings: jsonObject,
  profiles: z.strictObject({
    'business.profile': z.exactOptional(jsonObject),
    'business.compliance_info': z.exactOptional(jsonObject),
    'profile.about': z.exactOptional(jsonObject),
  }),
  photo: z.exactOptional(z.strictObject({ mimeType: text, content: bytes })),
  mediaProviders: z.array(
    z.strictObject({
      name: text,
      type: text,
      config: z.union([
        z.strictObject({ bearer: z.string() }),
        z.strictObject({ basic: z.strictObject({ username: z.string(), password: z.string() }) }),
      ]),
    }),
  ),
});

export const encodeBackup = (backup: NumberBackup): Buffer => Buffer.from(JSON.stringify(layout.encode(backup as z.output<typeof layout>)));

/** Undefined for what is no backup. */
export function decodeBackup(plain: Buffer): NumberBackup | undefined {
  try {
    return layout.safeDecode(JSON.parse(plain.toString()) as z.input<typeof layout>).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

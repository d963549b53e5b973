import { UntrustedOrCorruptMessage } from './errors.ts';
import type { SignalMessage } from './types.ts';

const version = 3;
const versionByte = (version << 4) | version;
const macBytes = 8;
const publicKeyBytes = 33;
const publicKeyType = 5;

/** Where a message stands in the Double Ratchet, and for a prekey message which keys it was made with. */
export interface RatchetPosition {
  /** 33 bytes: names the sending chain. */
  readonly ratchetKey: Uint8Array;
  /** Index in its chain, from 0. */
  readonly counter: number;
  /** Index of the last message in the sender's chain before this one. 0 also stands for "there was none". */
  readonly previousCounter: number;
  /** Absent if the sender found no one-time prekey. */
  readonly preKeyId?: number;
  readonly signedPreKeyId?: number;
  /** 33 bytes. */
  readonly identityKey?: Uint8Array;
  /** 33 bytes: names the session. */
  readonly baseKey?: Uint8Array;
}

/** A prekey message taken apart. */
export interface PreKeyEnvelope {
  readonly registrationId: number;
  readonly preKeyId: number | undefined;
  readonly signedPreKeyId: number;
  readonly baseKey: Uint8Array;
  readonly identityKey: Uint8Array;
  /** The whisper message inside. */
  readonly whisper: Uint8Array;
}

interface Fields {
  readonly numbers: ReadonlyMap<number, number>;
  readonly buffers: ReadonlyMap<number, Uint8Array>;
}

function corrupt(what: string): UntrustedOrCorruptMessage {
  return new UntrustedOrCorruptMessage(`malformed Signal message: ${what}`);
}

function readVarint(bytes: Uint8Array, start: number): readonly [value: number, next: number] {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) throw corrupt('it ends within a number');
    // All fields are uint32: higher bits, if any, are dropped as protobuf does.
    if (index < 5) value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return [value % 2 ** 32, start + index + 1];
  }
  throw corrupt('a number is too long');
}

const skippedBytes = new Map([
  [1, 8],
  [5, 4],
]);

// Protocol Buffers, wire format: the fields are few and flat, and the last of each number wins.
function readFields(bytes: Uint8Array): Fields {
  const numbers = new Map<number, number>();
  const buffers = new Map<number, Uint8Array>();
  let at = 0;
  while (at < bytes.length) {
    const [tag, afterTag] = readVarint(bytes, at);
    const [field, wireType] = [tag >>> 3, tag & 7];
    at = afterTag;
    if (wireType === 0) {
      const [value, next] = readVarint(bytes, at);
      numbers.set(field, value);
      at = next;
    } else if (wireType === 2) {
      const [length, next] = readVarint(bytes, at);
      at = next + length;
      if (at > bytes.length) throw corrupt('it ends within a field');
      buffers.set(field, bytes.subarray(next, at));
    } else {
      const skip = skippedBytes.get(wireType);
      if (skip === undefined) throw corrupt('unknown wire type');
      at += skip;
    }
  }
  return { numbers, buffers };
}

function body(bytes: Uint8Array, trailer: number): Uint8Array {
  const [first] = bytes;
  if (first === undefined || bytes.length <= 1 + trailer) throw corrupt('too short');
  if ((first & 0xf) > version || first >> 4 < version) throw corrupt('not of version 3');
  return bytes.subarray(1, bytes.length - trailer);
}

function requiredNumber(fields: Fields, field: number): number {
  const value = fields.numbers.get(field);
  if (value === undefined) throw corrupt(`field ${field} is missing`);
  return value;
}

function requiredBuffer(fields: Fields, field: number): Uint8Array {
  const value = fields.buffers.get(field);
  if (value === undefined) throw corrupt(`field ${field} is missing`);
  return value;
}

/** Whether these are 33 bytes that begin with the type of a Curve25519 key. The library logs any other key it meets. */
export function isPublicKey(bytes: Uint8Array): boolean {
  return bytes.length === publicKeyBytes && bytes[0] === publicKeyType;
}

function requiredPublicKey(fields: Fields, field: number): Uint8Array {
  const value = requiredBuffer(fields, field);
  if (!isPublicKey(value)) throw corrupt(`field ${field} is no public key`);
  return value;
}

/** @throws UntrustedOrCorruptMessage */
export function readPreKeyEnvelope(bytes: Uint8Array): PreKeyEnvelope {
  const fields = readFields(body(bytes, 0));
  return {
    registrationId: fields.numbers.get(5) ?? 0,
    preKeyId: fields.numbers.get(1),
    signedPreKeyId: requiredNumber(fields, 6),
    baseKey: requiredPublicKey(fields, 2),
    identityKey: requiredPublicKey(fields, 3),
    whisper: requiredBuffer(fields, 4),
  };
}

function readWhisperPosition(bytes: Uint8Array): RatchetPosition {
  const fields = readFields(body(bytes, macBytes));
  requiredBuffer(fields, 4);
  return {
    ratchetKey: requiredPublicKey(fields, 1),
    counter: fields.numbers.get(2) ?? 0,
    previousCounter: fields.numbers.get(3) ?? 0,
  };
}

/**
 * Reads where a message stands without decrypting it; nothing that it says is proven until it has been decrypted.
 * @throws UntrustedOrCorruptMessage
 */
export function readRatchetPosition(message: SignalMessage): RatchetPosition {
  if (message.kind === 'whisper') return readWhisperPosition(message.bytes);
  const { preKeyId, signedPreKeyId, identityKey, baseKey, whisper } = readPreKeyEnvelope(message.bytes);
  const position = { ...readWhisperPosition(whisper), signedPreKeyId, identityKey, baseKey };
  return preKeyId === undefined ? position : { ...position, preKeyId };
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

function numberField(field: number, value: number): Uint8Array {
  return Uint8Array.from([field << 3, ...varint(value)]);
}

function bufferField(field: number, value: Uint8Array): Uint8Array[] {
  return [Uint8Array.from([(field << 3) | 2, ...varint(value.length)]), value];
}

/** The library writes prekey id 0 for "no one-time prekey", which libsignal takes for a prekey it does not have. */
export function writePreKeyEnvelope(envelope: PreKeyEnvelope): Uint8Array {
  return Buffer.concat([
    Uint8Array.of(versionByte),
    numberField(5, envelope.registrationId),
    ...(envelope.preKeyId === undefined ? [] : [numberField(1, envelope.preKeyId)]),
    numberField(6, envelope.signedPreKeyId),
    ...bufferField(2, envelope.baseKey),
    ...bufferField(3, envelope.identityKey),
    ...bufferField(4, envelope.whisper),
  ]);
}

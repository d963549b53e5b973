import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';

// XEdDSA (signal.org/docs/specifications/xeddsa): Ed25519 signatures by Curve25519 keys. Field and group of RFC 8032.
const p = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const fieldBytes = 32;

interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly t: bigint;
}

function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** Inverse modulo p by the extended Euclidean algorithm; undefined for 0. */
function inverse(value: bigint): bigint | undefined {
  let [a, b, x, y] = [mod(value, p), p, 1n, 0n];
  while (a !== 0n) {
    const quotient = b / a;
    [b, a] = [a, b - quotient * a];
    [y, x] = [x, y - quotient * x];
  }
  return b === 1n ? mod(y, p) : undefined;
}

const d = mod(-121665n * (inverse(121666n) ?? 0n), p);
const baseX = 15112221349535400772501151409588531511454012693041857206046113283949847762202n;
const baseY = mod(4n * (inverse(5n) ?? 0n), p);
const base: Point = { x: baseX, y: baseY, z: 1n, t: (baseX * baseY) % p };
const neutral: Point = { x: 0n, y: 1n, z: 1n, t: 0n };

// RFC 8032, section 5.1.4: complete, so it doubles too.
function add(left: Point, right: Point): Point {
  const a = mod((left.y - left.x) * (right.y - right.x), p);
  const b = ((left.y + left.x) * (right.y + right.x)) % p;
  const c = (((left.t * 2n * d) % p) * right.t) % p;
  const e = (left.z * 2n * right.z) % p;
  const [f, g, h, i] = [b - a, e - c, e + c, b + a];
  return { x: mod(f * g, p), y: mod(h * i, p), z: mod(g * h, p), t: mod(f * i, p) };
}

/** A Montgomery ladder: the same additions for every scalar of 256 bits. */
function timesBase(scalar: bigint): Point {
  let [low, high] = [neutral, base];
  for (let bit = 255n; bit >= 0n; bit--) {
    const sum = add(low, high);
    if ((scalar >> bit) & 1n) [low, high] = [sum, add(high, high)];
    else [low, high] = [add(low, low), sum];
  }
  return low;
}

function encodePoint(point: Point): { readonly bytes: Uint8Array; readonly sign: bigint } {
  const invertedZ = inverse(point.z) ?? 0n;
  const sign = mod(point.x * invertedZ, p) & 1n;
  return { bytes: littleEndian(mod(point.y * invertedZ, p) | (sign << 255n)), sign };
}

function littleEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(fieldBytes * 2, '0'), 'hex').reverse();
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function sha512(...parts: readonly Uint8Array[]): bigint {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return integer(hash.digest());
}

/**
 * XEdDSA signature, 64 bytes, by a 32-byte private key. Arithmetic on big integers, so a few milliseconds and not of
 * constant time: for signed prekeys, which are made a few times a month, and for nothing that a peer can trigger.
 */
export function xeddsaSign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  const clamped = (integer(privateKey) & ~(7n | (1n << 255n))) | (1n << 254n);
  const { sign } = encodePoint(timesBase(clamped));
  const secret = sign === 1n ? mod(-clamped, order) : clamped % order;
  const publicKey = encodePoint(timesBase(secret)).bytes;
  const prefix = Uint8Array.of(0xfe, ...new Uint8Array(31).fill(0xff));
  const nonce = mod(sha512(prefix, littleEndian(secret), message, randomBytes(64)), order);
  const commitment = encodePoint(timesBase(nonce)).bytes;
  const challenge = mod(sha512(commitment, publicKey, message), order);
  return Buffer.concat([commitment, littleEndian(mod(nonce + challenge * secret, order))]);
}

/**
 * Whether `signature` (64 bytes) over `message` was made by the owner of the raw 32-byte Curve25519 public key. The sign
 * of the Edwards point is the top bit of the signature, as libsignal has it; it is 0 for a signature by the specification.
 */
export function xeddsaVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const u = integer(publicKey) & ((1n << 255n) - 1n);
  const inverted = inverse(u + 1n);
  if (inverted === undefined || u >= p) return false;
  const edwards = littleEndian(mod((u - 1n) * inverted, p));
  const top = signature[63] ?? 0;
  edwards[31] = (edwards[31] ?? 0) | (top & 0x80);
  const plain = Buffer.from(signature);
  plain[63] = top & 0x7f;
  const x = Buffer.from(edwards).toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  return verify(null, message, key, plain);
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A request on the wire. `body` is JSON text, so that what is authenticated is what is parsed. */
export interface RequestEnvelope {
  readonly issuedAtMs: number;
  readonly nonce: string;
  /** W3C traceparent. */
  readonly trace?: string;
  readonly body: string;
  readonly mac: string;
}

/** An answer on the wire, bound to the request that it answers. */
export interface AnswerEnvelope {
  readonly body: string;
  readonly mac: string;
}

export const maxAgeMs = 30_000;
const nonceBytes = 12;

function macOf(secret: string, ...parts: readonly (string | number | null)[]): string {
  return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64');
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

type Unsigned = Omit<RequestEnvelope, 'mac'>;

function requestMac(secret: string, pattern: string, { issuedAtMs, nonce, trace, body }: Unsigned): string {
  return macOf(secret, 'request', pattern, issuedAtMs, nonce, trace ?? null, body);
}

export function signRequest(secret: string, pattern: string, body: string, nowMs: number, trace?: string): RequestEnvelope {
  const nonce = randomBytes(nonceBytes).toString('base64url');
  const unsigned: Unsigned = { issuedAtMs: nowMs, nonce, body, ...(trace !== undefined && { trace }) };
  return { ...unsigned, mac: requestMac(secret, pattern, unsigned) };
}

export function signAnswer(secret: string, request: RequestEnvelope, body: string): AnswerEnvelope {
  return { body, mac: macOf(secret, 'answer', request.mac, body) };
}

export function isAnswerTo(secret: string, request: RequestEnvelope, value: unknown): value is AnswerEnvelope {
  if (typeof value !== 'object' || value === null) return false;
  const { body, mac } = value as Partial<AnswerEnvelope>;
  return typeof body === 'string' && typeof mac === 'string' && isSame(mac, macOf(secret, 'answer', request.mac, body));
}

function isRequest(value: unknown): value is RequestEnvelope {
  if (typeof value !== 'object' || value === null) return false;
  const { issuedAtMs, nonce, trace, body, mac } = value as Partial<Record<keyof RequestEnvelope, unknown>>;
  const isTrace = trace === undefined || typeof trace === 'string';
  return typeof issuedAtMs === 'number' && typeof nonce === 'string' && isTrace && typeof body === 'string' && typeof mac === 'string';
}

export type Refusal = 'malformed' | 'forged' | 'stale' | 'replayed';

/** Tells genuine requests from others. Remembers nonces for as long as a request may be late. */
export function createGate(secret: string, nowMs: () => number) {
  const seen = new Map<string, number>();

  function forgetBefore(timeMs: number): void {
    for (const [nonce, seenAtMs] of seen) {
      if (seenAtMs >= timeMs) return;
      seen.delete(nonce);
    }
  }

  /** The request, or why it is none. */
  return function admit(pattern: string, value: unknown): RequestEnvelope | Refusal {
    if (!isRequest(value)) return 'malformed';
    if (!isSame(value.mac, requestMac(secret, pattern, value))) return 'forged';
    const now = nowMs();
    if (Math.abs(now - value.issuedAtMs) > maxAgeMs) return 'stale';
    // A request from a clock that runs ahead stays valid for up to twice the age.
    forgetBefore(now - 2 * maxAgeMs);
    if (seen.has(value.nonce)) return 'replayed';
    seen.set(value.nonce, now);
    return value;
  };
}

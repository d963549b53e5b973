import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { renderCallback } from '@multiconnect/contract';
import type { Clock } from '@multiconnect/clock';
import { egressConnector, type EgressRule } from '@multiconnect/egress';
import { Agent, request as httpRequest } from 'undici';
import type { CallbackOutcome, CallbackRequest, CallbackSender } from './sender.ts';
import { signWebhook, webhookKeyOf } from './signature.ts';

export interface HttpCallbackSenderOptions {
  /** Longest time from the start of a request to the end of its answer. */
  readonly timeoutMs: number;
  /** Shared with the receiver: `whsec_` and base64, or any text. */
  readonly secret: string;
  readonly clock: Clock;
  readonly egress: EgressRule;
  /** Default: the system's resolver. */
  readonly lookup?: LookupFunction;
}

export interface HttpCallbackSender extends CallbackSender {
  /** PEM of authorities to trust for https besides the system's, from the next attempt on; undefined: none. */
  trust(authorities: string | undefined): void;
}

/** The reason when the rule for outgoing connections does not allow the address. */
export const addressRefused = 'address-not-public';

/** The reason when a row is no event that has a body: it would not have one the next time either. */
export const unrenderable = 'unrenderable';

function bodyOf({ event }: CallbackRequest): string | undefined {
  try {
    return JSON.stringify(renderCallback(event));
  } catch {
    return undefined;
  }
}

/** What is read of an answer, so that its connection can be used again; a longer one costs the connection. */
const maxAnswerBytes = 65_536;
const keepAliveMs = 30_000;

const reasonOfCode: Readonly<Record<string, string>> = {
  ERR_ADDRESS_REFUSED: addressRefused,
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_INVALID_ARG: 'bad-url',
  ERR_INVALID_URL: 'bad-url',
  CERT_HAS_EXPIRED: 'certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
};

/** The deadline passed, or the caller gave up. */
class AttemptEnded extends Error {
  override readonly name = 'AttemptEnded';
}

function reasonOf(error: unknown): string {
  if (error instanceof AttemptEnded) return error.message;
  // Node tries all addresses of a name and reports them together.
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const codes = errors.map((one) => (one instanceof Error && 'code' in one ? String(one.code) : ''));
  return codes.map((code) => reasonOfCode[code]).find((reason) => reason !== undefined) ?? 'network';
}

/** Posts callbacks over kept-alive connections, signed as Standard Webhooks, to addresses that the rule allows. Redirects are an answer like any other but 200. */
export function createHttpCallbackSender(options: HttpCallbackSenderOptions): HttpCallbackSender {
  const { timeoutMs, secret, clock, egress, lookup } = options;
  const key = webhookKeyOf(secret);
  const agentTrusting = (authorities?: string) =>
    new Agent({
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: egressConnector({
        rule: egress,
        timeoutMs,
        ...(lookup !== undefined && { lookup }),
        ...(authorities !== undefined && { ca: [...getCACertificates('default'), authorities].join('\n') }),
      }),
    });
  let agent = agentTrusting();
  let trusted: string | undefined;
  let generation = 0;
  /** Agents that only wait for what is in flight. */
  const retired = new Set<Agent>();

  const retire = (old: Agent) => {
    const forget = () => void retired.delete(old);
    retired.add(old);
    old.close().then(forget, forget);
  };

  const headersOf = ({ eventId, trace }: CallbackRequest, body: string) => {
    const timestampS = Math.floor(clock.nowMs() / 1000);
    return {
      'content-type': 'application/json',
      'user-agent': 'Multiconnect',
      'webhook-id': eventId,
      'webhook-timestamp': String(timestampS),
      'webhook-signature': signWebhook(key, eventId, timestampS, body),
      ...(trace === undefined ? {} : { traceparent: trace }),
    };
  };

  const post = async (callback: CallbackRequest, body: string, signal: AbortSignal): Promise<CallbackOutcome> => {
    const headers = headersOf(callback, body);
    const answer = await httpRequest(callback.url, { method: 'POST', dispatcher: agent, headers, body, signal });
    const outcome: CallbackOutcome =
      answer.statusCode === 200 ? { ok: true } : { ok: false, reason: `http-${answer.statusCode}` };
    // The status has decided; what becomes of the rest of the answer changes nothing.
    await answer.body.dump({ limit: maxAnswerBytes }).catch(() => undefined);
    return outcome;
  };

  return {
    get generation() {
      return generation;
    },
    trust(authorities) {
      if (authorities === trusted) return;
      const next = agentTrusting(authorities);
      retire(agent);
      agent = next;
      trusted = authorities;
      generation += 1;
    },
    async send(callback, signal) {
      const body = bodyOf(callback);
      if (body === undefined) return { ok: false, reason: unrenderable, isFinal: true };
      const deadline = new AbortController();
      const end = (reason: string) => deadline.abort(new AttemptEnded(reason));
      const abort = () => end('aborted');
      const cancelTimer = clock.after(timeoutMs, () => end('timeout'));
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      try {
        return await post(callback, body, deadline.signal);
      } catch (error) {
        return { ok: false, reason: reasonOf(error) };
      } finally {
        cancelTimer();
        signal.removeEventListener('abort', abort);
      }
    },
    async close() {
      await Promise.all([agent, ...retired].map((one) => one.destroy()));
    },
  };
}

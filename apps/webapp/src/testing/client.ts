import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: ApiBody;
}

/** The parts of answers that tests look at. */
export interface ApiBody {
  readonly meta?: { readonly version: string; readonly api_status: string };
  readonly errors?: readonly { readonly code: number; readonly title: string; readonly details?: string }[];
  readonly [field: string]: unknown;
}

export interface RequestOptions {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array;
  readonly token?: string;
  readonly headers?: OutgoingHttpHeaders;
}

export interface ApiClient {
  readonly request: (method: string, path: string, options?: RequestOptions) => Promise<Answer>;
  readonly close: () => void;
}

function bodyOf({ json, raw }: RequestOptions): string | Uint8Array | undefined {
  return json === undefined ? raw : JSON.stringify(json);
}

function parsed(answer: string): ApiBody {
  try {
    return JSON.parse(answer) as ApiBody;
  } catch {
    return {};
  }
}

export const basic = (username: string, password: string) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

export function createApiClient(port: number, ca: string): ApiClient {
  const agent = new Agent({ keepAlive: true, ca });
  return {
    request(method, path, options = {}) {
      const body = bodyOf(options);
      const headers: OutgoingHttpHeaders = {
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        ...(options.json !== undefined && { 'content-type': 'application/json' }),
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      };
      return new Promise((resolve, reject) => {
        const outgoing = httpsRequest({ host: '127.0.0.1', port, method, path, headers, agent }, (incoming) => {
          text(incoming).then((answer) => {
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: answer, json: parsed(answer) });
          }, reject);
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

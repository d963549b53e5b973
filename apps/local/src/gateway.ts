import { Agent, request } from 'node:https';
import { LocalError } from './errors.ts';

/** The API answered with an error: `code` and `details` are the documented ones. */
export class GatewayRefused extends LocalError {
  override readonly name = 'GatewayRefused';
  readonly status: number;
  readonly code: number | undefined;

  constructor(call: string, status: number, code?: number, details?: string) {
    super(`${call} answered ${status}${code === undefined ? '' : ` with error ${code}`}${details === undefined ? '' : `: ${details}`}`);
    this.status = status;
    this.code = code;
  }
}

export interface GatewayAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The business API as a back end calls it. */
export interface Gateway {
  /** A token for {@link call}. With a new password, it is changed. @throws GatewayRefused */
  login(user: string, password: string, newPassword?: string): Promise<string>;
  /** @throws GatewayRefused unless the status is 2xx */
  call(token: string, method: string, path: string, body?: object): Promise<GatewayAnswer>;
  /** Posts a file as it is. @throws GatewayRefused unless the status is 2xx */
  upload(token: string, path: string, content: Uint8Array, contentType: string): Promise<GatewayAnswer>;
}

interface ErrorBody {
  readonly errors?: readonly { readonly code?: number; readonly details?: string; readonly title?: string }[];
}

interface Body {
  readonly content: string | Uint8Array;
  readonly contentType: string;
}

const jsonBody = (value: object): Body => ({ content: JSON.stringify(value), contentType: 'application/json' });

const answerLimitMs = 30_000;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** @param url such as `https://localhost:9090`; any certificate is accepted, as its own is self-signed. */
export const createGateway = (url: string): Gateway => {
  const agent = new Agent({ rejectUnauthorized: false });
  const exchange = (method: string, path: string, authorization: string, body?: Body): Promise<GatewayAnswer> =>
    new Promise((resolve, reject) => {
      const payload = body?.content ?? '';
      const headers = {
        authorization,
        'content-length': Buffer.byteLength(payload),
        ...(body === undefined ? {} : { 'content-type': body.contentType }),
      };
      const outgoing = request(`${url}${path}`, { method, agent, headers, timeout: answerLimitMs }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }));
      });
      outgoing.once('error', reject);
      outgoing.once('timeout', () => outgoing.destroy(new GatewayRefused(`${method} ${path}`, 0, undefined, 'no answer')));
      outgoing.end(payload);
    });
  const checked = async (method: string, path: string, authorization: string, body?: Body): Promise<GatewayAnswer> => {
    const answer = await exchange(method, path, authorization, body);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const [error] = (answer.body as ErrorBody | null)?.errors ?? [];
    throw new GatewayRefused(`${method} ${path}`, answer.status, error?.code, error?.details ?? error?.title);
  };
  return {
    login: async (user, password, newPassword) => {
      const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
      const body = newPassword === undefined ? undefined : jsonBody({ new_password: newPassword });
      const answer = await checked('POST', '/v1/users/login', basic, body);
      const token = (answer.body as { readonly users?: readonly { readonly token?: string }[] }).users?.[0]?.token;
      if (token === undefined) throw new GatewayRefused('POST /v1/users/login', answer.status, undefined, 'no token');
      return token;
    },
    call: (token, method, path, body) => checked(method, path, `Bearer ${token}`, body === undefined ? undefined : jsonBody(body)),
    upload: (token, path, content, contentType) => checked('POST', path, `Bearer ${token}`, { content, contentType }),
  };
};

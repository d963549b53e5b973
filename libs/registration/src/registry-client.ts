import { Agent, request } from 'undici';

export interface CheckedCertificate {
  readonly verifiedName: string;
  /** Digits. */
  readonly number: string;
}

export interface RegisteredNumber {
  /** Bare JID. */
  readonly jid: string;
  readonly password: string;
}

/** The registry said no. */
export class RegistryRefused extends Error {
  override readonly name = 'RegistryRefused';
  constructor(
    /** `wait`, `wrong-code`, `invalid-certificate`, … */
    readonly reason: string,
    readonly waitS?: number,
  ) {
    super(`the registry refused: ${reason}`);
  }
}

/** The registry is away, or answers what it should not. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
}

/** Every method throws {@link RegistryRefused} or {@link RegistryUnavailable}. */
export interface RegistryClient {
  requestCode(business: { readonly number: string; readonly method: 'sms' | 'voice'; readonly pin?: string }): Promise<void>;
  register(business: {
    readonly number: string;
    readonly code: string;
    readonly certificate: string;
    readonly pin?: string;
  }): Promise<RegisteredNumber>;
  /** Two-step verification's; `password` is that of the number's chat account, null takes the PIN away. */
  setPin(business: { readonly number: string; readonly password: string; readonly pin: string | null }): Promise<void>;
  checkCertificate(certificate: string): Promise<CheckedCertificate>;
  close(): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;

const timeoutMs = 10_000;
const maxAnswerBytes = 64 * 1024;
const reasonText = /^[a-z0-9_-]{1,64}$/;

function objectOf(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RegistryUnavailable('the registry answered no object');
  return value as Json;
}

function textIn(answer: Json, field: string): string {
  const value = answer[field];
  if (typeof value !== 'string' || value === '') throw new RegistryUnavailable(`the registry's answer lacks ${field}`);
  return value;
}

function refusalOf(answer: Json): RegistryRefused {
  const { code, wait_s: waitS } = objectOf(answer['error']);
  if (typeof code !== 'string' || !reasonText.test(code)) throw new RegistryUnavailable('the registry refused without a reason');
  const isWait = typeof waitS === 'number' && Number.isFinite(waitS) && waitS > 0;
  return new RegistryRefused(code, isWait ? Math.ceil(waitS) : undefined);
}

/** The registry's HTTP interface at `url`. */
export function createRegistryClient(url: string): RegistryClient {
  const base = url.replace(/\/+$/, '');
  const dispatcher = new Agent({ connect: { timeout: timeoutMs }, maxResponseSize: maxAnswerBytes });

  async function exchange(path: string, body: Json): Promise<readonly [status: number, text: string]> {
    try {
      const response = await request(`${base}${path}`, {
        method: 'POST',
        dispatcher,
        signal: AbortSignal.timeout(timeoutMs),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return [response.statusCode, await response.body.text()];
    } catch (error) {
      throw new RegistryUnavailable('the registry cannot be reached', { cause: error });
    }
  }

  async function post(path: string, body: Json): Promise<Json> {
    const [status, text] = await exchange(path, body);
    const isRefusal = status >= 400 && status < 500;
    if (!isRefusal && (status < 200 || status >= 300)) throw new RegistryUnavailable(`the registry answered ${status}`);
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      throw new RegistryUnavailable(`the registry answered ${status} without JSON`);
    }
    if (isRefusal) throw refusalOf(objectOf(answer));
    return objectOf(answer);
  }

  return {
    async requestCode({ number, method, pin }) {
      await post('/v1/codes', { number, method, kind: 'business', pin });
    },
    async register({ number, code, certificate, pin }) {
      const answer = await post('/v1/registrations', { number, kind: 'business', code, certificate, pin });
      return { jid: textIn(answer, 'jid'), password: textIn(answer, 'password') };
    },
    async setPin({ number, password, pin }) {
      await post('/v1/two-step', { number, password, pin });
    },
    async checkCertificate(certificate) {
      const answer = await post('/v1/certificates/check', { certificate });
      return { verifiedName: textIn(answer, 'verified_name'), number: textIn(answer, 'number') };
    },
    close: () => dispatcher.close(),
  };
}

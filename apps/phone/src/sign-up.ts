import type { PhoneAccount } from './record.ts';

/** The registry refused, or could not be reached. */
export class SignUpFailed extends Error {
  override readonly name = 'SignUpFailed';
  constructor(
    message: string,
    /** The registry's code, such as "wrong-code"; undefined when there was no answer of its own. */
    readonly code?: string,
    /** Seconds after which another attempt makes sense. */
    readonly waitS?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

interface Refusal {
  readonly error?: { readonly code?: string; readonly wait_s?: number };
}

export interface SignUpOptions {
  /** Without a slash behind. */
  readonly registryUrl: string;
  /** wa_id digits. */
  readonly number: string;
  /** Gets the code that was sent to the number. */
  readonly readCode: () => Promise<string>;
  /** What the person reads, such as "pt_BR". Businesses can choose a translation by it. */
  readonly language?: string;
}

interface PhoneCredentials {
  readonly number?: string;
  readonly jid: string;
  readonly password: string;
}

const maxNumbersPerRequest = 500;

/** Signs a phone up as a person does: a code is sent to its number and typed in. Throws {@link SignUpFailed}. */
export async function signUpPhone({ registryUrl, number, readCode, language }: SignUpOptions): Promise<PhoneAccount> {
  await post(registryUrl, '/v1/codes', { number, method: 'sms', kind: 'phone' });
  const code = (await readCode()).replace(/[\s-]/g, '');
  const answer = await post(registryUrl, '/v1/registrations', { number, kind: 'phone', code, language });
  const { jid, password } = (await answer.json()) as PhoneCredentials;
  return { number, jid, password };
}

export interface FleetSignUpOptions {
  readonly registryUrl: string;
  readonly operatorToken: string;
  readonly numbers: readonly string[];
  readonly language?: string;
}

/** Signs many phones up at once, as the network's operator. In the order of `numbers`. Throws {@link SignUpFailed}. */
export async function signUpPhones({ registryUrl, operatorToken, numbers, language }: FleetSignUpOptions): Promise<PhoneAccount[]> {
  const accounts: PhoneAccount[] = [];
  for (let start = 0; start < numbers.length; start += maxNumbersPerRequest) {
    const some = numbers.slice(start, start + maxNumbersPerRequest);
    const answer = await post(registryUrl, '/v1/phones', { numbers: some, language }, operatorToken);
    const { phones } = (await answer.json()) as { readonly phones: readonly PhoneCredentials[] };
    const byNumber = new Map(phones.map((phone) => [digits(phone.number ?? ''), phone]));
    for (const number of some) accounts.push(accountOf(number, byNumber.get(digits(number))));
  }
  return accounts;
}

const digits = (number: string): string => number.replace(/^\+/, '');

function accountOf(number: string, credentials: PhoneCredentials | undefined): PhoneAccount {
  if (credentials === undefined) throw new SignUpFailed(`the registry left +${digits(number)} out`);
  return { number: digits(number), jid: credentials.jid, password: credentials.password };
}

async function post(registryUrl: string, path: string, body: object, token?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  let answer: Response;
  try {
    answer = await fetch(`${registryUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  } catch (error) {
    throw new SignUpFailed(`the registry at ${registryUrl} does not answer`, undefined, undefined, { cause: error });
  }
  if (!answer.ok) throw await refusalOf(answer, path);
  return answer;
}

async function refusalOf(answer: Response, path: string): Promise<SignUpFailed> {
  const text = await answer.text();
  let refusal: Refusal = {};
  if (answer.headers.get('content-type')?.includes('json') === true) refusal = JSON.parse(text) as Refusal;
  const { code, wait_s: waitS } = refusal.error ?? {};
  const wait = waitS === undefined ? '' : `, try again in ${Math.ceil(waitS)} s`;
  return new SignUpFailed(`the registry refused POST ${path}: ${code ?? answer.status}${wait}`, code, waitS);
}

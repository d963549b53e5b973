import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { ProcessFailedError, SettingError } from './errors.ts';
import { type Gateway, GatewayRefused } from './gateway.ts';
import type { Credentials } from './state.ts';

export interface BusinessNumber {
  /** Country code, digits. */
  readonly cc: string;
  /** Without the country code, digits. */
  readonly phoneNumber: string;
  /** The verified name that customers see. */
  readonly name: string;
}

export const digitsOf = ({ cc, phoneNumber }: BusinessNumber): string => `${cc}${phoneNumber}`;

const initial: Credentials = { user: 'admin', password: 'secret' };
const unauthorized = 401;
const passwordChangeRequired = 1024;

/** Random, with one of each kind of character the rules ask for. */
const newPassword = (): string => `${randomBytes(12).toString('base64url')}.aA1`;

const loginIfAccepted = async (gateway: Gateway, { user, password }: Credentials): Promise<string | undefined> => {
  try {
    return await gateway.login(user, password);
  } catch (error) {
    if (error instanceof GatewayRefused && error.status === unauthorized && error.code !== passwordChangeRequired) return undefined;
    throw error;
  }
};

export interface AdminSession {
  readonly token: string;
  readonly credentials: Credentials;
}

/**
 * Logs in as the administrator; at the first time changes the initial password. `remember` is called with the new one
 * before it is set, so that it cannot be lost.
 * @throws SettingError somebody else has changed the password
 */
export const loginAsAdmin = async (
  gateway: Gateway,
  known: Credentials | undefined,
  remember: (credentials: Credentials) => void,
): Promise<AdminSession> => {
  const knownToken = known === undefined ? undefined : await loginIfAccepted(gateway, known);
  if (known !== undefined && knownToken !== undefined) return { token: knownToken, credentials: known };
  const mustChange = await gateway.login(initial.user, initial.password).then(
    () => false,
    (error: unknown) => {
      if (error instanceof GatewayRefused && error.code === passwordChangeRequired) return true;
      if (error instanceof GatewayRefused && error.status === unauthorized) throw new SettingError('the password of the user admin is not known here');
      throw error;
    },
  );
  if (!mustChange) throw new SettingError('the initial password is accepted without a change');
  const credentials = { user: initial.user, password: newPassword() };
  remember(credentials);
  return { token: await gateway.login(initial.user, initial.password, credentials.password), credentials };
};

/** A verified-name certificate, issued as the operator of the network does. */
export const issueCertificate = async (cluster: Cluster, number: BusinessNumber): Promise<string> => {
  const operatorToken = readFileSync(cluster.secrets.operatorTokenFile, 'utf8').trim();
  const response = await fetch(`${cluster.registryUrl}/v1/certificates`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorToken}` },
    body: JSON.stringify({ number: digitsOf(number), name: number.name }),
  });
  if (!response.ok) throw new ProcessFailedError('the registry', `issued no certificate (HTTP ${response.status})`, cluster.registry.logFile);
  return ((await response.json()) as { readonly certificate: string }).certificate;
};

interface SentCode {
  readonly number: string;
  readonly code: string;
}

const codeLimitMs = 10_000;

/** How many codes have been sent so far: what comes after is new. */
export const countCodes = (codeLogFile: string): number => readFileSync(codeLogFile, 'utf8').split('\n').length - 1;

/** The first code sent to this number after the given count, from the log that stands in for a provider of SMS. */
export const readCode = async (codeLogFile: string, number: string, after: number): Promise<string> => {
  const until = performance.now() + codeLimitMs;
  while (performance.now() < until) {
    const lines = readFileSync(codeLogFile, 'utf8').split('\n').slice(after, -1);
    const sent = lines.map((line) => JSON.parse(line) as SentCode).find((one) => one.number === number);
    if (sent !== undefined) return sent.code;
    await delay(20);
  }
  throw new ProcessFailedError('the registry', `sent no code to +${number}`, codeLogFile);
};

const codeSent = 202;

/** Registers the number as a back end does: code, verification, shards. A registered one is only given its shards. */
export const registerNumber = async (
  gateway: Gateway,
  token: string,
  cluster: Cluster,
  number: BusinessNumber,
  shards: number,
): Promise<void> => {
  const { cc, phoneNumber } = number;
  const cert = await issueCertificate(cluster, number);
  const before = countCodes(cluster.codeLogFile);
  const account = await gateway.call(token, 'POST', '/v1/account', { cc, phone_number: phoneNumber, method: 'sms', cert });
  if (account.status === codeSent) {
    const code = await readCode(cluster.codeLogFile, digitsOf(number), before);
    await gateway.call(token, 'POST', '/v1/account/verify', { code });
  }
  await gateway.call(token, 'POST', '/v1/account/shards', { cc, phone_number: phoneNumber, shards, cert });
};

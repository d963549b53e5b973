import { readFileSync } from 'node:fs';
import { dataOf, login } from '@multiconnect/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiAt } from './support/api.ts';
import { type Business, openBusiness } from './support/business.ts';
import { type Exchange, fuzz, type FuzzOptions, type FuzzOutcome } from './support/fuzzer.ts';
import { logLines } from './support/logs.ts';
import { replay } from './support/replay.ts';
import { stateOf } from './support/state.ts';

const seed = 20_261_125;
const leastRequests = 5_000;
const userPassword = 'Fuzz3r-of-the-API!';
const providerToken = 'pr0vider-bearer-c4nary';
const providerPassword = 'pr0vider-basic-c4nary';
const backupPassword = 'b4ckup-c4nary-of-the-fuzz';
const pin = '906135';

let business: Business;
const exchanges: Exchange[] = [];

/** Nothing of these may ever be shown. */
const planted: Record<string, string> = { 'a user’s password': userPassword, 'a provider’s token': providerToken, 'a provider’s password': providerPassword, 'a backup’s password': backupPassword, 'the PIN': pin };

beforeAll(async () => {
  business = await openBusiness({ coreapps: 2, masters: 1 });
  const { api } = business;
  for (const username of ['fuzzer', 'leaver']) await dataOf(api.POST('/v1/users', { body: { username, password: userPassword } }));
  const providers = [
    { name: 'canary', config: { bearer: providerToken } },
    { name: 'canary-basic', config: { basic: { username: 'files', password: providerPassword } } },
  ];
  await dataOf(api.POST('/v1/settings/application/media/providers', { body: providers }));
  await dataOf(api.POST('/v1/settings/account/two-step', { body: { pin } }));
  await dataOf(api.POST('/v1/settings/backup', { body: { password: backupPassword } }));
  const { secrets } = business.cluster;
  planted['the admin’s token'] = business.token;
  for (const [name, file] of Object.entries(secrets)) planted[name] = readFileSync(file as string, 'utf8').trim();
});
afterAll(() => business.close());

/** A token or a password more is tried by a run of its own: the first ends it, the second needs it. */
const session = ['/v1/users/login', '/v1/users/logout'];
/** Large, and looked at elsewhere. */
const description = ['/v1/openapi.json', '/docs', '/docs/{file}'];
const everythingElse = [...session, ...description].flatMap((path) => ['--exclude-path', path]);

async function fuzzed(options: Omit<FuzzOptions, 'url' | 'seed'>): Promise<FuzzOutcome> {
  const outcome = await fuzz({ url: business.cluster.webappUrl, seed, ...options });
  exchanges.push(...outcome.exchanges);
  return outcome;
}

const bearer = (token: string) => `Bearer ${token}`;
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\\/]/g, '\\$&');
/** As a word of its own: six digits may stand in longer numbers. */
const shows = (text: string, secret: string) => new RegExp(`(?<![0-9A-Za-z])${escaped(secret)}(?![0-9A-Za-z])`).test(text);

/** What can be repeated as it was: its headers need no more than a type. */
const isPlain = ({ contentType = '' }: Exchange) => /^[\x20-\x7e]*$/.test(contentType);
const wouldChange = ({ method }: Exchange) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method);

/**
 * Repeats what was refused; what a state reached since lets pass is left out, until all is refused again. Answers how many
 * were, and the tables that they changed.
 */
async function repeated(refused: readonly Exchange[]): Promise<{ readonly still: number; readonly changed: readonly string[] }> {
  const before = await stateOf(business.cluster);
  const statuses = await replay(refused, business.cluster.webappUrl, bearer(business.token));
  const still = refused.filter((_, index) => (statuses[index] ?? 0) >= 400);
  if (still.length < refused.length) return repeated(still);
  const after = await stateOf(business.cluster);
  return { still: still.length, changed: Object.keys(after).filter((table) => after[table] !== before[table]) };
}

describe('the API under requests made from its description', () => {
  it('answers them as described, whether the description allows them or not', async () => {
    const { problems } = await fuzzed({ authorization: bearer(business.token), maxExamples: 12, operations: everythingElse });
    expect(problems).toBe('');
  });

  it('logs in and out as described', async () => {
    const basic = `Basic ${Buffer.from(`fuzzer:${userPassword}`).toString('base64')}`;
    const loggingIn = await fuzzed({ authorization: basic, maxExamples: 20, operations: ['--include-path', '/v1/users/login'] });
    expect(loggingIn.problems).toBe('');
    const token = await login(apiAt(business.cluster.webappUrl), { username: 'leaver', password: userPassword });
    const loggingOut = await fuzzed({ authorization: bearer(token), maxExamples: 5, operations: ['--include-path', '/v1/users/logout'] });
    expect(loggingOut.problems).toBe('');
  });

  it('changes nothing by what it refuses', async () => {
    const refused = exchanges.filter((exchange) => exchange.status >= 400 && exchange.status !== 401 && wouldChange(exchange) && isPlain(exchange));
    // Nothing else may change anything meanwhile: what waits for customers or a back end stays as it is.
    for (const coreapp of business.cluster.coreapps) await coreapp.stop();
    const { still, changed } = await repeated(refused);
    expect(still).toBeGreaterThan(1000);
    expect(changed).toEqual([]);
  });

  it(`has taken ${leastRequests} requests, and failed none`, () => {
    expect(exchanges.length).toBeGreaterThanOrEqual(leastRequests);
    expect(exchanges.filter(({ status }) => status >= 500 && status !== 503)).toEqual([]);
    console.log(`${exchanges.length} requests`);
  });

  it('has shown no secret: in no answer, log line or callback', () => {
    const callbacks = JSON.stringify(business.sink.callbacks);
    const logs = logLines(business.cluster).join('\n');
    for (const [name, secret] of Object.entries(planted)) {
      expect(exchanges.filter(({ answer }) => shows(answer, secret)), name).toEqual([]);
      expect(shows(logs, secret), `${name} in the logs`).toBe(false);
      expect(shows(callbacks, secret), `${name} in callbacks`).toBe(false);
    }
  });
});

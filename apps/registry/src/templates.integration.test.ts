import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@multiconnect/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry } from './start.ts';
import { CommandFailed, runTemplateCommand } from './template-commands.ts';
import { freshNumber, operatorToken, startTestRegistry, type TestRegistry } from './testing/registry.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry.stop());

const path = '/v1/configs/templates';
const refused = (status: number, code: string) => ({ status, body: { error: { code } } });
const body = { type: 'BODY', text: 'Hi {{1}}, your order is ready' };
const draft = (more: object = {}) => ({ name: 'order_ready', category: 'UTILITY', language: 'en_US', components: [body], ...more });

interface Business {
  readonly number: string;
  readonly certificate: string;
  readonly namespace: string;
}

async function call(method: string, address: string, headers: Readonly<Record<string, string>>, content?: object) {
  const init = content === undefined ? {} : { body: JSON.stringify(content) };
  const type = content === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(registry.url + address, { method, headers: { ...type, ...headers }, ...init });
  const text = await answer.text();
  return { status: answer.status, etag: answer.headers.get('etag'), body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

const asBusiness = ({ certificate }: Business, method: string, address: string, content?: object) =>
  call(method, address, { authorization: `Bearer ${certificate}` }, content);
const asOperator = (method: string, address: string, content?: object) => call(method, address, { authorization: `Bearer ${operatorToken}` }, content);

async function newBusiness(): Promise<Business> {
  const number = freshNumber();
  const { certificate } = (await registry.operate('/v1/certificates', { number, name: 'Shop' })).body as { certificate: string };
  const answer = await call('GET', '/v1/configs/namespace', { authorization: `Bearer ${certificate}` });
  return { number, certificate, namespace: (answer.body as { namespace: string }).namespace };
}

const create = (business: Business, more: object = {}) => asBusiness(business, 'POST', path, draft(more));
const approve = ({ number }: Business, name = 'order_ready', content: object = {}) => asOperator('POST', `${path}/${name}/approve?number=${number}`, content);
const reject = ({ number }: Business, content: object, name = 'order_ready') => asOperator('POST', `${path}/${name}/reject?number=${number}`, content);
const pack = ({ namespace }: Business, language = 'en_US', headers = {}) => call('GET', `/v1/language-packs/${namespace}/${language}`, headers);
const changes = ({ namespace }: Business, since: number, waitS = 0) =>
  call('GET', `/v1/template-changes?namespace=${namespace}&since=${since}&wait_s=${waitS}`, {});
const versionOf = async (business: Business) => ((await changes(business, 0)).body as { version: number }).version;

async function withApproved(more: object = {}): Promise<Business> {
  const business = await newBusiness();
  await create(business, more);
  await approve(business);
  return business;
}

describe('a business', () => {
  it('submits a template and finds it, in the shape that clients know', async () => {
    const business = await newBusiness();
    const template = { ...draft(), namespace: business.namespace, status: 'submitted', rejected_reason: 'NONE' };
    expect(await create(business)).toMatchObject({ status: 201, body: template });
    expect((await asBusiness(business, 'GET', path)).body).toEqual({
      count: 1,
      filters: {},
      limit: 1000,
      offset: 0,
      sort: ['name', 'language'],
      total: 1,
      waba_templates: [template],
    });
  });

  it('may carry its certificate as a D360-API-KEY', async () => {
    const business = await newBusiness();
    expect((await call('GET', path, { 'D360-API-KEY': business.certificate })).status).toBe(200);
  });

  it('pages and filters its templates', async () => {
    const business = await newBusiness();
    for (const name of ['c', 'a', 'b']) await create(business, { name });
    await approve(business, 'b');
    const page = async (query: string) => {
      const { count, total, waba_templates: list } = (await asBusiness(business, 'GET', `${path}?${query}`)).body as {
        count: number;
        total: number;
        waba_templates: { name: string }[];
      };
      return [count, total, list.map(({ name }) => name).join('')];
    };
    expect(await page('limit=2')).toEqual([2, 3, 'ab']);
    expect(await page('limit=2&offset=2')).toEqual([1, 3, 'c']);
    expect(await page('offset=9')).toEqual([0, 3, '']);
    expect(await page(`filters=${encodeURIComponent('{"status":"approved"}')}`)).toEqual([1, 1, 'b']);
    expect(await page(`filters=${encodeURIComponent('{"business_templates.name":"c"}')}`)).toEqual([1, 1, 'c']);
  });

  it('sees, changes and deletes nothing of another business, whatever number it names', async () => {
    const [mine, other] = await Promise.all([newBusiness(), withApproved()]);
    expect((await asBusiness(mine, 'GET', `${path}?number=${other.number}`)).body).toMatchObject({ total: 0 });
    expect(await asBusiness(mine, 'DELETE', `${path}/order_ready?number=${other.number}`)).toMatchObject(refused(404, 'not-found'));
    expect((await pack(other)).status).toBe(200);
  });

  it('approves nothing itself', async () => {
    const business = await newBusiness();
    await create(business);
    expect(await asBusiness(business, 'POST', `${path}/order_ready/approve`, {})).toMatchObject(refused(401, 'unauthorized'));
    expect(await asBusiness(business, 'POST', `${path}/order_ready/reject`, { reason: 'no' })).toMatchObject(refused(401, 'unauthorized'));
  });

  it('submits a template once, and again after it was rejected', async () => {
    const business = await newBusiness();
    await create(business);
    expect(await create(business)).toMatchObject(refused(409, 'already-exists'));
    await reject(business, { reason: 'Spelling' });
    expect(await create(business, { components: [{ type: 'BODY', text: 'Better' }] })).toMatchObject({ status: 201, body: { status: 'submitted' } });
  });

  it('is refused a template that breaks a rule, told which and where', async () => {
    const business = await newBusiness();
    const answer = await create(business, { components: [{ type: 'BODY', text: '{{2}}' }] });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid-template', fault: 'variables-not-contiguous', field: 'components.0.text' } },
    });
  });

  it.each([
    [{}, 401, 'unauthorized'],
    [{ authorization: 'Bearer bm9uc2Vuc2U=' }, 401, 'unauthorized'],
    [{ 'd360-api-key': '' }, 401, 'unauthorized'],
  ])('without a certificate is refused: %j', async (headers, status, code) => {
    expect(await call('GET', path, headers)).toMatchObject(refused(status, code));
    expect(await call('POST', path, headers, draft())).toMatchObject(refused(status, code));
  });
});

describe('the operator', () => {
  it('finds what waits for a decision, of every business, and decides', async () => {
    const business = await newBusiness();
    await create(business);
    const waiting = async () => {
      const { body: found } = await asOperator('GET', `${path}?filters=${encodeURIComponent('{"status":"submitted"}')}`);
      return (found as { waba_templates: { number: string }[] }).waba_templates.filter(({ number }) => number === business.number).length;
    };
    expect(await waiting()).toBe(1);
    expect(await reject(business, { reason: 'Spelling' })).toMatchObject({
      status: 200,
      body: { waba_templates: [{ number: business.number, status: 'rejected', rejected_reason: 'Spelling' }] },
    });
    expect(await waiting()).toBe(0);
    expect((await asBusiness(business, 'GET', path)).body).toMatchObject({ waba_templates: [{ status: 'rejected', rejected_reason: 'Spelling' }] });
  });

  it('decides on one language, or on all of a template', async () => {
    const business = await newBusiness();
    for (const language of ['en', 'de', 'fr']) await create(business, { language });
    expect((await approve(business, 'order_ready', { language: 'de' })).body).toMatchObject({ waba_templates: [{ language: 'de' }] });
    expect((await pack(business, 'en')).status).toBe(404);
    expect(((await approve(business)).body as { waba_templates: unknown[] }).waba_templates).toHaveLength(3);
    expect((await pack(business, 'en')).status).toBe(200);
  });

  it('has to give a reason, a business and a template that is there', async () => {
    const business = await newBusiness();
    expect(await reject(business, {})).toMatchObject(refused(400, 'invalid-request'));
    expect(await approve(business)).toMatchObject(refused(404, 'not-found'));
    expect(await asOperator('POST', `${path}/order_ready/approve`, {})).toMatchObject(refused(400, 'invalid-number'));
  });
});

describe('a language pack', () => {
  it('holds what is approved and nothing else', async () => {
    const business = await withApproved();
    await create(business, { name: 'waiting' });
    expect(await pack(business)).toMatchObject({
      status: 200,
      body: { namespace: business.namespace, language: 'en_US', templates: [{ name: 'order_ready', category: 'UTILITY', components: [body] }] },
    });
    expect(((await pack(business)).body as { templates: unknown[] }).templates).toHaveLength(1);
    expect((await pack(business, 'de')).status).toBe(404);
    expect((await pack({ ...business, namespace: 'nowhere' })).status).toBe(404);
  });

  it('is not sent again to who has it, until it changes', async () => {
    const business = await withApproved();
    const { etag } = await pack(business);
    const again = () => pack(business, 'en_US', { 'if-none-match': etag });
    expect(await again()).toMatchObject({ status: 304, body: undefined });
    await create(business, { name: 'second' });
    expect((await again()).status).toBe(304);
    await approve(business, 'second');
    expect(await again()).toMatchObject({ status: 200, body: { templates: [{}, {}] } });
  });

  it('is gone with its last template, deleted or rejected', async () => {
    const business = await withApproved();
    await reject(business, { reason: 'Complaints' });
    expect((await pack(business)).status).toBe(404);
    await approve(business);
    expect(await asBusiness(business, 'DELETE', `${path}/order_ready`)).toMatchObject({ status: 200, body: { meta: { success: true } } });
    expect((await pack(business)).status).toBe(404);
  });
});

describe('notices of changes', () => {
  it('name the languages that changed since, and only on changes of packs', async () => {
    const business = await newBusiness();
    expect((await changes(business, 0)).body).toEqual({ version: 0, languages: [] });
    await create(business, { language: 'de' });
    expect((await changes(business, 0)).body).toEqual({ version: 0, languages: [] });
    await approve(business);
    const version = await versionOf(business);
    expect((await changes(business, 0)).body).toEqual({ version, languages: ['de'] });
    expect((await changes(business, version)).body).toEqual({ version, languages: [] });
    expect((await changes(business, version + 1000)).body).toEqual({ version, languages: ['de'] });
  });

  it('reach who waits at once, and nobody of another namespace', async () => {
    const [business, other] = await Promise.all([withApproved(), withApproved()]);
    const version = await versionOf(business);
    const notice = changes(business, version, 60);
    await create(other, { name: 'second' });
    await approve(other, 'second');
    await asBusiness(business, 'DELETE', `${path}/order_ready`);
    const told = (await notice).body as { version: number };
    expect(told).toMatchObject({ languages: ['en_US'] });
    expect(told.version).toBeGreaterThan(version);
  });

  it('reach who waits at another registry on the same database', async () => {
    const business = await withApproved();
    const version = await versionOf(business);
    const log = createLogger({ level: 'silent', process: 'registry', node: 'second' });
    const second = await startRegistry(registry.config, log, registry.clock);
    const told = new AbortController();
    const notice = fetch(`http://127.0.0.1:${second.port}/v1/template-changes?namespace=${business.namespace}&since=${version}&wait_s=60`)
      .then((answer) => answer.json())
      .finally(() => told.abort());
    try {
      await asBusiness(business, 'DELETE', `${path}/order_ready`);
      while (!told.signal.aborted) await registry.clock.advance(1000);
      expect(await notice).toMatchObject({ languages: ['en_US'] });
    } finally {
      await second.stop();
    }
  });

  it('never skip a change, however many are made at once', async () => {
    const business = await newBusiness();
    const languages = Array.from({ length: 20 }, (_, index) => `a${String.fromCharCode(97 + index)}`);
    for (const language of languages) await create(business, { language });
    const seen = new Set<string>();
    const decisions = Promise.all(languages.map((language) => approve(business, 'order_ready', { language })));
    for (let version = 0; seen.size < languages.length; ) {
      const { body: told } = await changes(business, version, 60);
      const notice = told as { version: number; languages: string[] };
      for (const language of notice.languages) {
        expect(seen.has(language)).toBe(false);
        seen.add(language);
      }
      version = notice.version;
    }
    await decisions;
  });

  it('do not hold up a registry that stops', async () => {
    const log = createLogger({ level: 'silent', process: 'registry', node: 'stopping' });
    const stopping = await startRegistry(registry.config, log, registry.clock);
    const business = await newBusiness();
    const notice = fetch(`http://127.0.0.1:${stopping.port}/v1/template-changes?namespace=${business.namespace}&since=0&wait_s=60`).catch(() => undefined);
    await stopping.stop();
    await notice;
  });
});

describe('the command line', () => {
  const run = async (...argv: string[]) => {
    const lines: string[] = [];
    await runTemplateCommand(argv, { url: registry.url, operatorToken, print: (line) => void lines.push(line) });
    return lines;
  };

  it('creates, lists, approves, rejects and deletes', async () => {
    const { number } = await newBusiness();
    const folder = await mkdtemp(join(tmpdir(), 'template-'));
    const file = join(folder, 'draft.json');
    await writeFile(file, JSON.stringify(draft()));
    const line = (status: string) => `order_ready  en_US  UTILITY  ${status}`;
    expect(await run('create', '--number', number, file)).toEqual([line('submitted')]);
    expect(await run('list', '--number', number, '--status', 'submitted')).toEqual([line('submitted')]);
    expect(await run('approve', '--number', number, 'order_ready')).toEqual([`${number}  ${line('approved')}`]);
    expect(await run('reject', '--number', number, 'order_ready', '--reason', 'Spelling')).toEqual([`${number}  ${line('rejected')}  Spelling`]);
    expect(await run('delete', '--number', number, 'order_ready')).toEqual(['done']);
    expect(await run('list', '--number', number)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('says what is wrong', async () => {
    await expect(run('approve', 'order_ready')).rejects.toThrow(CommandFailed);
    await expect(run('approve', '--number', freshNumber(), 'order_ready')).rejects.toThrow('not-found');
    await expect(run('dance', '--number', freshNumber(), 'order_ready')).rejects.toThrow('usage');
    const folder = await mkdtemp(join(tmpdir(), 'template-'));
    await writeFile(join(folder, 'draft.json'), JSON.stringify(draft({ components: [{ type: 'BODY', text: '{{2}}' }] })));
    await expect(run('create', '--number', freshNumber(), join(folder, 'draft.json'))).rejects.toThrow('components.0.text: variables-not-contiguous');
    await rm(folder, { recursive: true });
  });
});

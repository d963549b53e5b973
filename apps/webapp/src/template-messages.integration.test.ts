import type { PackedTemplate, TemplateComponent } from '@multiconnect/contract';
import { samples } from '@multiconnect/media/testing';
import { PacksUnavailable } from '@multiconnect/templates';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { ownNamespace, startTestWebapp } from './testing/webapp.ts';

const to = '16315551001';
const toGerman = '4915112345678';

const template = (name: string, ...components: readonly TemplateComponent[]): PackedTemplate => ({ name, category: 'UTILITY', components: [...components] });
const body = (text: string): TemplateComponent => ({ type: 'BODY', text });
const buttons = (...list: Extract<TemplateComponent, { type: 'BUTTONS' }>['buttons']): TemplateComponent => ({ type: 'BUTTONS', buttons: list });
const image: TemplateComponent = { type: 'HEADER', format: 'IMAGE' };

let webapp: TestWebapp;
let token: string;
let jpegId: string;
let pdfId: string;

async function upload(contentType: string, raw: Buffer): Promise<string> {
  const answer = await webapp.request('POST', '/v1/media', { token, raw, headers: { 'content-type': contentType } });
  const [media] = answer.json['media'] as [{ id: string }];
  return media.id;
}

beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
  jpegId = await upload('image/jpeg', samples.jpeg());
  pdfId = await upload('application/pdf', samples.pdf());
  webapp.languages.set(toGerman, 'de');
  webapp.packs.put(ownNamespace, 'en_US', [
    template('plain', body('Hello')),
    template('order', body('Hello {{1}}, order {{2}}')),
    template('price', body('It costs {{1}}')),
    template('pictured', image, body('Look')),
    template('linked', body('Track'), buttons({ type: 'URL', text: 'Track', url: 'https://shop.example/{{1}}' }, { type: 'QUICK_REPLY', text: 'Stop' })),
  ]);
  webapp.packs.put(ownNamespace, 'en', [template('plain', body('Hello'))]);
  webapp.packs.put(ownNamespace, 'de', [template('plain', body('Hallo')), template('price', body('Fest'))]);
});
afterAll(() => webapp.close());

const post = (json: object) => webapp.request('POST', '/v1/messages', { token, json: { to, ...json } });
const language = (code: string, policy?: string) => ({ code, ...(policy !== undefined && { policy }) });
const asTemplate = (name: string, more: object = {}) => ({ type: 'template', template: { namespace: ownNamespace, name, language: language('en_US'), ...more } });
const asHsm = (element_name: string, more: object = {}) => ({ type: 'hsm', hsm: { namespace: ownNamespace, element_name, language: language('en_US'), ...more } });
const text = (value: string) => ({ type: 'text', text: value });
const components = (...list: readonly object[]) => ({ components: list });
const bodyOf = (...parameters: readonly object[]) => ({ type: 'body', parameters });
const headerOf = (...parameters: readonly object[]) => ({ type: 'header', parameters });

async function storedOf(json: object) {
  const answer = await post(json);
  const [message] = answer.json['messages'] as [{ id: string }];
  const { rows } = await webapp.pool.query<{ type: string; body: Readonly<Record<string, unknown>> }>('SELECT type, body FROM message WHERE id = $1', [message.id]);
  return rows[0] ?? expect.fail('no row');
}

describe('a template message', () => {
  it('is stored as it will be shown [send.template.namespace] [send.template.name] [send.template.language.code] [send.template.button.index]', async () => {
    const { type, body: stored } = await storedOf({
      ...asTemplate('linked', components({ type: 'button', sub_type: 'url', index: '0', parameters: [text('A7')] }, { type: 'button', sub_type: 'quick_reply', index: 1, parameters: [{ type: 'payload', payload: 'stop' }] })),
      ttl: 'P1D',
      biz_opaque_callback_data: 'mine',
    });
    expect(type).toBe('template');
    expect(stored).toEqual({
      to,
      category: 'utility',
      recipient_type: 'individual',
      type: 'template',
      ttl: 86_400,
      biz_opaque_callback_data: 'mine',
      template: {
        namespace: ownNamespace,
        name: 'linked',
        language: 'en_US',
        body: 'Track',
        buttons: [
          { type: 'url', text: 'Track', url: 'https://shop.example/A7' },
          { type: 'quick_reply', text: 'Stop', payload: 'stop' },
        ],
      },
    });
  });

  it('of either form is stored as a template; components and namespace may be absent [send.template.components] [send.hsm.element_name] [send.hsm.namespace]', async () => {
    const expected = { namespace: ownNamespace, name: 'plain', language: 'en_US', body: 'Hello', buttons: [] };
    expect((await storedOf({ type: 'template', template: { name: 'plain', language: language('en_US') } })).body['template']).toEqual(expected);
    expect((await storedOf(asHsm('plain'))).body['template']).toEqual(expected);
  });

  it('is in the language asked for, or under fallback in the customer’s own [send.template.language.policy.deterministic] [send.template.language.policy.fallback] [send.hsm.language] [faq.template_deterministic]', async () => {
    const shown = async (policy?: string) => (await storedOf({ ...asTemplate('plain', { language: language('en_US', policy) }), to: toGerman })).body['template'];
    expect(await shown()).toMatchObject({ language: 'en_US', body: 'Hello' });
    expect(await shown('deterministic')).toMatchObject({ language: 'en_US', body: 'Hello' });
    expect(await shown('fallback')).toMatchObject({ language: 'de', body: 'Hallo' });
    expect((await storedOf({ ...asHsm('plain', { language: language('en_US', 'fallback') }), to: toGerman })).body['template']).toMatchObject({ language: 'de' });
  });

  it('that only the customer’s phone could not show is accepted, and its status will tell', async () => {
    const missing = { ...asTemplate('order', { language: language('en_US', 'fallback'), ...components(bodyOf(text('Ann'), text('7'))) }), to: toGerman };
    const differing = { ...asTemplate('price', { language: language('en_US', 'fallback'), ...components(bodyOf(text('7'))) }), to: toGerman };
    for (const message of [missing, differing]) expect((await storedOf(message)).body).toMatchObject({ type: 'template', refused: 'structureUnavailable' });
  });

  const table: readonly (readonly [string, string, object, readonly [number, number, string?]])[] = [
    ['send.template.param_count', 'too few parameters', asTemplate('order', components(bodyOf(text('Ann')))), [400, 2000, 'Number of localizable_params 1 does not match the expected number of params 2']],
    ['faq.template_text.param_count', 'too many parameters', asHsm('plain', { localizable_params: [{ default: 'x' }] }), [400, 2000, 'Number of localizable_params 1 does not match the expected number of params 0']],
    ['faq.template_text.missing_locale', 'a template that is not there', asTemplate('nothing'), [400, 2001, 'Template nothing does not exist in language en and locale US']],
    ['faq.template_text.missing', 'a template that is not there', asTemplate('nothing', { language: language('en') }), [400, 2001, 'Template nothing does not exist in language en']],
    ['send.template.missing', 'an element that is not there', asHsm('nothing'), [400, 2001, 'Template nothing does not exist in language en and locale US']],
    ['faq.template_text.no_pack', 'a language without templates', asTemplate('plain', { language: language('fr') }), [400, 2003, 'No message templates exist in language fr']],
    ['faq.template_text.no_pack_locale', 'a language and country without templates', asTemplate('plain', { language: language('en_GB') }), [400, 2003, 'No message templates exist in language en and locale GB']],
    ['send.template.missing_pack', 'the namespace of somebody else', asTemplate('plain', { namespace: 'somebody_else' }), [400, 2003, 'No message templates exist in language en and locale US']],
    ['error.2000', 'a parameter that nothing takes', asHsm('plain', { localizable_params: [{ default: 'x' }] }), [400, 2000, 'Number of localizable_params 1 does not match the expected number of params 0']],
    ['error.2001', 'a name that is nobody’s', asTemplate('nothing'), [400, 2001, 'Template nothing does not exist in language en and locale US']],
    ['error.2003', 'a language that nothing is in', asTemplate('plain', { language: language('fr') }), [400, 2003, 'No message templates exist in language fr']],
    ['error.2004', 'a parameter that is too long', asTemplate('order', components(bodyOf(text('x'.repeat(1025)), text('7')))), [400, 2004, 'body.parameters.0']],
    ['error.2005', 'a text that becomes too long', asTemplate('order', components(bodyOf(text('x'.repeat(1020)), text('7')))), [400, 2005, 'body']],
    ['error.2006', 'a line break in a parameter', asTemplate('order', components(bodyOf(text('a\nb'), text('7')))), [400, 2006, 'body.parameters.0']],
    ['error.2007', 'a parameter that turns the writing around', asTemplate('order', components(bodyOf(text('a\u202eb'), text('7')))), [400, 2007, 'body.parameters.0']],
    ['error.2009', 'a header without its image', asTemplate('pictured'), [400, 2009, 'header']],
    ['error.2009', 'a link without its end', asTemplate('linked'), [400, 2009, 'button 0']],
    ['error.2010', 'a link that is none', asTemplate('linked', components({ type: 'button', sub_type: 'url', index: 0, parameters: [text('a b')] })), [400, 2010, 'button 0']],
    ['error.2012', 'an image where a text belongs', asTemplate('price', components(bodyOf({ type: 'image', image: { link: 'https://files.example/a.jpg' } }))), [400, 2012, 'body.parameters.0']],
    ['faq.template_text.rich', 'a template with media sent the older way', asHsm('pictured'), [400, 2012, 'pictured is a rich template and requires the template message API to be used']],
    ['send.hsm.rich', 'a template with buttons sent the older way', asHsm('linked'), [400, 2012, 'linked is a rich template and requires the template message API to be used']],
    ['send.hsm.namespace', 'no namespace in the older form', { type: 'hsm', hsm: { element_name: 'plain', language: language('en_US') } }, [400, 1008, 'hsm.namespace']],
    ['send.ttl', 'a time to live that is none', { ...asTemplate('plain'), ttl: 'tomorrow' }, [400, 1009, 'ttl']],
    ['send.ttl', 'a text with a time to live', { type: 'text', text: { body: 'x' }, ttl: 60 }, [400, 1010, 'ttl']],
  ];
  it.each(table)('[%s] %s', async (_row, _what, message, [status, code, details]) => {
    const before = await webapp.stateDigest();
    const answer = await post(message);
    expect([answer.status, answer.json.errors?.[0]?.code, answer.json.errors?.[0]?.details]).toEqual([status, code, details]);
    expect(await webapp.stateDigest()).toBe(before);
  });

  it('with a file that its header does not take is refused [error.2008]', async () => {
    const headed = (id: string) => asTemplate('pictured', components(headerOf({ type: 'image', image: { id } })));
    expect((await post(headed(jpegId))).status).toBe(201);
    const answer = await post(headed(pdfId));
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([400, 2008]);
    const unknown = await post(headed('36c484d1-1283-4b94-988d-7276bdec4de2'));
    expect([unknown.status, unknown.json.errors?.[0]?.code]).toEqual([404, 1006]);
  });

  it.each([60, '60', 'PT1M'])('lives for %j [send.ttl] [send.ttl.seconds]', async (ttl) => {
    expect((await storedOf({ ...asTemplate('plain'), ttl })).body['ttl']).toBe(60);
  });

  it('is answered 2002 with Retry-After while the registry is away [error.2002]', async () => {
    const away = await startTestWebapp({ namespaceOf: () => Promise.reject(new PacksUnavailable('away')) });
    try {
      const answer = await away.request('POST', '/v1/messages', { token: await away.adminToken(), json: { to, ...asTemplate('plain') } });
      expect([answer.status, answer.json.errors?.[0]?.code, answer.headers['retry-after']]).toEqual([503, 2002, '5']);
    } finally {
      await away.close();
    }
  });
});

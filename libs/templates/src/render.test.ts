import { ApiError, hsmPayload, templatePayload } from '@multiconnect/contract';
import { describe, expect, it } from 'vitest';
import { StructureUnavailable } from './refusals.ts';
import { renderTemplate } from './render.ts';
import { requestOfHsm, requestOfTemplate } from './request.ts';
import { body, packOf, packsOf, template } from './testing/packs.ts';

const text = (value: string) => ({ type: 'text', text: value });
const bodyWith = (...values: readonly string[]) => ({ type: 'body', parameters: values.map(text) });
const button = (subType: string, index: number, ...parameters: readonly object[]) => ({ type: 'button', sub_type: subType, index, parameters });

const order = template('order', body('Hi {{1}}, {{2}} is ready'));
const rich = template(
  'rich',
  { type: 'HEADER', format: 'TEXT', text: 'Order {{1}}' },
  body('Hi {{1}}'),
  { type: 'FOOTER', text: 'The shop' },
  {
    type: 'BUTTONS',
    buttons: [
      { type: 'QUICK_REPLY', text: 'Yes' },
      { type: 'QUICK_REPLY', text: 'No' },
      { type: 'URL', text: 'Track', url: 'https://shop.example/o/{{1}}' },
      { type: 'URL', text: 'Shop', url: 'https://shop.example' },
      { type: 'PHONE_NUMBER', text: 'Call', phone_number: '+16315551000' },
    ],
  },
);
const photo = template('photo', { type: 'HEADER', format: 'IMAGE' }, body('Look'));
const packs = packsOf(packOf('en_US', order, rich, photo), packOf('de', template('order', body('{{2}} für {{1}}'))), packOf('fr', template('other', body('Autre'))));

const header = (...parameters: readonly object[]) => ({ type: 'header', parameters });
const image = { type: 'image', image: { link: 'https://x.example/y.jpg' } };

const requestFor = (name: string, components: readonly object[], language: object = { code: 'en_US' }) =>
  requestOfTemplate(templatePayload.parse({ name, language, components }));
const render = (name: string, components: readonly object[], language?: object, recipientLanguage?: string) =>
  renderTemplate(packs, requestFor(name, components, language), { recipientLanguage });

function refusalOf(work: () => unknown): readonly unknown[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ApiError) return [error.body.code, error.body.details];
    throw error;
  }
  return [];
}

const richComponents: readonly object[] = [
  header(text('7')),
  bodyWith('Ann'),
  button('quick_reply', 0, { type: 'payload', payload: 'y' }),
  button('url', 2, text('7?a=b')),
];

describe('a template', () => {
  it('has every part filled', () => {
    expect(render('rich', richComponents)).toEqual({
      namespace: 'ns',
      name: 'rich',
      category: expect.any(String) as string,
      language: 'en_US',
      header: { type: 'text', text: 'Order 7' },
      body: 'Hi Ann',
      footer: 'The shop',
      buttons: [
        { type: 'quick_reply', text: 'Yes', payload: 'y' },
        { type: 'quick_reply', text: 'No', payload: null },
        { type: 'url', text: 'Track', url: 'https://shop.example/o/7?a=b' },
        { type: 'url', text: 'Shop', url: 'https://shop.example' },
        { type: 'phone_number', text: 'Call', phone_number: '+16315551000' },
      ],
      plainText: [
        'Order 7',
        'Hi Ann',
        'The shop',
        '1) Yes\n2) No\nTrack: https://shop.example/o/7?a=b\nShop: https://shop.example\nCall: +16315551000',
      ].join('\n\n'),
    });
  });

  it('keeps the media of its header as the business named it', () => {
    expect(render('photo', [header(image)])).toMatchObject({ header: image, body: 'Look', plainText: 'Look' });
  });

  it('puts parameters where the language has them', () => {
    expect(render('order', [bodyWith('Ann', 'Tea')], { code: 'de' }).body).toBe('Tea für Ann');
  });
});

describe('what cannot be sent is refused in the documented words:', () => {
  it.each([
    ['xx', 'order', 2003, 'No message templates exist in language xx'],
    ['pt_BR', 'order', 2003, 'No message templates exist in language pt and locale BR'],
    ['en', 'order', 2003, 'No message templates exist in language en'],
    ['de', 'rich', 2001, 'Template rich does not exist in language de'],
    ['en_US', 'nothing', 2001, 'Template nothing does not exist in language en and locale US'],
  ])('%s %s: %d %s', (code, name, expected, details) => {
    expect(refusalOf(() => render(name, [bodyWith('a', 'b')], { code }))).toEqual([expected, details]);
  });

  it.each([
    [[], 0],
    [[bodyWith('a')], 1],
    [[bodyWith('a', 'b', 'c')], 3],
  ])('%j', (components, given) => {
    const details = `Number of localizable_params ${given} does not match the expected number of params 2`;
    expect(refusalOf(() => render('order', components))).toEqual([2000, details]);
  });

  const replaced = (index: number, ...components: readonly object[]) => richComponents.toSpliced(index, 1, ...components);
  it.each([
    ['header parameters for no header', 'order', [header(text('x')), bodyWith('a', 'b')], 2000],
    ['no header parameter', 'rich', replaced(0), 2000],
    ['a media parameter in a text', 'rich', replaced(0, header(image)), 2012],
    ['a text in a media header', 'photo', [header(text('x'))], 2012],
    ['a video in an image header', 'photo', [header({ type: 'video', video: { id: 'a' } })], 2012],
    ['no media', 'photo', [], 2009],
    ['two media', 'photo', [header(image, image)], 2000],
    ['no parameter of a link', 'rich', replaced(3), 2009],
    ['an empty link button', 'rich', replaced(3, button('url', 2)), 2000],
    ['a parameter of a fixed link', 'rich', [...richComponents, button('url', 3, text('x'))], 2000],
    ['a button of another kind', 'rich', replaced(2, button('url', 0, text('x'))), 2012],
    ['a button that is not there', 'rich', [...richComponents, button('quick_reply', 5, { type: 'payload', payload: 'x' })], 2012],
    ['a text for a quick reply', 'rich', replaced(2, button('quick_reply', 0, text('x'))), 2012],
    ['a space in a link', 'rich', replaced(3, button('url', 2, text('a b'))), 2010],
    ['a link too long', 'rich', replaced(3, button('url', 2, text('x'.repeat(1990)))), 2010],
    ['a parameter too long', 'rich', replaced(0, header(text('x'.repeat(61)))), 2004],
    ['a text too long', 'rich', replaced(0, header(text('x'.repeat(60)))), 2005],
    ['a line break', 'order', [bodyWith('a\nb', 'c')], 2006],
    ['a tab', 'order', [bodyWith('a', 'b\tc')], 2006],
    ['five spaces', 'order', [bodyWith('a', 'b     c')], 2006],
    ['a control character', 'order', [bodyWith('a', 'b\u0007')], 2007],
    ['an override of direction', 'order', [bodyWith('a', '\u202eb')], 2007],
    ['an open isolate', 'order', [bodyWith('a', '\u2068b')], 2007],
  ])('%s', (_, name, components, code) => {
    expect(refusalOf(() => render(name, components))[0]).toBe(code);
  });

  it('four spaces and closed isolates are fine', () => {
    expect(render('order', [bodyWith('a    b', '\u2068c\u2069')]).body).toBe('Hi a    b, \u2068c\u2069 is ready');
  });

  it('a fallback value is held to the same', () => {
    const parameter = { type: 'currency', currency: { fallback_value: 'a\nb', code: 'USD', amount_1000: 1 } };
    expect(refusalOf(() => render('order', [{ type: 'body', parameters: [text('a'), parameter] }]))[0]).toBe(2006);
  });
});

describe('an hsm', () => {
  const hsm = (name: string, params: readonly object[], code = 'en_US') =>
    renderTemplate(packs, requestOfHsm(hsmPayload.parse({ namespace: 'ns', element_name: name, language: { code }, localizable_params: params })));

  it('fills the body, localised', () => {
    const params = [
      { default: '$1', currency: { currency_code: 'USD', amount_1000: 1500 } },
      { default: 'then', date_time: { component: { month: 2, day_of_month: 25 } } },
    ];
    expect(hsm('order', params).body).toBe('Hi $1.50, February 25 is ready');
    expect(hsm('order', [{ default: 'Ann' }, { default: 'x', date_time: { unix_epoch: { timestamp: 0 } } }]).body).toContain('January 1, 1970');
  });

  it('of a rich template is refused in the documented words', () => {
    expect(refusalOf(() => hsm('rich', [{ default: 'a' }]))[1]).toBe('rich is a rich template and requires the template message API to be used');
    expect(refusalOf(() => hsm('photo', []))[1]).toBe('photo is a rich template and requires the template message API to be used');
  });

  it('is refused like a template otherwise', () => {
    expect(refusalOf(() => hsm('order', []))[0]).toBe(2000);
    expect(refusalOf(() => hsm('order', [], 'xx'))[0]).toBe(2003);
  });
});

describe('the policy', () => {
  const fallback = { policy: 'fallback', code: 'en_US' };
  const language = (policy: object, recipient: string) => render('order', [bodyWith('Ann', 'Tea')], policy, recipient).language;

  it('deterministic shows the language asked for, whatever the phone is in', () => {
    expect(language({ code: 'en_US' }, 'de')).toBe('en_US');
    expect(language({ code: 'en_US' }, 'fr')).toBe('en_US');
  });

  it("fallback shows the phone's language, without its locale if need be, and else the one asked for", () => {
    expect(language(fallback, 'de')).toBe('de');
    expect(language(fallback, 'de-AT')).toBe('de');
    expect(language(fallback, 'es')).toBe('en_US');
    expect(renderTemplate(packs, requestFor('order', [bodyWith('a', 'b')], fallback)).language).toBe('en_US');
  });

  it("fallback makes a structure unavailable where the phone's language lacks the template, or has it with other parameters", () => {
    const expectReason = (work: () => unknown, reason: string) => {
      expect(work).toThrow(StructureUnavailable);
      expect(work).toThrow(reason);
    };
    expectReason(() => render('order', [bodyWith('a', 'b')], fallback, 'fr'), 'template-missing');
    const differing = packsOf(packOf('en_US', order), packOf('de', template('order', body('Hallo {{1}}'))));
    const request = requestFor('order', [bodyWith('a', 'b')], fallback);
    expectReason(() => renderTemplate(differing, request, { recipientLanguage: 'de' }), 'parameters-differ');
  });

  it('fallback is judged at sending by the language asked for', () => {
    expect(refusalOf(() => render('order', [], fallback, 'de'))[0]).toBe(2000);
    expect(refusalOf(() => render('order', [], { policy: 'fallback', code: 'es' }, 'de'))[0]).toBe(2003);
  });

  it('a structure unavailable has the documented callback error', () => {
    expect(new StructureUnavailable('template-missing', 'fr').body).toEqual({
      code: 500,
      title: 'structure unavailable: Client could not display highly structured message',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { ApiError } from './errors.ts';
import { parseMessage } from './messages.ts';

const to = '16315551001';

/** The code that a message is refused with, or `taken`. */
function verdictOn(message: object): number | 'taken' {
  try {
    parseMessage({ to, ...message });
  } catch (error) {
    if (error instanceof ApiError) return error.body.code;
    throw error;
  }
  return 'taken';
}

const text = { type: 'text', text: { body: 'hello' } };
const media = (type: string, payload: object) => ({ type, [type]: payload });
const location = (more: object) => media('location', { latitude: 37.75, longitude: -122.42, ...more });
const contact = (more: object) => ({ type: 'contacts', contacts: [{ name: { formatted_name: 'Ann', first_name: 'Ann' }, ...more }] });
const template = (...components: readonly object[]) => media('template', { namespace: 'cdb2df51_9816_c754', name: 'order_ready', language: { code: 'en_US' }, components });
const inBody = (...parameters: readonly object[]) => template({ type: 'body', parameters });
const templateButton = (sub_type: string, index: unknown, parameter: object) => template({ type: 'button', sub_type, index, parameters: [parameter] });
const hsm = (...localizable_params: readonly object[]) => media('hsm', { namespace: 'n', element_name: 'order_ready', language: { policy: 'deterministic', code: 'en_US' }, localizable_params });
const interactive = (payload: object) => media('interactive', { body: { text: 'Which?' }, ...payload });
const replyButton = (more: object = {}) => ({ type: 'reply', reply: { id: 'yes', title: 'Yes', ...more } });
const buttonsOf = (buttons: readonly object[], more: object = {}) => interactive({ type: 'button', action: { buttons }, ...more });
const buttons = (more: object) => buttonsOf([replyButton()], more);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);
const row = (index: number, more: object = {}) => ({ id: `row ${index}`, title: `Row ${index}`, ...more });
const list = (sections: readonly object[], more: object = {}) => interactive({ type: 'list', action: { button: 'Choose', sections, ...more } });
const oneRow = (more: object) => list([{ title: 'Section', rows: [row(0, more)] }]);
const products = (sections: readonly object[], more: object = {}) =>
  interactive({ type: 'product_list', header: { type: 'text', text: 'Ours' }, action: { catalog_id: 'c', sections }, ...more });
const items = (count: number) => numbered(count).map((index) => ({ product_retailer_id: `p${index}` }));
const product = (action: object, more: object = {}) => interactive({ type: 'product', action, ...more });
const flow = (parameters: object) =>
  interactive({ type: 'flow', action: { name: 'flow', parameters: { flow_message_version: '3', flow_token: 't', flow_id: '1', flow_cta: 'Open', ...parameters } } });

describe('what a message may be', () => {
  it.each<readonly [string, object]>([
    ['send.to', text],
    ['send.to.plus', { ...text, to: `+${to}` }],
    ['send.type', { text: { body: 'hello' } }],
    ['send.recipient_type', { ...text, recipient_type: 'individual' }],
    ['send.context.message_id', { ...text, context: { message_id: 'ABGGx' } }],
    ['send.biz_opaque_callback_data.limit', { ...text, biz_opaque_callback_data: 'x'.repeat(512) }],
    ['send.ttl', { ...template(), ttl: 'P1D' }],
    ['send.ttl.seconds', { ...template(), ttl: 3600 }],
    ['send.ttl.seconds', { ...template(), ttl: '3600' }],
    ['send.text.body', media('text', { body: '😀'.repeat(4096) })],
    ['send.text.preview_url', { ...text, preview_url: true }],
    ['send.text.preview_url.inside', media('text', { body: 'x', preview_url: true })],
    ...['image', 'audio', 'video', 'document', 'sticker'].flatMap((type) => [
      [`send.${type}.id`, media(type, { id: '36c484d1-1283-4b94-988d-7276bdec4de2' })] as const,
      [`send.${type}.link`, media(type, { link: 'https://example.com/file' })] as const,
    ]),
    ['send.image.provider', media('image', { link: 'https://example.com/file', provider: { name: 'cdn1' } })],
    ['send.image.caption', media('image', { id: 'a', caption: 'Look' })],
    ['send.video.caption', media('video', { id: 'a', caption: 'Look' })],
    ['send.document.caption', media('document', { id: 'a', caption: 'Read' })],
    ['send.document.filename', media('document', { id: 'a', filename: 'invoice.pdf' })],
    ['send.location', location({})],
    ['send.location.latitude', location({ latitude: '37.75' })],
    ['send.location.latitude', location({ latitude: -90 })],
    ['send.location.longitude', location({ longitude: '-122.42' })],
    ['send.location.longitude', location({ longitude: 180 })],
    ['send.location.name', location({ name: 'The shop' })],
    ['send.location.address', location({ name: 'The shop', address: '1 Road' })],
    ['send.contacts.addresses', contact({ addresses: [{ street: '1 Road', city: 'Town', state: 'CA', zip: '94025', country: 'United States', country_code: 'us', type: 'HOME' }] })],
    ['send.contacts.birthday', contact({ birthday: '2012-08-18' })],
    ['send.contacts.emails', contact({ emails: [{ email: 'ann@example.com', type: 'WORK' }] })],
    ['send.contacts.org', contact({ org: { company: 'Ann & Co', department: 'Design', title: 'Manager' } })],
    ['send.contacts.phones', contact({ phones: [{ phone: '+1 (631) 555-1001', type: 'CELL', wa_id: to }] })],
    ['send.contacts.urls', contact({ urls: [{ url: 'https://example.com', type: 'WORK' }] })],
    ['send.contacts.ims', contact({ ims: [] })],
    ...['first_name', 'last_name', 'middle_name', 'suffix', 'prefix'].map((part) => ['send.contacts.name', contact({ name: { formatted_name: 'Ann', [part]: 'Ann' } })] as const),
    ['send.template.namespace', template()],
    ['send.template.components', media('template', { name: 'order_ready', language: { policy: 'deterministic', code: 'en' } })],
    ['send.template.language.policy.fallback', media('template', { name: 'order_ready', language: { policy: 'fallback', code: 'en' } })],
    ['send.template.header.text', template({ type: 'header', parameters: [{ type: 'text', text: 'Ann' }] })],
    ['send.template.header.image', template({ type: 'header', parameters: [{ type: 'image', image: { link: 'https://x.example/y.jpg' } }] })],
    ['send.template.header.video', template({ type: 'header', parameters: [{ type: 'video', video: { id: 'a' } }] })],
    ['send.template.header.document', template({ type: 'header', parameters: [{ type: 'document', document: { id: 'a', filename: 'a.pdf' } }] })],
    ['send.template.body.text', inBody({ type: 'text', text: 'Ann' })],
    ['send.template.body.currency', inBody({ type: 'currency', currency: { fallback_value: '$100.99', code: 'USD', amount_1000: 100_990 } })],
    ['send.template.body.date_time', inBody({ type: 'date_time', date_time: { fallback_value: '25 Feb', day_of_month: 25, month: 2, year: 1977 } })],
    ['send.template.body.date_time.timestamp', inBody({ type: 'date_time', date_time: { fallback_value: '25 Feb', timestamp: 225_750_780 } })],
    ['send.template.body.date_time.calendar', inBody({ type: 'date_time', date_time: { fallback_value: '25 Feb', month: 2, calendar: 'SOLAR_HIJRI' } })],
    ['send.template.body.date_time.day_of_week', inBody({ type: 'date_time', date_time: { fallback_value: 'Friday', day_of_week: '5' } })],
    ['send.template.button.quick_reply', templateButton('quick_reply', '0', { type: 'payload', payload: 'yes' })],
    ['send.template.button.url', templateButton('url', '1', { type: 'text', text: 'abc' })],
    ['send.template.button.index', templateButton('url', 1, { type: 'text', text: 'abc' })],
    ['send.hsm.localizable_params.default', hsm({ default: '$10' })],
    ['send.hsm.localizable_params.currency', hsm({ default: '$10', currency: { currency_code: 'USD', amount_1000: '10000' } })],
    ['send.hsm.localizable_params.date_time.component', hsm({ default: '25 Feb', date_time: { component: { day_of_week: 5, month: 2 } } })],
    ['send.hsm.localizable_params.date_time.unix_epoch', hsm({ default: '25 Feb', date_time: { unix_epoch: { timestamp: 225_750_780 } } })],
    ['send.interactive.header.text', buttons({ header: { type: 'text', text: 'x'.repeat(60) } })],
    ['send.interactive.header.image', buttons({ header: { type: 'image', image: { id: 'a' } } })],
    ['send.interactive.header.video', buttons({ header: { type: 'video', video: { link: 'https://x.example/y.mp4' } } })],
    ['send.interactive.header.document', buttons({ header: { type: 'document', document: { id: 'a', filename: 'a.pdf' } } })],
    ['send.interactive.body', buttons({ body: { text: 'x'.repeat(1024) } })],
    ['send.interactive.footer', buttons({ footer: { text: 'x'.repeat(60) } })],
    ['send.interactive.action_string', interactive({ type: 'button', action: JSON.stringify({ buttons: [replyButton()] }) })],
    ['send.interactive.button.count', buttonsOf(numbered(3).map((index) => replyButton({ id: `${index}`, title: `${index}` })))],
    ['send.interactive.button.id', buttonsOf([replyButton({ id: 'x'.repeat(256) })])],
    ['send.interactive.button.title', buttonsOf([replyButton({ title: 'x'.repeat(20) })])],
    ['send.interactive.list.button', list([{ rows: [row(0)] }], { button: 'x'.repeat(20) })],
    ['send.interactive.list.sections', list(numbered(10).map((index) => ({ title: `${index}`, rows: [row(index)] })))],
    ['send.interactive.list.section_title', list([{ title: 'x'.repeat(24), rows: [row(0)] }])],
    ['send.interactive.list.rows', list([{ rows: numbered(10).map((index) => row(index)) }])],
    ['send.interactive.list.row_id', oneRow({ id: 'x'.repeat(200) })],
    ['send.interactive.list.row_title', oneRow({ title: 'x'.repeat(24) })],
    ['send.interactive.list.row_description', oneRow({ description: 'x'.repeat(72) })],
    ['send.interactive.product', product({ catalog_id: 'c', product_retailer_id: 'p' })],
    ['send.interactive.product_list.sections', products(numbered(10).map((index) => ({ title: `${index}`, product_items: items(1) })))],
    ['send.interactive.product_list.products', products([{ product_items: items(30) }])],
    ['send.interactive.flow.cta', flow({ flow_cta: 'x'.repeat(20) })],
    ['send.interactive.flow.mode', flow({ mode: 'draft' })],
    ['send.interactive.flow.mode', flow({ mode: 'published' })],
    ['send.interactive.flow.action', flow({ flow_action: 'data_exchange' })],
    ['send.interactive.flow.payload', flow({ flow_action: 'navigate', flow_action_payload: { screen: 'FIRST', data: { a: [1] } } })],
    ['send.reaction.emoji', media('reaction', { message_id: 'ABGGx', emoji: '👍' })],
    ['send.reaction.remove', media('reaction', { message_id: 'ABGGx', emoji: '' })],
  ])('[%s] (%#)', (_row, message) => {
    expect(verdictOn(message)).toBe('taken');
  });
});

describe('what a message may not be', () => {
  it.each<readonly [string, number, object]>([
    ['send.to', 1008, { ...text, to: undefined }],
    ['send.to', 1009, { ...text, to: 'ann' }],
    ['send.type.unknown', 1009, { type: 'fax', fax: {} }],
    ['send.recipient_type.group', 1002, { ...text, recipient_type: 'group' }],
    ['send.context.message_id', 1008, { ...text, context: {} }],
    ['send.biz_opaque_callback_data.limit', 1009, { ...text, biz_opaque_callback_data: 'x'.repeat(513) }],
    ['send.ttl', 1009, { ...template(), ttl: 'tomorrow' }],
    ['send.ttl', 1010, { ...text, ttl: 'P1D' }],
    ['send.messaging_product', 1010, { ...text, messaging_product: 'whatsapp' }],
    ['send.text.body', 1009, media('text', { body: '' })],
    ['send.text.body.too_long', 1001, media('text', { body: 'x'.repeat(4097) })],
    ['send.text.preview_url', 1009, { ...text, preview_url: 'yes' }],
    ...['image', 'audio', 'video', 'document', 'sticker'].flatMap((type) => [
      [`send.${type}.id`, 1009, media(type, {})] as const,
      [`send.${type}.link`, 1009, media(type, { link: 'ftp://example.com/file' })] as const,
      [`send.${type}.link`, 1009, media(type, { id: 'a', link: 'https://example.com/file' })] as const,
    ]),
    ['send.image.provider', 1009, media('image', { id: 'a', provider: { name: 'cdn1' } })],
    ['send.audio.caption', 1010, media('audio', { id: 'a', caption: 'Listen' })],
    ['send.image.caption', 1009, media('image', { id: 'a', caption: 7 })],
    ['send.document.filename', 1010, media('image', { id: 'a', filename: 'a.jpg' })],
    ['send.location.latitude', 1009, location({ latitude: 90.1 })],
    ['send.location.latitude', 1009, location({ latitude: 'north' })],
    ['send.location.longitude', 1009, location({ longitude: '-180.1' })],
    ['send.location.longitude', 1008, location({ longitude: undefined })],
    ['send.contacts.name', 1009, contact({ name: { formatted_name: 'Ann' } })],
    ['send.contacts.name', 1008, contact({ name: { first_name: 'Ann' } })],
    ['send.contacts.birthday', 1009, contact({ birthday: '18.8.2012' })],
    ['send.contacts.phones', 1010, contact({ phones: [{ number: '1' }] })],
    ['send.contacts', 1009, media('contacts', [])],
    ['send.template.name', 1008, media('template', { language: { code: 'en' } })],
    ['send.template.language.code', 1008, media('template', { name: 'order_ready', language: {} })],
    ['send.template.language.policy.deterministic', 1009, media('template', { name: 'order_ready', language: { policy: 'perhaps', code: 'en' } })],
    ['send.template.header.image', 1009, template({ type: 'header', parameters: [{ type: 'image', image: {} }] })],
    ['send.template.body.text', 1009, inBody({ type: 'text', text: '' })],
    ['send.template.body.fallback_value', 1008, inBody({ type: 'currency', currency: { code: 'USD', amount_1000: 1 } })],
    ['send.template.body.currency', 1009, inBody({ type: 'currency', currency: { fallback_value: 'x', code: 'dollars', amount_1000: 1 } })],
    ['send.template.body.date_time.day_of_week', 1009, inBody({ type: 'date_time', date_time: { fallback_value: 'x', day_of_week: 8 } })],
    ['send.template.body.date_time.calendar', 1009, inBody({ type: 'date_time', date_time: { fallback_value: 'x', calendar: 'LUNAR' } })],
    ['send.template.button.index', 1009, templateButton('url', 'first', { type: 'text', text: 'abc' })],
    ['send.hsm.namespace', 1008, media('hsm', { element_name: 'a', language: { code: 'en' } })],
    ['send.hsm.element_name', 1008, media('hsm', { namespace: 'n', language: { code: 'en' } })],
    ['send.hsm.language', 1008, media('hsm', { namespace: 'n', element_name: 'a' })],
    ['send.hsm.localizable_params.default', 1008, hsm({})],
    ['send.interactive.header.text', 1009, buttons({ header: { type: 'text', text: 'x'.repeat(61) } })],
    ['send.interactive.body', 1009, buttons({ body: { text: 'x'.repeat(1025) } })],
    ['send.interactive.footer', 1009, buttons({ footer: { text: 'x'.repeat(61) } })],
    ['send.interactive.action_string', 1009, interactive({ type: 'button', action: '{broken' })],
    ['send.interactive.button.count', 1009, buttonsOf([])],
    ['send.interactive.button.count', 1009, buttonsOf(numbered(4).map((index) => replyButton({ id: `${index}`, title: `${index}` })))],
    ['send.interactive.button.id', 1009, buttonsOf([replyButton({ id: 'x'.repeat(257) })])],
    ['send.interactive.button.title', 1009, buttonsOf([replyButton({ title: 'x'.repeat(21) })])],
    ['send.interactive.list.button', 1009, list([{ rows: [row(0)] }], { button: 'x'.repeat(21) })],
    ['send.interactive.list.sections', 1009, list([])],
    ['error.2015', 1009, list([])],
    ['error.2016', 1009, list([{ rows: [] }])],
    ['error.2023', 1009, products([{ product_items: [] }])],
    ['error.2026', 1008, products([{}])],
    ['error.2036', 1009, buttons({ header: { type: 'audio', audio: { id: 'a' } } })],
    ['error.2017', 1009, media('text', { body: 'nul \u0000' })],
    ['send.interactive.list.section_title', 1009, list([{ rows: [row(0)] }, { title: 'Second', rows: [row(1)] }])],
    ['send.interactive.list.section_title', 1009, list([{ title: 'x'.repeat(25), rows: [row(0)] }])],
    ['send.interactive.list.rows', 1009, list([{ title: 'a', rows: numbered(6).map((index) => row(index)) }, { title: 'b', rows: numbered(5).map((index) => row(index + 6)) }])],
    ['send.interactive.list.row_id', 1009, oneRow({ id: 'x'.repeat(201) })],
    ['send.interactive.list.row_title', 1009, oneRow({ title: 'x'.repeat(25) })],
    ['send.interactive.list.row_description', 1009, oneRow({ description: 'x'.repeat(73) })],
    ['send.interactive.list.header', 1008, interactive({ type: 'list', header: { type: 'image', image: { id: 'a' } }, action: { button: 'Choose', sections: [{ rows: [row(0)] }] } })],
    ['send.interactive.product.catalog_id', 1008, product({ product_retailer_id: 'p' })],
    ['send.interactive.product.product_retailer_id', 1008, product({ catalog_id: 'c' })],
    ['send.interactive.product.header', 1010, product({ catalog_id: 'c', product_retailer_id: 'p' }, { header: { type: 'text', text: 'x' } })],
    ['send.interactive.product_list.header', 1008, products([{ product_items: items(1) }], { header: undefined })],
    ['send.interactive.product_list.sections', 1009, products(numbered(11).map((index) => ({ title: `${index}`, product_items: items(1) })))],
    ['send.interactive.product_list.products', 1009, products([{ product_items: items(31) }])],
    ['send.interactive.catalog_message', 1009, interactive({ type: 'catalog_message', action: { name: 'catalog_message' } })],
    ['send.interactive.cta_url', 1009, interactive({ type: 'cta_url', action: { name: 'cta_url', parameters: { display_text: 'Open', url: 'https://example.com' } } })],
    ['send.interactive.flow.version', 1009, flow({ flow_message_version: '2' })],
    ['send.interactive.flow.token', 1008, flow({ flow_token: undefined })],
    ['send.interactive.flow.id', 1008, flow({ flow_id: undefined })],
    ['send.interactive.flow.cta', 1009, flow({ flow_cta: 'x'.repeat(21) })],
    ['send.interactive.flow.mode', 1009, flow({ mode: 'secret' })],
    ['send.interactive.flow.action', 1009, flow({ flow_action: 'leave' })],
    ['send.interactive.flow.payload', 1008, flow({ flow_action_payload: {} })],
    ['send.reaction.message_id', 1008, media('reaction', { emoji: '👍' })],
    ['send.reaction.emoji', 1008, media('reaction', { message_id: 'ABGGx' })],
  ])('[%s] (%#)', (_row, code, message) => {
    expect(verdictOn(message)).toBe(code);
  });
});

describe('what clients write in other ways', () => {
  const parsed = (message: object) => parseMessage({ to, ...message });

  it('becomes one thing: strings numbers, a + nothing, a duration seconds, an action in JSON an action [contradiction.7] [send.to.plus]', () => {
    expect(parsed({ ...text, to: `+${to}` }).to).toBe(to);
    expect(parsed(location({ latitude: '37.75', longitude: '-122.42' }))).toEqual(parsed(location({})));
    expect(parsed({ ...template(), ttl: 'P1D' })).toEqual(parsed({ ...template(), ttl: '86400' }));
    expect(parsed(templateButton('url', '1', { type: 'text', text: 'a' }))).toEqual(parsed(templateButton('url', 1, { type: 'text', text: 'a' })));
    const action = { buttons: [replyButton()] };
    expect(parsed(interactive({ type: 'button', action: JSON.stringify(action) }))).toEqual(parsed(interactive({ type: 'button', action })));
  });

  it('a policy that is not said is deterministic [send.template.language.policy.deterministic] [faq.template_deterministic]', () => {
    expect(parsed(template())).toMatchObject({ template: { language: { policy: 'deterministic', code: 'en_US' } } });
  });
});

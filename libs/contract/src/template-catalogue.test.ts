import { describe, expect, it } from 'vitest';
import { parseTemplateDraft, piecesOf, TemplateInvalid, variableCountOf } from './template-catalogue.ts';

const body = { type: 'BODY', text: 'Hi {{1}}, order {{2}} is ready' };
const draft = (components: readonly object[] = [body], more: object = {}) => ({
  name: 'order_ready',
  category: 'UTILITY',
  language: 'en_US',
  components,
  ...more,
});
const header = (text: string) => ({ type: 'HEADER', format: 'TEXT', text });
const buttons = (...list: readonly object[]) => ({ type: 'BUTTONS', buttons: list });
const quickReply = (text: string) => ({ type: 'QUICK_REPLY', text });
const url = (address: string) => ({ type: 'URL', text: 'Open', url: address });

function faultOf(submitted: unknown) {
  try {
    parseTemplateDraft(submitted);
  } catch (error) {
    if (error instanceof TemplateInvalid) return [error.fault, error.field];
    throw error;
  }
  return 'none';
}

describe('a template draft', () => {
  it('may have every documented component, at its limits, in either case', () => {
    const parsed = parseTemplateDraft(
      draft([
        { type: 'header', format: 'text', text: `${'x'.repeat(55)}{{1}}`, example: { header_text: ['Ann'] } },
        { type: 'body', text: `${'x'.repeat(1019)}{{1}}`, example: { body_text: [['Ann']] } },
        { type: 'footer', text: 'x'.repeat(60) },
        buttons(
          quickReply('x'.repeat(20)),
          quickReply('b'),
          quickReply('c'),
          { type: 'url', text: 'Open', url: 'https://shop.example/{{1}}', example: ['7'] },
          { type: 'phone_number', text: 'Call', phone_number: '+16315551000' },
        ),
      ]),
    );
    expect(parsed.components.map(({ type }) => type)).toEqual(['HEADER', 'BODY', 'FOOTER', 'BUTTONS']);
    expect(faultOf(draft([{ type: 'HEADER', format: 'IMAGE', example: { header_handle: ['x'] } }, body]))).toBe('none');
  });

  it.each([
    [draft([body], { name: 'Order Ready' }), 'malformed', 'name'],
    [draft([body], { language: 'en-US' }), 'malformed', 'language'],
    [draft([body], { category: 'SPAM' }), 'malformed', 'category'],
    [draft([body], { name: undefined }), 'missing', 'name'],
    [draft([body], { status: 'approved' }), 'unknown-field', ''],
    [null, 'malformed', ''],
    [draft([header('Hello')]), 'body-missing', 'components'],
    [draft([body, body]), 'duplicate-component', 'components.1'],
    [draft([{ type: 'BODY' }]), 'missing', 'components.0.text'],
    [draft([{ type: 'BODY', text: '' }]), 'empty', 'components.0.text'],
    [draft([{ type: 'BODY', text: 'x'.repeat(1025) }]), 'too-long', 'components.0.text'],
    [draft([{ type: 'BODY', text: 'Hi {{name}}' }]), 'malformed-variable', 'components.0.text'],
    [draft([{ type: 'BODY', text: 'Hi {{0}}' }]), 'malformed-variable', 'components.0.text'],
    [draft([{ type: 'BODY', text: 'Hi {{1}} {{3}}' }]), 'variables-not-contiguous', 'components.0.text'],
    [draft([{ type: 'BODY', text: 'Hi {{2}}' }]), 'variables-not-contiguous', 'components.0.text'],
    [draft([body, header('x'.repeat(61))]), 'too-long', 'components.1.text'],
    [draft([body, header('{{1}} {{2}}')]), 'too-many-variables', 'components.1.text'],
    [draft([body, { type: 'HEADER', format: 'AUDIO' }]), 'malformed', 'components.1.format'],
    [draft([body, { type: 'FOOTER', text: 'x'.repeat(61) }]), 'too-long', 'components.1.text'],
    [draft([body, { type: 'FOOTER', text: 'by {{1}}' }]), 'variable-not-allowed', 'components.1.text'],
    [draft([body, buttons(...['a', 'b', 'c', 'd'].map(quickReply))]), 'too-many-buttons', 'components.1.buttons'],
    [draft([body, buttons(quickReply('x'.repeat(21)))]), 'too-long', 'components.1.buttons.0.text'],
    [draft([body, buttons(quickReply('a'), quickReply('a'))]), 'duplicate-button-text', 'components.1.buttons'],
    [draft([body, buttons(url('https://{{1}}.example/'))]), 'invalid-url', 'components.1.buttons.0.url'],
    [draft([body, buttons(url('https://shop.example{{1}}'))]), 'invalid-url', 'components.1.buttons.0.url'],
    [draft([body, buttons(url('javascript:alert(1)'))]), 'invalid-url', 'components.1.buttons.0.url'],
    [draft([body, buttons({ type: 'PHONE_NUMBER', text: 'Call', phone_number: 'call me' })]), 'invalid-phone-number', 'components.1.buttons.0.phone_number'],
  ])('%# is refused: %j', (submitted, fault, field) => {
    expect(faultOf(submitted)).toEqual([fault, field]);
  });
});

it('a text falls into literals and variables', () => {
  expect(piecesOf('{{1}} and {{2}}, {{1}}{x}')).toEqual([1, ' and ', 2, ', ', 1, '{x}']);
  expect(variableCountOf('{{1}} and {{2}}, {{1}}')).toBe(2);
});

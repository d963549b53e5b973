import { ApiError, parseTemplateDraft, templatePayload } from '@multiconnect/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderTemplate } from './render.ts';
import { requestOfTemplate } from './request.ts';
import { packOf, packsOf } from './testing/packs.ts';

/** Literals without braces, and parameters that try to be variables, replacement patterns and more. */
const literal = fc.string({ unit: fc.constantFrom(...Array.from('aé字 *_~$\\.,!?<&😀')), maxLength: 12 });
const parameter = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('abc{}12$&`\'\\%😀ش')), minLength: 1, maxLength: 12 }),
  fc.constantFrom('{{1}}', '{{2}}', '{{3}}{{1}}', '$1', '$&', "$'", '{{', '}}', '${x}', '%s', '{{1', '1}}'),
);

interface Filled {
  readonly text: string;
  readonly values: readonly string[];
  readonly expected: string;
}

/** A text of literals and variables in any order, each variable once, and what it must become. */
const filledText = (maxVariables: number): fc.Arbitrary<Filled> =>
  fc.integer({ min: 0, max: maxVariables }).chain((count) =>
    fc
      .record({
        literals: fc.array(literal, { minLength: count + 1, maxLength: count + 1 }),
        values: fc.array(parameter, { minLength: count, maxLength: count }),
        order: fc.shuffledSubarray(
          Array.from({ length: count }, (_, index) => index),
          { minLength: count },
        ),
      })
      .map(({ literals: [first = '', ...rest], values, order }) => ({
        text: `x${first}${order.map((variable, place) => `{{${variable + 1}}}${rest[place] ?? ''}`).join('')}`,
        values,
        expected: `x${first}${order.map((variable, place) => `${values[variable] ?? ''}${rest[place] ?? ''}`).join('')}`,
      })),
  );

const anyTemplate = fc.record({ header: fc.option(filledText(1)), body: filledText(8), language: fc.constantFrom('en_US', 'de', 'ar', 'hi', 'fa') });
type AnyTemplate = typeof anyTemplate extends fc.Arbitrary<infer T> ? T : never;

const parametersOf = (values: readonly string[]) => values.map((text) => ({ type: 'text', text }));

function render({ header, body, language }: AnyTemplate, values: readonly string[] = body.values) {
  const draft = parseTemplateDraft({
    name: 'any',
    category: 'UTILITY',
    language,
    components: [...(header ? [{ type: 'HEADER', format: 'TEXT', text: header.text }] : []), { type: 'BODY', text: body.text }],
  });
  const { name, category, components } = draft;
  const payload = templatePayload.parse({
    name,
    language: { code: language },
    components: [
      ...(header ? [{ type: 'header', parameters: parametersOf(header.values) }] : []),
      { type: 'body', parameters: parametersOf(values) },
    ],
  });
  return renderTemplate(packsOf(packOf(language, { name, category, components: [...components] })), requestOfTemplate(payload));
}

const fits = ({ header, body }: AnyTemplate) => (header === null || header.expected.length <= 60) && body.expected.length <= 1024;

describe('any template with matching parameters', () => {
  it('has every parameter in its place, once and literally, whatever it looks like', () => {
    fc.assert(
      fc.property(anyTemplate.filter(fits), (each) => {
        const rendered = render(each);
        expect(rendered.body).toBe(each.body.expected);
        expect(rendered.header).toEqual(each.header ? { type: 'text', text: each.header.expected } : undefined);
        expect(rendered.plainText).toBe(each.header ? `${each.header.expected}\n\n${each.body.expected}` : each.body.expected);
      }),
      { numRuns: 500 },
    );
  });

  it('shows a parameter that is nowhere else exactly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (count) => {
        const values = Array.from({ length: count }, (_, index) => `<${index}>`);
        const text = `x${values.map((_, index) => ` {{${index + 1}}}`).join('')}`;
        const { body } = render({ header: null, body: { text, values, expected: '' }, language: 'de' });
        for (const value of values) expect(body.split(value)).toHaveLength(2);
      }),
    );
  });
});

it('any other number of parameters is refused with both numbers', () => {
  fc.assert(
    fc.property(anyTemplate.filter(fits), fc.array(fc.constant('v'), { maxLength: 12 }), (each, values) => {
      fc.pre(values.length !== each.body.values.length);
      const details = `Number of localizable_params ${values.length} does not match the expected number of params ${each.body.values.length}`;
      expect(() => render(each, values)).toThrow(new ApiError('templateParamCountMismatch', details));
    }),
  );
});

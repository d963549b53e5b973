import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Element } from './element.ts';
import { escapeXml, parseXml, xml } from './element.ts';
import { StreamParser } from './parser.ts';

const names = fc.constantFrom('message', 'body', 'x', 'stanza-id', 'p:q');
const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((text) => escapeXml(text).replace(/\r/g, ' ')).map(unescapeAll);
const attributes = fc.dictionary(fc.constantFrom('id', 'to', 'xmlns', 'xml:lang'), texts);
const { element } = fc.letrec<{ element: Element; child: Element | string }>((tie) => ({
  child: fc.oneof({ maxDepth: 3 }, texts, tie('element')),
  element: fc
    .tuple(names, attributes, fc.array(tie('child'), { maxLength: 4 }))
    .map(([name, attrs, children]) => xml(name, attrs, ...children)),
}));

function unescapeAll(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_match, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" })[name] ?? '');
}

function parse(chunks: readonly string[]): string[] {
  const seen: string[] = [];
  const parser = new StreamParser({
    onHeader: ({ name }) => void seen.push(`header ${name}`),
    onElement: (each) => void seen.push(each.toString()),
    onEnd: () => void seen.push('end'),
  });
  chunks.forEach((chunk) => parser.write(chunk));
  return seen;
}

function cut(text: string, positions: readonly number[]): string[] {
  const sorted = [...new Set(positions.map((position) => position % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((start, index) => text.slice(start, sorted[index] ?? text.length));
}

const document = (elements: readonly Element[]) => `<?xml version='1.0'?><stream:stream a='>'>\n${elements.join(' ')}</stream:stream >`;

describe('the stream parser', () => {
  it('gives the same elements however the input is cut', () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 12 }), (elements, positions) => {
        const text = document(elements);
        const expected = ['header stream:stream', ...elements.map(String), 'end'];
        expect(parse(cut(text, positions))).toEqual(expected);
        expect(parse(text.split(/(?:)/u))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('reads back what an element is written as', () => {
    fc.assert(
      fc.property(element, (each) => {
        expect(parseXml(each.toString()).toString()).toBe(each.toString());
      }),
    );
  });

  it('reads CDATA, character references and both kinds of quotes', () => {
    const parsed = parse(["<s><a k='\"&#x41;&#66;' l=\"'\"><![CDATA[<]]]]><![CDATA[&amp;]]>&#67;</a>"]);
    expect(parsed[1]).toBe('<a k="&quot;AB" l="&apos;">&lt;]]&amp;amp;C</a>');
  });

  it.each([
    ['a DTD', '<!DOCTYPE s [<!ENTITY x "y">]><s>', 'restricted-xml'],
    ['a comment', '<s><!-- x --></s>', 'restricted-xml'],
    ['a processing instruction', '<s><?php x ?></s>', 'restricted-xml'],
    ['a late declaration', "<s><?xml version='1.0'?></s>", 'restricted-xml'],
    ['an unknown entity', '<s><a>&x;</a></s>', 'not-well-formed'],
    ['a bare ampersand', '<s><a>a & b</a></s>', 'not-well-formed'],
    ['an illegal character reference', '<s><a>&#0;</a></s>', 'not-well-formed'],
    ['a wrong end tag', '<s><a></b></s>', 'not-well-formed'],
    ['an attribute twice', "<s><a k='1' k='2'/></s>", 'not-well-formed'],
    ['an attribute without quotes', '<s><a k=1/></s>', 'not-well-formed'],
    ['a tag in a tag', '<s><a <b/></s>', 'not-well-formed'],
    ['text between stanzas', '<s>text<a/></s>', 'not-well-formed'],
    ['anything after the end', '<s></s><s>', 'not-well-formed'],
    ['endless text', `<s><a>${'x'.repeat(11 * 1024 * 1024)}`, 'policy-violation'],
    ['an endless tag', `<s><a k='${'x'.repeat(70_000)}`, 'policy-violation'],
    ['endless depth', `<s>${'<a>'.repeat(1_000)}`, 'policy-violation'],
    ['endless children', `<s><a>${'<b/>'.repeat(60_000)}`, 'policy-violation'],
  ])('refuses %s', (_name, text, condition) => {
    expect(() => parse([text])).toThrow(expect.objectContaining({ condition }));
    expect(() => parse(text.match(/[^]{1,16384}/g) ?? [])).toThrow(expect.objectContaining({ condition }));
  });

  it('has no limit on the stream as a whole', () => {
    const stanza = `<a>${'x'.repeat(1024 * 1024)}</a>`;
    expect(parse(['<s>', ...Array.from({ length: 25 }, () => stanza)])).toHaveLength(26);
  });

  it('takes an attribute named like a property of objects as an attribute', () => {
    expect(parse(["<s><a __proto__='x' constructor='y'/>"])[1]).toContain('constructor="y"');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('parseXml', () => {
  it.each(['', 'text', '<a/><b/>', '<a/>text', '</document><document>', '<a>', '</document>'])('refuses %j', (text) => {
    expect(() => parseXml(text)).toThrow();
  });
});

describe('escapeXml', () => {
  it('carries any text that XML can carry, and nothing that would end the stream', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseXml(`<a k="${escapeXml(text)}">${escapeXml(text)}</a>`);
        expect(parsed.getText()).toBe(parsed.attrs['k'] ?? '');
        expect(escapeXml(text).isWellFormed()).toBe(true);
        expect(escapeXml(text)).not.toMatch(/[\u0000-\u0008\ufffe\uffff<]/);
      }),
    );
  });
});

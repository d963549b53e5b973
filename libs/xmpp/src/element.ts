import { createElement, Element } from 'ltx';
import { StreamParser } from './parser.ts';
import { XmlError } from './errors.ts';
import { illegalCharacters } from './namespaces.ts';

export { Element };

type Child = Element | string | number | undefined | readonly Child[];

/** Builds an element; attributes that are undefined and children that are undefined or '' are left out. */
export function xml(
  name: string,
  attributes?: Readonly<Record<string, string | number | undefined>>,
  ...children: readonly Child[]
): Element {
  return createElement(name, { ...attributes }, ...(children as Element[]));
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Escapes for text and attribute values. What XML 1.0 cannot carry at all becomes U+FFFD. */
export function escapeXml(text: string): string {
  return legalXml(text).replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}

/**
 * Replaces characters that no XML 1.0 document may contain, even escaped. One of them would make the server close the
 * stream, and the same message sent again would close it again.
 */
export function legalXml(serialized: string): string {
  const legal = serialized.replace(illegalCharacters, '\ufffd');
  return legal.isWellFormed() ? legal : legal.toWellFormed();
}

/** Parses exactly one element. Throws XmlError; DTDs, comments, processing instructions and custom entities are refused. */
export function parseXml(text: string): Element {
  const elements: Element[] = [];
  const parser = new StreamParser({
    onHeader: () => undefined,
    onElement: (element) => void elements.push(element),
    onEnd: () => undefined,
  });
  parser.write('<document>');
  parser.write(text);
  parser.write('</document>');
  const [element] = elements;
  if (!element || elements.length > 1 || !parser.ended) throw new XmlError('not-well-formed');
  element.parent = null;
  return element;
}

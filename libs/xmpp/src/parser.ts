import { Element } from 'ltx';
import { XmlError } from './errors.ts';

export interface ParserHandler {
  /** The stream header, which is the parent of every element that follows. */
  onHeader(header: Element): void;
  /** One complete child of the stream. */
  onElement(element: Element): void;
  /** The stream's closing tag. */
  onEnd(): void;
}

const maxElementChars = 10 * 1024 * 1024;
const maxTagChars = 64 * 1024;
const maxDepth = 128;
const maxNodes = 50_000;

const quote = '"'.charCodeAt(0);
const apostrophe = "'".charCodeAt(0);
const lessThan = '<'.charCodeAt(0);
const greaterThan = '>'.charCodeAt(0);
const slash = '/'.charCodeAt(0);
const bang = '!'.charCodeAt(0);
const question = '?'.charCodeAt(0);

const openName = /<([^\s/>"'=<&]+)/y;
const attribute = /\s+([^\s=/<>"'&]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
const tagClose = /\s*(\/?)>/y;
const cdataStart = '<![CDATA[';

/**
 * Streaming parser of an XMPP stream into ltx elements. Strict where ltx's own parser is not: it checks end tags, refuses
 * DTDs, comments and processing instructions (RFC 6120, 11.1), knows only the five entities of XML, limits size, depth and
 * number of nodes, and gives the same result however the input is cut into chunks. Throws XmlError.
 */
export class StreamParser {
  readonly #handler: ParserHandler;
  #header: Element | undefined;
  #current: Element | undefined;
  #depth = 0;
  #nodes = 0;
  #elementChars = 0;
  #boundary = -1;
  #held = '';
  #text: string[] = [];
  #stopped = false;
  #started = false;
  ended = false;

  constructor(handler: ParserHandler) {
    this.#handler = handler;
  }

  /** Ignores this chunk's rest and everything after it. */
  stop(): void {
    this.#stopped = true;
  }

  write(chunk: string): void {
    const data = this.#held === '' ? chunk : this.#held + chunk;
    this.#held = '';
    this.#boundary = -1;
    let position = 0;
    while (position < data.length && !this.#stopped) {
      const next = data.charCodeAt(position) === lessThan ? this.#markup(data, position) : this.#characters(data, position);
      if (next === -1) {
        this.#held = data.slice(position);
        break;
      }
      position = next;
    }
    this.#elementChars = this.#boundary === -1 ? this.#elementChars + chunk.length : data.length - this.#boundary;
    if (this.#elementChars > maxElementChars && (this.#depth > 1 || this.#held !== '')) throw new XmlError('policy-violation');
    if (this.#depth <= 1 && this.#held === '') this.#elementChars = 0;
  }

  #characters(data: string, position: number): number {
    const next = data.indexOf('<', position);
    const end = next === -1 ? data.length : next;
    const text = data.slice(position, end);
    if (this.#depth > 1) this.#text.push(text);
    else if (text.trim() !== '') throw new XmlError('not-well-formed');
    return end;
  }

  #markup(data: string, position: number): number {
    switch (data.charCodeAt(position + 1)) {
      case bang:
        return this.#cdata(data, position);
      case question:
        return this.#declaration(data, position);
      default:
        return this.#tag(data, position);
    }
  }

  #cdata(data: string, position: number): number {
    const start = data.slice(position, position + cdataStart.length);
    if (!cdataStart.startsWith(start) || this.#depth < 2) throw new XmlError('restricted-xml');
    if (start.length < cdataStart.length) return -1;
    const end = data.indexOf(']]>', position + cdataStart.length);
    if (end === -1) return -1;
    this.#flushText();
    this.#current?.children.push(data.slice(position + cdataStart.length, end));
    return end + 3;
  }

  #declaration(data: string, position: number): number {
    const start = data.slice(position, position + 6);
    if (this.#started || !'<?xml '.startsWith(start)) throw new XmlError('restricted-xml');
    const end = data.indexOf('?>', position);
    if (end !== -1) return end + 2;
    if (data.length - position > maxTagChars) throw new XmlError('policy-violation');
    return -1;
  }

  #tag(data: string, position: number): number {
    const end = tagEnd(data, position + 1);
    if (end === -1) {
      if (data.length - position > maxTagChars) throw new XmlError('policy-violation');
      return -1;
    }
    if (this.ended) throw new XmlError('not-well-formed');
    this.#started = true;
    if (this.#text.length > 0) this.#flushText();
    if (data.charCodeAt(position + 1) === slash) this.#close(data.slice(position + 2, end - 1).trimEnd(), end);
    else this.#open(data, position, end);
    return end;
  }

  #open(data: string, position: number, end: number): void {
    openName.lastIndex = position;
    const name = openName.exec(data)?.[1];
    if (name === undefined) throw new XmlError('not-well-formed');
    const element = new Element(name);
    let index = openName.lastIndex;
    for (;;) {
      attribute.lastIndex = index;
      const match = attribute.exec(data);
      if (!match?.[1]) break;
      if (Object.hasOwn(element.attrs, match[1])) throw new XmlError('not-well-formed');
      element.attrs[match[1]] = unescape(match[2] ?? match[3] ?? '');
      index = attribute.lastIndex;
    }
    tagClose.lastIndex = index;
    const closing = tagClose.exec(data);
    if (!closing || tagClose.lastIndex !== end) throw new XmlError('not-well-formed');
    this.#enter(element);
    if (closing[1] === '/') this.#close(name, end);
  }

  #enter(element: Element): void {
    if (++this.#depth > maxDepth || ++this.#nodes > maxNodes) throw new XmlError('policy-violation');
    if (this.#depth === 1) {
      this.#header = element;
      this.#current = element;
      this.#handler.onHeader(element);
      return;
    }
    const parent = this.#current;
    element.parent = parent ?? null;
    // The header does not collect its children: it lives as long as the stream.
    if (this.#depth > 2) parent?.children.push(element);
    this.#current = element;
  }

  #close(name: string, end: number): void {
    const element = this.#current;
    if (element?.name !== name) throw new XmlError('not-well-formed');
    this.#depth--;
    this.#current = element.parent ?? undefined;
    if (this.#depth > 1) return;
    this.#boundary = end;
    this.#nodes = 0;
    if (this.#depth === 1) {
      this.#current = this.#header;
      this.#handler.onElement(element);
      return;
    }
    this.ended = true;
    this.#handler.onEnd();
  }

  #flushText(): void {
    const text = this.#text.length === 1 ? this.#text[0] : this.#text.join('');
    this.#text = [];
    if (text) this.#current?.children.push(unescape(text));
  }
}

/** Index after the tag's '>', or -1 while it is incomplete. A '>' inside an attribute value does not end the tag. */
function tagEnd(data: string, start: number): number {
  for (let index = start; index < data.length; index++) {
    const code = data.charCodeAt(index);
    if (code === greaterThan) return index + 1;
    if (code === lessThan) throw new XmlError('not-well-formed');
    if (code === quote || code === apostrophe) {
      index = data.indexOf(code === quote ? '"' : "'", index + 1);
      if (index === -1) return -1;
    }
  }
  return -1;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6});|#([0-9]{1,7});|(amp|lt|gt|quot|apos);)?/g, (_match, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? '';
    if (hex !== undefined) return character(Number.parseInt(hex, 16));
    if (decimal !== undefined) return character(Number.parseInt(decimal, 10));
    throw new XmlError('not-well-formed');
  });
}

function character(codePoint: number): string {
  const legal =
    codePoint === 0x9 ||
    codePoint === 0xa ||
    codePoint === 0xd ||
    (codePoint >= 0x20 && codePoint <= 0xd7ff) ||
    (codePoint >= 0xe000 && codePoint <= 0xfffd) ||
    (codePoint >= 0x10000 && codePoint <= 0x10ffff);
  if (!legal) throw new XmlError('not-well-formed');
  return String.fromCodePoint(codePoint);
}

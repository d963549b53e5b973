import { parseXml } from '@multiconnect/xmpp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meaningOf, storable } from './stanza.ts';

const business = '+15550009999@chat.example';
const customer = '15550000001';
const body = '<body>hello</body>';

interface Parts {
  readonly from?: string;
  readonly to?: string;
  readonly attributes?: string;
  readonly content?: string;
}

const stored = ({ from = `+${customer}@chat.example/phone`, to = `${business}/control`, attributes = "id='1'", content = body }: Parts) =>
  storable(parseXml(`<message from='${from}' to='${to}' ${attributes}>${content}</message>`));

const delay = (from: string, stamp: string) => `<delay xmlns='urn:xmpp:delay' from='${from}' stamp='${stamp}'/>`;

describe('a stanza', () => {
  it('of a customer is stored under the number, whatever client and whatever case of the domain', () => {
    for (const from of [`+${customer}@chat.example`, `+${customer}@chat.example/a/b@c`, `+${customer}@CHAT.example/x`]) {
      expect(stored({ from })).toMatchObject({ customer, stanzaId: '1' });
    }
  });

  it.each([
    ['a stranger with a customer’s number at another domain', { from: `+${customer}@evil.example/phone` }],
    ['a domain that begins alike', { from: `+${customer}@chat.example.evil` }],
    ['an address inside an address', { from: `+${customer}@evil.example/+${customer}@chat.example` }],
    ['an account without the plus', { from: `${customer}@chat.example` }],
    ['somebody with a name', { from: 'alice@chat.example' }],
    ['a number with a leading zero', { from: '+0555000000@chat.example' }],
    ['a number that is too long', { from: '+1234567890123456@chat.example' }],
    ['the server', { from: 'chat.example' }],
    ['the number itself', { from: `${business}/shard-1` }],
    ['a room', { attributes: "type='groupchat' id='1'" }],
  ])('of %s is ignored', (_who, parts) => {
    expect(stored(parts)).toBeUndefined();
  });

  it('that is no message, has no sender or no receiver, or means nothing is ignored', () => {
    const from = `from='+${customer}@chat.example/phone'`;
    const to = `to='${business}'`;
    for (const text of [
      `<presence ${from} ${to}/>`,
      `<presence from='${business}/control' ${to}/>`,
      `<message ${to}>${body}</message>`,
      `<message ${from}>${body}</message>`,
      `<message ${from} ${to}><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
      `<message ${from} ${to} type='error'/>`,
      `<message ${from} ${to}><received xmlns='urn:xmpp:receipts' id=''/></message>`,
    ]) {
      expect(storable(parseXml(text))).toBeUndefined();
    }
  });

  it('without an id, or with a very long one, is stored', () => {
    expect(stored({ attributes: '' })?.stanzaId).toBe('');
    const long = stored({ attributes: `id='${'😀'.repeat(1_000)}'` })?.stanzaId ?? '';
    expect(long.length).toBeLessThanOrEqual(512);
    expect(long.isWellFormed()).toBe(true);
  });

  it('is the same one when it is redelivered with stamps, and another one with other content', () => {
    const once = stored({})?.stanzaHash;
    const again = stored({ to: `${business}/shard-3`, content: `${body}${delay('chat.example', '2020-01-01T00:00:00Z')}<stanza-id xmlns='urn:xmpp:sid:0' id='9'/>` });
    expect(again?.stanzaHash).toEqual(once);
    expect(stored({ from: `+${customer}@chat.example/tablet` })?.stanzaHash).toEqual(once);
    expect(stored({ content: '<body>hello </body>' })?.stanzaHash).not.toEqual(once);
  });

  it('is dated by the own server only', () => {
    const own = delay('chat.example', '2020-01-01T00:00:00.5Z');
    const forged = delay('evil.example', '1999-01-01T00:00:00Z');
    expect(stored({ content: body + forged })).not.toHaveProperty('delayedAtMs');
    expect(stored({ content: body + forged + own })?.delayedAtMs).toBe(Date.UTC(2020, 0, 1, 0, 0, 0, 500));
  });

  it('of any shape means something without an error', () => {
    const name = fc.constantFrom('encrypted', 'header', 'key', 'iv', 'payload', 'event', 'items', 'item', 'list', 'device', 'received', 'displayed', 'request', 'body', 'error', 'delay');
    const namespace = fc.constantFrom('', 'eu.siacs.conversations.axolotl', 'http://jabber.org/protocol/pubsub#event', 'urn:xmpp:receipts', 'urn:xmpp:chat-markers:0', 'urn:xmpp:delay');
    const attribute = fc.constantFrom('', " sid='1'", " rid='-1'", " id='1e300'", " node='eu.siacs.conversations.axolotl.devicelist'", " stamp='2020'");
    const text = fc.constantFrom('', 'AA==', '?', '😀');
    const { element } = fc.letrec<{ element: string }>((tie) => ({
      element: fc
        .tuple(name, namespace, attribute, fc.oneof({ depthSize: 'small' }, text, fc.array(tie('element'), { maxLength: 3 }).map((all) => all.join(''))))
        .map(([tag, xmlns, attributes, inner]) => `<${tag} xmlns='${xmlns}'${attributes}>${inner}</${tag}>`),
    }));
    fc.assert(
      fc.property(fc.array(element, { maxLength: 3 }), fc.constantFrom('chat', 'error', 'headline'), (children, type) => {
        const content = children.join('');
        expect(meaningOf(parseXml(`<message type='${type}' id='1'>${content}</message>`)).kind).toBeTypeOf('string');
        stored({ attributes: `type='${type}'`, content });
      }),
      { numRuns: 500 },
    );
  });
});

import { randomBytes } from 'node:crypto';
import { type OutboundContent, outboundContent, sentInteractive } from '@multiconnect/contract';
import { parseXml } from '@multiconnect/xmpp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choicesOf, contentElement, plainRendering, readContent, typedChoice, UnreadableContent } from './index.ts';

const messageWith = (element: string) => parseXml(`<message xmlns='jabber:client'>${element}</message>`);

describe('the content element', () => {
  it('gives back any JSON to who has the key of the message', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.uint8Array({ minLength: 32, maxLength: 32 }), (content, key) => {
        expect(readContent(messageWith(contentElement(key, content)), key)).toEqual(JSON.parse(JSON.stringify(content)));
      }),
    );
  });

  it('opens with no other key, and not when a character of it was changed', () => {
    const key = randomBytes(32);
    const element = contentElement(key, { type: 'text' });
    expect(() => readContent(messageWith(element), randomBytes(32))).toThrow(UnreadableContent);
    const [, data = ''] = />(.+)</.exec(element) ?? [];
    const changed = data.startsWith('A') ? `B${data.slice(1)}` : `A${data.slice(1)}`;
    expect(() => readContent(messageWith(element.replace(data, changed)), key)).toThrow(UnreadableContent);
  });

  it('is nothing where there is none', () => {
    expect(readContent(messageWith(''), randomBytes(32))).toBeUndefined();
  });
});

const buttons = sentInteractive.parse({
  type: 'button',
  header: { type: 'text', text: 'Plans' },
  body: { text: 'Which one?' },
  footer: { text: 'Reply any time' },
  action: { buttons: [{ type: 'reply', reply: { id: 'b', title: 'Basic' } }, { type: 'reply', reply: { id: 'p', title: 'Pro' } }] },
});
const list = sentInteractive.parse({
  type: 'list',
  body: { text: 'Pick' },
  action: {
    button: 'Open',
    sections: [
      { title: 'Tea', rows: [{ id: 't1', title: 'Green', description: 'mild' }] },
      { title: 'Coffee', rows: [{ id: 'c1', title: 'Black' }, { id: 'c2', title: 'White' }] },
    ],
  },
});

describe('the plain rendering', () => {
  it.each<[OutboundContent, string]>([
    [{ type: 'text', text: { body: 'Hi' } }, 'Hi'],
    [{ type: 'location', location: { latitude: 37.75, longitude: -122.42, name: 'HQ', address: '1 Road' } }, 'HQ\n1 Road\ngeo:37.75,-122.42'],
    [{ type: 'interactive', interactive: buttons }, 'Plans\nWhich one?\n1) Basic\n2) Pro\nReply any time'],
    [{ type: 'interactive', interactive: list }, 'Pick\nTea\n1) Green – mild\nCoffee\n2) Black\n3) White'],
    [{ type: 'reaction', reaction: { message_id: 'ABGG', emoji: '👍' } }, '👍'],
    [{ type: 'audio', audio: { url: 'aesgcm://files.example/a#00', mime_type: 'audio/mpeg' } }, 'aesgcm://files.example/a#00'],
    [{ type: 'image', image: { url: 'aesgcm://files.example/a#00', mime_type: 'image/png', caption: 'Look' } }, 'aesgcm://files.example/a#00\nLook'],
    [
      {
        type: 'template',
        template: {
          namespace: 'n',
          name: 'order_ready',
          language: 'en',
          header: { type: 'document', document: { url: 'https://files.example/a', mime_type: 'application/pdf' } },
          body: 'Your order is ready',
          footer: 'Shop',
          buttons: [
            { type: 'quick_reply', text: 'Thanks', payload: 'ok' },
            { type: 'url', text: 'Track', url: 'https://shop.example/1' },
            { type: 'quick_reply', text: 'Stop', payload: null },
          ],
        },
      },
      'https://files.example/a\n\nYour order is ready\n\nShop\n\n1) Thanks\n2) Stop\nTrack: https://shop.example/1',
    ],
    [
      outboundContent.parse({ type: 'contacts', contacts: [{ name: { formatted_name: 'Ann Lee', first_name: 'Ann' }, phones: [{ phone: '+1 631 555 1001' }] }] }),
      'Ann Lee\n+1 631 555 1001',
    ],
  ])('of %j is readable', (content, plain) => {
    expect(plainRendering(content)).toBe(plain);
  });
});

describe('a typed answer', () => {
  it.each([
    [buttons, '2', { type: 'button_reply', button_reply: { id: 'p', title: 'Pro' } }],
    [buttons, ' 1) ', { type: 'button_reply', button_reply: { id: 'b', title: 'Basic' } }],
    [buttons, 'pro', { type: 'button_reply', button_reply: { id: 'p', title: 'Pro' } }],
    [list, '3', { type: 'list_reply', list_reply: { id: 'c2', title: 'White' } }],
    [list, '4', undefined],
    [buttons, '0', undefined],
    [buttons, 'what is Pro?', undefined],
  ])('to %j, "%s", means its choice or nothing', (interactive, answer, reply) => {
    expect(typedChoice(choicesOf(interactive), answer)?.reply).toEqual(reply);
  });
});

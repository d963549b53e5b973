import type { OutboundContent } from '@multiconnect/contract';
import { plainRendering } from '@multiconnect/content';
import { describe, expect, it } from 'vitest';
import { choicesIn, fileNameOf, linesOf } from './shown.ts';

const file = { url: 'aesgcm://files.example/x.jpg#00', mime_type: 'image/jpeg', file_size: 12_345 };

const shown = (content: OutboundContent) =>
  linesOf({ id: 'a', from: '+1@chat.example', fromNumber: '1', text: plainRendering(content), at: new Date(0), content }, 3);

const buttons = {
  type: 'button' as const,
  header: { type: 'image' as const, image: file },
  body: { text: 'Which one?' },
  action: { buttons: [{ type: 'reply' as const, reply: { id: 'b', title: 'Basic' } }, { type: 'reply' as const, reply: { id: 'p', title: 'Pro' } }] },
};

describe('a message in the terminal', () => {
  it.each<readonly [string, OutboundContent, string]>([
    ['text', { type: 'text', text: { body: 'hello' } }, 'hello'],
    ['a reply', { type: 'text', text: { body: 'yes' }, context: { message_id: 'x' } }, '(in reply) yes'],
    ['an image with a caption', { type: 'image', image: { ...file, caption: 'A house' } }, 'image [image/jpeg, 12.3 kB; /save 3 keeps it]\nA house'],
    ['a document [faq.document_caption]', { type: 'document', document: { ...file, filename: 'a.pdf' } }, 'document [a.pdf, 12.3 kB; /save 3 keeps it]'],
    ['buttons under an image', { type: 'interactive', interactive: buttons }, '[image/jpeg, 12.3 kB; /save 3 keeps it]\nWhich one?\n1) Basic\n2) Pro'],
    ['a place', { type: 'location', location: { latitude: 1, longitude: 2, name: 'Shop' } }, 'Shop\ngeo:1,2'],
    ['a reaction', { type: 'reaction', reaction: { message_id: 'x', emoji: '👍' } }, 'reacted 👍'],
    ['a reaction taken back', { type: 'reaction', reaction: { message_id: 'x', emoji: '' } }, '(reaction taken back)'],
  ])('is %s', (_what, content, lines) => {
    expect(shown(content)).toBe(lines);
  });

  it('offers choices in the order in which it numbers them', () => {
    expect(choicesIn({ type: 'interactive', interactive: buttons }).map(({ title }) => title)).toEqual(['Basic', 'Pro']);
    const template = { namespace: 'n', name: 't', language: 'en', body: 'x', buttons: [{ type: 'quick_reply' as const, text: 'Stop', payload: null }] };
    expect(choicesIn({ type: 'template', template }).map(({ reply }) => reply)).toEqual([{ type: 'button', button: { payload: null, text: 'Stop' } }]);
  });
});

describe('the name that a file is kept under', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\evil.exe', 'evil.exe'],
    ['.profile', 'profile'],
    ['a\u0000b.pdf', 'a_b.pdf'],
    ['Rechnung März.pdf', 'Rechnung März.pdf'],
    ['..', 'file-1.jpg'],
    [undefined, 'file-1.jpg'],
  ])('of %j is %j', (filename, kept) => {
    expect(fileNameOf({ ...file, ...(filename !== undefined && { filename }) }, 1)).toBe(kept);
  });
});

import { randomBytes } from 'node:crypto';
import { contentElement } from '@multiconnect/content';
import { parseXml } from '@multiconnect/xmpp';
import { describe, expect, it } from 'vitest';
import { type Said, saidIn } from './said.ts';
import { policy } from './testing/bench.ts';

const messageKey = randomBytes(32);
const url = `aesgcm://up.example/f#${'ab'.repeat(44)}`;
const sha256 = 'cd'.repeat(32);
const sent = (mime_type: string, more: object = {}) => ({ url, mime_type, sha256, file_size: 9, ...more });
const fetching = (contentType: string, more: object = {}) => [{ place: 'message', url, contentType, ...more }];
const contacts = [{ name: { formatted_name: 'Ann Smith', first_name: 'Ann' }, phones: [{ phone: '+1 555', type: 'CELL', wa_id: '1555' }] }];
const order = { catalog_id: 'c', text: 'soon', product_items: [{ product_retailer_id: 'p', quantity: 2, item_price: 9.5, currency: 'USD' }] };

const said = (content: object | string | undefined, text: string | undefined, around = '', with_ = policy): Said => {
  const element = typeof content === 'object' ? contentElement(messageKey, content) : (content ?? '');
  return saidIn(parseXml(`<message>${element}${around}</message>`), { messageKey, ...(text !== undefined && { text }) }, with_);
};
const message = (content: object, more: object = {}) => ({ kind: 'message', content, files: [], isTyped: false, ...more });

describe('the encrypted element', () => {
  it.each<[string, object, object, object]>([
    ['text', { type: 'text', text: { body: 'hi' } }, { type: 'text', text: { body: 'hi' } }, {}],
    ['image', { type: 'image', image: sent('image/jpeg', { caption: 'me', filename: 'x.jpg' }) }, { type: 'image', image: { mime_type: 'image/jpeg', sha256, caption: 'me' } }, { files: fetching('image/jpeg', { filename: 'x.jpg' }) }],
    ['video', { type: 'video', video: sent('video/mp4', { caption: '' }) }, { type: 'video', video: { mime_type: 'video/mp4', sha256 } }, { files: fetching('video/mp4') }],
    ['audio', { type: 'audio', audio: sent('audio/mpeg', { filename: 'song.mp3' }) }, { type: 'audio', audio: { mime_type: 'audio/mpeg', sha256, filename: 'song.mp3' } }, { files: fetching('audio/mpeg', { filename: 'song.mp3' }) }],
    ['voice', { type: 'voice', voice: sent('audio/ogg; codecs=opus') }, { type: 'voice', voice: { mime_type: 'audio/ogg; codecs=opus', sha256 } }, { files: fetching('audio/ogg; codecs=opus') }],
    ['document', { type: 'document', document: sent('application/pdf', { caption: 'bill', filename: 'b.pdf' }) }, { type: 'document', document: { mime_type: 'application/pdf', sha256, caption: 'bill', filename: 'b.pdf' } }, { files: fetching('application/pdf', { filename: 'b.pdf' }) }],
    ['sticker', { type: 'sticker', sticker: sent('image/webp', { animated: false, metadata: { 'sticker-pack-id': 'cats' } }) }, { type: 'sticker', sticker: { mime_type: 'image/webp', sha256, animated: false, metadata: { 'sticker-pack-id': 'cats' } } }, { files: fetching('image/webp') }],
    ['location', { type: 'location', location: { latitude: 1.5, longitude: '-2', name: 'n', address: 'a', url: 'https://e.test/' } }, { type: 'location', location: { latitude: 1.5, longitude: -2, name: 'n', address: 'a', url: 'https://e.test/' } }, {}],
    ['contacts', { type: 'contacts', contacts }, { type: 'contacts', contacts }, {}],
    ['button', { type: 'button', button: { payload: null, text: 'Yes' } }, { type: 'button', button: { payload: null, text: 'Yes' } }, {}],
    ['order', { type: 'order', order }, { type: 'order', order }, {}],
    ['reaction', { type: 'reaction', reaction: { message_id: 'x', emoji: '👍' } }, { type: 'reaction', reaction: { message_id: 'x', emoji: '👍' } }, {}],
    ...[
      { type: 'button_reply', button_reply: { id: '1', title: 'Yes' } },
      { type: 'list_reply', list_reply: { id: '1', title: 'Yes', description: 'd' } },
      { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{}' } },
    ].map((interactive): [string, object, object, object] => [interactive.type, { type: 'interactive', interactive }, { type: 'interactive', interactive }, {}]),
  ])('carries %s', (_type, content, expected, more) => {
    expect(said(content, 'the plain form')).toEqual(message(expected, more));
  });

  it('carries what stands around a message, and the name that the customer goes by', () => {
    const context = { message_id: 'm', forwarded: true, frequently_forwarded: true, referred_product: { catalog_id: 'c', product_retailer_id: 'p' } };
    const content = { type: 'text', text: { body: 'hi' }, context, profile: { name: 'Ann' } };
    expect(said(content, 'hi', "<nick xmlns='http://jabber.org/protocol/nick'>Other</nick>")).toEqual(message({ type: 'text', text: { body: 'hi' } }, { context, profileName: 'Ann' }));
    expect(said(undefined, 'hi', "<nick xmlns='http://jabber.org/protocol/nick'> Bob </nick>")).toMatchObject({ profileName: 'Bob' });
  });

  it('carries where the customer comes from, its picture to be fetched unless that is switched off', () => {
    const source = { headline: 'h', body: 'b', source_type: 'ad', source_id: '1', source_url: 'https://e.test/' };
    const content = { type: 'text', text: { body: 'hi' }, referral: { ...source, image: sent('image/png') } };
    const text = { type: 'text', text: { body: 'hi' } };
    expect(said(content, 'hi')).toEqual(
      message(text, { referral: { ...source, image: { mime_type: 'image/png', sha256 } }, files: [{ place: 'referral', url, contentType: 'image/png' }] }),
    );
    expect(said(content, 'hi', '', { ...policy, areReferralFilesWanted: false })).toEqual(
      message(text, { referral: { ...source, image: { mime_type: 'image/png', sha256, status: 'undownloaded' } } }),
    );
  });

  it.each(['image', 'video', 'audio', 'voice', 'document', 'sticker'] as const)('leaves a file of type %s where it is when its type is not downloaded', (type) => {
    const others = { ...policy, autoDownload: new Set([...policy.autoDownload].filter((one) => one !== type)) };
    expect(said({ type, [type]: sent('a/b') }, 'x', '', others)).toEqual(message({ type, [type]: { mime_type: 'a/b', sha256, status: 'undownloaded' } }));
  });

  it.each([
    { type: 'deleted', deleted: { message_id: 'x' } },
    { type: 'not_shown', not_shown: { message_id: 'x', reason: 'structure' } },
    { type: 'warning', warning: { message_id: 'x', reason: 'product_missing' } },
    { type: 'changed_number', changed_number: { wa_id: '16315551002' } },
  ])('tells what is no message: $type', (notice) => {
    expect(said(notice, undefined)).toEqual({ kind: 'notice', notice });
  });
});

describe('a message whose element cannot be read', () => {
  const other = contentElement(randomBytes(32), { type: 'text', text: { body: 'hi' } });
  it.each<[string, object | string]>([
    ['of another message', other],
    ['that is damaged', "<content xmlns='urn:multiconnect:content:0' iv='AA=='>AA==</content>"],
    ['of a kind that nobody knows', { type: 'hologram', hologram: {} }],
    ['that breaks its form', { type: 'location', location: { latitude: 200, longitude: 0 } }],
    ['that is no object', [1, 2]],
  ])('is its text: one %s', (_what, content) => {
    expect(said(content, 'the plain form')).toEqual(message({ type: 'text', text: { body: 'the plain form' } }, { isTyped: true }));
    expect(said(content, '')).toEqual({ kind: 'unsupported' });
    expect(said(content, undefined)).toEqual({ kind: 'unsupported' });
  });

  it.each(['ephemeral', 'unsupported'])('is unsupported when it says so: %s', (type) => {
    expect(said({ type, [type]: {} }, 'a text')).toEqual({ kind: 'unsupported' });
  });
});

describe('a message without an element', () => {
  it('is its text, typed', () => {
    expect(said(undefined, ' 2 ')).toEqual(message({ type: 'text', text: { body: ' 2 ' } }, { isTyped: true }));
  });

  it('is nothing when only a ratchet moves, and unsupported when it is empty', () => {
    expect(said(undefined, undefined)).toEqual({ kind: 'nothing' });
    expect(said(undefined, '')).toEqual({ kind: 'unsupported' });
  });

  it('is a place or a file when it is nothing but its address', () => {
    expect(said(undefined, 'geo:1,2')).toEqual(message({ type: 'location', location: { latitude: 1, longitude: 2 } }));
    const link = `aesgcm://up.example/bill.pdf#${'ab'.repeat(44)}`;
    expect(said(undefined, link)).toEqual(
      message({ type: 'document', document: { mime_type: 'application/pdf', filename: 'bill.pdf' } }, { files: [{ place: 'link', url: link, contentType: 'application/pdf', filename: 'bill.pdf' }] }),
    );
    expect(said(undefined, link, '', { ...policy, autoDownload: new Set() })).toEqual(
      message({ type: 'document', document: { mime_type: 'application/pdf', filename: 'bill.pdf', status: 'undownloaded' } }),
    );
  });
});

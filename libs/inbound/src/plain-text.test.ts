import { describe, expect, it } from 'vitest';
import { fileTypeOf, meaningOfText, uploadsOf } from './plain-text.ts';

const key = 'ab'.repeat(44);
const isUpload = uploadsOf('chat.example', new Set(['http://127.0.0.1:5280']));
const meaning = (text: string) => meaningOfText(text, isUpload);
const file = (type: string, url: string, mimeType: string, filename?: string) => ({ kind: 'file', type, url, mimeType, ...(filename !== undefined && { filename }) });

describe('a text of a client that knows nothing of ours', () => {
  it.each([
    ['aesgcm://up.example/x/photo.jpg#', 'image', 'image/jpeg', 'photo.jpg'],
    ['aesgcm://up.example/x/PHOTO.PNG#', 'image', 'image/png', 'PHOTO.PNG'],
    ['aesgcm://up.example/x/film.mp4#', 'video', 'video/mp4', 'film.mp4'],
    ['aesgcm://up.example/x/song.mp3#', 'audio', 'audio/mpeg', 'song.mp3'],
    ['aesgcm://up.example/x/note.opus#', 'audio', 'audio/ogg', 'note.opus'],
    ['aesgcm://up.example/x/a%20bill.pdf#', 'document', 'application/pdf', 'a bill.pdf'],
    ['aesgcm://up.example/x/anything#', 'document', 'application/octet-stream', 'anything'],
    ['aesgcm://up.example/x/%ff.jpg#', 'document', 'application/octet-stream', undefined],
  ])('that is only %s… is a file', (url, type, mimeType, filename) => {
    expect(meaning(`${url}${key}`)).toEqual(file(type, `${url}${key}`, mimeType, filename));
    expect(meaning(`  ${url}${key}\n`)).toMatchObject({ kind: 'file' });
  });

  it('that is an encrypted file with a small picture of it is the file', () => {
    expect(meaning(`aesgcm://up.example/a.jpg#${key}\ndata:image/jpeg;base64,AAAA`)).toMatchObject({ kind: 'file', url: `aesgcm://up.example/a.jpg#${key}` });
  });

  it('that is an encrypted file with words below it is the file with these as its caption', () => {
    expect(meaning(`aesgcm://up.example/a.jpg#${key}\nthis is me\nand you`)).toMatchObject({ kind: 'file', url: `aesgcm://up.example/a.jpg#${key}`, caption: 'this is me\nand you' });
  });

  it.each(['https://chat.example/f/a.jpg', 'https://upload.chat.example:5443/f/a.jpg', 'http://127.0.0.1:5280/upload/a.jpg'])('that is only %s, of the upload service, is a file', (url) => {
    expect(meaning(url)).toEqual(file('image', url, 'image/jpeg', 'a.jpg'));
  });

  it.each<[string, number, number]>([
    ['geo:52.5,-13.4', 52.5, -13.4],
    ['geo:-33,151', -33, 151],
    ['geo:48.2010,16.3695,183', 48.201, 16.3695],
    ['geo:48.2,16.3;crs=wgs84;u=40', 48.2, 16.3],
    ['GEO:1,2?q=here', 1, 2],
  ])('that is only %s is a place', (text, latitude, longitude) => {
    expect(meaning(text)).toEqual({ kind: 'location', latitude, longitude });
  });

  it.each([
    '',
    'hello',
    '2',
    'https://example.com/a.jpg',
    'http://chat.example/a.jpg',
    'https://chat.example.evil.test/a.jpg',
    'https://evilchat.example/a.jpg',
    'look: https://chat.example/f/a.jpg',
    'https://chat.example/f/a.jpg and more',
    `aesgcm://up.example/a.jpg`,
    `aesgcm://up.example/a.jpg#${'ab'.repeat(20)}`,
    `see aesgcm://up.example/a.jpg#${key}`,
    `aesgcm://up.example/${'x'.repeat(5_000)}#${key}`,
    'geo:91,0',
    'geo:0,181',
    'geo:1',
    'geo:1,2 is where I am',
    'https://[',
  ])('%j is a text', (text) => {
    expect(meaning(text)).toEqual({ kind: 'text' });
  });
});

describe('a file', () => {
  it.each([['image/webp', 'image'], ['video/3gpp', 'video'], ['audio/ogg; codecs=opus', 'audio'], ['application/pdf', 'document'], ['text/html', 'document']])('of %s is a message of type %s', (mimeType, type) => {
    expect(fileTypeOf(mimeType)).toBe(type);
  });
});

import { expect, it } from 'vitest';
import { profileLines } from './profile-lines.ts';

it('a profile is shown with what is set of it, a line each', () => {
  const business = { description: 'Tea', email: '', websites: ['https://a.example', 'https://b.example'] };
  const photo = { mimeType: 'image/png', content: new Uint8Array(7) };
  expect(profileLines({ name: 'Tea House', about: '', business, photo })).toEqual([
    'Tea House',
    '  What: Tea',
    '  Web: https://a.example',
    '  Web: https://b.example',
    '  Photo: image/png, 7 bytes',
  ]);
});

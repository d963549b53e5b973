import { MediaExists, VolumeFull } from '@multiconnect/media';
import { expect, it } from 'vitest';
import { apiErrorOfMedia } from './media-errors.ts';

it('a media id that is taken is answered 409 with 1004 [error.1004]', () => {
  const error = apiErrorOfMedia(new MediaExists());
  expect([error?.status, error?.body]).toEqual([409, { code: 1004, title: 'Resource already exists', details: 'Media id' }]);
});

it('an upload that finds the volume full may come again: 503 with 1016 and Retry-After', () => {
  const error = apiErrorOfMedia(new VolumeFull());
  expect([error?.status, error?.body.code, error?.retryAfterS]).toEqual([503, 1016, 60]);
});

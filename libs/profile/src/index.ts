export { createProfileAdministration, type ProfileAdministration } from './administration.ts';
export { maxPhotoBytes } from './photo.ts';
export { createPhotoHost, type PhotoHost } from './photo-host.ts';
export { createPublication, fetchProfile, type Publication, type PublicationOptions } from './publication.ts';
export type { ShownProfile } from './vcard.ts';

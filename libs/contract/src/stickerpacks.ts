import { z } from 'zod';
import { shortText } from './text.ts';

const storeLink = z.url({ protocol: /^https?$/ }).max(2048);
const fields = {
  publisher: shortText(128),
  name: shortText(128),
  ios_app_store_link: storeLink.optional(),
  android_app_store_link: storeLink.optional(),
};

/** `POST /v1/stickerpacks`. */
export const newStickerpack = z.strictObject(fields);
/** `PATCH /v1/stickerpacks/{id}`. */
export const stickerpackChange = z.strictObject(fields).partial();

const emojis = z.array(shortText(32)).max(3);
/** A media id of `POST /v1/media`. */
const imageDataId = shortText(128);

/** `POST /v1/stickerpacks/{id}/stickers`. */
export const newSticker = z.strictObject({ image_data_id: imageDataId, emojis: emojis.default([]) });
/** `PATCH /v1/stickerpacks/{id}/stickers/{index}`. */
export const stickerChange = z.strictObject({ image_data_id: imageDataId, emojis }).partial();

/** Of a pack. */
export const maxStickers = 30;

/** `whatsapp` is the network's own packs, of which there are none; without it, the business's. */
export const stickerpackNamespace = z.strictObject({ namespace: z.literal('whatsapp').optional() });

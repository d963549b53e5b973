import { randomUUID } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Req } from '@nestjs/common';
import {
  ApiError,
  maxStickers,
  meta,
  metaAnswer,
  newSticker,
  newStickerpack,
  parseRequest,
  stickerChange,
  stickerIndexAnswer,
  stickerpackAnswer,
  stickerpackChange,
  stickerpackIdsAnswer,
  stickerpackNamespace,
  stickersAnswer,
} from '@multiconnect/contract';
import type { MediaLibrary } from '@multiconnect/media';
import type { Sticker, Stickerpack, StickerpackFields, Stickerpacks } from '@multiconnect/message-store';
import type { FastifyRequest } from 'fastify';
import type { AccountReader } from '../account-reader.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Fits PostgreSQL's integer. */
const stickerIndex = /^[0-9]{1,9}$/;

const unknownPack = () => new ApiError('notFound', 'Unknown stickerpack');
const unknownSticker = () => new ApiError('notFound', 'Unknown sticker');

type PackBody = ReturnType<typeof parseRequest<typeof stickerpackChange>>;

function fieldsOf({ publisher, name, ios_app_store_link, android_app_store_link }: PackBody): Partial<StickerpackFields> {
  return {
    ...(publisher !== undefined && { publisher }),
    ...(name !== undefined && { name }),
    ...(ios_app_store_link !== undefined && { iosAppStoreLink: ios_app_store_link }),
    ...(android_app_store_link !== undefined && { androidAppStoreLink: android_app_store_link }),
  };
}

const shownPack = ({ id, publisher, name, iosAppStoreLink, androidAppStoreLink }: Stickerpack) => ({
  id,
  publisher,
  name,
  ios_app_store_link: iosAppStoreLink,
  android_app_store_link: androidAppStoreLink,
});
const shownSticker = ({ position, mediaId, emojis }: Sticker) => ({ index: String(position), id: mediaId, image_data_id: mediaId, emojis });

/** `namespace=whatsapp` is the network's own packs: it has none, and nobody may add any here. */
function isFirstParty(query: unknown): boolean {
  return parseRequest(stickerpackNamespace, query).namespace !== undefined;
}

function ownPack(query: unknown, id: string): string {
  if (isFirstParty(query)) throw new ApiError('forbidden', "The network's own stickerpacks are read-only");
  if (!uuid.test(id)) throw unknownPack();
  return id;
}

function positionOf(index: string): number {
  if (!stickerIndex.test(index)) throw unknownSticker();
  return Number(index);
}

@Controller('v1/stickerpacks')
export class StickerpacksController {
  constructor(
    @Inject(tokens.stickerpacks) private readonly packs: Stickerpacks,
    @Inject(tokens.media) private readonly media: MediaLibrary,
    @Inject(tokens.accountReader) private readonly accounts: AccountReader,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Get()
  @Allow('user')
  @Describe({
    summary: 'List the stickerpacks',
    tag: 'stickerpacks',
    query: stickerpackNamespace,
    answers: { 200: stickerpackIdsAnswer },
    errors: ['notReady'],
  })
  async list(@Query() query: unknown): Promise<object> {
    const packs = isFirstParty(query) ? [] : await this.packs.list(await this.account());
    return { stickerpacks: packs.map(({ id }) => ({ id })), meta };
  }

  @Post()
  @HttpCode(200)
  @Allow('user')
  @Describe({
    summary: 'Add a stickerpack',
    tag: 'stickerpacks',
    body: newStickerpack,
    query: stickerpackNamespace,
    answers: { 200: stickerpackIdsAnswer },
    errors: ['forbidden', 'notReady'],
  })
  async add(@Query() query: unknown, @Req() request: FastifyRequest): Promise<object> {
    const id = ownPack(query, randomUUID());
    const { publisher, name, ...links } = parseRequest(newStickerpack, request.body);
    await this.packs.add(await this.account(), { ...fieldsOf(links), id, publisher, name });
    return { stickerpacks: [{ id }], meta };
  }

  @Get(':pack')
  @Allow('user')
  @Describe({
    summary: 'Read a stickerpack',
    tag: 'stickerpacks',
    query: stickerpackNamespace,
    answers: { 200: stickerpackAnswer },
    errors: ['notFound', 'notReady'],
  })
  async read(@Query() query: unknown, @Param('pack') id: string): Promise<object> {
    return { stickerpacks: [shownPack(await this.pack(query, id))], meta };
  }

  @Patch(':pack')
  @Allow('user')
  @Describe({
    summary: 'Change a stickerpack',
    tag: 'stickerpacks',
    body: stickerpackChange,
    query: stickerpackNamespace,
    answers: { 200: metaAnswer },
    errors: ['notFound', 'forbidden', 'notReady'],
  })
  async change(@Query() query: unknown, @Param('pack') id: string, @Req() request: FastifyRequest): Promise<object> {
    const pack = ownPack(query, id);
    const change = fieldsOf(parseRequest(stickerpackChange, request.body));
    if (Object.keys(change).length === 0) throw new ApiError('parameterInvalid', 'Nothing to change');
    if (!(await this.packs.change(await this.account(), pack, change))) throw unknownPack();
    return { meta };
  }

  @Delete(':pack')
  @Allow('user')
  @Describe({
    summary: 'Remove a stickerpack',
    tag: 'stickerpacks',
    query: stickerpackNamespace,
    answers: { 200: metaAnswer },
    errors: ['notFound', 'forbidden', 'notReady'],
  })
  async remove(@Query() query: unknown, @Param('pack') id: string): Promise<object> {
    if (!(await this.packs.remove(await this.account(), ownPack(query, id)))) throw unknownPack();
    return { meta };
  }

  @Get(':pack/stickers')
  @Allow('user')
  @Describe({
    summary: 'List the stickers of a pack',
    tag: 'stickerpacks',
    query: stickerpackNamespace,
    answers: { 200: stickerIndexAnswer },
    errors: ['notFound', 'notReady'],
  })
  async stickers(@Query() query: unknown, @Param('pack') id: string): Promise<object> {
    const pack = await this.pack(query, id);
    return { stickers: (await this.packs.stickers(this.accountId, pack.id)).map(({ position }) => ({ index: String(position) })), meta };
  }

  @Post(':pack/stickers')
  @HttpCode(200)
  @Allow('user')
  @Describe({
    summary: 'Add a sticker to a pack',
    tag: 'stickerpacks',
    body: newSticker,
    query: stickerpackNamespace,
    answers: { 200: stickerIndexAnswer },
    errors: ['notFound', 'forbidden', 'notReady'],
  })
  async addSticker(@Query() query: unknown, @Param('pack') id: string, @Req() request: FastifyRequest): Promise<object> {
    const { image_data_id: mediaId, emojis } = parseRequest(newSticker, request.body);
    const pack = ownPack(query, id);
    await this.assertSticker(mediaId);
    const position = await this.packs.addSticker(await this.account(), pack, { mediaId, emojis }, maxStickers);
    if (position === undefined) throw unknownPack();
    if (position === 'full') throw new ApiError('parameterInvalid', `A stickerpack has at most ${maxStickers} stickers`);
    return { stickers: [{ index: String(position) }], meta };
  }

  @Get(':pack/stickers/:index')
  @Allow('user')
  @Describe({
    summary: 'Read a sticker',
    tag: 'stickerpacks',
    query: stickerpackNamespace,
    answers: { 200: stickersAnswer },
    errors: ['notFound', 'notReady'],
  })
  async readSticker(@Query() query: unknown, @Param('pack') id: string, @Param('index') index: string): Promise<object> {
    const { id: pack } = await this.pack(query, id);
    const position = positionOf(index);
    const sticker = (await this.packs.stickers(this.accountId, pack)).find((one) => one.position === position);
    if (sticker === undefined) throw unknownSticker();
    return { stickers: [shownSticker(sticker)], meta };
  }

  @Patch(':pack/stickers/:index')
  @Allow('user')
  @Describe({
    summary: 'Change a sticker',
    tag: 'stickerpacks',
    body: stickerChange,
    query: stickerpackNamespace,
    answers: { 200: metaAnswer },
    errors: ['notFound', 'forbidden', 'notReady'],
  })
  async changeSticker(
    @Query() query: unknown,
    @Param('pack') id: string,
    @Param('index') index: string,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const { image_data_id: mediaId, emojis } = parseRequest(stickerChange, request.body);
    const pack = ownPack(query, id);
    if (mediaId === undefined && emojis === undefined) throw new ApiError('parameterInvalid', 'Nothing to change');
    if (mediaId !== undefined) await this.assertSticker(mediaId);
    const change = { ...(mediaId !== undefined && { mediaId }), ...(emojis !== undefined && { emojis }) };
    if (!(await this.packs.changeSticker(await this.account(), pack, positionOf(index), change))) throw unknownSticker();
    return { meta };
  }

  @Delete(':pack/stickers/:index')
  @Allow('user')
  @Describe({
    summary: 'Remove a sticker',
    tag: 'stickerpacks',
    query: stickerpackNamespace,
    answers: { 200: metaAnswer },
    errors: ['notFound', 'forbidden', 'notReady'],
  })
  async removeSticker(@Query() query: unknown, @Param('pack') id: string, @Param('index') index: string): Promise<object> {
    const pack = ownPack(query, id);
    if (!(await this.packs.removeSticker(await this.account(), pack, positionOf(index)))) throw unknownSticker();
    return { meta };
  }

  /** Throws {@link ApiError} notReady as long as no number is registered. */
  private async account(): Promise<number> {
    return (await this.accounts.registered(this.accountId)).id;
  }

  private async pack(query: unknown, id: string): Promise<Stickerpack> {
    const account = await this.account();
    const isKnown = !isFirstParty(query) && uuid.test(id);
    const pack = isKnown ? await this.packs.find(account, id) : undefined;
    if (pack === undefined) throw unknownPack();
    return pack;
  }

  /** Throws {@link ApiError}, and MediaRefused or MediaTooLarge when the file is no sticker. */
  private async assertSticker(mediaId: string): Promise<void> {
    if ((await this.media.sendable(await this.account(), mediaId, 'sticker')) === undefined) throw new ApiError('parameterInvalid', 'image_data_id');
  }
}

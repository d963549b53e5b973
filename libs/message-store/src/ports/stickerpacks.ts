export interface StickerpackFields {
  readonly publisher: string;
  readonly name: string;
  readonly iosAppStoreLink?: string;
  readonly androidAppStoreLink?: string;
}

export interface Stickerpack extends StickerpackFields {
  /** A UUID. */
  readonly id: string;
}

export interface Sticker {
  /** From 0; never given to another sticker of the pack. */
  readonly position: number;
  readonly mediaId: string;
  readonly emojis: readonly string[];
}

/** The business's own stickerpacks. An unknown pack or sticker: undefined, or false. */
export interface Stickerpacks {
  list(account: number): Promise<readonly Stickerpack[]>;
  add(account: number, pack: Stickerpack): Promise<void>;
  find(account: number, id: string): Promise<Stickerpack | undefined>;
  change(account: number, id: string, change: Partial<StickerpackFields>): Promise<boolean>;
  /** With its stickers. */
  remove(account: number, id: string): Promise<boolean>;
  stickers(account: number, pack: string): Promise<readonly Sticker[]>;
  /** The sticker's position, or that there is no room for another. */
  addSticker(account: number, pack: string, sticker: Omit<Sticker, 'position'>, maxStickers: number): Promise<number | 'full' | undefined>;
  changeSticker(account: number, pack: string, position: number, change: Partial<Omit<Sticker, 'position'>>): Promise<boolean>;
  removeSticker(account: number, pack: string, position: number): Promise<boolean>;
}

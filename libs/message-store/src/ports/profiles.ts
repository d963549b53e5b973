export type ProfileName = 'business.profile' | 'business.compliance_info' | 'profile.about';

export interface Photo {
  readonly mimeType: string;
  readonly content: Uint8Array;
}

/** How an account presents itself. */
export interface Profiles {
  read(account: number, name: ProfileName): Promise<unknown>;
  /** Sets the fields that are given; the others stay. */
  write(account: number, name: ProfileName, fields: object): Promise<void>;
  photo(account: number): Promise<Photo | undefined>;
  savePhoto(account: number, photo: Photo): Promise<void>;
  /** False when there was none. */
  removePhoto(account: number): Promise<boolean>;
  /** Another text after every change of what customers see: these, the photo and the verified name. */
  revision(account: number): Promise<string>;
}

/** The hash of the account's PIN for two-step verification. */
export interface Pins {
  find(account: number): Promise<string | undefined>;
  /** Undefined: verification is off. */
  save(account: number, hash: string | undefined): Promise<void>;
}

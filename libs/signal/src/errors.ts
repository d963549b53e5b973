/** The bundle cannot be used: a malformed key, or a signature that is not the identity's. Nothing may be sent to it. */
export class BadPreKeyBundle extends Error {
  override name = 'BadPreKeyBundle';
}

/** The signed prekey was not signed by the identity key of its bundle. */
export class BadPreKeySignature extends BadPreKeyBundle {
  override name = 'BadPreKeySignature';
}

/** This very message was decrypted before: its key is used up. Not a failure. */
export class DuplicateMessage extends Error {
  override name = 'DuplicateMessage';
}

/** A whisper message of a device with which there is no session. Start one, so that the device learns of us. */
export class NoSession extends Error {
  override name = 'NoSession';
}

/** A prekey message names one of our prekeys that the lookup does not have. Start a fresh session towards the sender. */
export class UnknownPreKey extends Error {
  override name = 'UnknownPreKey';

  readonly preKeyKind: 'one-time' | 'signed';
  readonly preKeyId: number;

  constructor(preKeyKind: 'one-time' | 'signed', preKeyId: number) {
    super(`the ${preKeyKind} prekey ${preKeyId} is unknown`);
    this.preKeyKind = preKeyKind;
    this.preKeyId = preKeyId;
  }
}

/** Malformed, forged, damaged, or made with keys that this session no longer has. */
export class UntrustedOrCorruptMessage extends Error {
  override name = 'UntrustedOrCorruptMessage';
}

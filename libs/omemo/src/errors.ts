/** An element that claims to be OMEMO and is not well-formed as such. Drop it, or report an unreadable message. */
export class MalformedOmemo extends Error {
  override readonly name = 'MalformedOmemo';
}

/** The message holds no key for this device: its sender does not know the device yet. */
export class NotForThisDevice extends Error {
  override readonly name = 'NotForThisDevice';
}

/** None of the recipient's devices could be encrypted to. */
export class NoUsableDevice extends Error {
  override readonly name = 'NoUsableDevice';
}

/** What a caller is refused with: code and HTTP status. */
export const refusals = {
  'invalid-request': 400,
  'invalid-number': 400,
  'invalid-template': 400,
  unauthorized: 401,
  wait: 403,
  'wrong-code': 403,
  'expired-code': 403,
  'too-many-attempts': 403,
  'no-code': 403,
  'pin-required': 403,
  'wrong-pin': 403,
  'invalid-certificate': 403,
  'expired-certificate': 403,
  'number-mismatch': 403,
  'too-many-templates': 403,
  'not-found': 404,
  'registered-as-business': 409,
  'already-exists': 409,
  'too-large': 413,
  internal: 500,
  unavailable: 503,
} as const;

export type RefusalCode = keyof typeof refusals;

/** Answered as `{"error":{"code","wait_s"?}}`. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly code: RefusalCode,
    /** Seconds after which another attempt makes sense. */
    readonly waitS?: number,
  ) {
    super(code);
  }
}

/** The chat server did not do what it was asked: it is away, or refuses. */
export class ChatServerFailed extends Error {
  override readonly name = 'ChatServerFailed';
}

/** No code reached anybody. */
export class CodeNotSent extends Error {
  override readonly name = 'CodeNotSent';
}

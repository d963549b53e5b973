/** One row of the API's error catalogue: code and title are the wire values, status the HTTP status it is answered with. */
interface CatalogueEntry {
  readonly code: number;
  readonly title: string;
  readonly status: number;
}

/** Every error the API can answer or report in a callback; the one place where errors meet codes. */
export const errorCatalogue = {
  mediaDownload: { code: 400, title: 'Media download error', status: 400 },
  messageExpired: { code: 410, title: 'Message expired', status: 400 },
  reengagement: { code: 470, title: 'Re-engagement message', status: 400 },
  spamRateLimit: { code: 471, title: 'Spam rate limit hit', status: 429 },
  genericCallback: { code: 500, title: 'Generic error', status: 500 },
  unsupportedInbound: { code: 501, title: 'Unknown message type', status: 400 },
  generic: { code: 1000, title: 'Generic error', status: 500 },
  messageTooLong: { code: 1001, title: 'Message too long', status: 400 },
  invalidRecipientType: { code: 1002, title: 'Invalid recipient type', status: 400 },
  alreadyExists: { code: 1004, title: 'Resource already exists', status: 409 },
  accessDenied: { code: 1005, title: 'Access denied', status: 401 },
  forbidden: { code: 1005, title: 'Access denied', status: 403 },
  notFound: { code: 1006, title: 'Resource not found', status: 404 },
  parameterMissing: { code: 1008, title: 'Required parameter is missing', status: 400 },
  parameterInvalid: { code: 1009, title: 'Parameter value is not valid', status: 400 },
  parameterUnknown: { code: 1010, title: 'Parameter is not required', status: 400 },
  notReady: { code: 1011, title: 'Service not ready', status: 503 },
  invalidUser: { code: 1013, title: 'User is not valid', status: 400 },
  internal: { code: 1014, title: 'Internal error', status: 500 },
  duplicateUser: { code: 1014, title: 'Internal error', status: 400 },
  endpointNotFound: { code: 1014, title: 'Internal error', status: 404 },
  methodNotAllowed: { code: 1014, title: 'Internal error', status: 405 },
  tooManyRequests: { code: 1015, title: 'Too many requests', status: 429 },
  overloaded: { code: 1016, title: 'System overloaded', status: 503 },
  notPrimaryMaster: { code: 1017, title: 'Not primary master', status: 503 },
  notPrimaryCoreapp: { code: 1018, title: 'Not primary coreapp', status: 503 },
  badUser: { code: 1021, title: 'Bad user', status: 400 },
  database: { code: 1023, title: 'Database error occurred', status: 500 },
  passwordChangeRequired: { code: 1024, title: 'Password change required', status: 401 },
  invalidRequest: { code: 1025, title: 'Request is not valid', status: 400 },
  payloadTooLarge: { code: 1025, title: 'Request is not valid', status: 413 },
  identityUnacknowledged: { code: 1028, title: 'user_identity_changed needs acknowledgement', status: 412 },
  receiverIncapable: { code: 1026, title: 'Receiver incapable', status: 400 },
  templateParamCountMismatch: { code: 2000, title: 'Template param count mismatch', status: 400 },
  templateMissing: { code: 2001, title: 'Template missing', status: 400 },
  templateFetchFailed: { code: 2002, title: 'Template fetch failed', status: 503 },
  templatePackMissing: { code: 2003, title: 'Template pack missing', status: 400 },
  templateParamTooLong: { code: 2004, title: 'Template param length too long', status: 400 },
  templateTextTooLong: { code: 2005, title: 'Template hydrated text too long', status: 400 },
  templateWhiteSpace: { code: 2006, title: 'Template whitespace policy violated', status: 400 },
  templateCharacters: { code: 2007, title: 'Template format character policy violated', status: 400 },
  templateMediaUnsupported: { code: 2008, title: 'Template media format unsupported', status: 400 },
  templateComponentMissing: { code: 2009, title: 'Template required component missing', status: 400 },
  templateUrlInvalid: { code: 2010, title: 'Template invalid hydrated url', status: 400 },
  templateParamFormatMismatch: { code: 2012, title: 'Template param format mismatch', status: 400 },
  /** A phone that cannot show a template, in a callback: not a fault of this cluster. */
  structureUnavailable: { code: 500, title: 'structure unavailable: Client could not display highly structured message', status: 400 },
} as const satisfies Record<string, CatalogueEntry>;

export type ApiErrorKind = keyof typeof errorCatalogue;

/** An error object as it stands in an `errors` array of an answer or a callback. */
export interface ApiErrorBody {
  readonly code: number;
  readonly title: string;
  readonly details?: string;
}

/**
 * The error body of a catalogue entry. `details` never holds what the caller sent, but a template's name and language, which
 * the documented texts hold.
 */
export function errorBody(kind: ApiErrorKind, details?: string): ApiErrorBody {
  const { code, title } = errorCatalogue[kind];
  return details === undefined ? { code, title } : { code, title, details };
}

/** What an API handler throws; answered with the catalogue's HTTP status and body. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: ApiErrorBody;

  constructor(
    readonly kind: ApiErrorKind,
    details?: string,
    /** Sent as `Retry-After`, in seconds. */
    readonly retryAfterS?: number,
  ) {
    super(`${kind}${details === undefined ? '' : `: ${details}`}`);
    this.status = errorCatalogue[kind].status;
    this.body = errorBody(kind, details);
  }
}

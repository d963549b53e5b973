import { ApiError } from '@multiconnect/contract';

export const maxBodyBytes = 1_048_576;

const syntaxError = () => new ApiError('invalidRequest', 'Unable to decode json from the request: Syntax error');

/** A key by which an object that is copied into another could change what that one inherits. */
const poisonedKey = '__proto__';

function refusePoison(key: string, value: unknown): unknown {
  if (key === poisonedKey) throw syntaxError();
  return value;
}

/** The value of a JSON text; undefined for an empty one. Throws {@link ApiError} invalidRequest (1025). */
export function parseJson(text: string): unknown {
  if (text === '') return undefined;
  const mayBePoisoned = text.includes(poisonedKey) || text.includes('\\u');
  try {
    return JSON.parse(text, mayBePoisoned ? refusePoison : undefined);
  } catch {
    throw syntaxError();
  }
}

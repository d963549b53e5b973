const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The id in its one spelling; undefined for what is no UUID. */
export function mediaIdOf(text: string): string | undefined {
  const id = text.toLowerCase();
  return id.length === text.length && uuid.test(id) ? id : undefined;
}

/** INVARIANT: only what has passed here becomes part of a path. Throws RangeError. */
export function fileNameOf(id: string): string {
  if (!uuid.test(id)) throw new RangeError('a file of the media volume is named by a lower-case UUID');
  return id;
}

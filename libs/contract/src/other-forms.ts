import { z } from 'zod';

const otherForms = new WeakMap<object, z.ZodType>();

/** What a preprocessed schema takes besides what it shows: the API's description adds it. */
export const otherFormOf = (schema: object): z.ZodType | undefined => otherForms.get(schema);

/** Says what else a preprocessed schema takes. */
export function alsoTakes<Schema extends z.ZodType>(form: z.ZodType, schema: Schema): Schema {
  otherForms.set(schema, form);
  return schema;
}

/** A number that some clients send as a string of that pattern. */
export const numberOrText = <Schema extends z.ZodType>(text: RegExp, schema: Schema) =>
  alsoTakes(
    z.string().regex(text),
    z.preprocess((value) => (typeof value === 'string' && text.test(value) ? Number(value) : value), schema),
  );

function parsedIfJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value; // no JSON: refused as the wrong type
  }
}

/** A value that some clients send as a JSON text. */
export const valueOrJson = <Schema extends z.ZodType>(schema: Schema) =>
  alsoTakes(z.string().meta({ contentMediaType: 'application/json' }), z.preprocess(parsedIfJson, schema));

import { otherFormOf } from '@multiconnect/contract';
import { z } from 'zod';

/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A schema cannot be described, or two would have one name. */
export class SchemaUndescribed extends Error {
  override readonly name = 'SchemaUndescribed';
}

/** Schemas of one document, the named ones once and by reference. */
export interface Schemas {
  /** What a client may send. */
  input(schema: z.ZodType): JsonSchema;
  /** The same under a name, unless the schema has one. */
  namedInput(name: string, schema: z.ZodType): JsonSchema;
  /** What it gets. */
  output(schema: z.ZodType): JsonSchema;
  readonly named: Readonly<Record<string, JsonSchema>>;
}

const isPreprocessed = ({ _zod: { def } }: z.core.$ZodTypes) => def.type === 'pipe' && (def.in as z.core.$ZodTypes)._zod.def.type === 'transform';

function otherInputOf(zodSchema: z.core.$ZodTypes): z.ZodType | undefined {
  if (!isPreprocessed(zodSchema)) return undefined;
  const other = otherFormOf(zodSchema);
  if (other === undefined) throw new SchemaUndescribed('a preprocessed schema does not say with `alsoTakes` what else it takes');
  return other;
}

function becomeEither(jsonSchema: JsonSchema, other: JsonSchema): void {
  const own = { ...jsonSchema };
  for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
  jsonSchema.anyOf = [own, other];
}

const definitions = '#/$defs/';
const components = '#/components/schemas/';

/** Points references at the document's components. */
function relocated(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relocated);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === '$ref' && typeof value === 'string' ? value.replace(definitions, components) : relocated(value)]),
  );
}

export function createSchemas(): Schemas {
  const named: Record<string, JsonSchema> = {};

  /** Zod numbers the recursive schemas that have no name anew in each schema. */
  function keep(name: string, schema: JsonSchema): void {
    const known = named[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) throw new SchemaUndescribed(`two schemas are named ${name}`);
    named[name] = schema;
  }

  function described(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const whole = z.toJSONSchema(schema, {
      io,
      target: 'draft-2020-12',
      unrepresentable: 'any',
      override({ zodSchema, jsonSchema }) {
        const other = io === 'input' ? otherInputOf(zodSchema) : undefined;
        if (other !== undefined) becomeEither(jsonSchema, described(other, io));
      },
    });
    const { $schema: _, $defs = {}, ...own } = whole;
    for (const [name, definition] of Object.entries($defs)) keep(name, relocated(definition) as JsonSchema);
    return relocated(own) as JsonSchema;
  }

  function namedInput(name: string, schema: z.ZodType): JsonSchema {
    const own = described(schema, 'input');
    if ('$ref' in own) return own;
    keep(name, own);
    return { $ref: `${components}${name}` };
  }

  return { named, namedInput, input: (schema) => described(schema, 'input'), output: (schema) => described(schema, 'output') };
}

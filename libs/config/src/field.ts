import { readFileSync } from 'node:fs';
import type { z } from 'zod';

export type Env = Readonly<Record<string, string | undefined>>;

/** A value, or what is wrong with the variables that it is read from: a line each, never holding a value. */
export type Outcome<T> = { readonly value: T } | { readonly problems: readonly string[] };

/** A part of a configuration, read from one or several variables. */
export interface Field<T> {
  readonly read: (env: Env) => Outcome<T>;
}

/** The text of `name` or of the file named by `name_FILE`; undefined when neither is set. */
export function textOf(env: Env, name: string): Outcome<string | undefined> {
  const fileVariable = `${name}_FILE`;
  const direct = env[name];
  const file = env[fileVariable];
  if (!file) return { value: direct === '' ? undefined : direct };
  if (direct) return { problems: [`${name}: set it or ${fileVariable}, not both`] };
  try {
    return { value: readFileSync(file, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    return { problems: [`${fileVariable}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`] };
  }
}

function parsed<T>(name: string, schema: z.ZodType<T>, text: string): Outcome<T> {
  const result = schema.safeParse(text);
  if (result.success) return { value: result.data };
  return { problems: result.error.issues.map((issue) => `${name}: ${issue.message}`) };
}

function fieldOf<T, Absent>(name: string, schema: z.ZodType<T>, absent: () => Outcome<Absent>): Field<T | Absent> {
  return {
    read: (env) => {
      const text = textOf(env, name);
      if ('problems' in text) return text;
      return text.value === undefined ? absent() : parsed(name, schema, text.value);
    },
  };
}

export function required<T>(name: string, schema: z.ZodType<T>): Field<T> {
  return fieldOf<T, never>(name, schema, () => ({ problems: [`${name}: is required`] }));
}

export function optional<T>(name: string, schema: z.ZodType<T>): Field<T | undefined> {
  return fieldOf(name, schema, () => ({ value: undefined }));
}

export function withDefault<T>(name: string, schema: z.ZodType<T>, fallback: T): Field<T> {
  return fieldOf(name, schema, () => ({ value: fallback }));
}

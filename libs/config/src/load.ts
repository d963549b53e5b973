import type { Env, Field } from './field.ts';

export type { Env } from './field.ts';

export type ConfigSchema = Readonly<Record<string, Field<unknown>>>;
export type ConfigOf<Schema extends ConfigSchema> = {
  readonly [Name in keyof Schema]: Schema[Name] extends Field<infer T> ? T : never;
};

/** The environment does not make a configuration. `problems` has a line for each variable at fault, never its value. */
export class ConfigInvalid extends Error {
  override readonly name = 'ConfigInvalid';
  constructor(readonly problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** Throws {@link ConfigInvalid} with every problem at once. */
export function loadConfig<Schema extends ConfigSchema>(schema: Schema, env: Env): ConfigOf<Schema> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema)) {
    const outcome = field.read(env);
    if ('problems' in outcome) problems.push(...outcome.problems);
    else values[name] = outcome.value;
  }
  if (problems.length > 0) throw new ConfigInvalid([...new Set(problems)]);
  return values as ConfigOf<Schema>;
}

/** A setting's leaves are stored apart (`webhooks.url`), so that two changes of one object at a time both stand. */

type Json = Readonly<Record<string, unknown>>;

const isNested = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{a: {b: 1}}` -> `{'a.b': 1}`. Arrays are leaves; `undefined` and empty objects vanish. */
export function leavesOf(values: Json, prefix = ''): Record<string, unknown> {
  const leaves: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (isNested(value)) Object.assign(leaves, leavesOf(value, `${prefix}${name}.`));
    else if (value !== undefined) leaves[`${prefix}${name}`] = value;
  }
  return leaves;
}

/** `base` with the given leaves in place; neither argument is changed. */
export function withLeaves(base: Json, leaves: Json): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [path, value] of Object.entries(leaves)) {
    const [name, ...rest] = path.split('.') as [string, ...string[]];
    if (rest.length === 0) result[name] = value;
    else result[name] = withLeaves(isNested(result[name]) ? result[name] : {}, { [rest.join('.')]: value });
  }
  return result;
}

/** Two names of one switch, the newer one first. */
const sentSwitch = ['webhooks.message.sent', 'sent_status'] as const;

/** What is set under one name of a switch is set under the other; the newer one decides where both are named. */
export function withOtherNames(leaves: Json): Record<string, unknown> {
  const [newer, older] = sentSwitch;
  const value = leaves[newer] ?? leaves[older];
  return value === undefined ? { ...leaves } : { ...leaves, [newer]: value, [older]: value };
}

import { z } from 'zod';
import { type Field, required, withDefault } from './field.ts';
import { httpUrl, text } from './values.ts';

/** How registration codes reach people: a line in a file, for development, or a call to a provider. */
export type CodeSender = { readonly kind: 'log'; readonly file: string } | { readonly kind: 'http'; readonly url: string };

const kind = withDefault('MULTICONNECT_CODE_SENDER', z.enum(['log', 'http'], { error: 'must be log or http' }), 'log');
const file = required('MULTICONNECT_CODE_LOG_FILE', text);
const url = required('MULTICONNECT_CODE_HTTP_URL', httpUrl);

export const codeSender: Field<CodeSender> = {
  read: (env) => {
    const chosen = kind.read(env);
    if ('problems' in chosen) return chosen;
    const target = (chosen.value === 'log' ? file : url).read(env);
    if ('problems' in target) return target;
    return { value: chosen.value === 'log' ? { kind: 'log', file: target.value } : { kind: 'http', url: target.value } };
  },
};

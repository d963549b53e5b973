import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { request } from 'undici';

/** A command that cannot be carried out, in words for whoever typed it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

export interface CommandContext {
  /** Of the registry, without a trailing slash. */
  readonly url: string;
  readonly operatorToken: string;
  readonly print: (line: string) => void;
}

export const usage = `usage: templates <command>
  list    [--number N] [--status submitted|approved|rejected] [--json]
  create  --number N FILE           a JSON file {name, category, language, components}
  approve --number N NAME [--language L]
  reject  --number N NAME --reason TEXT [--language L]
  delete  --number N NAME [--language L]
Environment: MULTICONNECT_REGISTRY_URL, MULTICONNECT_REGISTRY_OPERATOR_TOKEN (or _FILE)`;

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
}

interface ShownTemplate {
  readonly number?: string;
  readonly name: string;
  readonly language: string;
  readonly category: string;
  readonly status: string;
  readonly rejected_reason: string;
}

interface Arguments {
  readonly command: string;
  readonly argument: string | undefined;
  readonly options: Readonly<Partial<Record<'number' | 'status' | 'language' | 'reason', string>>> & { readonly json?: boolean };
}

function argumentsOf(argv: readonly string[]): Arguments {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { number: text, status: text, language: text, reason: text, json: { type: 'boolean' } },
    });
    const [command = '', argument] = positionals;
    return { command, argument, options: values };
  } catch {
    throw new CommandFailed(usage);
  }
}

async function send({ url, operatorToken }: CommandContext, { method, path, query = {}, body }: Call): Promise<unknown> {
  const address = new URL(url + path);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, value);
  const authorization = `Bearer ${operatorToken}`;
  const options =
    body === undefined ? { headers: { authorization } } : { headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await request(address, { method, ...options }).catch((error: unknown) => {
    throw new CommandFailed(`the registry at ${url} cannot be reached`, { cause: error });
  });
  const content = await answer.body.json().catch(() => undefined);
  if (answer.statusCode < 300) return content;
  const { code = `HTTP ${answer.statusCode}`, fault, field } = (content as { error?: Record<string, string> } | undefined)?.error ?? {};
  throw new CommandFailed(fault === undefined ? code : `${code}: ${field ?? ''}: ${fault}`);
}

const lineOf = (template: ShownTemplate) =>
  [template.number, template.name, template.language, template.category, template.status, template.status === 'rejected' ? template.rejected_reason : undefined]
    .filter((part) => part !== undefined)
    .join('  ');

async function draftIn(file: string): Promise<object> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as object;
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read as JSON`, { cause: error });
  }
}

async function callOf({ command, argument, options }: Arguments): Promise<Call> {
  const { number, status, language, reason } = options;
  if (command === 'list') {
    const filters = status === undefined ? undefined : JSON.stringify({ status });
    return { method: 'GET', path: '/v1/configs/templates', query: { number, filters } };
  }
  if (argument === undefined || number === undefined) throw new CommandFailed(usage);
  const path = `/v1/configs/templates/${encodeURIComponent(argument)}`;
  switch (command) {
    case 'create':
      return { method: 'POST', path: '/v1/configs/templates', query: { number }, body: await draftIn(argument) };
    case 'approve':
      return { method: 'POST', path: `${path}/approve`, query: { number }, body: { language } };
    case 'reject':
      return { method: 'POST', path: `${path}/reject`, query: { number }, body: { language, reason } };
    case 'delete':
      return { method: 'DELETE', path, query: { number, language } };
    default:
      throw new CommandFailed(usage);
  }
}

/** Carries out one command against a running registry. Throws {@link CommandFailed}. */
export async function runTemplateCommand(argv: readonly string[], context: CommandContext): Promise<void> {
  const parsed = argumentsOf(argv);
  const answer = await send(context, await callOf(parsed));
  if (parsed.options.json === true) {
    context.print(JSON.stringify(answer));
    return;
  }
  const { waba_templates: templates } = answer as { waba_templates?: readonly ShownTemplate[] };
  if (templates) for (const template of templates) context.print(lineOf(template));
  else context.print(parsed.command === 'create' ? lineOf(answer as ShownTemplate) : 'done');
}

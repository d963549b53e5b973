import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, pythonPackages, repositoryRoot } from '@multiconnect/local';

const requirements = join(repositoryRoot, 'e2e', 'fuzz', 'requirements.txt');
const hooks = join(repositoryRoot, 'e2e', 'fuzz', 'hooks.py');
const requestTimeoutS = 10;

function run(program: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

/** Debian keeps what makes environments apart from Python itself. */
const hasPython = () => spawnSync('python3', ['-c', 'import ensurepip']).status === 0;

/** The fuzzer's program, installed into an environment of its own unless it is there. */
async function installed(): Promise<string> {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const dir = join(repositoryRoot, '.local', `fuzzer-${version}`);
  const complete = join(dir, 'complete');
  const program = join(dir, 'bin', 'schemathesis');
  if (existsSync(complete)) return program;
  if (!hasPython()) await ensurePackages(pythonPackages, join(repositoryRoot, '.local', 'logs', 'apt.log'), (names) => console.log(`installing ${names.join(', ')}`));
  rmSync(dir, { recursive: true, force: true });
  run('python3', ['-m', 'venv', dir]);
  run(join(dir, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]);
  writeFileSync(complete, '');
  return program;
}

export interface FuzzOptions {
  readonly url: string;
  /** The Authorization header. */
  readonly authorization: string;
  /** Makes the same requests of the same document. */
  readonly seed: number;
  readonly maxExamples: number;
  /** Further arguments: which operations. */
  readonly operations: readonly string[];
}

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Buffer | undefined;
  /** Headers and body. */
  readonly answer: string;
}

export interface FuzzOutcome {
  /** What the fuzzer has to say about answers that are not as described; empty when all are. */
  readonly problems: string;
  readonly exchanges: readonly Exchange[];
}

interface Har {
  readonly log: {
    readonly entries: readonly {
      readonly request: { readonly method: string; readonly url: string; readonly postData?: { readonly mimeType: string; readonly text?: string } };
      readonly response: {
        readonly status: number;
        readonly headers: readonly { readonly name: string; readonly value: string }[];
        readonly content: { readonly text?: string };
      };
    }[];
  };
}

const bytesOf = (base64: string | undefined) => (base64 === undefined ? undefined : Buffer.from(base64, 'base64'));

function exchangesOf(harFile: string): Exchange[] {
  const { log } = JSON.parse(readFileSync(harFile, 'utf8')) as Har;
  return log.entries.map(({ request, response }) => ({
    method: request.method,
    path: request.url.replace(/^https?:\/\/[^/]+/, ''),
    status: response.status,
    contentType: request.postData?.mimeType,
    body: bytesOf(request.postData?.text),
    answer: `${response.headers.map(({ name, value }) => `${name}: ${value}`).join('\n')}\n\n${String(bytesOf(response.content.text) ?? '')}`,
  }));
}

/**
 * The checks that hold of every answer. What may be refused though the document allows it shows in no schema: a number that
 * nobody has, say. `Allow` names what a path has under any of its routes: `/v1/users/login` is a user's path as well.
 */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'ignored_auth',
];

/** Runs schemathesis over the API at the URL. Credentials go by a file, not by arguments. */
export async function fuzz({ url, authorization, seed, maxExamples, operations }: FuzzOptions): Promise<FuzzOutcome> {
  const program = await installed();
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-fuzz-'));
  const configFile = join(dir, 'schemathesis.toml');
  const harFile = join(dir, 'exchanges.har');
  writeFileSync(configFile, `[headers]\nAuthorization = ${JSON.stringify(authorization)}\n`, { mode: 0o600 });
  const args = [
    ...['--config-file', configFile, '--no-color', 'run', `${url}/v1/openapi.json`, '--url', url, '--tls-verify', 'false'],
    ...['--phases', 'examples,coverage,fuzzing', '--checks', checks.join(','), '--mode', 'all', '--continue-on-failure', '--no-shrink'],
    ...['--seed', String(seed), '--max-examples', String(maxExamples), '--generation-database', 'none', '--workers', '4'],
    ...['--request-timeout', String(requestTimeoutS), '--max-redirects', '0', '--suppress-health-check', 'all', '--warnings', 'off'],
    ...['--report', 'har', '--report-har-path', harFile, '--report-preserve-bytes', '--output-sanitize', 'false', ...operations],
  ];
  try {
    const problems = await new Promise<string>((resolve, reject) => {
      const child = spawn(program, args, { cwd: dir, env: { ...process.env, SCHEMATHESIS_HOOKS: hooks, PYTHONDONTWRITEBYTECODE: '1' }, stdio: ['ignore', 'pipe', 'inherit'] });
      const output: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
      child.once('error', reject);
      child.once('close', (code) => resolve(code === 0 ? '' : Buffer.concat(output).toString()));
    });
    return { problems, exchanges: exchangesOf(harFile) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

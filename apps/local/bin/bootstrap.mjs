// Entry of the npm scripts. Runs on the machine's own Node (18 or newer) with nothing installed: installs the packages,
// compiles, and hands over to the Node of node_modules.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const at = (...parts) => join(root, ...parts);
const logs = at('.local', 'logs');
const node = at('node_modules', '.bin', 'node');
const local = at('apps', 'local', 'dist', 'main.js');
const buildStamp = at('.local', 'built');

const fail = (message) => {
  console.error(`  ✗ ${message}`);
  process.exit(1);
};

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Whether every package of the lock file is installed in its version; other platforms' packages may be missing. */
const isInstalled = () => {
  const installedFile = at('node_modules', '.package-lock.json');
  if (!existsSync(installedFile) || !existsSync(node)) return false;
  const installed = readJson(installedFile).packages;
  return Object.entries(readJson(at('package-lock.json')).packages).every(([path, wanted]) => {
    if (path === '' || !path.includes('node_modules/') || wanted.optional || wanted.peer) return true;
    if (wanted.link) return existsSync(at(path)); // a workspace that came with a pull
    return installed[path]?.version === wanted.version;
  });
};

const newestIn = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time tells of files that were deleted.
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestIn(join(path, name))), stat.mtimeMs);
};

const projects = () => ['apps', 'libs'].flatMap((kind) => readdirSync(at(kind)).map((name) => at(kind, name)));

const isBuilt = () => {
  if (!existsSync(buildStamp)) return false;
  const builtAt = statSync(buildStamp).mtimeMs;
  const shared = ['tsconfig.json', 'tsconfig.base.json', 'package-lock.json'].map((name) => at(name));
  const inputs = projects().flatMap((project) => [join(project, 'src'), join(project, 'tsconfig.json'), join(project, 'package.json')]);
  if (projects().some((project) => !existsSync(join(project, 'dist', '.tsbuildinfo')))) return false;
  return [...shared, ...inputs].every((input) => !existsSync(input) || newestIn(input) <= builtAt);
};

const tail = (file, count) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).map((line) => `    ${line}`).join('\n');

/** Runs a program with its output in a log file, whose end is shown when it fails. */
const step = async (text, logName, program, args) => {
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, logName);
  const startedAt = Date.now();
  console.log(`  … ${text}`);
  const log = openSync(logFile, 'w');
  const code = await new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', log, log] });
    child.once('error', (error) => fail(`${text}: ${error.message}`));
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  closeSync(log);
  if (code !== 0) {
    console.error(tail(logFile, 15));
    fail(`${text} failed (exit code ${code}); see ${logFile}`);
  }
  console.log(`  ✓ ${text} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
};

/** npm says which npm it is; outside of it, the one on the path. */
const npm = () => (process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']);

const install = async () => {
  if (isInstalled()) return;
  const [program, ...args] = npm();
  await step('installing npm packages', 'npm-ci.log', program, [...args, 'ci', '--no-audit', '--no-fund']);
};

const build = async () => {
  if (isBuilt()) return;
  const startedAt = new Date();
  await step('compiling', 'build.log', node, [at('node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  writeFileSync(buildStamp, `${startedAt.toISOString()}\n`);
};

/** What runs must be stoppable from sources that do not compile. */
const buildOnce = async () => existsSync(local) || build();

/** Becomes, as far as one can, the given program: signals go there, its exit code comes back. */
const handOver = (script, args) => {
  const child = spawn(node, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, MULTICONNECT_LOCAL_STATE: at('.local', 'state.json') },
  });
  // Ctrl-C in a terminal reaches the whole process group by itself.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => fail(error.message));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
};

const commands = {
  up: { needs: [install, build], script: local, keepsName: true },
  down: { needs: [install, buildOnce], script: local, keepsName: true },
  status: { needs: [install, buildOnce], script: local, keepsName: true },
  phone: { needs: [install, build], script: at('apps', 'phone', 'dist', 'main.js') },
  load: { needs: [install, build], script: at('apps', 'load', 'dist', 'main.js') },
  cleanup: { needs: [install, build], script: at('libs', 'telemetry', 'dist', 'cleanup.js') },
  // From its source: it reports what does not compile, too.
  test: { needs: [install], script: at('apps', 'local', 'src', 'testing', 'run-suites.ts') },
};

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) fail(`usage: bootstrap.mjs ${Object.keys(commands).join('|')}`);
for (const need of command.needs) await need();
handOver(command.script, command.keepsName ? [name, ...args] : args);

import { readFileSync } from 'node:fs';
import { parseRoutes, readRunningCluster, routesOf, type RunningCluster, SetupError } from '@multiconnect/phone';
import type { ProcessGroup } from './cpu.ts';
import type { LoadTarget } from './options.ts';

/** What was given stands before what runs here. */
export interface GivenTarget {
  readonly apiUrl?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly registryUrl?: string | undefined;
  readonly operatorTokenFile?: string | undefined;
  readonly routes?: string | undefined;
  readonly caFile?: string | undefined;
}

/** Processes of one role under one name: coreapp1 and coreapp2 are `coreapp`. */
export function groupsOf(processes: RunningCluster['processes']): readonly ProcessGroup[] {
  const known = processes.filter((each): each is { name: string; pid: number } => each.pid !== undefined);
  const groups = Map.groupBy(known, ({ name }) => name.replace(/[-_ ]?\d+$/, ''));
  return [...groups].map(([name, members]) => ({ name, pids: members.map(({ pid }) => pid) }));
}

function fileText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SetupError(`${what} ${file} cannot be read`, { cause: error });
  }
}

function givenBy({ url, user, password, registryUrl, operatorTokenFile, xmpp }: RunningCluster): GivenTarget {
  return { apiUrl: url, user, password, registryUrl, operatorTokenFile, caFile: xmpp.caFile };
}

function needed(name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new SetupError(`nothing runs here: start it with "npm run up", or say where it runs (${name} is missing; see --help)`);
}

const withoutSlash = (url: string): string => url.replace(/\/$/, '');

/** The cluster to drive. Throws SetupError. */
export function findTarget(given: GivenTarget, directory: string): LoadTarget {
  const running = given.apiUrl === undefined ? readRunningCluster(directory) : undefined;
  const known = { ...(running === undefined ? {} : givenBy(running)), ...withoutUndefined(given) };
  const apiUrl = withoutSlash(needed('--url', known.apiUrl));
  const tokenFile = needed('--operator-token-file', known.operatorTokenFile);
  return {
    apiUrl,
    user: needed('--user', known.user),
    password: needed('MULTICONNECT_PASSWORD', known.password),
    registryUrl: withoutSlash(needed('--registry', known.registryUrl)),
    operatorToken: fileText(tokenFile, "the operator's token").trim(),
    routes: given.routes === undefined && running ? routesOf(running) : parseRoutes(needed('--routes', given.routes)),
    ...(known.caFile === undefined ? {} : { ca: fileText(known.caFile, "the authority's certificate") }),
    processes: running ? groupsOf(running.processes) : [],
  };
}

function withoutUndefined(given: GivenTarget): GivenTarget {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

import type { CpuProfile } from './profiler.ts';

/** A function where it is called from, with the time in it and below it. */
export interface Frame {
  readonly name: string;
  /** Milliseconds. */
  readonly totalMs: number;
  readonly children: readonly Frame[];
}

export interface Share {
  readonly name: string;
  /** Milliseconds in the function itself. */
  readonly selfMs: number;
}

type Node = CpuProfile['nodes'][number];

const isIdle = ({ callFrame: { functionName } }: Node) => functionName === '(idle)' || functionName === '(root)';

/** Where a function is from, short enough to be read: its package, or its file of Node's own. */
function placeOf(url: string): string {
  if (url === '') return 'native';
  const [, packageName] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (packageName !== undefined && !url.includes('/libs/') && !url.includes('/apps/')) return packageName;
  return /(?:libs|apps)\/[^/]+(?=\/)/.exec(url)?.[0] ?? url;
}

const nameOf = ({ callFrame: { functionName, url, lineNumber } }: Node) =>
  functionName.startsWith('(') ? functionName : `${functionName === '' ? 'anonymous' : functionName} ${placeOf(url)}:${lineNumber + 1}`;

function selfTimesMs({ samples, timeDeltas }: CpuProfile): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  samples.forEach((id, index) => times.set(id, (times.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0) / 1_000));
  return times;
}

/** The functions with the most time of their own. */
export function topFunctions(profile: CpuProfile, count: number): readonly Share[] {
  const times = selfTimesMs(profile);
  const byName = new Map<string, number>();
  for (const node of profile.nodes) {
    if (!isIdle(node)) byName.set(nameOf(node), (byName.get(nameOf(node)) ?? 0) + (times.get(node.id) ?? 0));
  }
  return [...byName]
    .map(([name, selfMs]) => ({ name, selfMs }))
    .sort((a, b) => b.selfMs - a.selfMs)
    .slice(0, count);
}

/** Time that the thread worked, milliseconds. */
export function busyMs(profile: CpuProfile): number {
  const times = selfTimesMs(profile);
  return profile.nodes.reduce((sum, node) => sum + (isIdle(node) ? 0 : (times.get(node.id) ?? 0)), 0);
}

/** Time by package; Node's own functions count for whoever called them. */
export function byPackage(profile: CpuProfile): readonly Share[] {
  const times = selfTimesMs(profile);
  const parents = new Map(profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const ownerOf = (node: Node): string => {
    const { url, functionName } = node.callFrame;
    if (url !== '' && !url.startsWith('node:')) return placeOf(url);
    const parent = parents.get(node.id);
    if (functionName === '(garbage collector)' || parent === undefined) return functionName === '' ? 'node' : functionName;
    return ownerOf(parent);
  };
  const shares = new Map<string, number>();
  for (const node of profile.nodes) {
    if (!isIdle(node)) shares.set(nodeOwner(ownerOf(node)), (shares.get(nodeOwner(ownerOf(node))) ?? 0) + (times.get(node.id) ?? 0));
  }
  return [...shares].map(([name, selfMs]) => ({ name, selfMs })).sort((a, b) => b.selfMs - a.selfMs);
}

const nodeOwner = (name: string) => (name === '(root)' ? 'Node itself' : name);

/** The tree of calls: the same function under the same caller is one frame; what is below `leastShare` of all is left out. */
export function frameTree(profile: CpuProfile, leastShare = 0.002): Frame {
  const times = selfTimesMs(profile);
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const least = busyMs(profile) * leastShare;
  const merge = (name: string, merged: readonly Node[]): Frame => {
    const below = merged.flatMap((node) => (node.children ?? []).flatMap((id) => nodes.get(id) ?? [])).filter((node) => !isIdle(node));
    const children = [...Map.groupBy(below, nameOf)].map(([childName, group]) => merge(childName, group));
    const selfMs = merged.reduce((sum, node) => sum + (times.get(node.id) ?? 0), 0);
    const totalMs = children.reduce((sum, child) => sum + child.totalMs, name === 'all' ? 0 : selfMs);
    return { name, totalMs, children: children.filter((child) => child.totalMs >= least).sort((a, b) => b.totalMs - a.totalMs) };
  };
  const [root] = profile.nodes;
  if (root === undefined) return { name: 'all', totalMs: 0, children: [] };
  return merge('all', [root]);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '@multiconnect/local';
import { type Compose, type InboundReport, type LoadReport, type LoadSession, openSession, type StageOptions } from '@multiconnect/load';
import { fill } from './fill.ts';
import { measureFloor } from './floor/floor.ts';
import { versions } from './machine.ts';
import { busyMs, byPackage, frameTree, topFunctions } from './profile.ts';
import { type Profiler, startProfiler } from './profiler.ts';
import type { ProcessProfile, ScenarioResult, StageChart, StatementsAtRate } from './results.ts';
import type { RowName } from './rows.ts';
import { residentMb, startSampler } from './sampler.ts';
import { forgetStatements, statementCosts } from './statements.ts';
import { findSustained, type StageResult } from './sustained.ts';
import { templateMessages } from './templates.ts';
import { openWorld, type World } from './world.ts';

/** How much is done: the whole of it, or so little that all of it takes minutes. */
export interface Size {
  readonly recipients: number;
  readonly stepS: number;
  readonly holdS: number;
  readonly steadyS: number;
  readonly floorMessages: number;
  readonly full: { readonly customers: number; readonly messages: number };
  readonly memoryMessages: number;
  readonly idleS: number;
  readonly profiledRates: readonly number[];
}

export const sizes = {
  whole: { recipients: 200, stepS: 10, holdS: 120, steadyS: 30, floorMessages: 20_000, full: { customers: 1_000_000, messages: 10_000_000 }, memoryMessages: 1_000_000, idleS: 15, profiledRates: [100, 300] },
  quick: { recipients: 60, stepS: 2, holdS: 4, steadyS: 4, floorMessages: 2_000, full: { customers: 5_000, messages: 50_000 }, memoryMessages: 1_000, idleS: 1, profiledRates: [100] },
} as const satisfies Readonly<Record<string, Size>>;

export interface Settings {
  readonly size: Size;
  /** For all scenarios; each has its own unless given. */
  readonly services?: Services;
  readonly shards: number;
  readonly coreapps: number;
  readonly webapps: number;
  readonly say: (line: string) => void;
}

export interface Scenario {
  readonly rows: readonly RowName[];
  run(settings: Settings): Promise<ScenarioResult>;
}

/** What of a message is the gateway's: not the chat server, the phones and the back end. */
const gateway = ['webapp', 'coreapp', 'master', 'PostgreSQL', 'Redis'] as const;
const manyShards = 32;
/** The rate of what is measured at one rate: well below what can be sustained. */
const steadyRate = 100;
const topCount = 25;

type Cpu = Readonly<Record<string, number | null>>;

/** Milliseconds a message. */
export function gatewayCpu(cpu: Cpu): number {
  return gateway.reduce((sum, name) => sum + (cpu[name] ?? Number.NaN), 0);
}

const cpuText = (cpu: Cpu) =>
  Object.entries(cpu)
    .map(([name, ms]) => `${name} ${ms === null ? '-' : ms.toFixed(2)}`)
    .join(', ');

async function inWorld<Result>(settings: Settings, more: { readonly shards?: number; readonly statements?: boolean }, work: (world: World) => Promise<Result>): Promise<Result> {
  const world = await openWorld({ ...settings, ...more });
  try {
    return await work(world);
  } finally {
    await world.close();
  }
}

async function inSession<Result>(world: World, { size, say }: Settings, newRecipients: number, work: (session: LoadSession) => Promise<Result>): Promise<Result> {
  const session = await openSession({ target: world.target, recipients: size.recipients, newRecipients, onProgress: say });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

interface Charted<Report> {
  readonly report: Report;
  readonly chart: StageChart;
}

async function charted<Report extends { readonly overTime: StageChart['overTime'] }>(title: string, session: LoadSession, run: () => Promise<Report>): Promise<Charted<Report>> {
  const sampler = startSampler(session.processes);
  const report = await run();
  return { report, chart: { title, overTime: report.overTime, cpu: sampler.stop() } };
}

function stageResult(rate: number, durationS: number, report: LoadReport | InboundReport): StageResult {
  const late = 'generator' in report ? report.generator.lateMs?.p99 : undefined;
  const { overTime, ok, findings, cpuMsPerMessage } = report;
  return { rate, durationS, overTime, ok, findings, cpuMsPerMessage, ...(late === undefined ? {} : { lateP99Ms: late }) };
}

const settle = { settleTimeoutMs: 60_000, lingerMs: 100 } as const;

interface SearchOf {
  readonly title: string;
  readonly startRate: number;
  readonly run: (rate: number, durationS: number) => Promise<LoadReport | InboundReport>;
}

async function search(session: LoadSession, { size, say }: Settings, { title, startRate, run }: SearchOf) {
  let last: StageChart | undefined;
  const found = await findSustained({
    ...{ startRate, stepS: size.stepS, holdS: size.holdS, say },
    async run(rate, durationS) {
      const { report, chart } = await charted(`${title}: ${rate} a second`, session, () => run(rate, durationS));
      last = chart;
      return stageResult(rate, durationS, report);
    },
  });
  const { held, rate } = found;
  const late = held.lateP99Ms === undefined ? [] : [`the load generator was late by ${held.lateP99Ms.toFixed(0)} ms at most for 99 % of the messages`];
  const notes = [`held ${rate} a second for ${size.holdS} s; CPU ms a message: ${cpuText(held.cpuMsPerMessage)}`, ...late, ...held.findings];
  return { ...found, notes, charts: last === undefined ? [] : [last] };
}

const warmed = (size: Size): Pick<StageOptions, 'warmUpRecipients'> => ({ warmUpRecipients: size.recipients });

/** Compiled code and open sessions, so that what is measured next is what goes on. */
const warmUp = (session: LoadSession, size: Size, more: Partial<StageOptions> = {}) =>
  session.run({ rate: steadyRate, durationS: size.stepS, ...warmed(size), ...settle, ...more });

const text: Scenario = {
  rows: ['sustained-text', 'cpu', 'floor'],
  run: (settings) =>
    inWorld(settings, {}, async (world) => {
      const { size } = settings;
      const found = await inSession(world, settings, 0, async (session) => {
        await warmUp(session, size);
        return search(session, settings, { title: 'texts', startRate: 256, run: (rate, durationS) => session.run({ rate, durationS, ...settle }) });
      });
      const floor = await measureFloor(world, size.floorMessages);
      const cpu = gatewayCpu(found.held.cpuMsPerMessage);
      return {
        figures: { 'sustained-text': found.rate, cpu, floor: cpu / floor.sum },
        floors: { cpu: floor.sum },
        notes: [...found.notes, `floor, CPU ms a message: ${cpuText(floor.parts)}, in all ${floor.sum.toFixed(2)}`],
        charts: found.charts,
        versions: await versions(world),
      };
    }),
};

/** New phones for a search that goes up to twice the target. */
const newPhones = ({ stepS, holdS }: Size) => Math.min(20_000, 300 * (3 * stepS + holdS));

const newRecipients: Scenario = {
  rows: ['new-recipients'],
  run: (settings) =>
    inWorld(settings, {}, (world) =>
      inSession(world, settings, newPhones(settings.size), async (session) => {
        await warmUp(session, settings.size);
        const run = (rate: number, durationS: number) => session.run({ rate, durationS, newRecipientsPercent: 100, ...settle });
        const { rate, notes, charts } = await search(session, settings, { title: 'every recipient new', startRate: 128, run });
        return { figures: { 'new-recipients': rate }, notes, charts, versions: await versions(world) };
      }),
    ),
};

const templates: Scenario = {
  rows: ['templates'],
  run: (settings) =>
    inWorld(settings, {}, async (world) => {
      const compose: Compose = await templateMessages(world);
      return inSession(world, settings, 0, async (session) => {
        await warmUp(session, settings.size, { compose });
        const run = (rate: number, durationS: number) => session.run({ rate, durationS, compose, ...settle });
        const { rate, notes, charts } = await search(session, settings, { title: 'templates', startRate: 100, run });
        return { figures: { templates: rate }, notes, charts, versions: await versions(world) };
      });
    }),
};

const inbound: Scenario = {
  rows: ['inbound'],
  run: (settings) =>
    inWorld(settings, {}, (world) =>
      inSession(world, settings, 0, async (session) => {
        await warmUp(session, settings.size);
        const run = (rate: number, durationS: number) => session.runInbound({ business: world.business, rate, durationS, ...settle });
        const { rate, notes, charts } = await search(session, settings, { title: 'from phones', startRate: 256, run });
        return { figures: { inbound: rate }, notes, charts, versions: await versions(world) };
      }),
    ),
};

const latency: Scenario = {
  rows: ['accepted', 'sent', 'delivered'],
  run: (settings) =>
    inWorld(settings, {}, (world) =>
      inSession(world, settings, 0, async (session) => {
        await warmUp(session, settings.size);
        const { report, chart } = await charted(`texts: ${steadyRate} a second`, session, () => session.run({ rate: steadyRate, durationS: settings.size.steadyS, ...settle }));
        const { postToAccepted, postToSent, postToDelivered } = report.latencyMs;
        const at = (name: string, { p50, p99 }: { readonly p50: number; readonly p99: number }) => `${name} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
        return {
          figures: {
            ...(postToAccepted === undefined ? {} : { accepted: postToAccepted.p99 }),
            ...(postToSent === undefined ? {} : { sent: postToSent.p99 }),
            ...(postToDelivered === undefined ? {} : { delivered: postToDelivered.p99 }),
          },
          notes: [
            [postToAccepted && at('201', postToAccepted), postToSent && at('sent', postToSent), postToDelivered && at('delivered', postToDelivered)].join('; '),
            `CPU ms a message: ${cpuText(report.cpuMsPerMessage)}; of the gateway ${gatewayCpu(report.cpuMsPerMessage).toFixed(2)}`,
            ...report.findings,
          ],
          charts: [chart],
          versions: await versions(world),
        };
      }),
    ),
};

const steadyCost = async (session: LoadSession, size: Size) => {
  const { cpuMsPerMessage } = await session.run({ rate: steadyRate, durationS: size.steadyS, ...settle });
  return gatewayCpu(cpuMsPerMessage);
};

const database: Scenario = {
  rows: ['database'],
  run: (settings) =>
    inWorld(settings, {}, (world) =>
      inSession(world, settings, 0, async (session) => {
        const { size, say } = settings;
        await warmUp(session, size);
        const empty = await steadyCost(session, size);
        say(`filling the database: ${size.full.messages} messages, ${size.full.customers} customers`);
        await fill(world, size.full);
        await warmUp(session, size);
        const full = await steadyCost(session, size);
        const notes = [`at ${steadyRate} a second: ${empty.toFixed(2)} ms with an empty database, ${full.toFixed(2)} ms with ${size.full.messages} messages and ${size.full.customers} customers`];
        return { figures: { database: full / empty }, notes, charts: [], versions: await versions(world) };
      }),
    ),
};

const costWithShards = (settings: Settings, count: number) =>
  inWorld(settings, { shards: count }, (world) =>
    inSession(world, settings, 0, async (session) => {
      await warmUp(session, settings.size);
      return { cost: await steadyCost(session, settings.size), versions: await versions(world) };
    }),
  );

const shards: Scenario = {
  rows: ['shards'],
  async run(settings) {
    const [one, many] = [await costWithShards(settings, 1), await costWithShards(settings, manyShards)];
    const notes = [`at ${steadyRate} a second: ${one.cost.toFixed(2)} ms with 1 shard, ${many.cost.toFixed(2)} ms with ${manyShards}, on ${settings.coreapps} coreapps`];
    return { figures: { shards: many.cost / one.cost }, notes, charts: [], versions: one.versions };
  },
};

const coreappMb = (world: World) =>
  Math.max(...world.cluster().coreapps.flatMap(({ pid }) => (pid === undefined ? [] : [residentMb(pid)])));

const start: Scenario = {
  rows: ['start', 'idle-memory'],
  run: (settings) =>
    inWorld(settings, {}, (world) =>
      inSession(world, { ...settings, size: { ...settings.size, recipients: 1 } }, 0, async (session) => {
        await sleep(settings.size.idleS * 1_000);
        const idleMb = coreappMb(world);
        await session.run({ rate: 10, durationS: 0.1, warmUpRecipients: 1, ...settle });
        const tookMs = await world.restart();
        const report = await session.run({ rate: 10, durationS: 0.1, ...settle });
        const sentMs = report.latencyMs.postToSent?.max ?? Number.NaN;
        const notes = [`processes ready after ${(tookMs / 1_000).toFixed(2)} s, the first message sent ${(sentMs / 1_000).toFixed(2)} s later`, ...report.findings];
        return { figures: { start: (tookMs + sentMs) / 1_000, 'idle-memory': idleMb }, notes, charts: [], versions: await versions(world) };
      }),
    ),
};

const memoryRate = 200;
const memoryParts = 10;

const memory: Scenario = {
  rows: ['memory-growth'],
  run: (settings) =>
    inWorld(settings, {}, (world) =>
      inSession(world, settings, 0, async (session) => {
        const part = { rate: memoryRate, durationS: settings.size.memoryMessages / memoryParts / memoryRate, ...settle };
        const afterMb: number[] = [];
        for (let index = 0; index < memoryParts; index++) {
          await session.run({ ...part, ...(index === 0 ? warmed(settings.size) : {}) });
          afterMb.push(coreappMb(world));
        }
        const growthMb = (afterMb.at(-1) ?? Number.NaN) - (afterMb[0] ?? Number.NaN);
        const notes = [`the largest coreapp after each tenth of ${settings.size.memoryMessages} messages: ${afterMb.map((mb) => mb.toFixed(0)).join(', ')} MB`];
        return { figures: { 'memory-growth': growthMb }, notes, charts: [], versions: await versions(world) };
      }),
    ),
};

async function profileAt(world: World, session: LoadSession, size: Size, rate: number): Promise<{ readonly profiles: readonly ProcessProfile[]; readonly statements: StatementsAtRate }> {
  await session.run({ rate, durationS: size.stepS, ...settle });
  const [coreapp] = world.cluster().coreapps;
  const [webapp] = world.cluster().webapps;
  if (coreapp === undefined || webapp === undefined) throw new Error('a cluster has a coreapp and a webapp');
  const running: readonly (readonly [string, Profiler])[] = [
    ['coreapp', await startProfiler(coreapp)],
    ['webapp', await startProfiler(webapp)],
  ];
  await forgetStatements(world);
  const report = await session.run({ rate, durationS: size.steadyS, ...settle });
  const statements = await statementCosts(world);
  const messages = report.messages.accepted;
  const profiles = await Promise.all(
    running.map(async ([process, profiler]) => {
      const profile = await profiler.stop();
      return { process, rate, messages, busyMs: busyMs(profile), top: topFunctions(profile, topCount), packages: byPackage(profile).slice(0, topCount), tree: frameTree(profile) };
    }),
  );
  return { profiles, statements: { rate, messages, statements } };
}

/** Where the time goes. It has no rows: what is counted and sampled costs time itself. */
const profile: Scenario = {
  rows: [],
  run: (settings) =>
    inWorld(settings, { statements: true }, (world) =>
      inSession(world, settings, 0, async (session) => {
        await warmUp(session, settings.size);
        const found = [];
        for (const rate of settings.size.profiledRates) found.push(await profileAt(world, session, settings.size, rate));
        return {
          ...{ figures: {}, notes: [], charts: [] },
          profiles: found.flatMap(({ profiles }) => profiles),
          statements: found.map(({ statements }) => statements),
          versions: await versions(world),
        };
      }),
    ),
};

export const scenarios = { start, latency, text, 'new-recipients': newRecipients, templates, inbound, shards, database, memory, profile } as const satisfies Readonly<Record<string, Scenario>>;

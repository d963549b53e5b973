import { join } from 'node:path';
import { repositoryRoot } from '@multiconnect/local';
import { expect, it } from 'vitest';
import type { FaultName } from './chaos/fault-kinds.ts';
import { runChaos } from './chaos/run.ts';
import { planFaults } from './chaos/schedule.ts';
import { writeReport } from './chaos/write-report.ts';

// `npm run chaos` for two minutes, on services of its own. How fast the cluster recovers is judged by the command, on a quiet machine.

const seed = 2;
const durationMs = 120_000;
const limitMs = 420_000;
const out = join(repositoryRoot, '.local', 'test', 'chaos');

/** One of each sort: ends, pauses, a lost network, services, connections, the receiver. */
const faults: readonly FaultName[] = [
  'coreapp-kill',
  'control-kill',
  'leader-and-owner-dead',
  'webapp-term',
  'coreapp-freeze',
  'coreapp-postgres-silent',
  'redis-flush',
  'postgres-restart',
  'ejabberd-restart',
  'stanza-torn',
  'stanzas-twice',
  'receiver-cut',
];

it('a cluster that is harmed in every way for two minutes keeps every promise about its messages', async () => {
  const planned = planFaults({ seed, durationMs, faults });
  const report = await runChaos({
    ...{ seed, durationMs, planned },
    rate: 20,
    keep: false,
    signal: new AbortController().signal,
    say: (line) => console.log(line),
  });
  const page = writeReport(report, out);
  expect(report.breaches.map(({ promise, detail }) => `${promise}: ${detail}`), `told in ${page}`).toEqual([]);
  expect(report.recoveries.length).toBe(planned.length);
  expect(report.counts['accepted']).toBeGreaterThan(0);
}, limitMs);

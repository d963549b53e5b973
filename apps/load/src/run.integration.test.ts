import { afterEach, describe, expect, it } from 'vitest';
import { type LoadOptions, type LoadReport, openSession, runLoad, tableOf } from './index.ts';
import { type FakeCluster, type Misdeeds, startFakeCluster } from './testing/fake-cluster.ts';

const clusters: FakeCluster[] = [];
afterEach(() => Promise.all(clusters.splice(0).map((cluster) => cluster.close())));

const recipients = 5;

async function load(misdeeds: Misdeeds, options: Partial<LoadOptions> = {}): Promise<{ report: LoadReport; cluster: FakeCluster }> {
  const cluster = await startFakeCluster(misdeeds);
  clusters.push(cluster);
  const shape = { rate: 50, durationS: 1, recipients, settleTimeoutMs: 1_500, lingerMs: 200 };
  const report = await runLoad({ target: cluster.target, ...shape, ...options });
  return { report, cluster };
}

/** The numbers of acceptance of the run proper: the warm-up comes before. */
const isNth = (...numbers: readonly number[]) => (index: number) => numbers.includes(index - recipients);
const noFaults = { lost: 0, duplicated: 0, reordered: 0, misdelivered: 0, unexpected: 0 };

describe('a load run', () => {
  it('finds no fault where there is none, measures every message, and restores the settings', async () => {
    const { report, cluster } = await load({}, { newRecipientsPercent: 20 });
    expect(report).toMatchObject({ ok: true, findings: [], faults: noFaults });
    expect(report.messages).toEqual({ planned: 50, accepted: 50, failedPosts: 0, sent: 50, delivered: 50, shown: 55 });
    expect(report.callbacks).toEqual({ missingSent: 0, missingDelivered: 0, repeated: 0, failed: 0 });
    expect(report.phones).toEqual({ shown: 55, duplicates: 0, undecryptable: 0, receipts: 55 });
    const { postToAccepted, postToSent, postToDelivered } = report.latencyMs;
    expect(postToAccepted?.p50).toBeGreaterThan(0);
    expect(postToDelivered?.p99).toBeGreaterThan(postToSent?.p50 ?? Infinity);
    expect(report.cpuMsPerMessage['phones']).toBeGreaterThan(0);
    expect(cluster.webhooks).toEqual({ url: 'http://127.0.0.1:9/former', message: { sent: false, delivered: true, read: false } });
    expect(tableOf(report)).toContain('nothing lost, nothing twice, nothing out of order');
  });

  it.each([
    ['lost', { lose: isNth(7, 21) }, { lost: 2 }],
    ['shown twice', { repeat: isNth(11) }, { duplicated: 1 }],
    ['out of order', { delay: isNth(12) }, { reordered: 1 }],
  ] as const)('finds at the phones what was %s', async (_name, misdeeds, faults) => {
    const { report } = await load(misdeeds);
    expect(report.faults).toEqual({ ...noFaults, ...faults });
    expect(report.ok).toBe(false);
  });

  it('fails when a post fails, and does not call that message lost', async () => {
    const { report } = await load({ refuse: isNth(3) });
    expect(report).toMatchObject({ ok: false, faults: noFaults, messages: { accepted: 49, failedPosts: 1 } });
    expect(report.findings).toEqual(['1 posts failed: POST /v1/messages was answered with 503: {"errors":[{"code":1016}]}']);
  });

  it('fails when a callback is missing, and says which', async () => {
    const { report } = await load({ hush: isNth(30) });
    expect(report).toMatchObject({ ok: false, faults: noFaults, callbacks: { missingSent: 0, missingDelivered: 1 } });
  });

  it('measures one stage after another with the same phones, each for itself', async () => {
    const cluster = await startFakeCluster({ lose: (index) => index === 12 });
    clusters.push(cluster);
    const session = await openSession({ target: cluster.target, recipients, newRecipients: 4 });
    const stage = { rate: 50, durationS: 0.2, newRecipientsPercent: 20, settleTimeoutMs: 1_500, lingerMs: 200 };
    const [first, second] = [await session.run(stage), await session.run(stage)];
    await session.close();
    expect(first).toMatchObject({ ok: true, messages: { accepted: 10, shown: 10 }, phones: { shown: 10 } });
    expect(second).toMatchObject({ ok: false, messages: { accepted: 10, shown: 9 }, phones: { shown: 9 }, faults: { ...noFaults, lost: 1 } });
    expect(cluster.webhooks).toMatchObject({ url: 'http://127.0.0.1:9/former' });
  });

  it('can be interrupted, and restores the settings', async () => {
    const interrupted = new AbortController();
    const { report, cluster } = await load({}, { durationS: 600, signal: interrupted.signal, onStarted: () => interrupted.abort() });
    expect(report).toMatchObject({ ok: false, findings: ['interrupted'] });
    expect(cluster.webhooks).toMatchObject({ url: 'http://127.0.0.1:9/former' });
  });
});

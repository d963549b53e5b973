import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient, dataOf } from '@multiconnect/client';
import { type CallbackSink, type CallbackSinkOptions, type Cluster, createGateway, type Gateway, loginAsAdmin, registerNumber, startCallbackSink, startCluster } from '@multiconnect/local';
import { testClusterNames, testServices } from '@multiconnect/local/testing';
import { apiAt } from './api.ts';

export const businessNumber = { cc: '1', phoneNumber: '6315550000', name: 'End-to-end Inc.' };

export interface BusinessOptions {
  readonly coreapps?: number;
  readonly masters?: number;
  readonly webapps?: number;
  readonly shards?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the callback receiver answers; 200 unless given. */
  readonly answer?: NonNullable<CallbackSinkOptions['answer']>;
}

/** A business with its own registered cluster and a callback receiver. */
export interface Business {
  readonly cluster: Cluster;
  readonly gateway: Gateway;
  /** The API with its types, as the admin. */
  readonly api: ApiClient;
  readonly token: string;
  readonly sink: CallbackSink;
  readonly number: string;
  /** Posts a text; resolves with its id at the 201. */
  sendText(to: string, body: string): Promise<string>;
  close(): Promise<void>;
}

/** Digits unlike those of other tests on the same chat server. */
function uniqueNumber(): typeof businessNumber {
  const suffix = String(Math.floor(Math.random() * 1e7)).padStart(7, '0');
  return { ...businessNumber, phoneNumber: `631${suffix}` };
}

export async function openBusiness(options: BusinessOptions = {}): Promise<Business> {
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-e2e-'));
  const { coreapps = 3, masters = 2, webapps = 1, shards = 2, environment = {} } = options;
  const cluster = await startCluster({
    dir,
    services: testServices(),
    counts: { masters, coreapps, webapps },
    ...testClusterNames(),
    environment,
    onDeath: (error) => console.error(error.message),
  });
  const sink = await startCallbackSink({ capacity: 1_000_000, ...(options.answer !== undefined && { answer: options.answer }) });
  const gateway = createGateway(cluster.webappUrl);
  const { token } = await loginAsAdmin(gateway, undefined, () => undefined);
  const number = uniqueNumber();
  await registerNumber(gateway, token, cluster, number, shards);
  const api = createApiClient({ ...apiAt(cluster.webappUrl), token });
  const settings = { webhooks: { url: sink.url, max_concurrent_requests: 24 as const }, sent_status: true, callback_backoff_delay_ms: 200 };
  await dataOf(api.PATCH('/v1/settings/application', { body: settings }));
  return {
    cluster,
    gateway,
    api,
    token,
    sink,
    number: `${number.cc}${number.phoneNumber}`,
    async sendText(to, body) {
      const { messages } = await dataOf(api.POST('/v1/messages', { body: { to, type: 'text', text: { body } } }));
      const id = messages[0]?.id;
      if (id === undefined) throw new Error('201 without a message id');
      return id;
    },
    async close() {
      await cluster.stop();
      await sink.stop();
      if (process.env['KEEP_LOGS'] === undefined) await rm(dir, { recursive: true, force: true });
      else console.log(`logs kept in ${dir}`);
    },
  };
}

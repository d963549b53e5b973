import { resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import { loadConfig, nodeConfig, webappConfig } from '@multiconnect/config';
import { defaultStopLimitMs } from '@multiconnect/telemetry';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IJob } from 'kubernetes-models/batch/v1';
import type { IIngress, INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPersistentVolumeClaim, IService } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { HelmFailed, type KubernetesObject, render, type Rendering, type Values } from './helm.ts';
import { podMaker } from './pods.ts';
import { ciFiles } from './values.ts';

interface Kinds {
  readonly Deployment: IDeployment;
  readonly HorizontalPodAutoscaler: IHorizontalPodAutoscaler;
  readonly Ingress: IIngress;
  readonly Job: IJob;
  readonly NetworkPolicy: INetworkPolicy;
  readonly PersistentVolumeClaim: IPersistentVolumeClaim;
  readonly Service: IService;
}

function find<Kind extends keyof Kinds>(objects: readonly KubernetesObject[], kind: Kind, name: string): Kinds[Kind] | undefined {
  return objects.find((object) => object.kind === kind && object.metadata.name === name) as Kinds[Kind] | undefined;
}

async function deployment(component: string, rendering: Rendering): Promise<IDeployment> {
  const found = find(await render(rendering), 'Deployment', `release-multiconnect-${component}`);
  if (found === undefined) throw new Error(`there is no Deployment of ${component}`);
  return found;
}

const minimal = (values: Values): Rendering => ({ ci: 'minimal', values });

describe('coreapps', () => {
  it('are as many as shards and spares, or more, and are never autoscaled', async () => {
    const replicas = async (coreapp: Values) => (await deployment('coreapp', minimal({ coreapp }))).spec?.replicas;
    expect(await replicas({})).toBe(2);
    expect(await replicas({ shards: 16, spares: 3 })).toBe(19);
    expect(await replicas({ shards: 4, spares: 0 })).toBe(4);
    expect(await replicas({ shards: 4, spares: 1, replicas: 8 })).toBe(8);
    const autoscaled = (await render({ ci: 'multiconnect' })).filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
    expect(autoscaled.map(({ metadata }) => metadata.name)).toEqual(['tea-house-webapp']);
  });

  it('are replaced by one more first, or, where each must have a node of its own, one less', async () => {
    const rolling = async (antiAffinity: string) => (await deployment('coreapp', minimal({ coreapp: { antiAffinity } }))).spec?.strategy?.rollingUpdate;
    expect(await rolling('soft')).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(await rolling('hard')).toEqual({ maxSurge: 0, maxUnavailable: 1 });
  });

  it('are kept apart by node as asked for, and leave a failed one soon', async () => {
    const pod = async (antiAffinity: string) => podMaker(await render(minimal({ coreapp: { antiAffinity } })), 'coreapp').pod;
    expect((await pod('soft')).affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution).toHaveLength(1);
    expect((await pod('hard')).affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toHaveLength(1);
    const none = await pod('none');
    expect(none.affinity).toBeUndefined();
    expect(none.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
    expect(none.tolerations?.map(({ tolerationSeconds }) => tolerationSeconds)).toEqual([30, 30]);
  });
});

describe('webapps', () => {
  it('have their number from the autoscaler alone, where there is one', async () => {
    const objects = await render({ ci: 'multiconnect' });
    expect(find(objects, 'Deployment', 'tea-house-webapp')?.spec).not.toHaveProperty('replicas');
    expect(find(objects, 'HorizontalPodAutoscaler', 'tea-house-webapp')?.spec).toMatchObject({ minReplicas: 3, maxReplicas: 12 });
    expect((await deployment('webapp', minimal({}))).spec?.replicas).toBe(2);
  });

  it('are reached over HTTPS, by the Service and through the Ingress', async () => {
    const objects = await render({ ci: 'multiconnect' });
    expect(find(objects, 'Service', 'tea-house-webapp')?.spec).toMatchObject({ type: 'LoadBalancer', ports: [{ port: 443, targetPort: 'https' }] });
    const ingress = find(objects, 'Ingress', 'tea-house');
    expect(ingress?.spec?.rules?.map(({ host }) => host)).toEqual(['api.example.com', 'api.example.org']);
    expect(ingress?.spec?.rules?.[0]?.http?.paths[0]?.backend.service).toEqual({ name: 'tea-house-webapp', port: { name: 'https' } });
  });
});

describe('a stop', () => {
  it.each(ciFiles)('has the time that a process takes for it, with ci/%s', async (ci) => {
    const objects = await render({ ci });
    const graceMs = (component: string) => 1000 * Number(podMaker(objects, component).pod.terminationGracePeriodSeconds);
    const delay = podMaker(objects, 'webapp').container.env?.find(({ name }) => name === 'MULTICONNECT_DRAIN_DELAY_MS')?.value;
    expect(graceMs('webapp')).toBeGreaterThan(Number(delay) + defaultStopLimitMs);
    for (const component of ['coreapp', 'master']) expect(graceMs(component)).toBeGreaterThan(defaultStopLimitMs);
  });

  it('of a part of the cluster is one at a time, where nodes are drained', async () => {
    const objects = await render({ ci: 'multiconnect', kubeVersion: '1.31.0' });
    const budgets = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budgets.map(({ metadata }) => metadata.name).sort()).toEqual(['tea-house-coreapp', 'tea-house-master', 'tea-house-registry', 'tea-house-webapp']);
    for (const { spec } of budgets) expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    const old = (await render({ ci: 'multiconnect', kubeVersion: '1.26.0' })).find(({ kind }) => kind === 'PodDisruptionBudget');
    expect(old?.spec).not.toHaveProperty('unhealthyPodEvictionPolicy');
  });
});

describe('the migration', () => {
  it('runs before an installation and an upgrade, and gives way to the masters when it is off', async () => {
    const job = find(await render({ ci: 'minimal' }), 'Job', 'release-multiconnect-migration');
    expect(job?.metadata?.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
    expect((await render({ ci: 'single-instance' })).some(({ kind }) => kind === 'Job')).toBe(false);
  });

  it('has no need of anything that the release makes later', async () => {
    const objects = await render({ ci: 'multiconnect' });
    const hooks = objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'pre-install,pre-upgrade');
    expect(hooks.map(({ kind }) => kind).sort()).toEqual(['Job', 'NetworkPolicy']);
    const { pod } = podMaker(objects, 'migration');
    expect(pod.serviceAccountName).toBe('default');
    expect(pod.volumes?.filter(({ persistentVolumeClaim }) => persistentVolumeClaim)).toEqual([]);
  });
});

describe('the media volume', () => {
  const claimOf = (objects: readonly KubernetesObject[], component: string) =>
    podMaker(objects, component).pod.volumes?.find(({ name }) => name === 'media')?.persistentVolumeClaim?.claimName;

  it('is one for every webapp and coreapp, and outlives the release', async () => {
    const objects = await render({ ci: 'ha' });
    expect(['webapp', 'coreapp', 'master'].map((component) => claimOf(objects, component))).toEqual(['release-multiconnect-media', 'release-multiconnect-media', undefined]);
    const claim = find(objects, 'PersistentVolumeClaim', 'release-multiconnect-media');
    expect(claim?.spec).toMatchObject({ accessModes: ['ReadWriteMany'], storageClassName: 'nfs' });
    expect(claim?.metadata?.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  });

  it('may be one that there is', async () => {
    const objects = await render({ ci: 'multiconnect' });
    expect(claimOf(objects, 'coreapp')).toBe('media');
    expect(objects.some(({ kind }) => kind === 'PersistentVolumeClaim')).toBe(false);
  });
});

describe('network policies', () => {
  const component = (name: string) => ({ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'multiconnect', 'app.kubernetes.io/instance': 'release', 'app.kubernetes.io/component': name } } });
  const policy = (objects: readonly KubernetesObject[], name: string) => find(objects, 'NetworkPolicy', `tea-house-${name}`)?.spec;
  const portsOf = (rules: readonly { ports?: readonly { port?: unknown }[] }[] | undefined) => (rules ?? []).map(({ ports }) => (ports ?? []).map(({ port }) => port).join());

  it('let only webapps call nodes, and whoever is named call the API and read metrics', async () => {
    const objects = await render({ ci: 'multiconnect' });
    expect(policy(objects, 'coreapp')?.ingress?.[0]).toEqual({ ports: [{ port: 'rpc' }], from: [component('webapp')] });
    expect(policy(objects, 'webapp')?.ingress?.[0]).toMatchObject({ ports: [{ port: 'https' }], from: [component('test'), { namespaceSelector: {} }] });
    expect(policy(objects, 'registry')?.ingress?.[0]?.from).toEqual(expect.arrayContaining(['webapp', 'coreapp', 'master'].map(component)));
    expect(policy(objects, 'migration')?.ingress).toBeUndefined();
  });

  it('let each process out to what it needs: to the chat server and to webhooks only coreapps', async () => {
    const objects = await render({ ci: 'multiconnect' });
    const out = (name: string) => portsOf(policy(objects, name)?.egress);
    const [dns, traces] = ['53,53', '4317,4318'];
    expect(out('webapp')).toEqual([dns, '6432', '6379', 'http', 'rpc', traces]);
    expect(out('coreapp')).toEqual([dns, '6432', '6379', 'http', '5222,5223', '80,443', traces]);
    expect(out('master')).toEqual([dns, '6432', '6379', 'http', traces]);
    expect(out('registry')).toEqual([dns, '5432', '5280,5443', '443', traces]);
    expect(out('migration')).toEqual([dns, '6432']);
    expect(out('test')).toEqual([dns, 'https', 'metrics']);
    expect(policy(objects, 'migration')?.egress?.[1]?.to).toEqual([{ ipBlock: { cidr: '10.30.0.0/24' } }]);
  });

  it('leave the way out alone where that is asked for', async () => {
    const objects = await render({ ci: 'multiconnect', values: { networkPolicy: { egress: { enabled: false } } } });
    expect(policy(objects, 'coreapp')).toMatchObject({ policyTypes: ['Ingress'] });
    expect(policy(objects, 'coreapp')).not.toHaveProperty('egress');
  });
});

describe('names', () => {
  it('leave room for what Kubernetes adds, so that a Pod can be the name of a node', async () => {
    const objects = await render(minimal({ nameOverride: 'a-very-long-name-that-somebody-has-thought-of-for-the-chart' }));
    const longest = Math.max(...objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name.length));
    expect(longest + '-0123456789-01234'.length).toBeLessThanOrEqual(63);
    await expect(render(minimal({ fullnameOverride: 'x'.repeat(37) }))).rejects.toThrow('fullnameOverride is longer than 36');
  });
});

describe('defaults', () => {
  const defaultsOf = (text: string) => text.match(/messagesRateLimit: (\S+)|maxOutboundBacklog: '(\d+)'|minFreeDiskMb: (\d+)|prefix: (\S+)|drainDelaySeconds: (\d+)/g);

  it('are those of the processes', () => {
    const values = readFileSync(resolve(import.meta.dirname, '../multiconnect/values.yaml'), 'utf8');
    const needed = {
      MULTICONNECT_POSTGRES_URL: 'postgres://u:p@h/d',
      MULTICONNECT_REDIS_URL: 'redis://r',
      MULTICONNECT_SEAL_KEY: Buffer.alloc(32).toString('base64'),
      MULTICONNECT_CLUSTER_SECRET: 's'.repeat(16),
      MULTICONNECT_JWT_KEY: 'j'.repeat(32),
      MULTICONNECT_REGISTRY_URL: 'http://r',
    };
    const webapp = loadConfig(webappConfig, needed);
    const { redisPrefix, minFreeDiskMb } = loadConfig(nodeConfig, needed);
    expect(defaultsOf(values)).toEqual([
      `prefix: ${redisPrefix}`,
      `minFreeDiskMb: ${minFreeDiskMb}`,
      `drainDelaySeconds: ${webapp.drainDelayMs / 1000}`,
      `messagesRateLimit: ${webapp.messagesRateLimit?.perSecond ?? 0}/${webapp.messagesRateLimit?.burst ?? 0}`,
      `maxOutboundBacklog: '${webapp.maxOutboundBacklog ?? 0}'`,
    ]);
  });
});

describe('values that cannot work are refused with what to do', () => {
  it('all at once', async () => {
    const refused = await render({}).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(HelmFailed);
    const lines = (refused as HelmFailed).message.match(/^ {2}\* \S+/gm);
    expect(lines).toEqual(
      ['secrets.existingSecret', 'postgresql.existingSecret', 'postgresql.host', 'postgresql.user', 'postgresql.database', 'redis.existingSecret', 'registry.externalUrl'].map((name) => `  * ${name}`),
    );
  });

  it.each<readonly [string, Values, string | RegExp]>([
    ['shards that the API does not take', { coreapp: { shards: 3 } }, 'coreapp.shards is 3: the API takes 1, 2, 4, 8, 16 or 32'],
    ['fewer coreapps than shards and spares', { coreapp: { shards: 4, spares: 2, replicas: 5 } }, 'it is at least 6'],
    ['a webapp without a key for tokens', { secrets: { keys: { jwtKey: '' } } }, 'secrets.keys.jwtKey is empty'],
    ['no seal key', { secrets: { keys: { sealKey: '' } } }, 'secrets.keys.sealKey is empty'],
    ['a password that everybody may read', { redis: { existingSecret: '', url: 'redis://:secret@redis' } }, 'put the URL in a Secret'],
    ['two Redis', { redis: { url: 'redis://redis' } }, 'redis: set existingSecret or url, not both'],
    ['a database given twice', { postgresql: { host: 'db' } }, 'postgresql: set urlKey, or host, user and database, not both'],
    ['two registries', { registry: { enabled: true } }, 'registry: set enabled or externalUrl, not both'],
    ['a registry without its needs', { registry: { enabled: true, externalUrl: '' } }, 'registry.xmppDomain is missing'],
    ['an Ingress without a host', { ingress: { enabled: true } }, 'ingress.hosts is missing'],
    ['an autoscaler upside down', { webapp: { autoscaling: { enabled: true, minReplicas: 9 } } }, 'minReplicas 9 is above maxReplicas 6'],
    ['an autoscaler without a measure', { webapp: { autoscaling: { enabled: true }, resources: { requests: { cpu: null } } } }, 'webapp.resources.requests.cpu, which is missing'],
    ['alerts without runbooks', { monitoring: { prometheusRule: { enabled: true } } }, 'runbookBaseUrl is missing'],
    ['a name that nothing reads', { coreapp: { replica: 3 } }, /coreapp.+replica.+not allowed/],
    ['a value of the wrong kind', { webapp: { replicas: 'two' } }, /webapp[./]replicas.+(want|expected).+integer/i],
  ])('%s', async (_what, values, help) => {
    await expect(render(minimal(values))).rejects.toThrow(help);
  });
});

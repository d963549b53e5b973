import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@multiconnect/config';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { configs, environmentOf, otherVariables, variablesRead } from './environment.ts';
import { render, type Rendering, type Values } from './helm.ts';
import { type PodMaker, podMaker, podMakers } from './pods.ts';
import { ciFiles, merged, toggles } from './values.ts';

const timeoutMs = 60_000;
const dir = mkdtempSync(join(tmpdir(), 'multiconnect-chart-'));
afterAll(() => rmSync(dir, { recursive: true }));

const confined = { capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };

/** Whether the process starts with its environment, and no variable is for nobody. */
function environmentProblems(maker: PodMaker): readonly string[] {
  const config = configs[maker.component];
  if (config === undefined) return [];
  const env = environmentOf(maker, dir);
  loadConfig(config, env);
  const read = variablesRead(config, env);
  return Object.keys(env)
    .filter((name) => !read.has(name) && !otherVariables.test(name))
    .map((name) => `${maker.component} does not read ${name}`);
}

function probeProblems({ kind, component, container }: PodMaker): readonly string[] {
  if (kind !== 'Deployment') return [];
  const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe].map((probe) => probe?.httpGet?.path);
  return paths.join() === '/healthz,/healthz,/readyz' ? [] : [`${component} is probed at ${paths.join()}`];
}

/** What a container of any Pod must be, whatever the values. */
function assertSound(maker: PodMaker): void {
  const { pod, container } = maker;
  expect([...environmentProblems(maker), ...probeProblems(maker)]).toEqual([]);
  expect(container.securityContext).toMatchObject(confined);
  const { requests = {}, limits = {} } = container.resources ?? {};
  expect([Object.keys(requests), Object.keys(limits)]).toEqual([['cpu', 'memory'], ['memory']]);
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
}

async function assertRenders(rendering: Rendering): Promise<void> {
  const makers = podMakers(await render(rendering));
  expect(makers.map(({ component }) => component)).toEqual(expect.arrayContaining(['webapp', 'coreapp', 'master', 'test']));
  for (const maker of makers) assertSound(maker);
}

describe.each(ciFiles)('with the values of ci/%s', (ci) => {
  it('every process starts with its environment; every container is confined, probed and measured', { timeout: timeoutMs }, () => assertRenders({ ci }));

  it.each(Object.keys(toggles))('the same holds with %s turned on and off', { timeout: timeoutMs }, async (name) => {
    const toggle = toggles[name];
    await assertRenders({ ci, values: toggle?.on ?? {} });
    await assertRenders({ ci, values: toggle?.off ?? {} });
  });
});

it('any parts go together', { timeout: timeoutMs }, async () => {
  const chosen = Object.values(toggles).map(({ on, off }) => fc.constantFrom<Values>(on, off));
  const anyValues = fc.tuple(...chosen).map((parts) => parts.reduce(merged));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ciFiles), anyValues, (ci, values) => assertRenders({ ci, values })),
    { numRuns: 10 },
  );
});

describe('a container', () => {
  const envNames = (maker: PodMaker) => (maker.container.env ?? []).map(({ name }) => name);

  it('is a master by WA_MASTER_NODE and the upgrade by WA_DB_UPGRADE, of the one image of coreapps', async () => {
    const objects = await render({ ci: 'multiconnect' });
    const [coreapp, master, migration] = ['coreapp', 'master', 'migration'].map((component) => podMaker(objects, component));
    expect(new Set([coreapp, master, migration].map((maker) => maker?.container.image))).toEqual(new Set(['registry.example.com/platform/multiconnect/coreapp:v1.2.3']));
    expect(master?.container.env?.[0]).toEqual({ name: 'WA_MASTER_NODE', value: '1' });
    expect(migration?.container.env?.[0]).toEqual({ name: 'WA_DB_UPGRADE', value: '1' });
    expect(coreapp?.container.env?.map(({ name }) => name)).not.toContain('WA_MASTER_NODE');
    expect(podMaker(objects, 'webapp').container.image).toMatch(/^registry\.example\.com\/platform\/multiconnect\/webapp@sha256:0+$/);
  });

  it('is reached by other processes at the address of its Pod, and named after the Pod', async () => {
    for (const component of ['coreapp', 'master']) {
      const { container } = podMaker(await render({ ci: 'ha' }), component);
      expect(container.env).toContainEqual({ name: 'MULTICONNECT_RPC_ADVERTISED_HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } });
      expect(container.env).toContainEqual({ name: 'MULTICONNECT_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } });
    }
  });

  it('is given no secret as a variable, and no secret that it does not need', async () => {
    const objects = await render({ ci: 'multiconnect' });
    const secretsOf = (component: string) =>
      podMaker(objects, component).pod.volumes?.find(({ name }) => name === 'secrets')?.projected?.sources?.flatMap(({ secret }) => (secret?.items ?? []).map(({ path }) => path));
    const shared = ['postgres-password', 'redis-url', 'seal-key', 'cluster-secret'];
    expect(['webapp', 'coreapp', 'master', 'registry', 'migration'].map(secretsOf)).toEqual([
      [...shared, 'jwt-key', 'api-key'],
      shared,
      shared,
      ['postgres-url', 'operator-token'],
      ['postgres-password'],
    ]);
    for (const { container } of podMakers(objects)) {
      expect(container.envFrom).toBeUndefined();
      expect(container.env?.filter(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined)).toEqual([]);
    }
    expect(podMakers(objects).flatMap(envNames).filter((name) => /(PASSWORD|SECRET|TOKEN|_KEY)$/.test(name))).toEqual([]);
  });

  it('takes what operators add: variables, volumes, labels, annotations', async () => {
    const objects = await render({ ci: 'multiconnect' });
    const { container, pod } = podMaker(objects, 'coreapp');
    expect(container.env).toContainEqual({ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/company/ca.crt' });
    expect(container.volumeMounts).toContainEqual({ name: 'company-ca', mountPath: '/etc/company', readOnly: true });
    expect(pod).toMatchObject({ priorityClassName: 'business-critical', nodeSelector: { pool: 'messaging' }, imagePullSecrets: [{ name: 'pull' }] });
    expect(pod.tolerations).toContainEqual({ key: 'pool', operator: 'Equal', value: 'messaging', effect: 'NoSchedule' });
    expect(podMaker(objects, 'webapp').labels).toMatchObject({ team: 'messaging', tier: 'edge', 'app.kubernetes.io/component': 'webapp' });
  });

  it('cannot take a label that its Deployment selects by', async () => {
    const podLabels = { 'app.kubernetes.io/component': 'coreapp' };
    const makers = podMakers(await render({ ci: 'minimal', values: { webapp: { podLabels } } }));
    expect(makers.filter(({ component }) => component === 'webapp')).toHaveLength(1);
  });
});

import { existsSync, globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createMetrics } from '@multiconnect/telemetry';
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { describe, expect, it } from 'vitest';
import { render } from './helm.ts';
import { podMaker } from './pods.ts';
import { selectorsIn } from './promql.ts';

const root = resolve(import.meta.dirname, '../..');
const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root })
  .filter((file) => !/\.test\.ts$|\/testing\//.test(file))
  .map((file) => readFileSync(resolve(root, file), 'utf8'))
  .join('\n');
const runtimeMetrics = createMetrics({ process: 'any', node: 'any' })
  .getMetricsAsArray()
  .map(({ name }) => name);

const isCollected = (name: string) => [name, name.replace(/_(bucket|count|sum)$/, '')].some((one) => runtimeMetrics.includes(one) || sources.includes(`'${one}'`));

async function alerts(values: object = {}) {
  const objects = await render({ ci: 'multiconnect', values: { monitoring: { prometheusRule: { disabled: [] } }, ...values } });
  const rule = objects.find(({ kind }) => kind === 'PrometheusRule') as unknown as IPrometheusRule;
  const found = rule.spec.groups?.flatMap(({ rules }) => rules ?? []) ?? [];
  return found.map(({ alert = '', expr, annotations = {}, labels = {} }) => ({ alert, expr: String(expr), annotations, labels }));
}

describe('alerts', () => {
  it('have each a page of their own among the runbooks', async () => {
    const all = await alerts();
    expect(all.length).toBeGreaterThan(10);
    for (const { alert, annotations, labels } of all) {
      const page = annotations['runbook_url']?.replace('https://runbooks.example.com/multiconnect/', '') ?? '';
      expect(existsSync(resolve(root, 'docs/runbooks', page)) ? [] : [`${alert}: there is no ${page}`]).toEqual([]);
      expect(['warning', 'critical']).toContain(labels['severity']);
      expect(annotations['summary']).toMatch(/\w/);
    }
  });

  it('read only metrics that processes have, of this release', async () => {
    for (const { alert, expr } of await alerts()) {
      const selectors = selectorsIn(expr);
      expect([alert, selectors.filter(({ metric }) => !isCollected(metric))]).toEqual([alert, []]);
      expect([alert, selectors.filter(({ labels }) => !labels.startsWith('job="tea-house-metrics",namespace="messaging"'))]).toEqual([alert, []]);
      expect(selectors.length).toBeGreaterThan(0);
    }
  });

  it('are refused where they are no PromQL', () => {
    expect(() => selectorsIn('sum(rate(x[5m]) > 1')).toThrow('no PromQL');
    expect(selectorsIn('sum by (le) (rate(x{a="1"}[5m])) / y')).toEqual([{ metric: 'x', labels: 'a="1"' }, { metric: 'y', labels: '' }]);
  });

  it('count processes against how many there should be', async () => {
    const objects = await render({ ci: 'multiconnect' });
    const all = new Map((await alerts()).map(({ alert, expr }) => [alert, expr]));
    const replicasOf = (name: string) => (objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === `tea-house-${name}`)?.spec as { replicas?: number }).replicas;
    expect(podMaker(objects, 'coreapp').component).toBe('coreapp');
    expect(all.get('MulticonnectCoreappDown')).toMatch(new RegExp(`< ${replicasOf('coreapp') ?? 0}$`));
    expect(all.get('MulticonnectMasterDown')).toMatch(new RegExp(`< ${replicasOf('master') ?? 0}$`));
    expect(all.get('MulticonnectCoreappsTooFew')).toMatch(/< 8$/);
    expect(all.get('MulticonnectWebappDown')).toMatch(/< 3$/);
  });

  it('may be left out by name', async () => {
    const named = (await alerts({ monitoring: { prometheusRule: { disabled: ['MulticonnectNoMaster'] } } })).map(({ alert }) => alert);
    expect(named).not.toContain('MulticonnectNoMaster');
    expect(named).toContain('MulticonnectMasterDown');
  });
});

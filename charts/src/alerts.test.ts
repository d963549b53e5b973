import { existsSync, globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createMetrics } from '@multiconnect/telemetry';
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { describe, expect, it } from 'vitest';
import { render } from './helm.ts';
import { podMaker } from './pods.ts';

const root = resolve(import.meta.dirname, '../..');
const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root })
  .filter((file) => !/\.test\.ts$|\/testing\//.test(file))
  .map((file) => readFileSync(resolve(root, file), 'utf8'))
  .join('\n');
const runtimeMetrics = createMetrics({ process: 'any', node: 'any' })
  .getMetricsAsArray()
  .map(({ name }) => name);

/** PromQL's own words that look like a metric. */
const words = new Set(['sum', 'count', 'by', 'le', 'or', 'and', 'on', 'vector', 'absent', 'rate', 'increase', 'histogram_quantile', 'shard', 'pod']);

function metricsIn(expr: string): readonly string[] {
  const names = expr.replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '').matchAll(/[a-z_][a-z_0-9]*/g);
  return [...new Set([...names].map(([name]) => name))].filter((name) => !words.has(name));
}

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
      const names = metricsIn(expr);
      expect([alert, names.filter((name) => !isCollected(name))]).toEqual([alert, []]);
      expect(names.length).toBeGreaterThan(0);
      expect(expr.match(/job="tea-house-metrics",namespace="messaging"/g)?.length).toBe(expr.match(/\{/g)?.length);
    }
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

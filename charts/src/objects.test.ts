import { describe, expect, it } from 'vitest';
import { fieldProblems, valueProblems } from './api-schemas.ts';
import { lint, render } from './helm.ts';
import { ciFiles } from './values.ts';

const timeoutMs = 60_000;

describe.each(ciFiles)('with the values of ci/%s', (ci) => {
  it('the chart passes helm lint, strictly', { timeout: timeoutMs }, async () => {
    await expect(lint(ci)).resolves.toContain('0 chart(s) failed');
  });

  it('every object is one of an API version that Kubernetes serves, with the values that its schema wants', { timeout: timeoutMs }, async () => {
    expect(await valueProblems(await render({ ci }))).toEqual([]);
    expect(await valueProblems(await render({ ci, kubeVersion: '1.33.0' }))).toEqual([]);
  });
});

describe('the objects', () => {
  it('have no field that Kubernetes, or the Prometheus Operator, would drop', { timeout: timeoutMs }, async () => {
    const objects = await Promise.all(ciFiles.map((ci) => render({ ci, kubeVersion: '1.33.0' })));
    expect(fieldProblems(objects.flat())).toEqual([]);
  });

  it('are refused with a removed version, a wrong value and a misspelled field', { timeout: timeoutMs }, async () => {
    const wrong = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'a' }, spec: { selector: 'all' } };
    const misspelled = { ...wrong, spec: { maxUnavailible: 1 } };
    expect(await valueProblems([{ ...wrong, apiVersion: 'policy/v1beta1' }, wrong])).toEqual([
      expect.stringContaining('policy/v1beta1 PodDisruptionBudget a: Kubernetes serves no such version any more'),
      expect.stringContaining('policy/v1 PodDisruptionBudget a: data/spec/selector must be object'),
    ]);
    expect(fieldProblems([misspelled])).toEqual([expect.stringContaining('maxUnavailible')]);
  });
});

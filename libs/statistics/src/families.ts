import type { MetricFamilies, MetricFamily, MetricSample } from '@multiconnect/contract';
import type { Registry } from '@multiconnect/telemetry';

interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number | undefined>>;
  /** Of a part of a histogram or summary. */
  readonly metricName?: string;
}

const isBucket = (name: string) => name.endsWith('_bucket');
const isCounted = (name: string) => /_(count|sum)$/.test(name);

function labelsOf({ labels = {} }: Sample): MetricSample['labels'] {
  return Object.fromEntries(Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

/** Everything in the registry in the documented shape. Of a histogram its count and sum; what is no number is left out. */
export async function familiesOf(registry: Registry): Promise<MetricFamilies> {
  const families: Record<string, MetricFamily & { readonly data: MetricSample[] }> = {};
  for (const { name, help, type, values } of await registry.getMetricsAsJSON()) {
    const isWhole = String(type) === 'counter' || String(type) === 'gauge';
    if (isWhole) families[name] = { type: String(type) as 'counter' | 'gauge', help, data: [] };
    for (const sample of values as unknown as readonly Sample[]) {
      const part = sample.metricName ?? name;
      if (isBucket(part) || !Number.isFinite(sample.value)) continue;
      families[part] ??= { type: isCounted(part) ? 'counter' : 'gauge', help, data: [] };
      families[part].data.push({ labels: labelsOf(sample), value: sample.value });
    }
  }
  return families;
}

const escapedHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapedLabel = (text: string) => escapedHelp(text).replaceAll('"', '\\"');

function lineOf(name: string, { labels, value }: MetricSample, node: string): string {
  const pairs = Object.entries({ ...labels, node }).map(([label, text]) => `${label}="${escapedLabel(text)}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}

/** Prometheus text format 0.0.4. Each value carries its node as a label. */
export function prometheusText(nodes: Readonly<Record<string, MetricFamilies>>): string {
  const names = [...new Set(Object.values(nodes).flatMap((families) => Object.keys(families)))];
  const lines = names.flatMap((name) => {
    const found = Object.entries(nodes).flatMap(([node, families]) => (families[name] === undefined ? [] : [{ node, family: families[name] }]));
    const [first] = found;
    if (first === undefined) return [];
    const samples = found.flatMap(({ node, family }) => family.data.map((sample) => lineOf(name, sample, node)));
    return [`# HELP ${name} ${escapedHelp(first.family.help)}`, `# TYPE ${name} ${first.family.type}`, ...samples];
  });
  return lines.map((line) => `${line}\n`).join('');
}

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';

import { parser } from '@prometheus-io/lezer-promql';

/** `metric{labels}` in an expression. */
export interface Selector {
  readonly metric: string;
  /** `job="api",shard!="-1"` */
  readonly labels: string;
}

const selectorText = /^(?<metric>[^{[]*)(?:\{(?<labels>.*)\})?$/s;

/** Every selector of a PromQL expression. Throws for one that Prometheus would refuse to parse. */
export function selectorsIn(expr: string): readonly Selector[] {
  const selectors: Selector[] = [];
  parser.parse(expr).iterate({
    enter({ name, type, from, to }) {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expr}`);
      if (name !== 'VectorSelector') return;
      const { metric = '', labels = '' } = selectorText.exec(expr.slice(from, to))?.groups ?? {};
      selectors.push({ metric, labels });
    },
  });
  return selectors;
}

import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { chartDir, type Values } from './helm.ts';

const suffix = '-values.yaml';

/** `minimal`, `ha`, …: what ci/ has values of. */
export const ciFiles: readonly string[] = readdirSync(resolve(chartDir, 'ci')).map((file) => file.slice(0, -suffix.length));

const peers = [{ namespaceSelector: {} }];

/** Every part that can be on or off, and the values that make it so on top of others. */
export const toggles: Readonly<Record<string, { readonly on: Values; readonly off: Values }>> = {
  registry: {
    on: {
      registry: {
        enabled: true,
        externalUrl: '',
        xmppDomain: 'chat.example',
        ejabberdApiUrl: 'http://ejabberd:5280/api',
        existingSecret: 'registry',
        postgresql: { existingSecret: 'registry-postgresql', urlKey: 'url' },
      },
    },
    off: { registry: { enabled: false, externalUrl: 'https://registry.chat.example' } },
  },
  autoscaling: { on: { webapp: { autoscaling: { enabled: true } } }, off: { webapp: { autoscaling: { enabled: false } } } },
  monitoring: {
    on: { monitoring: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true, runbookBaseUrl: 'https://runbooks.example' } } },
    off: { monitoring: { serviceMonitor: { enabled: false }, prometheusRule: { enabled: false } } },
  },
  networkPolicy: {
    on: { networkPolicy: { enabled: true, apiFrom: peers, registryFrom: peers, metricsFrom: peers } },
    off: { networkPolicy: { enabled: false } },
  },
  egress: { on: { networkPolicy: { egress: { enabled: true } } }, off: { networkPolicy: { egress: { enabled: false } } } },
  ingress: { on: { ingress: { enabled: true, hosts: ['api.example.com'] } }, off: { ingress: { enabled: false } } },
  persistence: { on: { persistence: { media: { enabled: true } } }, off: { persistence: { media: { enabled: false } } } },
  migration: { on: { migration: { enabled: true } }, off: { migration: { enabled: false } } },
  traces: { on: { otel: { endpoint: 'http://collector:4318' } }, off: { otel: { endpoint: '' } } },
  serviceAccount: { on: { serviceAccount: { create: true } }, off: { serviceAccount: { create: false } } },
};

const isTree = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** As helm lays one file of values over another. */
export function merged(below: Values, above: Values): Values {
  const entries = Object.entries(above).map(([name, value]) => {
    const under = below[name];
    return [name, isTree(under) && isTree(value) ? merged(under, value) : value] as const;
  });
  return { ...below, ...Object.fromEntries(entries) };
}

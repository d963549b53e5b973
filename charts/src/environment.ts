import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigSchema, nodeConfig, registryConfig, upgradeConfig, webappConfig } from '@multiconnect/config';
import type { PodMaker } from './pods.ts';

/** What each component reads its environment by. */
export const configs: Readonly<Record<string, ConfigSchema>> = {
  webapp: webappConfig,
  coreapp: nodeConfig,
  master: nodeConfig,
  registry: registryConfig,
  migration: upgradeConfig,
};

/** Read by the image (what the container is) and by OpenTelemetry and Node, not by libs/config. */
export const otherVariables = /^(WA_MASTER_NODE|WA_DB_UPGRADE|OTEL_.+|NODE_EXTRA_CA_CERTS)$/;

/** What the kubelet puts in place of a field of the Pod. */
const fields: Readonly<Record<string, string>> = { 'metadata.name': 'release-multiconnect-coreapp-5d5f7c9b8d-x2x4z', 'status.podIP': '10.1.2.3' };

/** What a file holds that is mounted from a Secret or ConfigMap, by its name in the Pod. */
const fileContents: Readonly<Record<string, string>> = {
  'seal-key': Buffer.alloc(32, 7).toString('base64'),
  'cluster-secret': 'a secret of the cluster',
  'jwt-key': 'j'.repeat(64),
  'api-key': 'an-api-key-for-tests',
  'postgres-url': 'postgres://user:password@host/database',
  'postgres-password': 'p@ss/word?',
  'redis-url': 'rediss://:password@redis:6379',
  'operator-token': 'an operator of the network',
  'ca.crt': '-----BEGIN CERTIFICATE-----',
};

/** Paths of the files that a Pod mounts from Secrets and ConfigMaps. */
function mountedFiles({ pod, container }: PodMaker): readonly string[] {
  return (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const volume = pod.volumes?.find((one) => one.name === name);
    const projected = volume?.projected?.sources?.flatMap(({ secret }) => secret?.items ?? []) ?? [];
    return [...projected, ...(volume?.configMap?.items ?? [])].map(({ path }) => join(mountPath, path));
  });
}

/** The environment of a container as its process sees it, with the files that it names below `dir`. Throws for a file that is not mounted. */
export function environmentOf(maker: PodMaker, dir: string): Readonly<Record<string, string>> {
  const mounted = mountedFiles(maker);
  const valueOf = (name: string, value: string) => {
    if (!name.endsWith('_FILE') || name === 'MULTICONNECT_CODE_LOG_FILE') return value;
    const content = fileContents[value.split('/').at(-1) ?? ''];
    if (!mounted.includes(value) || content === undefined) throw new Error(`${name}: nothing is mounted at ${value}`);
    mkdirSync(join(dir, value, '..'), { recursive: true });
    writeFileSync(join(dir, value), content);
    return join(dir, value);
  };
  return Object.fromEntries(
    (maker.container.env ?? []).map(({ name, value, valueFrom }) => {
      const text = value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''];
      if (text === undefined) throw new Error(`${name} has no value`);
      return [name, valueOf(name, text)];
    }),
  );
}

/** Every variable that a configuration reads while `env` is its environment. */
export function variablesRead(schema: ConfigSchema, env: Readonly<Record<string, string>>): ReadonlySet<string> {
  const read = new Set<string>();
  const watched = new Proxy(env, {
    get(target, name) {
      read.add(String(name));
      return target[String(name)];
    },
  });
  for (const field of Object.values(schema)) field.read(watched);
  return read;
}

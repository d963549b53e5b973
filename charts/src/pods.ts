import type { ICronJob, IJob } from 'kubernetes-models/batch/v1';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import type { KubernetesObject } from './helm.ts';

/** The Pods that an object makes. */
export interface PodMaker {
  readonly kind: string;
  /** webapp, coreapp, master, registry, migration or test. */
  readonly component: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: IPodSpec;
  readonly container: IContainer;
}

type Made = Pick<IDeployment, 'spec'> | Pick<IJob, 'spec'> | Pick<ICronJob, 'spec'>;

function podOf(object: KubernetesObject): { readonly pod: IPodSpec; readonly labels: Readonly<Record<string, string>> } | undefined {
  if (object.kind === 'Pod') return { pod: object.spec as IPodSpec, labels: object.metadata.labels ?? {} };
  const template = (object as unknown as Made).spec as IDeployment['spec'] | undefined;
  const pod = template?.template.spec;
  return pod === undefined ? undefined : { pod, labels: template?.template.metadata?.labels ?? {} };
}

/** Every container is alone in its Pod. */
export function podMakers(objects: readonly KubernetesObject[]): readonly PodMaker[] {
  return objects
    .filter(({ kind }) => ['Deployment', 'Job', 'Pod'].includes(kind))
    .map((object) => {
      const made = podOf(object);
      const [container, ...others] = made?.pod.containers ?? [];
      if (made === undefined || container === undefined || others.length > 0) throw new Error(`${object.kind} ${object.metadata.name} has no one container`);
      return { kind: object.kind, component: made.labels['app.kubernetes.io/component'] ?? '', ...made, container };
    });
}

/** The one with this component. */
export function podMaker(objects: readonly KubernetesObject[], component: string): PodMaker {
  const found = podMakers(objects).find((maker) => maker.component === component);
  if (found === undefined) throw new Error(`nothing makes Pods of ${component}`);
  return found;
}

import { Counter, type Registry } from '@multiconnect/telemetry';

/** How often something happened and how long all of it took together: the documented `<name>_count` and `<name>_sum`. */
export interface Timing<Label extends string> {
  add(labels: Readonly<Record<Label, string>>, duration: number, times?: number): void;
}

export interface TimingOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  readonly registry: Registry;
}

/** `help` ends with the unit. */
export function createTiming<Label extends string>({ name, help, labelNames, registry }: TimingOptions<Label>): Timing<Label> {
  const registers = [registry];
  const count = new Counter({ name: `${name}_count`, help: `Number of ${help}`, labelNames, registers });
  const sum = new Counter({ name: `${name}_sum`, help: `Total time of ${help}`, labelNames, registers });
  return {
    add(labels, duration, times = 1) {
      count.inc(labels, times);
      // A wall clock that was set back makes no time negative.
      sum.inc(labels, Math.max(0, duration));
    },
  };
}

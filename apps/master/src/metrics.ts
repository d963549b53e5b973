import { Counter, createMetrics, Gauge, type Registry } from '@multiconnect/telemetry';

export interface MasterMetrics {
  readonly registry: Registry;
  readonly leading: Gauge;
  readonly term: Gauge;
  readonly elections: Counter;
  readonly assignments: Counter;
}

export function createMasterMetrics(node: string): MasterMetrics {
  const registry = createMetrics({ process: 'master', node });
  const registers = [registry];
  return {
    registry,
    leading: new Gauge({ name: 'multiconnect_master_leading', help: '1 while this master leads', registers }),
    term: new Gauge({ name: 'multiconnect_master_term', help: 'The latest term that this master led', registers }),
    elections: new Counter({ name: 'multiconnect_master_elections_total', help: 'Terms that this master has led', registers }),
    assignments: new Counter({ name: 'multiconnect_master_shard_assignments_total', help: 'Changes that this master made to the shard map', registers }),
  };
}

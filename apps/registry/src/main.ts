import 'reflect-metadata';
import { registryConfig } from '@multiconnect/config';
import { runProcess } from '@multiconnect/telemetry';
import { startRegistry } from './start.ts';

await runProcess({
  name: 'registry',
  config: registryConfig,
  start: async (config, log) => {
    const registry = await startRegistry(config, log);
    return { details: { port: registry.port, metricsPort: registry.metricsPort }, stop: () => registry.stop() };
  },
});

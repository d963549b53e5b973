import { nodeConfig } from '@multiconnect/config';
import { runProcess } from '@multiconnect/telemetry';
import { startCoreapp } from './coreapp.ts';

await runProcess({ name: 'coreapp', config: nodeConfig, start: startCoreapp });

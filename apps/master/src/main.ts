import { nodeConfig } from '@multiconnect/config';
import { runProcess } from '@multiconnect/telemetry';
import { startMaster } from './master.ts';

await runProcess({ name: 'master', config: nodeConfig, start: startMaster });

import { webappConfig } from '@multiconnect/config';
import { runProcess } from '@multiconnect/telemetry';
import { startWebapp } from './webapp.ts';

await runProcess({ name: 'webapp', config: webappConfig, start: startWebapp });

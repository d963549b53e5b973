import { webappConfig } from '@multiconnect/config';
import { runProcess, webappRotation } from '@multiconnect/telemetry';
import { startWebapp } from './webapp.ts';

await runProcess({ name: 'webapp', config: webappConfig, logRotation: webappRotation, start: startWebapp });

import { upgradeConfig } from '@multiconnect/config';
import { migrate } from '@multiconnect/message-store';
import { runJob } from '@multiconnect/telemetry';

/** Brings the schema of the cluster's database up to date, before the processes of a new version start. Several at a time wait for each other. */
await runJob({ name: 'upgrade', config: upgradeConfig, run: ({ postgres }) => migrate(postgres) });

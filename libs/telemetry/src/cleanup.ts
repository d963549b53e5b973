import { resolve } from 'node:path';
import { cleanUpLogs } from './clean-up-logs.ts';

/** `npm run cleanup -- <directory>`, or MULTICONNECT_LOG_DIR. */
const named = process.argv[2] ?? process.env['MULTICONNECT_LOG_DIR'];
if (named === undefined || named === '') {
  process.stderr.write('cleanup: name the directory of the logs, or set MULTICONNECT_LOG_DIR\n');
  process.exit(2);
}
const directory = resolve(process.env['INIT_CWD'] ?? '.', named);
try {
  const removed = await cleanUpLogs(directory);
  process.stdout.write(`${removed.length} log files removed from ${directory}\n`);
} catch (error) {
  process.stderr.write(`cleanup: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

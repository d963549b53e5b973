import { ConfigInvalid, loadConfig, nodeConfig, registryConfig } from '@multiconnect/config';
import { CommandFailed, runTemplateCommand } from './template-commands.ts';

/** The operator's command line for templates: `node apps/registry/dist/templates.js list`. */
const schema = { url: nodeConfig.registryUrl, operatorToken: registryConfig.operatorToken };
const failed = 1;

try {
  const config = loadConfig(schema, process.env);
  await runTemplateCommand(process.argv.slice(2), { ...config, print: (line) => void process.stdout.write(`${line}\n`) });
} catch (error) {
  if (!(error instanceof CommandFailed || error instanceof ConfigInvalid)) throw error;
  process.stderr.write(`${error instanceof ConfigInvalid ? error.problems.join('\n') : error.message}\n`);
  process.exitCode = failed;
}

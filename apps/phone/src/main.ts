import { parseArgs } from 'node:util';
import { ConnectFailed, NotAuthorized, StreamConflict } from '@multiconnect/xmpp';
import { chat } from './chat.ts';
import { fileStorage, UnreadableRecord } from './file-storage.ts';
import { findNetwork, localDirectory, phoneFile, SetupError } from './network.ts';
import { SignUpFailed } from './sign-up.ts';
import { openTerminal, TerminalClosed } from './terminal.ts';

const usage = `A customer's phone in a terminal.

  npm run phone -- --number +16315551001 [--to NUMBER] [--language CODE]

  --number NUMBER   this phone's number, with country code
  --to NUMBER       whom to write to (default: the last sender, else the business that runs here)
  --language CODE   what its person reads, such as pt_BR: sent when the phone signs up
  --registry URL    the network's registry       (or MULTICONNECT_REGISTRY_URL)
  --routes ROUTES   host:port:starttls,...       (or MULTICONNECT_XMPP_ROUTES)
  --ca FILE         the chat server's authority  (or MULTICONNECT_XMPP_CA_FILE)
`;

const options = {
  number: { type: 'string' },
  to: { type: 'string' },
  language: { type: 'string' },
  registry: { type: 'string', default: process.env['MULTICONNECT_REGISTRY_URL'] },
  routes: { type: 'string', default: process.env['MULTICONNECT_XMPP_ROUTES'] },
  ca: { type: 'string', default: process.env['MULTICONNECT_XMPP_CA_FILE'] },
  help: { type: 'boolean', short: 'h' },
} as const;

const numberPattern = /^\+?[1-9][0-9]{6,14}$/;

function numberIn(text: string | undefined): string {
  const number = (text ?? '').replace(/[\s()-]/g, '');
  if (!numberPattern.test(number)) throw new SetupError('--number takes a number with its country code, such as +16315551001');
  return number.replace('+', '');
}

/** One line for the person; undefined for an error that nobody expects. */
function explain(error: unknown): string | undefined {
  if (error instanceof TerminalClosed) return 'The input has ended.';
  if (error instanceof StreamConflict) return 'This phone is open somewhere else.';
  if (error instanceof NotAuthorized) return 'The chat server refuses this phone.';
  if (error instanceof ConnectFailed) return `The chat server cannot be reached: ${error.message}`;
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return error.message;
  const known = [SetupError, SignUpFailed, UnreadableRecord].some((type) => error instanceof type);
  return known ? (error as Error).message : undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.help === true) {
    process.stdout.write(usage);
    return;
  }
  const number = numberIn(values.number);
  const network = findNetwork({ registryUrl: values.registry, routes: values.routes, caFile: values.ca }, localDirectory);
  const terminal = openTerminal({ input: process.stdin, output: process.stdout });
  try {
    await chat({
      number,
      ...(values.to === undefined ? {} : { to: values.to }),
      ...(values.language === undefined ? {} : { language: values.language }),
      network,
      storage: fileStorage(phoneFile(localDirectory, number)),
      terminal,
    });
  } finally {
    terminal.close();
  }
}

try {
  await main();
} catch (error) {
  const line = explain(error);
  if (line === undefined) throw error;
  process.stderr.write(`${line}\n`);
  process.exitCode = 1;
}

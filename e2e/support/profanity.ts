import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceAddresses } from '@multiconnect/local';
import type { PhoneAccount } from '@multiconnect/phone';
import { openTerminal } from './terminal.ts';

const program = '/usr/bin/profanity';
const accountName = 'customer';

/** profanity (https://profanity-im.github.io), a chat client written by others, as a customer's phone. */
export interface Profanity {
  /** Starts it and logs in. */
  open(): Promise<void>;
  /** Leaves as its user would; what it knows stays on disk. */
  quit(): Promise<void>;
  /** Makes and publishes an OMEMO device, and trusts new devices of others unseen, as phones do. */
  enableOmemo(): Promise<void>;
  /** Brings the conversation with a number to the front. */
  openChat(number: string): Promise<void>;
  /** Encrypts the open conversation from now on; resolves when the number's device is known. */
  encryptChat(number: string): Promise<void>;
  /** Sends a text in the open conversation. */
  say(text: string): Promise<void>;
  /** The screen as soon as the text is on it. */
  shows(text: string): Promise<string>;
  /** Ends it, and deletes its files. */
  close(): Promise<void>;
}

/** The account stands in its file, so that the password is neither typed nor an argument. */
const accountFile = ({ jid, password }: PhoneAccount, { xmpp }: ServiceAddresses): string => `[${accountName}]
enabled=true
jid=${jid}
password=${password}
server=${xmpp.host}
port=${xmpp.port}
resource=profanity
tls.policy=force
`;

const settingsFile = `[ui]
splash=false
[notifications]
message=false
`;

function write(dir: string, name: string, content: string): void {
  mkdirSync(join(dir, 'profanity'), { recursive: true });
  writeFileSync(join(dir, 'profanity', name), content, { mode: 0o600 });
}

const titleOf = (screen: string) => screen.slice(0, screen.indexOf('\n'));

export async function createProfanity(account: PhoneAccount, services: ServiceAddresses): Promise<Profanity> {
  const home = mkdtempSync(join(tmpdir(), 'multiconnect-profanity-'));
  const config = join(home, 'config');
  const data = join(home, 'data');
  write(config, 'profrc', settingsFile);
  write(data, 'accounts', accountFile(account, services));
  const { caFile, domain } = services.xmpp;
  const trusted: Record<string, string> = caFile === undefined ? {} : { SSL_CERT_FILE: caFile };
  const terminal = await openTerminal({ HOME: home, XDG_CONFIG_HOME: config, XDG_DATA_HOME: data, ...trusted });

  const jidOf = (number: string) => `+${number}@${domain}`;
  const shows = (text: string) => terminal.waitFor((screen) => screen.includes(text), `"${text}" is shown`);
  const titleShows = (text: string) => terminal.waitFor((screen) => titleOf(screen).includes(text), `"${text}" is in the title`);
  const enter = async (line: string, answer: string) => {
    await terminal.type(line);
    await shows(answer);
  };
  const openChat = async (number: string) => {
    await terminal.type(`/msg ${jidOf(number)}`);
    await titleShows(jidOf(number));
  };
  return {
    async open() {
      await terminal.run([program, '--account', accountName]);
      await shows('logged in successfully');
    },
    async quit() {
      await terminal.type('/quit');
      await terminal.ended();
    },
    async enableOmemo() {
      await enter('/omemo trustmode blind', 'ALL OMEMO fingerprints will be trusted automatically');
      await enter('/save', 'Saving preferences');
      // It trusts its own device once that has come back from the server.
      await enter('/omemo gen', `Blind trust for ${account.jid} device`);
    },
    openChat,
    async encryptChat(number) {
      await terminal.type('/omemo start');
      await titleShows('[OMEMO]');
      await enter('/win 1', `Blind trust for ${jidOf(number)} device`);
      await openChat(number);
    },
    say: (text) => terminal.type(text),
    shows,
    async close() {
      await terminal.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

import { writeFile } from 'node:fs/promises';
import { type Choice, typedChoice } from '@multiconnect/content';
import { inboundContent, type InboundContent, type SentFile } from '@multiconnect/contract';
import { NoUsableDevice } from '@multiconnect/omemo';
import { NotAuthorized } from '@multiconnect/xmpp';
import { codeFromLog } from './codes.ts';
import { help, readCommand } from './commands.ts';
import type { Network } from './network.ts';
import { type MessageStatus, type Phone, PhoneClosed, type PhoneEvents, type ShownMessage } from './options.ts';
import { openPhone } from './phone.ts';
import type { PhoneAccount } from './record.ts';
import { profileLines } from './profile-lines.ts';
import { choicesIn, fileNameOf, fileOf, linesOf } from './shown.ts';
import { signUpPhone } from './sign-up.ts';
import { bareJid, numberOf } from './stanzas.ts';
import type { PhoneStorage } from './storage.ts';
import { printable, type Terminal } from './terminal.ts';

export interface ChatOptions {
  /** wa_id digits. */
  readonly number: string;
  /** A number or a JID; else the last sender, else the business. */
  readonly to?: string;
  readonly network: Network;
  readonly storage: PhoneStorage;
  readonly terminal: Terminal;
  readonly language?: string;
}

const openTimeoutMs = 20_000;
const maxQuoteLength = 40;
const ticks = { delivered: '✓✓ delivered', read: '✓✓ read', failed: '✗ not delivered' } as const;

const time = (at: Date): string => at.toTimeString().slice(0, 8);
const quote = (text: string): string => (text.length > maxQuoteLength ? `${text.slice(0, maxQuoteLength - 1)}…` : text);

/** A person's phone in a terminal. Resolves when the person leaves. */
export async function chat(options: ChatOptions): Promise<void> {
  const { terminal, number } = options;
  const conversation = new Conversation(options);
  const phone = await openSignedUp(options, conversation.events);
  try {
    terminal.print(`+${number} is online, end-to-end encrypted.`);
    if (conversation.partner === undefined) terminal.note('Messages go to whoever writes to you first; --to NUMBER chooses.');
    else terminal.print(`You are writing to ${conversation.nameOf(conversation.partner)}. /help shows the commands.`);
    await conversation.run(phone);
  } finally {
    await phone.close();
  }
}

/** Opens the stored phone, or signs up: also when the network no longer knows the account. */
async function openSignedUp(options: ChatOptions, events: PhoneEvents): Promise<Phone> {
  const stored = (await options.storage.load())?.account;
  const { routes, ca, uploadOrigins } = options.network;
  const open = (account: PhoneAccount) =>
    openPhone({
      ...account,
      ...events,
      routes,
      ...(ca === undefined ? {} : { ca }),
      ...(uploadOrigins === undefined ? {} : { uploadOrigins }),
      storage: options.storage,
      signal: AbortSignal.timeout(openTimeoutMs),
    });
  if (stored === undefined) return open(await signUp(options));
  try {
    return await open(stored);
  } catch (error) {
    if (!(error instanceof NotAuthorized)) throw error;
    options.terminal.note('The network does not know this phone any more; signing it up again.');
    return open(await signUp(options));
  }
}

function signUp({ number, network, terminal, language }: ChatOptions): Promise<PhoneAccount> {
  terminal.print(`Signing up +${number}.`);
  const { registryUrl, codeLogFile } = network;
  return signUpPhone({
    registryUrl,
    number,
    ...(language === undefined ? {} : { language }),
    readCode: async () => {
      const logged = codeLogFile === undefined ? undefined : await codeFromLog(codeLogFile, number);
      if (logged === undefined) return terminal.ask(`The code that was sent to +${number}: `);
      terminal.note(`The code ${logged} was read from the development log.`);
      return logged;
    },
  });
}

class Conversation {
  partner: string | undefined;
  readonly #options: ChatOptions;
  readonly #sent = new Map<string, string>();
  #phone: Phone | undefined;
  /** Shown before the phone was handed over: read once it is. */
  #unread: string[] = [];
  #shownLast: string | undefined;
  #sentLast: string | undefined;
  #closing = false;
  readonly #files: SentFile[] = [];
  /** What was shown last and can be answered by a number. */
  #asked: { readonly id: string; readonly choices: readonly Choice[] } | undefined;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.partner = options.to ?? options.network.businessNumber;
  }

  get events(): PhoneEvents {
    const { terminal } = this.#options;
    return {
      onMessage: (message) => this.#show(message),
      // The receipt may stand in the same packet as the acknowledgement that gives the message its id.
      onStatus: (status) => void setImmediate(() => this.#tick(status)),
      onUndecryptable: ({ reason, from }) => terminal.note(`A message of ${this.nameOf(from)} could not be read (${reason}).`),
      onOnline: () => this.#online(),
      onOffline: ({ kind }) => this.#offline(kind),
    };
  }

  nameOf(address: string): string {
    const number = address.includes('@') ? numberOf(bareJid(address)) : address.replace('+', '');
    const { businessNumber, businessName } = this.#options.network;
    const shown = /^\d+$/.test(number) ? `+${number}` : address;
    return businessName !== undefined && number === businessNumber ? `${businessName} (${shown})` : shown;
  }

  async run(phone: Phone): Promise<void> {
    this.#phone = phone;
    for (const id of this.#unread.splice(0)) phone.markRead(id);
    const sending = new Set<Promise<void>>();
    const during = (work: Promise<void>) => {
      const done = work.finally(() => sending.delete(done));
      sending.add(done);
    };
    await this.#options.terminal.lines((line) => {
      const said = line.trim();
      if (said === '') return;
      if (said.startsWith('/')) during(this.#command(phone, said));
      else during(this.#say(said, (to) => this.#answerOrText(phone, to, said)));
    });
    await Promise.all(sending);
    this.#closing = true;
  }

  async #command(phone: Phone, line: string): Promise<void> {
    const { terminal } = this.#options;
    const command = readCommand(line, { shown: this.#shownLast, sent: this.#sentLast });
    switch (command.do) {
      case 'quit':
        terminal.close();
        return;
      case 'help':
        terminal.print(help);
        return;
      case 'show-profile':
        return this.#showProfile(phone);
      case 'save':
        return this.#save(phone, command.number);
      case 'complain':
        terminal.note(command.about);
        return;
      case 'send':
        return this.#say(line, (to) => phone.sendContent(to, command.content));
      case 'send-file':
        return this.#say(line, (to) => phone.sendFile(to, command.file));
      case 'delete':
        return this.#say(line, (to) => phone.deleteMessage(to, command.id));
    }
  }

  async #say(said: string, send: (to: string) => Promise<string>): Promise<void> {
    const { terminal } = this.#options;
    if (this.partner === undefined) {
      terminal.note('Nobody to write to yet: start with --to NUMBER.');
      return;
    }
    try {
      const id = await send(this.partner);
      this.#sentLast = id;
      this.#sent.set(id, said);
      terminal.note(`  ✓ sent ${time(new Date())}`);
    } catch (error) {
      terminal.note(`  ✗ not sent: ${this.#reasonOf(error)}`);
    }
  }

  async #showProfile(phone: Phone): Promise<void> {
    const { terminal } = this.#options;
    if (this.partner === undefined) {
      terminal.note('Nobody to look at yet: start with --to NUMBER.');
      return;
    }
    try {
      const profile = await phone.profileOf(this.partner);
      if (profile === undefined) terminal.note(`${this.nameOf(this.partner)} shows nothing.`);
      else for (const line of profileLines(profile)) terminal.print(printable(line));
    } catch (error) {
      terminal.note(`  ✗ not found out: ${this.#reasonOf(error)}`);
    }
  }

  async #save(phone: Phone, number: number): Promise<void> {
    const { terminal } = this.#options;
    const file = this.#files[number - 1];
    if (file === undefined) {
      terminal.note(`There is no file ${number}.`);
      return;
    }
    const name = fileNameOf(file, number);
    try {
      await writeFile(name, await phone.download(file), { flag: 'wx' });
      terminal.note(`  saved as ${name}`);
    } catch (error) {
      terminal.note(`  ✗ not saved: ${error instanceof Error ? error.message : 'unknown error'}`);
    }
  }

  #answerOrText(phone: Phone, to: string, text: string): Promise<string> {
    const answer = this.#answerIn(text);
    if (answer === undefined) return phone.send(to, text);
    this.#asked = undefined;
    return phone.sendContent(to, answer);
  }

  /** The answer that a typed line means, when choices have been shown. */
  #answerIn(text: string): InboundContent | undefined {
    if (this.#asked === undefined) return undefined;
    const { id, choices } = this.#asked;
    const choice = typedChoice(choices, text);
    if (choice === undefined) return undefined;
    const said = 'button' in choice.reply ? choice.reply : { type: 'interactive', interactive: choice.reply };
    return inboundContent.parse({ ...said, context: { message_id: id } });
  }

  #reasonOf(error: unknown): string {
    if (error instanceof NoUsableDevice) return `${this.nameOf(this.partner ?? '')} has no device to encrypt to yet`;
    if (error instanceof PhoneClosed) return 'the phone is switched off; it goes out the next time';
    return error instanceof Error ? error.message : 'unknown error';
  }

  #show(message: ShownMessage): void {
    const { id, from, at, content, delayedAtMs } = message;
    const file = fileOf(content);
    if (file !== undefined) this.#files.push(file);
    const choices = choicesIn(content);
    if (choices.length > 0) this.#asked = { id, choices };
    const sentAt = delayedAtMs === undefined ? '' : ` (sent ${time(new Date(delayedAtMs))})`;
    this.#options.terminal.print(`${time(at)} ${this.nameOf(from)}${sentAt}: ${printable(linesOf(message, this.#files.length))}`);
    if (this.#options.to === undefined) this.partner = from;
    this.#shownLast = id;
    if (this.#phone === undefined) this.#unread.push(id);
    else this.#phone.markRead(id);
  }

  #tick({ id, status, condition }: MessageStatus): void {
    const text = this.#sent.get(id);
    const about = text === undefined ? '' : ` "${quote(text)}"`;
    const why = condition === undefined ? '' : ` (${condition})`;
    this.#options.terminal.note(`  ${ticks[status]}${about}${why}`);
    if (status !== 'delivered') this.#sent.delete(id);
  }

  #online(): void {
    if (this.#phone !== undefined) this.#options.terminal.note('Online again.');
  }

  #offline(kind: string): void {
    const { terminal } = this.#options;
    if (this.#closing || kind === 'requested') return;
    if (kind === 'conflict') {
      terminal.print('This phone was opened somewhere else, so it is switched off here.');
      terminal.close();
    } else terminal.note('Connection lost; trying again. What you type is sent when it is back.');
  }
}

import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';

/** A terminal, or what stands in for one. */
export interface TerminalStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export interface Terminal {
  /** Above the line that is being typed. */
  print(line: string): void;
  /** In a weaker colour. */
  note(line: string): void;
  /** Asks for one line. Rejects with {@link TerminalClosed}. */
  ask(question: string): Promise<string>;
  /** Lines that are typed, until the end of the input, Ctrl-C or `close`. */
  lines(onLine: (line: string) => void): Promise<void>;
  close(): void;
}

/** The person has gone. */
export class TerminalClosed extends Error {
  override readonly name = 'TerminalClosed';
}

const prompt = '> ';
const escapeCharacter = '\u001b';

/** What a message could do to the terminal it is shown in is taken out. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === '\n' || character === '\t' ? character : '\ufffd'));
}

export function openTerminal({ input, output }: TerminalStreams): Terminal {
  const isTty = output.isTTY === true;
  const readline: Interface = createInterface({ input, output, terminal: isTty, prompt });
  const closed = Promise.withResolvers<undefined>();
  let open = true;
  let typing = false;
  readline.once('close', () => {
    open = false;
    closed.resolve(undefined);
  });
  readline.on('SIGINT', () => readline.close());

  const print = (line: string) => {
    if (isTty) {
      clearLine(output, 0);
      cursorTo(output, 0);
    }
    output.write(`${line}\n`);
    if (isTty && typing && open) readline.prompt(true);
  };

  return {
    print,
    note: (line) => print(isTty ? `${escapeCharacter}[2m${line}${escapeCharacter}[0m` : line),
    ask: async (question) => {
      const answer = new Promise<string>((resolve) => readline.question(question, resolve));
      const gone = closed.promise.then(() => Promise.reject(new TerminalClosed('the input has ended')));
      return Promise.race([answer, gone]);
    },
    lines: async (onLine) => {
      typing = true;
      readline.on('line', (line) => {
        onLine(line);
        if (isTty && open) readline.prompt();
      });
      if (isTty) readline.prompt();
      await closed.promise;
      if (isTty) output.write('\n');
    },
    close: () => readline.close(),
  };
}

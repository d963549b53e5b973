import type { Outlet, Sender } from '../index.ts';

export interface Transmission {
  readonly id: string;
  readonly stanza: string;
  readonly stream: number;
}

/** One stream from a sender to the chat server: what is written is read later, acknowledged later, or lost with the stream. */
export class ScriptedStream implements Outlet {
  isOpen = true;
  readonly #server: ChatServer;
  readonly #number: number;
  readonly #sender: () => Sender | undefined;
  #unread: Transmission[] = [];
  #unacknowledged: string[] = [];

  constructor(server: ChatServer, number: number, sender: () => Sender | undefined) {
    this.#server = server;
    this.#number = number;
    this.#sender = sender;
  }

  send(stanza: string, id: string): void {
    if (!this.isOpen) throw new Error('the stream has closed');
    const transmission = { id, stanza, stream: this.#number };
    this.#server.onWritten(transmission);
    this.#unread.push(transmission);
  }

  async read(count = Infinity): Promise<void> {
    if (!this.isOpen) return;
    for (const transmission of this.#unread.splice(0, count)) {
      this.#unacknowledged.push(transmission.id);
      await this.#server.onRead(transmission);
    }
  }

  acknowledge(count = Infinity): void {
    const ids = this.#unacknowledged.splice(0, count);
    if (this.isOpen && ids.length > 0) this.#sender()?.acknowledged(ids);
  }

  /** The connection breaks; what the server has not read is lost. The sender finds out now, or when it next sends. */
  drop(isTold: boolean): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#unread = [];
    if (isTold) this.#sender()?.offline();
  }
}

/** The chat server as far as one shard's resource goes: a new stream replaces the one before. */
export class ChatServer {
  readonly written: Transmission[] = [];
  stream: ScriptedStream | undefined;
  onWritten: (transmission: Transmission) => void = (transmission) => void this.written.push(transmission);
  onRead: (transmission: Transmission) => Promise<void> = () => Promise.resolve();
  #streams = 0;

  /** A stream that stands; `sender` is told separately. */
  connect(sender: () => Sender | undefined): ScriptedStream {
    this.stream?.drop(true);
    this.#streams += 1;
    this.stream = new ScriptedStream(this, this.#streams, sender);
    return this.stream;
  }
}

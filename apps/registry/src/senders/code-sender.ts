export interface CodeMessage {
  /** E.164 digits. */
  readonly number: string;
  readonly method: 'sms' | 'voice';
  readonly code: string;
}

/** Brings a code to whoever holds the number. */
export interface CodeSender {
  /** Resolves when the code is on its way. Throws {@link CodeNotSent}, whose text never holds the code. */
  send(message: CodeMessage): Promise<void>;
  close(): Promise<void>;
}

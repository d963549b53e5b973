import type { MessageStatus, Phone, PhoneOptions, ShownMessage, Undecryptable } from '../options.ts';
import { openPhone } from '../phone.ts';
import type { PhoneAccount } from '../record.ts';
import { memoryStorage } from '../storage.ts';
import { network } from './accounts.ts';

/** A phone that records what it shows. */
export interface TestPhone extends Phone {
  readonly shownMessages: readonly ShownMessage[];
  readonly statuses: readonly MessageStatus[];
  readonly undecryptables: readonly Undecryptable[];
  readonly texts: readonly string[];
  /** Resolves when the condition holds; it is checked whenever something has happened. */
  until(condition: () => boolean): Promise<void>;
}

/** Opens a phone; the test's end closes it when `opened` is a list. */
export async function openTestPhone(
  account: PhoneAccount,
  opened: Phone[],
  options: Partial<PhoneOptions> = {},
): Promise<TestPhone> {
  const shownMessages: ShownMessage[] = [];
  const statuses: MessageStatus[] = [];
  const undecryptables: Undecryptable[] = [];
  const waiting = new Set<() => void>();
  const changed = () => waiting.forEach((check) => check());
  const phone = await openPhone({
    ...account,
    ...network(),
    storage: memoryStorage(),
    preKeyCount: 20,
    ...options,
    onMessage: (message) => {
      shownMessages.push(message);
      options.onMessage?.(message);
      changed();
    },
    onStatus: (status) => {
      statuses.push(status);
      changed();
    },
    onUndecryptable: (undecryptable) => {
      undecryptables.push(undecryptable);
      changed();
    },
    onDuplicate: changed,
    onOnline: changed,
    onOffline: changed,
  });
  opened.push(phone);
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!condition()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return {
    number: phone.number,
    jid: phone.jid,
    deviceId: phone.deviceId,
    get online() {
      return phone.online;
    },
    get counters() {
      return phone.counters;
    },
    get texts() {
      return shownMessages.map(({ text }) => text);
    },
    shownMessages,
    statuses,
    undecryptables,
    send: (to, text) => phone.send(to, text),
    sendContent: (to, content) => phone.sendContent(to, content),
    download: (file) => phone.download(file),
    sendFile: (to, file) => phone.sendFile(to, file),
    notify: (to, notice) => phone.notify(to, notice),
    deleteMessage: (to, id) => phone.deleteMessage(to, id),
    markRead: (id) => phone.markRead(id),
    block: (whom) => phone.block(whom),
    profileOf: (of) => phone.profileOf(of),
    close: () => phone.close(),
    abort: () => phone.abort(),
    until,
  };
}

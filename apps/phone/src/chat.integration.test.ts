import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { chat } from './chat.ts';
import type { Phone } from './options.ts';
import { newRecord } from './record.ts';
import { memoryStorage } from './storage.ts';
import { openTerminal } from './terminal.ts';
import { network, newAccount } from './testing/accounts.ts';
import { openTestPhone } from './testing/test-phone.ts';

const opened: Phone[] = [];
afterEach(() => opened.splice(0).forEach((phone) => phone.abort()));

/** A person in front of a terminal: types lines, and waits for words on the screen. */
function person() {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  const waiting = new Set<() => void>();
  let screen = '';
  output.on('data', (text: string) => {
    screen += text;
    waiting.forEach((check) => check());
  });
  return {
    streams: { input, output },
    types: (line: string) => input.write(`${line}\n`),
    leaves: () => input.end(),
    sees: (words: string) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (!screen.includes(words)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}

describe('a phone in a terminal', () => {
  it('shows messages and ticks, sends what is typed, and marks what it shows as read', async () => {
    const business = await openTestPhone(await newAccount(), opened);
    const account = await newAccount();
    const storage = memoryStorage();
    await storage.save(await newRecord(account, 20));
    const customer = person();
    const talking = chat({
      number: account.number,
      network: { registryUrl: 'http://127.0.0.1:1', ...network(), businessNumber: business.number, businessName: 'Shop' },
      storage,
      terminal: openTerminal(customer.streams),
    });
    await customer.sees(`writing to Shop (+${business.number})`);
    customer.types('is it open?');
    await business.until(() => business.texts.length === 1);
    expect(business.texts).toEqual(['is it open?']);
    await customer.sees('✓ sent');
    await customer.sees('✓✓ delivered "is it open?"');
    business.markRead(business.shownMessages[0]?.id ?? '');
    await customer.sees('✓✓ read "is it open?"');
    const id = await business.send(account.jid, 'until six\u001b[2J');
    await customer.sees(`Shop (+${business.number}): until six\ufffd[2J`);
    await business.until(() => business.statuses.some((status) => status.id === id && status.status === 'read'));
    customer.types('/help');
    await customer.sees('/quit');
    customer.types('/dance');
    await customer.sees('There is no /dance');
    customer.types('/profile');
    await customer.sees(`Shop (+${business.number}) shows nothing.`);
    customer.types('/location 48.2 16.37');
    await business.until(() => business.texts.length === 2);
    customer.types('/file /nowhere/at/all.jpg');
    await customer.sees('✗ not sent');
    customer.types('thanks');
    customer.leaves();
    await talking;
    await business.until(() => business.texts.length === 3);
    expect(business.texts).toEqual(['is it open?', 'geo:48.2,16.37', 'thanks']);
  });
});

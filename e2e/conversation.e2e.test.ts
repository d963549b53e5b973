import { readFileSync } from 'node:fs';
import { memoryStorage, openPhone, type Phone, type ShownMessage, signUpPhones } from '@multiconnect/phone';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Business, openBusiness } from './support/business.ts';
import { isStatus, isTextFrom } from './support/callbacks.ts';
import { networkOf } from './support/network.ts';

const customer = `1631${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;

let business: Business;
let phone: Phone;
const shown: ShownMessage[] = [];
let onShown: () => void = () => undefined;

const untilShown = async (count: number) => {
  while (shown.length < count) await new Promise<void>((resolve) => (onShown = resolve));
};

beforeAll(async () => {
  business = await openBusiness();
  const operatorToken = readFileSync(business.cluster.secrets.operatorTokenFile, 'utf8').trim();
  const [account] = await signUpPhones({ registryUrl: business.cluster.registryUrl, operatorToken, numbers: [customer] });
  if (account === undefined) throw new Error('no phone was signed up');
  phone = await openPhone({
    ...account,
    ...networkOf(business.cluster),
    storage: memoryStorage(),
    onMessage(message) {
      shown.push(message);
      onShown();
    },
  });
});
afterAll(async () => {
  await phone.close();
  await business.close();
});

it('carries a text to the phone, and its receipts, read marker and reply back as callbacks', async () => {
  const id = await business.sendText(customer, 'Hello <phone> & "friends" 👋');
  await untilShown(1);
  expect(shown[0]).toMatchObject({ id, text: 'Hello <phone> & "friends" 👋', fromNumber: business.number });
  await business.sink.waitFor(isStatus(id, 'sent'));
  await business.sink.waitFor(isStatus(id, 'delivered'));
  phone.markRead(id);
  await business.sink.waitFor(isStatus(id, 'read'));
  await phone.send(business.number, 'Hello <business> & all ✓');
  const reply = await business.sink.waitFor(isTextFrom(customer, 'Hello <business> & all ✓'));
  expect(reply.body).toMatchObject({
    contacts: [{ wa_id: customer }],
    messages: [{ from: customer, type: 'text', id: expect.stringMatching(/^ABGG/) as string, timestamp: expect.stringMatching(/^[0-9]{10}$/) as string }],
  });
});

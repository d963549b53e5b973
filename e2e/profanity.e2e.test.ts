import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, foreignPhonePackages } from '@multiconnect/local';
import { samples } from '@multiconnect/media/testing';
import { signUpPhones } from '@multiconnect/phone';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Business, openBusiness } from './support/business.ts';
import { isStatus, isTextFrom, statusesByMessage } from './support/callbacks.ts';
import { freshNumber } from './support/numbers.ts';
import { createProfanity, type Profanity } from './support/profanity.ts';
import { postMessage } from './support/recipient.ts';

let business: Business;

beforeAll(async () => {
  business = await openBusiness();
  await ensurePackages(foreignPhonePackages, join(business.cluster.dir, 'logs', 'packages.log'));
});
afterAll(() => business.close());

/** A customer with profanity, online, with an OMEMO device. */
async function newCustomer(): Promise<{ customer: string; profanity: Profanity }> {
  const { registryUrl, secrets, services } = business.cluster;
  const customer = freshNumber();
  const operatorToken = readFileSync(secrets.operatorTokenFile, 'utf8').trim();
  const [account] = await signUpPhones({ registryUrl, operatorToken, numbers: [customer] });
  if (account === undefined) throw new Error('no phone was signed up');
  const profanity = await createProfanity(account, services);
  onTestFinished(() => profanity.close());
  await profanity.open();
  await profanity.enableOmemo();
  return { customer, profanity };
}

const timesShown = (screen: string, text: string) => screen.split(text).length - 1;
interface Message {
  readonly from: string;
  readonly type: string;
}
const messagesIn = (body: unknown) => (body as { readonly messages?: readonly Message[] }).messages ?? [];

async function nextMessageOf(customer: string, type: string): Promise<Message | undefined> {
  const isIt = (message: Message) => message.from === customer && message.type === type;
  const { body } = await business.sink.waitFor((callback) => messagesIn(callback.body).some(isIt));
  return messagesIn(body).find(isIt);
}

/** A picture on this machine, for as long as the test runs. */
function picture(): string {
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-picture-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'photo.jpg');
  writeFileSync(path, samples.jpeg());
  return path;
}

const calledBack = (id: string, status: string) => business.sink.waitFor(isStatus(id, status));

describe('profanity, a client that nobody here wrote,', () => {
  it('shows each message once, its replies are called back, and the ratchets turn both ways', async () => {
    const { customer, profanity } = await newCustomer();
    const first = await business.sendText(customer, 'Your order 4711 has left us');
    await profanity.openChat(business.number);
    await profanity.shows('Your order 4711 has left us');
    await calledBack(first, 'sent');
    await calledBack(first, 'delivered');

    await profanity.encryptChat(business.number);
    await profanity.say('When will it be here?');
    await business.sink.waitFor(isTextFrom(customer, 'When will it be here?'));

    const second = await business.sendText(customer, 'Tomorrow, before noon');
    await profanity.shows('Tomorrow, before noon');
    await calledBack(second, 'delivered');
    await profanity.say('Thank you & good night <3');
    await business.sink.waitFor(isTextFrom(customer, 'Thank you & good night <3'));

    await business.sendText(customer, 'Good night');
    const screen = await profanity.shows('Good night');
    expect([timesShown(screen, 'Your order 4711 has left us'), timesShown(screen, 'Tomorrow, before noon')]).toEqual([1, 1]);
  });

  it('shows once, when it returns, what was posted while it was away [faq.kept_for_30_days]', async () => {
    const { customer, profanity } = await newCustomer();
    await calledBack(await business.sendText(customer, 'Are you there?'), 'delivered');
    await profanity.quit();

    const away = await business.sendText(customer, 'The parcel is with your neighbour');
    await calledBack(away, 'sent');
    expect(statusesByMessage(business.sink.callbacks).get(away)).toEqual(['sent']);

    await profanity.open();
    await profanity.openChat(business.number);
    await profanity.shows('The parcel is with your neighbour');
    await calledBack(away, 'delivered');
    await business.sendText(customer, 'Have you found it?');
    const screen = await profanity.shows('Have you found it?');
    expect(timesShown(screen, 'The parcel is with your neighbour')).toBe(1);
  });

  it('may write first: it is understood and can be answered', async () => {
    const { customer, profanity } = await newCustomer();
    await profanity.openChat(business.number);
    await profanity.encryptChat(business.number);
    await profanity.say('Is anybody there?');
    await business.sink.waitFor(isTextFrom(customer, 'Is anybody there?'));
    await calledBack(await business.sendText(customer, 'Yes, how can we help?'), 'delivered');
    const screen = await profanity.shows('Yes, how can we help?');
    expect(timesShown(screen, 'Yes, how can we help?')).toBe(1);
  });

  it('answers choices by their number, and sends places and files as their addresses [callback.interactive.plain]', async () => {
    const { customer, profanity } = await newCustomer();
    const buttons = ['Yes', 'No'].map((title) => ({ type: 'reply', reply: { id: `id-${title}`, title } }));
    const interactive = { type: 'button', body: { text: 'Shall we bring it?' }, action: { buttons } };
    const { body } = await business.gateway.call(business.token, 'POST', '/v1/messages', { to: customer, type: 'interactive', interactive });
    const [{ id }] = (body as { messages: [{ id: string }] }).messages;
    await profanity.openChat(business.number);
    await profanity.shows('2) No');
    await profanity.encryptChat(business.number);
    await profanity.say('2');
    const reply = { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'id-No', title: 'No' } } };
    expect(await nextMessageOf(customer, 'interactive')).toMatchObject({ ...reply, context: { from: business.number, id } });
    await profanity.say('geo:48.2,16.37');
    expect(await nextMessageOf(customer, 'location')).toMatchObject({ location: { latitude: 48.2, longitude: 16.37 } });
    await profanity.say(`/sendfile ${picture()}`);
    const image = await nextMessageOf(customer, 'image');
    expect(image).toMatchObject({ image: { mime_type: 'image/jpeg', sha256: createHash('sha256').update(samples.jpeg()).digest('hex') } });
  });

  it('sees a file as a link to it, with its caption', async () => {
    const { customer, profanity } = await newCustomer();
    const { body } = await business.gateway.upload(business.token, '/v1/media', samples.jpeg(), 'image/jpeg');
    const [{ id }] = (body as { media: [{ id: string }] }).media;
    const image = await postMessage(business, customer, { type: 'image', image: { id, caption: 'The house by the sea' } });
    await calledBack(image, 'delivered');
    await profanity.openChat(business.number);
    await profanity.shows('aesgcm://');
    await profanity.shows('The house by the sea');
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileStorage, openPhone, type PhoneAccount, type PhoneStorage, signUpPhone } from '@multiconnect/phone';
import type { OpenDemoPhone } from './first-conversation.ts';
import { countCodes, readCode } from './registration.ts';
import type { Running } from './supervisor.ts';

const accountOf = async ({ cluster }: Running, number: string, storage: PhoneStorage): Promise<PhoneAccount> => {
  const record = await storage.load();
  if (record !== undefined) return record.account;
  const before = countCodes(cluster.codeLogFile);
  return signUpPhone({
    registryUrl: cluster.registryUrl,
    number,
    readCode: () => readCode(cluster.codeLogFile, number, before),
  });
};

/** Where the phone keeps its keys, for `npm run phone` to go on with. */
export const phoneFile = (dir: string, number: string): string => join(dir, 'phones', `${number}.json`);

export const openDemoPhone: OpenDemoPhone = async (running, number, dir) => {
  const { xmpp } = running.services;
  const storage = fileStorage(phoneFile(dir, number));
  const account = await accountOf(running, number, storage);
  const shown: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  const phone = await openPhone({
    ...account,
    routes: [{ host: xmpp.host, port: xmpp.port, security: 'starttls' }],
    ...(xmpp.caFile !== undefined && existsSync(xmpp.caFile) ? { ca: readFileSync(xmpp.caFile, 'utf8') } : {}),
    storage,
    onMessage: ({ text }) => {
      const resolve = waiting.shift();
      if (resolve === undefined) shown.push(text);
      else resolve(text);
    },
  });
  return {
    nextText: () => {
      const text = shown.shift();
      return text === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(text);
    },
    send: async (to, text) => {
      await phone.send(to, text);
    },
    close: () => phone.close(),
  };
};

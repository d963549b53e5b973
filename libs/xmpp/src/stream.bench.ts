import { parse } from 'ltx';
import { legalXml, parseXml, xml } from './element.ts';
import { StreamParser } from './parser.ts';

const payload = Buffer.alloc(300, 7).toString('base64');
const build = () =>
  xml(
    'message',
    { to: '+16315551001@example.org', from: '+16315551002@example.org/shard-3', id: 'wamid.1', type: 'chat' },
    xml(
      'encrypted',
      { xmlns: 'eu.siacs.conversations.axolotl' },
      xml('header', { sid: '1' }, xml('key', { rid: '2' }, payload), xml('key', { rid: '3' }, payload), xml('iv', {}, 'AAAAAAAAAAAAAAAA')),
      xml('payload', {}, payload),
    ),
    xml('request', { xmlns: 'urn:xmpp:receipts' }),
    xml('store', { xmlns: 'urn:xmpp:hints' }),
  );
const text = build().toString();
const parser = new StreamParser({ onHeader: () => undefined, onElement: () => undefined, onEnd: () => undefined });
parser.write('<stream>');

const rounds = 200_000;

function measure(name: string, step: () => void): void {
  for (let round = 0; round < rounds / 10; round++) step();
  const start = performance.now();
  for (let round = 0; round < rounds; round++) step();
  const micros = ((performance.now() - start) * 1000) / rounds;
  process.stdout.write(`${name.padEnd(36)} ${micros.toFixed(2)} us\n`);
}

process.stdout.write(`an encrypted message of ${text.length} characters\n`);
measure('build and write', () => void build().toString());
measure('make legal', () => void legalXml(text));
measure('parse from a stream', () => parser.write(text));
measure('parse alone', () => void parseXml(text));
measure("parse alone with ltx's own parser", () => void parse(text));

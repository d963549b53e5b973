import type { InboundContent, ReceivedFileType } from '@multiconnect/contract';
import { mimeTypeOfName } from '@multiconnect/media';
import { basename } from 'node:path';
import type { PhoneFile } from './uploads.ts';

/** What a line that begins with a slash asks for. */
export type Command =
  | { readonly do: 'quit' | 'help' | 'show-profile' }
  | { readonly do: 'send'; readonly content: InboundContent }
  | { readonly do: 'send-file'; readonly file: PhoneFile }
  | { readonly do: 'save'; readonly number: number }
  | { readonly do: 'delete'; readonly id: string }
  | { readonly do: 'complain'; readonly about: string };

/** What the conversation has seen, for commands that refer to it. */
export interface Seen {
  /** Id of the message shown last. */
  readonly shown?: string | undefined;
  /** Id of the message sent last. */
  readonly sent?: string | undefined;
}

export const help = [
  'Type a message and press Enter. A number answers the choices that were shown last.',
  '/save N                 keep the file with that number here',
  '/file PATH [CAPTION]    send a picture, film, sound or document',
  '/location LAT LON       send a place',
  '/reply TEXT             answer the last message',
  '/react EMOJI            react to the last message',
  '/delete                 take back what you sent last',
  '/profile                what the other side shows of itself',
  '/help  this',
  '/quit  leave (Ctrl-C does too)',
].join('\n');

const complain = (about: string): Command => ({ do: 'complain', about });

const unknownType = 'application/octet-stream';

function typeOf(mimeType: string): ReceivedFileType {
  const kind = mimeType.split('/', 1)[0];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'document';
}

function file(words: string): Command {
  const [, path, caption] = /^(\S+)(?:\s+(.*))?$/s.exec(words) ?? [];
  if (path === undefined) return complain('/file takes the path of a file.');
  const mimeType = mimeTypeOfName(path) ?? unknownType;
  return { do: 'send-file', file: { type: typeOf(mimeType), file: path, mimeType, filename: basename(path), ...(caption !== undefined && { caption }) } };
}

function location(words: string): Command {
  const [latitude, longitude] = words.split(/[\s,]+/).map(Number);
  const isPlace = Math.abs(latitude ?? NaN) <= 90 && Math.abs(longitude ?? NaN) <= 180;
  if (!isPlace || latitude === undefined || longitude === undefined) return complain('/location takes degrees of latitude and longitude, such as 48.2 16.37.');
  return { do: 'send', content: { type: 'location', location: { latitude, longitude } } };
}

function reply(words: string, { shown }: Seen): Command {
  if (shown === undefined) return complain('There is no message to answer yet.');
  if (words === '') return complain('/reply takes the text of the answer.');
  return { do: 'send', content: { type: 'text', text: { body: words }, context: { message_id: shown } } };
}

function react(words: string, { shown }: Seen): Command {
  if (shown === undefined) return complain('There is no message to react to yet.');
  return { do: 'send', content: { type: 'reaction', reaction: { message_id: shown, emoji: words } } };
}

function takeBack({ sent }: Seen): Command {
  return sent === undefined ? complain('You have sent nothing yet.') : { do: 'delete', id: sent };
}

const save = (words: string): Command => (/^[0-9]+$/.test(words) ? { do: 'save', number: Number(words) } : complain('/save takes the number of a file.'));

const commands: Readonly<Record<string, (words: string, seen: Seen) => Command>> = {
  '/quit': () => ({ do: 'quit' }),
  '/help': () => ({ do: 'help' }),
  '/profile': () => ({ do: 'show-profile' }),
  '/save': save,
  '/file': file,
  '/image': file,
  '/location': location,
  '/reply': reply,
  '/react': react,
  '/delete': (_words, seen) => takeBack(seen),
};

/** Reads a line such as `/location 48.2 16.37`. */
export function readCommand(line: string, seen: Seen): Command {
  const [, name = '', words = ''] = /^(\/\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  const read = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return read === undefined ? complain(`There is no ${name}; /help shows what there is.`) : read(words, seen);
}

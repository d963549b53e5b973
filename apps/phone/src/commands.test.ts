import { describe, expect, it } from 'vitest';
import { type Command, readCommand } from './commands.ts';

const seen = { shown: 'gBGG-1', sent: 's1' };
const complaint = (about: string) => ({ do: 'complain', about: expect.stringContaining(about) as string });

describe('a command', () => {
  it.each<[string, Command | object]>([
    ['/quit', { do: 'quit' }],
    ['/help', { do: 'help' }],
    ['/save 2', { do: 'save', number: 2 }],
    ['/save it', complaint('number')],
    ['/profile', { do: 'show-profile' }],
    ['/file /tmp/a.jpg', { do: 'send-file', file: { type: 'image', file: '/tmp/a.jpg', mimeType: 'image/jpeg', filename: 'a.jpg' } }],
    ['/image a.png  this is me ', { do: 'send-file', file: { type: 'image', file: 'a.png', mimeType: 'image/png', filename: 'a.png', caption: 'this is me' } }],
    ['/file film.mp4', { do: 'send-file', file: { type: 'video', file: 'film.mp4', mimeType: 'video/mp4', filename: 'film.mp4' } }],
    ['/file song.mp3', { do: 'send-file', file: { type: 'audio', file: 'song.mp3', mimeType: 'audio/mpeg', filename: 'song.mp3' } }],
    ['/file strange', { do: 'send-file', file: { type: 'document', file: 'strange', mimeType: 'application/octet-stream', filename: 'strange' } }],
    ['/file', complaint('path')],
    ['/location 48.2 16.37', { do: 'send', content: { type: 'location', location: { latitude: 48.2, longitude: 16.37 } } }],
    ['/location 48.2, -16', { do: 'send', content: { type: 'location', location: { latitude: 48.2, longitude: -16 } } }],
    ['/location 91 0', complaint('degrees')],
    ['/location here', complaint('degrees')],
    ['/reply yes, please', { do: 'send', content: { type: 'text', text: { body: 'yes, please' }, context: { message_id: 'gBGG-1' } } }],
    ['/reply', complaint('text')],
    ['/react 👍', { do: 'send', content: { type: 'reaction', reaction: { message_id: 'gBGG-1', emoji: '👍' } } }],
    ['/react', { do: 'send', content: { type: 'reaction', reaction: { message_id: 'gBGG-1', emoji: '' } } }],
    ['/delete', { do: 'delete', id: 's1' }],
    ['/dance', complaint('There is no /dance')],
  ])('%s', (line, expected) => {
    expect(readCommand(line, seen)).toEqual(expected);
  });

  it.each(['/reply yes', '/react 👍', '/delete'])('%s needs something to refer to', (line) => {
    expect(readCommand(line, {})).toMatchObject({ do: 'complain' });
  });
});

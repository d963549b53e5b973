import { describe, expect, it } from 'vitest';
import { parseRoutes } from './network.ts';
import { numberOf } from './stanzas.ts';
import { printable } from './terminal.ts';

describe('what is shown in a terminal', () => {
  it('cannot steer it', () => {
    expect(printable('a\u001b[2J\u0007\u009bb\r\n\tc')).toBe('a\ufffd[2J\ufffd\ufffdb\ufffd\n\tc');
  });

  it.each([
    ['+16315551001@chat.example', '16315551001'],
    ['shop@chat.example', 'shop'],
    ['+1a@chat.example', '+1a'],
  ])('names %s as %s', (jid, number) => {
    expect(numberOf(jid)).toBe(number);
  });
});

describe('routes given by hand', () => {
  it('are read in order', () => {
    expect(parseRoutes('[::1]:5222:starttls, chat.example:443:direct-tls')).toEqual([
      { host: '::1', port: 5222, security: 'starttls' },
      { host: 'chat.example', port: 443, security: 'direct-tls' },
    ]);
  });

  it.each(['', 'chat.example', 'chat.example:5222', 'chat.example:5222:plain'])('are refused when they are %j', (text) => {
    expect(() => parseRoutes(text)).toThrow('a route looks like');
  });
});

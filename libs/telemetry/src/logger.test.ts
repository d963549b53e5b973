import { describe, expect, it } from 'vitest';
import { createLogger, raiseLogLevel, withContext } from './index.ts';

function captured(level: 'debug' | 'info' = 'info') {
  const lines: string[] = [];
  const log = createLogger({ level, process: 'webapp', node: 'webapp1', destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

describe('the log', () => {
  it('is JSON with the level by name, the process, the node and the context', () => {
    const { log, lines, last } = captured();
    withContext(log, { account: 1, shard: 3, epoch: 7 }).info({ message_id: 'gBGG1' }, 'sent');
    log.debug('below the level');
    expect(lines).toHaveLength(1);
    expect(last()).toMatchObject({ level: 'info', process: 'webapp', node: 'webapp1', account: 1, shard: 3, epoch: 7, message_id: 'gBGG1', msg: 'sent' });
  });

  it('never holds secrets or contents, at either depth', () => {
    const { log, lines } = captured();
    const canary = 'cAnArY';
    log.info({ password: canary, token: canary, code: canary, text: canary, request: { authorization: canary, body: canary, stanza: canary }, err: undefined }, 'x');
    expect(lines.join()).not.toContain(canary);
  });

  it('keeps of an error what helps and leaves out what a driver hangs on it', () => {
    const { log, lines, last } = captured();
    const cause = Object.assign(new TypeError('inner'), { parameters: ['cAnArY'] });
    log.error({ err: Object.assign(new Error('outer', { cause }), { code: '23505', parameters: ['cAnArY'], detail: 'cAnArY' }) }, 'failed');
    expect(last()['err']).toMatchObject({ type: 'Error', message: 'outer', code: '23505', cause: { type: 'TypeError', message: 'inner' } });
    expect(lines.join()).not.toContain('cAnArY');
  });

  it('says more when it is told to, with everything made of it, and never less than it was made to', () => {
    const { log, lines } = captured();
    const early = withContext(log, { shard: 1 });
    raiseLogLevel(log, 'debug');
    const late = withContext(withContext(log, { shard: 2 }), { epoch: 3 });
    for (const one of [log, early, late]) one.debug('spoken');
    expect(lines).toHaveLength(3);
    raiseLogLevel(log, 'error');
    for (const one of [log, early, late]) {
      one.debug('kept quiet');
      one.info('said');
    }
    expect(lines.filter((line) => line.includes('kept quiet'))).toEqual([]);
    expect(lines.filter((line) => line.includes('said'))).toHaveLength(3);
  });
});

import { z } from 'zod';
import { answer } from './answers.ts';

/** Ours: there is no such endpoint in the documented API. */

const kind = z.enum(['callback', 'message', 'stanza']);
/** Such as `callback-12`. */
export const deadLetterId = z.string().regex(/^(callback|message|stanza)-[1-9][0-9]{0,14}$/);
const maxListed = 1_000;

export const deadLettersQuery = z.strictObject({
  kind: kind.optional().describe('All of them unless given'),
  after: deadLetterId.optional().describe('The last one of the list before'),
  limit: z.string().regex(/^[1-9][0-9]{0,3}$/).transform(Number).pipe(z.int().max(maxListed)).optional().describe('Up to 1,000; 100 unless given'),
});

export const deadLettersAnswer = answer({
  dead_letters: z.array(
    z.strictObject({
      id: deadLetterId,
      kind: kind.describe('A callback, a message to a customer, a stanza from a customer'),
      reason: z.string().describe('A fixed word, or an error’s name and code'),
      wa_id: z.string().describe('Of the customer; empty for what is about the account'),
      about: z.string().describe('The id of the event or of the message'),
      attempts: z.int(),
      timestamp: z.int().describe('When it came. Unix seconds'),
    }),
  ),
}).meta({ id: 'DeadLettersAnswer' });

export const replayDeadLettersRequest = z.strictObject({
  kind: kind.describe('Of which the oldest are replayed'),
  limit: z.int().min(1).max(maxListed).optional().describe('1,000 unless given'),
});

export const replayedDeadLettersAnswer = answer({ replayed: z.int() }).meta({ id: 'ReplayedDeadLettersAnswer' });

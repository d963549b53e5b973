import type { CallbackOutcome, CallbackRequest, CallbackSender } from '../sender.ts';

export interface OpenAttempt {
  readonly request: CallbackRequest;
  /** Sequence, taken from the event id `e<seq>`. */
  readonly seq: number;
  answer(outcome: CallbackOutcome): void;
}

/** A sender whose attempts stay in flight until a test answers them. */
export interface ScriptedSender extends CallbackSender {
  generation: number;
  readonly open: OpenAttempt[];
  /** Every attempt so far, by sequence. */
  readonly sent: number[];
  /** Answers the open attempt of a callback. */
  answer(seq: number, outcome: CallbackOutcome): void;
  /** From now on every attempt is answered at once. */
  answerAll(outcomeOf: (request: CallbackRequest) => CallbackOutcome): void;
}

export const ok: CallbackOutcome = { ok: true };
export const refused: CallbackOutcome = { ok: false, reason: 'refused' };

export function createScriptedSender(): ScriptedSender {
  const open: OpenAttempt[] = [];
  const sent: number[] = [];
  let automatic: ((request: CallbackRequest) => CallbackOutcome) | undefined;

  return {
    generation: 0,
    open,
    sent,
    answer(seq, outcome) {
      const attempt = open.find((candidate) => candidate.seq === seq);
      if (!attempt) throw new Error(`callback ${seq} is not in flight`);
      attempt.answer(outcome);
    },
    answerAll(outcomeOf) {
      automatic = outcomeOf;
      for (const attempt of [...open]) attempt.answer(outcomeOf(attempt.request));
    },
    send(request, signal) {
      const seq = Number(request.eventId.slice(1));
      sent.push(seq);
      if (automatic) return Promise.resolve(automatic(request));
      return new Promise((resolve) => {
        const answer = (outcome: CallbackOutcome) => {
          open.splice(open.indexOf(attempt), 1);
          resolve(outcome);
        };
        const attempt: OpenAttempt = { request, seq, answer };
        open.push(attempt);
        signal.addEventListener('abort', () => answer({ ok: false, reason: 'aborted' }), { once: true });
      });
    },
    close: () => Promise.resolve(),
  };
}

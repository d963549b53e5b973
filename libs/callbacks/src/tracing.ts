import type { ShardTenure } from '@multiconnect/message-store';
import { type Attributes, inSpan, type Span, SpanKind, SpanStatusCode, traceparentOf } from '@multiconnect/telemetry';
import type { CallbackOutcome, CallbackRequest, CallbackSender } from './sender.ts';

export interface Attempt {
  readonly tenure: ShardTenure;
  /** 1 for the first. */
  readonly number: number;
}

/** The message's id; undefined for an event about the account. */
export const messageIdOf = ({ event }: Pick<CallbackRequest, 'event'>): string | undefined => ('id' in event ? event.id : undefined);

/** Semantic conventions of HTTP clients and of messaging; of the URL no more than the host, as its path may be a secret. */
function attributesOf(request: CallbackRequest, { tenure, number }: Attempt): Attributes {
  const url = URL.parse(request.url);
  const messageId = messageIdOf(request);
  return {
    'http.request.method': 'POST',
    ...(number > 1 && { 'http.request.resend_count': number - 1 }),
    ...(url !== null && { 'server.address': url.hostname }),
    ...(url !== null && url.port !== '' && { 'server.port': Number(url.port) }),
    'messaging.system': 'multiconnect',
    ...(messageId !== undefined && { 'messaging.message.id': messageId }),
    'multiconnect.shard': tenure.shard,
    'multiconnect.epoch': tenure.epoch,
    'multiconnect.callback.id': request.eventId,
    'multiconnect.callback.kind': request.event.kind,
    'multiconnect.callback.attempt': number,
  };
}

function noteOutcome(span: Span, outcome: CallbackOutcome): void {
  const reason = outcome.ok ? 'http-200' : outcome.reason;
  const [, status] = /^http-(\d{3})$/.exec(reason) ?? [];
  span.setAttribute('multiconnect.callback.result', outcome.ok ? 'success' : reason);
  if (status !== undefined) span.setAttribute('http.response.status_code', Number(status));
  if (outcome.ok) return;
  span.setAttribute('error.type', status ?? reason);
  span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
}

/** Sends in a span of the event's trace, which the receiver's spans become children of. Without a trace there is no span. */
export function sendTraced(sender: CallbackSender, request: CallbackRequest, attempt: Attempt, signal: AbortSignal): Promise<CallbackOutcome> {
  const { trace } = request;
  if (trace === undefined) return sender.send(request, signal);
  const options = { kind: SpanKind.CLIENT, parent: trace, attributes: attributesOf(request, attempt) };
  return inSpan('POST callback', options, async (span) => {
    const outcome = await sender.send({ ...request, trace: traceparentOf(span) ?? trace }, signal);
    noteOutcome(span, outcome);
    return outcome;
  });
}

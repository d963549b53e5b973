import { type Choice, typedChoice } from '@multiconnect/content';
import { type InboundEvent, isOutboundId, type ReceivedContent, type ReceivedContext } from '@multiconnect/contract';
import type { Inbox, Offer, Recalled, ReceivedMessage, ReportedStatus } from '@multiconnect/message-store';

/** A message whose references are still the ids that its phone knows. */
export interface ReadMessage extends ReceivedMessage {
  readonly stanzaId: string;
  /** The message that this one answers. */
  readonly answersTo?: string;
  readonly isTyped: boolean;
}

/** The customer's message with this id at the customer's phone is deleted there. */
export interface Deletion {
  readonly customer: string;
  readonly stanzaId: string;
  readonly atMs: number;
}

export interface ReferringRead {
  readonly messages: readonly ReadMessage[];
  readonly deletions: readonly Deletion[];
}

export interface Referred {
  readonly messages: readonly ReceivedMessage[];
  readonly answered: readonly Pick<Offer, 'customer' | 'slot' | 'messageId'>[];
  readonly statuses: readonly ReportedStatus[];
}

/** An offer stands for a day: a number typed later means something else. */
const offerLifetimeMs = 86_400_000;
/** No title of a choice is longer. */
const maxAnswerLength = 64;

const isAnswerLike = ({ isTyped, event: { content } }: ReadMessage) => isTyped && content.type === 'text' && content.text.body.trim().length <= maxAnswerLength;

const reactedTo = (content: ReceivedContent): string | undefined => (content.type === 'reaction' ? content.reaction.message_id : undefined);

const keyOf = (customer: string, stanzaId: string) => `${customer}/${stanzaId}`;

/** What the messages of a round need to know, asked for together; nothing is asked for when nothing refers to anything. */
async function recallFor(inbox: Inbox, account: number, nowMs: number, reads: readonly ReferringRead[], idOf: ReadonlyMap<string, string>): Promise<Recalled> {
  const messages = reads.flatMap((read) => read.messages);
  const named = [
    ...messages.flatMap(({ customer, answersTo, event }) => [answersTo, reactedTo(event.content)].map((stanzaId) => ({ customer, stanzaId }))),
    ...reads.flatMap((read) => read.deletions),
  ].flatMap(({ customer, stanzaId }) =>
    stanzaId === undefined || isOutboundId(stanzaId) || idOf.has(keyOf(customer, stanzaId)) ? [] : [{ customer, stanzaId }],
  );
  const typing = new Map(messages.filter(isAnswerLike).map(({ customer, slot }) => [customer, { customer, slot }]));
  if (named.length === 0 && typing.size === 0) return { offers: [], messages: [] };
  return inbox.recall(account, { offers: [...typing.values()], offeredAfterMs: nowMs - offerLifetimeMs, messages: named });
}

/** A reply as the API has it: `button` for a template's, `interactive` for any other. */
function contentOfReply({ reply }: Choice): ReceivedContent {
  const isButton = 'type' in reply && reply.type === 'button';
  return (isButton ? reply : { type: 'interactive', interactive: reply }) as ReceivedContent;
}

const isReply = ({ type }: ReceivedContent) => type === 'interactive' || type === 'button';

/**
 * Puts the gateway's ids in the place of the phones', and the choice in the place of a number or title that a customer has typed.
 * One query for all messages of a round. The last message with choices is what is answered, and only once: a second "1" is a text.
 * A message that nobody knows is left out of the context; of a reaction the phone's own id stays.
 */
export async function resolveReferences(
  inbox: Inbox,
  { account, business, nowMs }: { readonly account: number; readonly business: string; readonly nowMs: number },
  reads: readonly ReferringRead[],
): Promise<Referred> {
  const messages = reads.flatMap((read) => read.messages);
  const idOf = new Map(messages.map(({ customer, stanzaId, event }) => [keyOf(customer, stanzaId), event.id]));
  const recalled = await recallFor(inbox, account, nowMs, reads, idOf);
  for (const { customer, stanzaId, id } of recalled.messages) idOf.set(keyOf(customer, stanzaId), id);
  const offers = new Map(recalled.offers.map((offer) => [offer.customer, offer]));
  const answered: Pick<Offer, 'customer' | 'slot' | 'messageId'>[] = [];

  const contextOf = (customer: string, stanzaId: string): ReceivedContext => {
    if (isOutboundId(stanzaId)) return { from: business, id: stanzaId };
    const id = idOf.get(keyOf(customer, stanzaId));
    return id === undefined ? {} : { from: customer, id };
  };

  const take = ({ customer, slot }: ReadMessage, messageId: string) => {
    answered.push({ customer, slot, messageId });
    if (offers.get(customer)?.messageId === messageId) offers.delete(customer);
  };

  const typedAnswer = (message: ReadMessage): Partial<InboundEvent> | undefined => {
    const { customer, event } = message;
    const offer = offers.get(customer);
    if (offer === undefined || !isAnswerLike(message) || event.content.type !== 'text') return undefined;
    const choice = typedChoice(offer.choices, event.content.text.body);
    if (choice === undefined) return undefined;
    take(message, offer.messageId);
    return { content: contentOfReply(choice), context: { from: business, id: offer.messageId } };
  };

  const eventOf = (message: ReadMessage): InboundEvent => {
    const { customer, answersTo, event } = message;
    const { content } = event;
    if (content.type === 'reaction') {
      const { message_id, emoji } = content.reaction;
      return { ...event, content: { type: 'reaction', reaction: { message_id: contextOf(customer, message_id).id ?? message_id, emoji } } };
    }
    if (answersTo === undefined) return { ...event, ...typedAnswer(message) };
    if (isReply(content) && isOutboundId(answersTo)) take(message, answersTo);
    const context = { ...contextOf(customer, answersTo), ...event.context };
    return Object.keys(context).length === 0 ? event : { ...event, context };
  };

  return {
    messages: messages.map((message) => {
      const { stanzaId: _, answersTo: __, isTyped: ___, ...received } = message;
      const event = eventOf(message);
      return { ...received, event, body: { ...event.content, ...message.body } };
    }),
    answered,
    statuses: reads
      .flatMap((read) => read.deletions)
      .flatMap(({ customer, stanzaId, atMs }) => {
        const id = idOf.get(keyOf(customer, stanzaId));
        return id === undefined ? [] : [{ customer, id, status: 'deleted' as const, atMs }];
      }),
  };
}

import { type InboundEvent, newOutboundId, type ReceivedContent } from '@multiconnect/contract';
import type { Inbox, Recalled, RecallQuery } from '@multiconnect/message-store';
import { describe, expect, it } from 'vitest';
import { type ReadMessage, resolveReferences } from './references.ts';

const business = '15550009999';
const ann = '15550000001';
const bob = '15550000002';
const slot = 3;
const ours = newOutboundId();
const nowMs = 200_000_000;

const buttons = ['Yes', 'No'].map((title) => ({ title, reply: { type: 'button_reply', button_reply: { id: `id-${title}`, title } } }));
const rows = ['Basic', 'Pro'].map((title) => ({ title, reply: { type: 'list_reply', list_reply: { id: title, title } } }));
const quickReplies = [{ title: 'Stop', reply: { type: 'button', button: { payload: 'stop', text: 'Stop' } } }];

function inboxWith(recalled: Partial<Recalled>) {
  const queries: RecallQuery[] = [];
  const inbox = {
    recall: (_account: number, query: RecallQuery) => {
      queries.push(query);
      return Promise.resolve({ offers: [], messages: [], ...recalled });
    },
  } as unknown as Inbox;
  return { inbox, queries };
}

let count = 0;
const message = (customer: string, content: ReceivedContent, more: Partial<ReadMessage> = {}): ReadMessage => {
  count += 1;
  const event: InboundEvent = { kind: 'inbound_message', id: `ABGG-${count}`, from: customer, timestamp: 1, content };
  return { customer, slot, stanzaId: `s${count}`, event, body: { stanza_id: `s${count}` }, isTyped: false, ...more };
};
const typed = (customer: string, body: string) => message(customer, { type: 'text', text: { body } }, { isTyped: true });
const resolve = async (recalled: Partial<Recalled>, ...messages: ReadMessage[]) => {
  const { inbox, queries } = inboxWith(recalled);
  const referred = await resolveReferences(inbox, { account: 1, business, nowMs }, [{ messages, deletions: [] }]);
  return { ...referred, queries, said: referred.messages.map(({ event: { content, context } }) => ({ ...content, ...(context && { context }) })) };
};
const context = { from: business, id: 'gBGG-m' };

describe('a typed answer [callback.interactive.plain]', () => {
  it.each<[string, string, Recalled['offers'][number]['choices'], object]>([
    ['a number', '2', buttons, { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'id-No', title: 'No' } } }],
    ['a number in brackets', ' 1) ', buttons, { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'id-Yes', title: 'Yes' } } }],
    ['a title', 'pro', rows, { type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: 'Pro', title: 'Pro' } } }],
    ['a quick reply', '1', quickReplies, { type: 'button', button: { payload: 'stop', text: 'Stop' } }],
  ])('is the reply it stands for: %s', async (_what, text, choices, reply) => {
    const { said, answered, messages } = await resolve({ offers: [{ customer: ann, messageId: 'gBGG-m', choices }] }, typed(ann, text));
    expect(said).toEqual([{ ...reply, context }]);
    expect(answered).toEqual([{ customer: ann, slot, messageId: 'gBGG-m' }]);
    expect(messages[0]?.body).toEqual({ ...reply, stanza_id: messages[0]?.body && `s${count}` });
  });

  it('is a text when it names no choice, when nothing was offered to its customer, and the second time', async () => {
    const { said } = await resolve({ offers: [{ customer: ann, messageId: 'gBGG-m', choices: buttons }] }, typed(ann, '3'), typed(bob, '1'), typed(ann, '1'), typed(ann, '1'));
    expect(said.map(({ type }) => type)).toEqual(['text', 'text', 'interactive', 'text']);
  });

  it('is not looked for in a message of a client that shows choices, nor in a long text', async () => {
    const { said, queries } = await resolve({ offers: [{ customer: ann, messageId: 'gBGG-m', choices: buttons }] }, message(ann, { type: 'text', text: { body: '1' } }), typed(ann, 'x'.repeat(65)));
    expect([said.map(({ type }) => type), queries]).toEqual([['text', 'text'], []]);
  });

  it('is asked for once for all customers of a round, and for the last day only', async () => {
    const { queries } = await resolve({}, typed(ann, '1'), typed(ann, '2'), typed(bob, '1'));
    expect(queries).toEqual([{ offers: [{ customer: ann, slot }, { customer: bob, slot }], offeredAfterMs: nowMs - 86_400_000, messages: [] }]);
  });

  it('is not possible any more once the customer has chosen', async () => {
    const reply = message(ann, { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'id-Yes', title: 'Yes' } } }, { answersTo: ours });
    const { said, answered } = await resolve({ offers: [{ customer: ann, messageId: ours, choices: buttons }] }, reply, typed(ann, '2'));
    expect(said.map(({ type }) => type)).toEqual(['interactive', 'text']);
    expect(answered).toEqual([{ customer: ann, slot, messageId: ours }]);
  });
});

describe('what a message answers [callback.message.context]', () => {
  const text: ReceivedContent = { type: 'text', text: { body: 'hi' } };

  it('is named by the gateway’s own id: the business’s as it is, the customer’s own by its place in the store or in the round', async () => {
    const first = message(ann, text);
    const { said, queries } = await resolve(
      { messages: [{ customer: ann, stanzaId: 'old', id: 'ABGG-old' }] },
      first,
      message(ann, text, { answersTo: ours }),
      message(ann, text, { answersTo: 'old' }),
      message(ann, text, { answersTo: first.stanzaId }),
      message(bob, text, { answersTo: first.stanzaId }),
    );
    expect(said.map((one) => one.context)).toEqual([undefined, { from: business, id: ours }, { from: ann, id: 'ABGG-old' }, { from: ann, id: first.event.id }, undefined]);
    expect(queries.map(({ messages }) => messages)).toEqual([[{ customer: ann, stanzaId: 'old' }, { customer: bob, stanzaId: first.stanzaId }]]);
  });

  it('leaves the rest of the context as it is', async () => {
    const event = { ...message(ann, text).event, context: { forwarded: true } };
    const { said } = await resolve({}, message(ann, text, { event, answersTo: ours }), message(ann, text, { event, answersTo: 'nobody knows' }));
    expect(said.map((one) => one.context)).toEqual([{ from: business, id: ours, forwarded: true }, { forwarded: true }]);
  });

  it('is what a reaction is to [callback.reaction]', async () => {
    const reaction = (message_id: string) => message(ann, { type: 'reaction', reaction: { message_id, emoji: '👍' } });
    const { said } = await resolve({ messages: [{ customer: ann, stanzaId: 'old', id: 'ABGG-old' }] }, reaction(ours), reaction('old'), reaction('nobody knows'));
    expect(said).toEqual([ours, 'ABGG-old', 'nobody knows'].map((message_id) => ({ type: 'reaction', reaction: { message_id, emoji: '👍' } })));
  });

  it('is not asked for where nothing refers to anything', async () => {
    expect((await resolve({}, message(ann, text), message(ann, text, { answersTo: ours }))).queries).toEqual([]);
  });
});

describe('a deleted message', () => {
  it('is told of by the gateway’s id when the customer sent it, and otherwise not', async () => {
    const { inbox } = inboxWith({ messages: [{ customer: ann, stanzaId: 'old', id: 'ABGG-old' }] });
    const deletions = [{ customer: ann, stanzaId: 'old', atMs: 1 }, { customer: bob, stanzaId: 'old', atMs: 2 }];
    const { statuses } = await resolveReferences(inbox, { account: 1, business, nowMs }, [{ messages: [], deletions }]);
    expect(statuses).toEqual([{ customer: ann, id: 'ABGG-old', status: 'deleted', atMs: 1 }]);
  });
});

import type { InboundEvent } from '@multiconnect/contract';
import { type CustomerState, identityChanges, type IdentityPolicy, shownIdentity, withIdentity } from '@multiconnect/devices';
import type { ReadMessage } from './references.ts';

interface Read {
  readonly state: CustomerState;
  readonly messages: readonly ReadMessage[];
}

const isSystem = ({ content }: InboundEvent) => content.type === 'system';

/** The state once these messages have come. */
function withHeard(state: CustomerState, events: readonly InboundEvent[]): CustomerState {
  const said = events.filter((event) => !isSystem(event)).map(({ timestamp }) => timestamp * 1000);
  return said.length === 0 ? state : { ...state, heardAtMs: Math.max(state.heardAtMs ?? 0, ...said) };
}

/**
 * A reading with who the customer is by now: the news of a changed identity before everything that the customer says, and the
 * identity on each message, where changes are shown.
 */
export function identified<Reading extends Read>(reading: Reading, policy: IdentityPolicy): Reading & Read {
  const state = withHeard(withIdentity(reading.state, policy), reading.messages.map(({ event }) => event));
  const { customer, slot, identity } = state;
  const news = identityChanges(state).flatMap(({ event }) => (event === undefined ? [] : [{ customer, slot, event, body: {}, stanzaId: '', isTyped: false }]));
  if (!policy.areChangesShown || identity === undefined) return { ...reading, state, messages: [...news, ...reading.messages] };
  const messages = reading.messages.map((message) =>
    isSystem(message.event) ? message : { ...message, event: { ...message.event, identity: shownIdentity(identity) } },
  );
  return { ...reading, state, messages: [...news, ...messages] };
}

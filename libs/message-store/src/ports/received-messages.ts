/** Messages from customers, as messages to them name them. */
export interface ReceivedMessages {
  /** The id of the stanza that this message of the customer came in: what the customer's phone knows it by. */
  stanzaIdOf(account: number, customer: string, id: string): Promise<string | undefined>;
}

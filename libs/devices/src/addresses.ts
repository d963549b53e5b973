/** The wa_id (digits) of a chat address `+<digits>@domain[/resource]`; undefined for any other address. */
export function waIdOf(jid: string): string | undefined {
  return /^\+?([1-9][0-9]{4,14})@/.exec(jid)?.[1];
}

/** The address without its resource. */
export function bareJid(jid: string): string {
  return jid.split('/', 1)[0] ?? jid;
}

/** The wa_id (digits) of a customer's address `+<digits>@domain[/resource]`; undefined for any other, also of another domain. */
export function waIdOf(jid: string, domain: string): string | undefined {
  const match = /^\+([1-9][0-9]{4,14})@([^@/]+)(?:\/|$)/.exec(jid);
  return match?.[2]?.toLowerCase() === domain.toLowerCase() ? match[1] : undefined;
}

/** The domain of an address. */
export function domainOf(jid: string): string {
  const bare = bareJid(jid);
  return bare.slice(bare.lastIndexOf('@') + 1);
}

/** The address without its resource. */
export function bareJid(jid: string): string {
  return jid.split('/', 1)[0] ?? jid;
}

export interface XmppAddress {
  readonly domain: string;
  readonly host: string;
  /** STARTTLS. */
  readonly port: number;
  /** TLS from the first byte; undefined where the server has none. */
  readonly directTlsPort: number | undefined;
  /** The authority to trust; undefined when a public one signed the server's certificate. */
  readonly caFile: string | undefined;
}

/** Where a cluster finds its services. */
export interface ServiceAddresses {
  /** Of the `postgres` database, as the superuser, where the server was started here. */
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly xmpp: XmppAddress;
  /** Ends in `/api`, without a slash behind. */
  readonly ejabberdApiUrl: string;
}

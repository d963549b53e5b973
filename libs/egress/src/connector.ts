import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { EgressRule } from './rule.ts';

/** A link leads to an address that is neither public nor allowed. Nothing was sent there. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'ERR_ADDRESS_REFUSED';
  constructor() {
    super('the address is not public: the operator may allow it with MULTICONNECT_ALLOW_PRIVATE_ADDRESSES');
  }
}

export interface EgressConnectorOptions {
  readonly rule: EgressRule;
  readonly timeoutMs: number;
  /** PEM of authorities to trust in place of the system's. */
  readonly ca?: string;
  /** Default: the system's resolver. */
  readonly lookup?: LookupFunction;
}

/** Answers the addresses of a name, all of them allowed; a name with one that is not is refused as a whole. */
function allowedLookup(rule: EgressRule, lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = Array.isArray(found) ? found : [];
      const [first] = addresses;
      if (error) callback(error, [], 0);
      else if (first === undefined) callback(Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' }), [], 0);
      else if (addresses.some(({ address }) => !rule.allows(address, hostname))) callback(new AddressRefused(), [], 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * INVARIANT: no byte goes to an address that the rule does not allow. Names are checked where they are resolved for this very
 * connection, addresses in URLs before it is opened, and the peer of the open connection once more. Fails with
 * {@link AddressRefused}.
 */
export function egressConnector({ rule, timeoutMs, ca, lookup = systemLookup }: EgressConnectorOptions): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, lookup: allowedLookup(rule, lookup), ...(ca !== undefined && { ca }) });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !rule.allows(host, host)) {
      callback(new AddressRefused(), null);
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error) callback(error, null);
      else if (rule.allows(socket.remoteAddress ?? '', host)) callback(null, socket);
      else {
        socket.destroy();
        callback(new AddressRefused(), null);
      }
    });
  };
}

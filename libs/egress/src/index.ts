export { isPublicAddress } from './addresses.ts';
export { AddressRefused, egressConnector, type EgressConnectorOptions } from './connector.ts';
export { type Network, noPrivateDestinations, parsePrivateDestinations, type PrivateDestinations } from './private-destinations.ts';
export { createEgressRule, type EgressRule } from './rule.ts';

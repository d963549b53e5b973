export { createContactChecks } from './contact-checks.ts';
export type { CheckRequest, ContactChecks, ContactChecksOptions, ContactLog, Resolution } from './contact-checks.ts';
export { createRegistryLookup, LookupFailed } from './lookup-client.ts';
export type { LookupClient, LookupClientOptions, LookupResult } from './lookup-client.ts';

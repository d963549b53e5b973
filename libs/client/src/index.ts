export { type ApiClient, type ApiClientOptions, ApiRefused, createApiClient, type Credentials, dataOf, login, uploadMedia } from './client.ts';
export type { components, operations, paths } from './schema.ts';

export { createMemoryCatalogue } from './memory-catalogue.ts';
export * as samples from './samples.ts';
export { startWebServer, type WebServer } from './web-server.ts';

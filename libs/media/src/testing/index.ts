export * as samples from './samples.ts';
export { startWebServer, type WebServer } from './web-server.ts';

export { Element, escapeXml, parseXml, xml } from './element.ts';
export { delayMicros, delayStamp } from './delay.ts';
export { resolveRoutes } from './routes.ts';
export type { Route } from './routes.ts';
export { stanzaError } from './stanza.ts';
export type { StanzaError } from './stanza.ts';
export { openStream } from './stream.ts';
export type { StreamOptions, XmppStream } from './stream.ts';
export type { Account } from './negotiate.ts';
export type { IqRequest } from './requests.ts';
export { fetchItem, publishItem, type Requester } from './pubsub.ts';
export { maintainStream, refusalDelaysMs } from './maintain.ts';
export type { MaintainedStream, MaintainOptions } from './maintain.ts';
export {
  ConnectFailed,
  IqError,
  IqTimeout,
  NotAuthorized,
  StreamClosedError,
  StreamConflict,
  StreamFailed,
  XmlError,
} from './errors.ts';
export type { FailedRoute, StreamClosed } from './errors.ts';

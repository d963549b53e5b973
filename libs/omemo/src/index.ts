export { bundleElement, deviceListElement, deviceListNotice, readBundle, readDeviceList } from './bundle.ts';
export * from './cipher.ts';
export * from './directory.ts';
export { type DeviceKey, type Envelope, keyFor, readEnvelope, writeEnvelope } from './envelope.ts';
export * from './errors.ts';
export { deviceListNode, omemoNamespace } from './namespaces.ts';
export { keyTransport, openPayload, sealPayload, type SealedPayload } from './payload.ts';

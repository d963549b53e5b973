/** XEP-0384 v0.3, the version that today's clients speak. */
export const omemoNamespace = 'eu.siacs.conversations.axolotl';
export const deviceListNode = `${omemoNamespace}.devicelist`;
export const bundleNodeOf = (deviceId: number) => `${omemoNamespace}.bundles:${deviceId}`;
export const encryptionNamespace = 'urn:xmpp:eme:0';
export const hintsNamespace = 'urn:xmpp:hints';
export const pubsubEventNamespace = 'http://jabber.org/protocol/pubsub#event';

export { runCallbackDelivery } from './delivery.ts';
export { createHttpCallbackSender } from './http-sender.ts';
export type { HttpCallbackSender, HttpCallbackSenderOptions } from './http-sender.ts';
export type {
  CallbackDelivery,
  CallbackDeliveryOptions,
  DeliveryLog,
  DeliveryMetrics,
  DeliverySettings,
} from './options.ts';
export type { CallbackOutcome, CallbackRequest, CallbackSender } from './sender.ts';

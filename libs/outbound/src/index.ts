export { defaultSenderLimits, type Outlet, type Sender, type SenderLimits, type SenderOptions } from './ports.ts';
export { createSender } from './sender.ts';

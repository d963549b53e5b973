export { createSender, defaultSenderLimits, type Outlet, type Sender, type SenderLimits, type SenderOptions } from './sender.ts';

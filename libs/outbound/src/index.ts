export { MessageRefused } from './content.ts';
export { createPreparer, type PreparerOptions } from './preparer.ts';
export {
  defaultSenderLimits,
  type Outlet,
  type Preparation,
  type Preparer,
  type Sender,
  type SenderLimits,
  type SenderOptions,
  SourceTrouble,
} from './ports.ts';
export type { SendingRules } from './rules.ts';
export { createSender } from './sender.ts';

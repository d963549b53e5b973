import { z } from 'zod';
import { answer } from './answers.ts';
import { hiddenSecret } from './media-providers.ts';
import { about, businessProfile, complianceInfo } from './profile.ts';
import { applicationSettingsPatch } from './settings.ts';

/** Answers of `/v1/settings`. */

const {
  webhooks,
  garbagecollector_enable,
  on_call_pager,
  reengagement_window_enforced,
  template_messages_per_minute,
  messaging_api_rate_limit,
  tcp_listen_address,
  ...flat
} = applicationSettingsPatch.shape;
const whole = z
  .strictObject(flat)
  .required()
  .extend({
    webhooks: webhooks.unwrap().required().extend({ message: webhooks.unwrap().shape.message.unwrap().required() }),
    garbagecollector_enable: garbagecollector_enable.unwrap().required(),
    on_call_pager,
    reengagement_window_enforced,
    template_messages_per_minute,
    messaging_api_rate_limit,
    tcp_listen_address,
    wa_id: z.string().describe('The own number; empty until it is registered'),
  });
export const applicationSettingsAnswer = answer({ settings: z.strictObject({ application: whole }) }).meta({ id: 'ApplicationSettingsAnswer' });

const hidden = z.literal(hiddenSecret);
const provider = z.strictObject({
  name: z.string(),
  type: z.literal('www'),
  config: z.union([z.strictObject({ bearer: hidden }), z.strictObject({ basic: z.strictObject({ username: z.string(), password: hidden }) })]),
});
export const mediaProvidersAnswer = answer({
  settings: z.strictObject({ application: z.strictObject({ media: z.strictObject({ providers: z.array(provider) }) }) }),
}).meta({ id: 'MediaProvidersAnswer' });

export const businessProfileAnswer = answer({
  settings: z.strictObject({ business: z.strictObject({ profile: businessProfile }) }),
}).meta({ id: 'BusinessProfileAnswer' });
export const complianceInfoAnswer = answer({
  settings: z.strictObject({ business: z.strictObject({ compliance_info: complianceInfo }) }),
}).meta({ id: 'ComplianceInfoAnswer' });
export const aboutAnswer = answer({ settings: z.strictObject({ profile: z.strictObject({ about }) }) }).meta({ id: 'AboutAnswer' });

/** `?format=link`. */
export const photoFormat = z.strictObject({ format: z.literal('link').optional() });
export const photoLinkAnswer = answer({
  settings: z.strictObject({ profile: z.strictObject({ photo: z.strictObject({ link: z.url() }) }) }),
}).meta({ id: 'PhotoLinkAnswer' });

export const backupAnswer = answer({ settings: z.strictObject({ data: z.base64().describe('Encrypted with the password') }) }).meta({ id: 'BackupAnswer' });

import { z } from 'zod';
import { numberOrText } from './other-forms.ts';

/** Clients send some numbers as strings. */
const wholeNumber = (min: number, max: number) => numberOrText(/^[0-9]{1,9}$/, z.int().min(min).max(max));

const autoDownloadTypes = ['image', 'video', 'voice', 'sticker', 'audio', 'document'] as const;
const webhookUrl = z.union([z.literal(''), z.url({ protocol: /^https?$/ }).max(2048)]);

/** `PATCH /v1/settings/application`: any subset; an absent field stays as it is. */
export const applicationSettingsPatch = z
  .strictObject({
    callback_persist: z.boolean(),
    callback_backoff_delay_ms: wholeNumber(1, 900_000),
    max_callback_backoff_delay_ms: wholeNumber(1, 86_400_000),
    webhooks: z
      .strictObject({
        url: webhookUrl,
        max_concurrent_requests: numberOrText(/^[0-9]{1,2}$/, z.literal([6, 12, 18, 24])),
        message: z.strictObject({ sent: z.boolean(), delivered: z.boolean(), read: z.boolean() }).partial(),
      })
      .partial(),
    sent_status: z.boolean(),
    pass_through: z.boolean(),
    media: z.strictObject({ auto_download: z.array(z.enum(autoDownloadTypes)) }),
    skip_referral_media_download: z.boolean(),
    heartbeat_interval: wholeNumber(1, 3600),
    unhealthy_interval: wholeNumber(1, 3600),
    db_garbagecollector_enable: z.boolean(),
    garbagecollector_enable: z.strictObject({ messages: z.boolean(), media: z.boolean() }).partial(),
    axolotl_context_striping_disabled: z.boolean(),
    notify_user_change_number: z.boolean(),
    show_security_notifications: z.boolean(),
    webhook_payload_conversation_pricingmodel_disabled: z.boolean(),
    verbose_logging: z.boolean(),
    log_level: z.enum(['debug', 'info', 'warning', 'error']),
    on_call_pager: z.string().max(128),
    messaging_api_rate_limit: z.array(z.string().regex(/^[0-9]{1,9}$/)).length(3),
    /** Not of the documented API: messages other than templates are refused with 470 a day after the customer's last one. */
    reengagement_window_enforced: z.boolean(),
    /** Not of the documented API: of one template, more are refused with 471. 0: any number. */
    template_messages_per_minute: wholeNumber(0, 1_000_000),
    /** Sent by old clients: kept, without effect. */
    tcp_listen_address: z.string().max(64),
  })
  .partial();
export type ApplicationSettingsPatch = z.output<typeof applicationSettingsPatch>;

type Present<T> = { readonly [Name in keyof T]-?: Exclude<T[Name], undefined> };
type OptionalSetting = 'on_call_pager' | 'reengagement_window_enforced' | 'template_messages_per_minute' | 'messaging_api_rate_limit' | 'tcp_listen_address';
type NestedSetting = 'webhooks' | 'garbagecollector_enable';

/** `GET /v1/settings/application`; `wa_id` is read-only, `""` until registered. */
export interface ApplicationSettings extends Omit<Present<ApplicationSettingsPatch>, NestedSetting | OptionalSetting> {
  readonly webhooks: {
    readonly url: string;
    readonly max_concurrent_requests: number;
    readonly message: { readonly sent: boolean; readonly delivered: boolean; readonly read: boolean };
  };
  readonly garbagecollector_enable: { readonly messages: boolean; readonly media: boolean };
  readonly on_call_pager?: string;
  readonly reengagement_window_enforced?: boolean;
  readonly template_messages_per_minute?: number;
  readonly messaging_api_rate_limit?: readonly string[];
  readonly tcp_listen_address?: string;
}

export const defaultApplicationSettings: ApplicationSettings = {
  callback_persist: true,
  callback_backoff_delay_ms: 3000,
  max_callback_backoff_delay_ms: 900_000,
  webhooks: { url: '', max_concurrent_requests: 6, message: { sent: true, delivered: true, read: true } },
  sent_status: true,
  pass_through: false,
  media: { auto_download: [...autoDownloadTypes] },
  skip_referral_media_download: false,
  heartbeat_interval: 5,
  unhealthy_interval: 30,
  db_garbagecollector_enable: true,
  garbagecollector_enable: { messages: true, media: false },
  axolotl_context_striping_disabled: false,
  notify_user_change_number: true,
  show_security_notifications: false,
  webhook_payload_conversation_pricingmodel_disabled: false,
  verbose_logging: false,
  log_level: 'info',
};

/**
 * The statuses that reach the back end under these settings. `sent_status` is an older name of the switch of `sent`; `pass_through` drops
 * messages when they are delivered, so that nothing is known of their being read.
 */
export function reportedStatuses(settings: ApplicationSettings): ReadonlySet<'sent' | 'delivered' | 'read'> {
  const { sent, delivered, read } = settings.webhooks.message;
  const on = new Set<'sent' | 'delivered' | 'read'>();
  if (sent) on.add('sent');
  if (delivered) on.add('delivered');
  if (read && !settings.pass_through) on.add('read');
  return on;
}

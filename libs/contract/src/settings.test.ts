import { describe, expect, it } from 'vitest';
import { ApiError } from './errors.ts';
import { parseRequest } from './requests.ts';
import { applicationSettingsPatch, defaultApplicationSettings } from './settings.ts';

function parsed(body: object): unknown {
  try {
    return parseRequest(applicationSettingsPatch, body);
  } catch (error) {
    if (error instanceof ApiError) return error.body.code;
    throw error;
  }
}

describe('a setting', () => {
  it.each([
    ['settings.callback_persist', { callback_persist: false }],
    ['settings.callback_backoff_delay_ms', { callback_backoff_delay_ms: 1 }],
    ['settings.callback_backoff_delay_ms', { callback_backoff_delay_ms: 900_000 }],
    ['settings.max_callback_backoff_delay_ms', { max_callback_backoff_delay_ms: 86_400_000 }],
    ['settings.webhooks.url', { webhooks: { url: 'https://back.end:8443/hook?x=1' } }],
    ['settings.webhooks.url.https', { webhooks: { url: 'http://back.end/hook' } }],
    ['callback.delivery.https', { webhooks: { url: 'http://back.end/hook' } }],
    ['settings.webhooks.url.clear', { webhooks: { url: '' } }],
    ['settings.webhooks.max_concurrent_requests', { webhooks: { max_concurrent_requests: 6 } }],
    ['settings.webhooks.max_concurrent_requests', { webhooks: { max_concurrent_requests: 12 } }],
    ['settings.webhooks.max_concurrent_requests', { webhooks: { max_concurrent_requests: 18 } }],
    ['settings.webhooks.max_concurrent_requests', { webhooks: { max_concurrent_requests: 24 } }],
    ['settings.webhooks.message.sent', { webhooks: { message: { sent: false } } }],
    ['settings.webhooks.message.delivered', { webhooks: { message: { delivered: false } } }],
    ['settings.webhooks.message.read', { webhooks: { message: { read: false } } }],
    ['settings.sent_status', { sent_status: false }],
    ['settings.pass_through', { pass_through: true }],
    ['settings.media.auto_download', { media: { auto_download: ['image', 'video', 'voice', 'sticker', 'audio', 'document'] } }],
    ['settings.media.auto_download.empty', { media: { auto_download: [] } }],
    ['settings.skip_referral_media_download', { skip_referral_media_download: true }],
    ['settings.heartbeat_interval', { heartbeat_interval: 10 }],
    ['settings.unhealthy_interval', { unhealthy_interval: 60 }],
    ['settings.db_garbagecollector_enable', { db_garbagecollector_enable: false }],
    ['settings.garbagecollector_enable.messages', { garbagecollector_enable: { messages: false } }],
    ['settings.garbagecollector_enable.media', { garbagecollector_enable: { media: true } }],
    ['settings.axolotl_context_striping_disabled', { axolotl_context_striping_disabled: true }],
    ['faq.striping', { axolotl_context_striping_disabled: true }],
    ['settings.notify_user_change_number', { notify_user_change_number: false }],
    ['settings.show_security_notifications', { show_security_notifications: true }],
    ['settings.webhook_payload_conversation_pricingmodel_disabled', { webhook_payload_conversation_pricingmodel_disabled: true }],
    ['settings.verbose_logging', { verbose_logging: true }],
    ['settings.log_level', { log_level: 'debug' }],
    ['settings.on_call_pager', { on_call_pager: '16315551001' }],
    ['settings.tcp_listen_address', { tcp_listen_address: 'any' }],
    ['settings.messaging_api_rate_limit', { messaging_api_rate_limit: ['15', '54600', '1000000'] }],
  ])('is taken as documented [%s]: %j', (_row, body) => {
    expect(parsed(body)).toEqual(body);
  });

  it.each([
    ['settings.callback_backoff_delay_ms.string', { callback_backoff_delay_ms: '3000' }, { callback_backoff_delay_ms: 3000 }],
    ['settings.max_callback_backoff_delay_ms.string', { max_callback_backoff_delay_ms: '900000' }, { max_callback_backoff_delay_ms: 900_000 }],
    ['contradiction.7', { webhooks: { max_concurrent_requests: '12' } }, { webhooks: { max_concurrent_requests: 12 } }],
    ['contradiction.7', { heartbeat_interval: '5', unhealthy_interval: '30' }, { heartbeat_interval: 5, unhealthy_interval: 30 }],
  ])('may be a number in a string [%s]: %j', (_row, body, expected) => {
    expect(parsed(body)).toEqual(expected);
  });

  it.each([
    ['settings.callback_persist', { callback_persist: 'true' }],
    ['settings.callback_backoff_delay_ms', { callback_backoff_delay_ms: 0 }],
    ['settings.callback_backoff_delay_ms', { callback_backoff_delay_ms: 'soon' }],
    ['settings.max_callback_backoff_delay_ms', { max_callback_backoff_delay_ms: -1 }],
    ['settings.webhooks.url', { webhooks: { url: 'back.end/hook' } }],
    ['settings.webhooks.url.https', { webhooks: { url: 'ftp://back.end/hook' } }],
    ['settings.webhooks.max_concurrent_requests', { webhooks: { max_concurrent_requests: 7 } }],
    ['settings.webhooks.message.sent', { webhooks: { message: { sent: 1 } } }],
    ['settings.media.auto_download', { media: { auto_download: ['fax'] } }],
    ['settings.heartbeat_interval', { heartbeat_interval: 0 }],
    ['settings.unhealthy_interval', { unhealthy_interval: 0.5 }],
    ['settings.log_level', { log_level: 'shout' }],
    ['settings.messaging_api_rate_limit', { messaging_api_rate_limit: ['15', '54600'] }],
  ])('of another kind is refused [%s]: %j', (_row, body) => {
    expect(parsed(body)).toBe(1009);
  });

  it.each([['settings.wa_id', { wa_id: '16315551001' }]])('that is read-only is refused [%s]', (_row, body) => {
    expect(parsed(body)).toBe(1010);
  });
});

it('the defaults are the captured ones, and the documented ones where the capture has none [contradiction.2] [settings.read]', () => {
  expect(defaultApplicationSettings).toEqual({
    callback_persist: true,
    callback_backoff_delay_ms: 3000,
    max_callback_backoff_delay_ms: 900_000,
    webhooks: { url: '', max_concurrent_requests: 6, message: { sent: true, delivered: true, read: true } },
    sent_status: true,
    pass_through: false,
    media: { auto_download: ['image', 'video', 'voice', 'sticker', 'audio', 'document'] },
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
  });
});

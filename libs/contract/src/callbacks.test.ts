import { describe, expect, it } from 'vitest';
import { renderCallback } from './callbacks.ts';

const from = '16315551001';

describe('a callback', () => {
  it('about a status has the documented fields and no other [callback.status.message] [callback.delivery.no_envelope]', () => {
    const status = { id: 'gBGGx', recipient_id: from, status: 'sent' } as const;
    expect(renderCallback({ kind: 'status_change', ...status, timestamp: 1_628_771_977 })).toEqual({ statuses: [{ ...status, timestamp: '1628771977' }] });
  });

  it('about a file has the documented fields, no path on the gateway and no link [callback.media.file] [callback.media.link]', () => {
    const image = { id: '36c484d1-1283-4b94-988d-7276bdec4de2', mime_type: 'image/jpeg', sha256: 'ab', caption: 'Look' };
    expect(renderCallback({ kind: 'inbound_message', id: 'ABGGx', from, timestamp: 1_628_770_488, content: { type: 'image', image } })).toEqual({
      contacts: [{ profile: { name: from }, wa_id: from }],
      messages: [{ from, id: 'ABGGx', timestamp: '1628770488', type: 'image', image }],
    });
  });

  it('about an answer has nothing of groups [callback.message.group_id] [callback.message.context.mentions] [callback.system.group]', () => {
    const context = { from: '16315550000', id: 'gBGGx', forwarded: true };
    const event = { kind: 'inbound_message', id: 'ABGGx', from, timestamp: 1, profile_name: 'Ann', content: { type: 'text', text: { body: 'hi' } }, context } as const;
    expect(renderCallback(event)).toEqual({
      contacts: [{ profile: { name: 'Ann' }, wa_id: from }],
      messages: [{ from, id: 'ABGGx', timestamp: '1', type: 'text', text: { body: 'hi' }, context }],
    });
  });
});

import { expect, it } from 'vitest';
import { signWebhook, webhookKeyOf } from './signature.ts';

it("signs as the example of Standard Webhooks' specification", () => {
  const key = webhookKeyOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const signature = signWebhook(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}');
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

it('takes a secret of any other form as text', () => {
  expect(webhookKeyOf('sécret').export()).toEqual(Buffer.from('sécret', 'utf8'));
});

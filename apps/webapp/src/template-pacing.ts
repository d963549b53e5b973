import type { Clock } from '@multiconnect/clock';
import { ApiError } from '@multiconnect/contract';
import { createRateLimiter, type RateLimiter, type TokenSource } from '@multiconnect/rate-limit';
import type { SettingsReader } from '@multiconnect/settings';

/** How fast each template may be sent, over all webapps together: the setting `template_messages_per_minute`. */
export interface TemplatePacing {
  /** Throws {@link ApiError} spamRateLimit (471) when there are too many messages of this template. */
  take(account: number, template: string): Promise<void>;
}

export interface TemplatePacingOptions {
  readonly settings: SettingsReader;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  /** Messages passed without a look, because Redis was away. */
  readonly onAway: (error: unknown) => void;
}

export function createTemplatePacing({ settings, tokens, clock, onAway }: TemplatePacingOptions): TemplatePacing {
  const limiters = new Map<number, RateLimiter>();

  const limiterOf = (perMinute: number): RateLimiter => {
    const limit = { perSecond: perMinute / 60, burst: perMinute };
    const limiter = limiters.get(perMinute) ?? createRateLimiter({ tokens, clock, limitOf: () => limit, onUnchecked: (_count, error) => onAway(error) });
    limiters.set(perMinute, limiter);
    return limiter;
  };

  return {
    async take(account, template) {
      const perMinute = (await settings.read(account)).template_messages_per_minute ?? 0;
      if (perMinute === 0) return;
      const waitMs = await limiterOf(perMinute).take(`templates/${account}/${template}`);
      if (waitMs > 0) throw new ApiError('spamRateLimit', 'Too many messages of this template', Math.ceil(waitMs / 1000));
    },
  };
}

import type { ApplicationSettings } from '@multiconnect/contract';
import { type ReadingPolicy, uploadsOf } from '@multiconnect/inbound';
import type { LiveSettings } from './settings.ts';

/** How messages from customers are read under the settings as they stand. */
export function followReadingPolicy(
  { application }: Pick<LiveSettings, 'application'>,
  domain: string,
  trustedOrigins: ReadonlySet<string>,
): () => ReadingPolicy {
  const isUpload = uploadsOf(domain, trustedOrigins);
  let seen: ApplicationSettings | undefined;
  let policy: ReadingPolicy | undefined;
  return () => {
    const settings = application();
    if (policy !== undefined && settings === seen) return policy;
    seen = settings;
    policy = {
      autoDownload: new Set(settings.media.auto_download),
      areReferralFilesWanted: !settings.skip_referral_media_download,
      areChangedNumbersTold: settings.notify_user_change_number,
      areIdentityChangesShown: settings.show_security_notifications,
      isUpload,
    };
    return policy;
  };
}

import type { LoadOptions } from './options.ts';
import type { LoadReport } from './report.ts';
import { openSession } from './session.ts';
import { planOf } from './plan.ts';
import { defaults } from './options.ts';

/**
 * Drives a running cluster with phones of its own and a callback sink of its own. Each known recipient first gets one
 * message that is checked but not measured. Throws ApiFailed and PhonesFailed when it cannot begin; what goes wrong later
 * is in the report.
 */
export async function runLoad(given: LoadOptions): Promise<LoadReport> {
  const { target, recipients, signal, onProgress, ...stage } = { ...defaults, ...given };
  const { newCount } = planOf({ ...stage, recipients });
  const session = await openSession({
    ...{ target, recipients, newRecipients: newCount },
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  try {
    return await session.run({ ...stage, warmUpRecipients: recipients });
  } finally {
    await session.close();
  }
}

import { ApiError } from '@multiconnect/contract';
import { RegistryRefused, RegistryUnavailable } from './registry-client.ts';

const retryAfterS = 5;
const minuteS = 60;
const minutesAnHour = 60;

/** Rounded up to whole minutes: whoever waits that long is let in. */
export function waitDetails(waitS: number): string {
  const minutes = Math.ceil(waitS / minuteS);
  return `Please wait ${Math.floor(minutes / minutesAnHour)} hour(s) ${minutes % minutesAnHour} minute(s) before trying again`;
}

const pinMissing = 'Two-step verification is on: pin is required';
const pinWrong = 'Two-step verification: the pin is wrong';

const detailsOf: Readonly<Record<string, string>> = {
  'invalid-certificate': 'The verified-name certificate is not valid',
  'expired-certificate': 'The verified-name certificate has expired',
  'pin-required': pinMissing,
  'wrong-pin': pinWrong,
};

/** Of a number whose two-step verification is on. */
export const refusedPin = (pin: string | undefined) => new ApiError('forbidden', pin === undefined ? pinMissing : pinWrong);

export const foreignCertificate = () => new ApiError('forbidden', 'The verified-name certificate is for another number');

/** The API's answer to what the registry refused; `reasoned` says how a refusal without words of its own is told. */
function apiErrorOf(error: unknown, reasoned: (reason: string) => string): unknown {
  if (error instanceof RegistryUnavailable) return new ApiError('forbidden', 'temporarily unavailable, retry', retryAfterS);
  if (!(error instanceof RegistryRefused)) return error;
  const { reason, waitS } = error;
  if (waitS !== undefined) return new ApiError('forbidden', waitDetails(waitS), waitS);
  if (reason === 'invalid-number') return new ApiError('parameterInvalid', 'phone_number');
  return new ApiError('forbidden', detailsOf[reason] ?? reasoned(reason.replaceAll('-', '_')));
}

async function told<T>(call: Promise<T>, reasoned: (reason: string) => string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw apiErrorOf(error, reasoned);
  }
}

/** Throws the API's answers to a refused request. */
export function asRequest<T>(call: Promise<T>): Promise<T> {
  return told(call, (reason) => `Unknown error: ${reason}`);
}

/** Throws the API's answers to a refused verification. */
export function asVerification<T>(call: Promise<T>): Promise<T> {
  return told(call, (reason) => `Registration failed for reason '${reason}'.`);
}

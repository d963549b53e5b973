import { ApiError } from '@multiconnect/contract';

export type MetricsFormat = 'json' | 'prometheus';

/** `?format=prometheus`; JSON without it. Throws {@link ApiError} parameterInvalid for any other. */
export function formatOf(query: unknown): MetricsFormat {
  const { format = 'json' } = (query ?? {}) as { format?: unknown };
  if (format === 'json' || format === 'prometheus') return format;
  throw new ApiError('parameterInvalid', 'format');
}

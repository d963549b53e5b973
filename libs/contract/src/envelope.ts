/** The generation of the API whose shapes are followed, as clients read it from `meta.version`. */
export const apiVersion = '2.57.2';

/** Stands in every answer. */
export interface Meta {
  readonly version: string;
  readonly api_status: 'stable' | 'experimental' | 'deprecated';
}

export const meta: Meta = { version: apiVersion, api_status: 'stable' };

/** The answer to a login spells the version with a `v`. */
export const loginMeta: Meta = { version: `v${apiVersion}`, api_status: 'stable' };

/** Of what the API once had. */
export const deprecatedMeta: Meta = { version: apiVersion, api_status: 'deprecated' };

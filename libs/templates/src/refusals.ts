import { ApiError, errorBody, type PackedTemplate } from '@multiconnect/contract';

/** Why a template message cannot be sent, in the API's documented words. */

/** `language en and locale US` of `en_US`, `language de` of `de`. */
function describe(code: string): string {
  const [language = '', ...locale] = code.split(/[_-]/);
  return locale.length === 0 ? `language ${language}` : `language ${language} and locale ${locale.join('_')}`;
}

export const packMissing = (code: string) => new ApiError('templatePackMissing', `No message templates exist in ${describe(code)}`);

export const templateMissing = (name: string, code: string) => new ApiError('templateMissing', `Template ${name} does not exist in ${describe(code)}`);

export const countMismatch = (given: number, expected: number) =>
  new ApiError('templateParamCountMismatch', `Number of localizable_params ${given} does not match the expected number of params ${expected}`);

export const richTemplate = ({ name }: PackedTemplate) =>
  new ApiError('templateParamFormatMismatch', `${name} is a rich template and requires the template message API to be used`);

/**
 * A phone cannot show the template: its language has a pack and the template is not in it, or takes other parameters there.
 * Found after acceptance, so it is reported as a failed status, not answered.
 */
export class StructureUnavailable extends Error {
  override readonly name = 'StructureUnavailable';
  readonly body = errorBody('structureUnavailable');

  constructor(
    readonly reason: 'template-missing' | 'parameters-differ',
    /** Of the phone. */
    readonly language: string,
  ) {
    super(`${reason} in ${language}`);
  }
}

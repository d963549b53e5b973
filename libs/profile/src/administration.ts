import {
  about,
  type About,
  ApiError,
  businessProfile,
  type BusinessProfile,
  complianceInfo,
  type ComplianceInfo,
  defaultAbout,
  parseRequest,
} from '@multiconnect/contract';
import type { Photo, Profiles } from '@multiconnect/message-store';
import { photoOf } from './photo.ts';

/** What an administrator says about the business. Bodies are checked as {@link parseRequest} does. */
export interface ProfileAdministration {
  /** What has been set of it; `{}` when nothing was. */
  business(account: number): Promise<BusinessProfile>;
  changeBusiness(account: number, body: unknown): Promise<void>;
  compliance(account: number): Promise<ComplianceInfo>;
  changeCompliance(account: number, body: unknown): Promise<void>;
  about(account: number): Promise<About>;
  changeAbout(account: number, body: unknown): Promise<void>;
  /** Throws {@link ApiError} notFound. */
  photo(account: number): Promise<Photo>;
  /** Throws what {@link photoOf} throws. */
  changePhoto(account: number, content: Buffer): Promise<void>;
  /** Throws {@link ApiError} notFound. */
  removePhoto(account: number): Promise<void>;
}

const noPicture = () => new ApiError('notFound', 'No picture set.');

function someOf<Fields extends object>(fields: Fields): Fields {
  if (Object.keys(fields).length === 0) throw new ApiError('parameterInvalid', 'Nothing is set');
  return fields;
}

export function createProfileAdministration(profiles: Profiles): ProfileAdministration {
  return {
    business: async (account) => ((await profiles.read(account, 'business.profile')) ?? {}),
    changeBusiness: async (account, body) => profiles.write(account, 'business.profile', someOf(parseRequest(businessProfile, body))),
    compliance: async (account) => ((await profiles.read(account, 'business.compliance_info')) ?? {}),
    changeCompliance: async (account, body) => profiles.write(account, 'business.compliance_info', someOf(parseRequest(complianceInfo, body))),
    about: async (account) => ((await profiles.read(account, 'profile.about')) ?? defaultAbout) as About,
    changeAbout: async (account, body) => profiles.write(account, 'profile.about', parseRequest(about, body)),
    async photo(account) {
      const photo = await profiles.photo(account);
      if (photo === undefined) throw noPicture();
      return photo;
    },
    changePhoto: async (account, content) => profiles.savePhoto(account, await photoOf(content)),
    async removePhoto(account) {
      if (!(await profiles.removePhoto(account))) throw noPicture();
    },
  };
}

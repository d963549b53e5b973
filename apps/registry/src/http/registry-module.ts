import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Logger } from '@multiconnect/telemetry';
import type { Certificates } from '../certificates.ts';
import type { Codes } from '../codes.ts';
import type { Lookups } from '../lookups.ts';
import type { Registrations } from '../registrations.ts';
import type { TemplateCatalogue } from '../template-catalogue.ts';
import type { TemplateChanges } from '../template-changes.ts';
import type { TwoStep } from '../two-step.ts';
import { CertificatesController, CodesController, LookupsController, PhonesController, RegistrationsController, TwoStepController } from './controllers.ts';
import { OperatorGuard } from './operator-guard.ts';
import { RefusalFilter } from './refusal-filter.ts';
import { TemplateAccess } from './template-access.ts';
import { LanguagePacksController, TemplateChangesController, TemplatesController } from './template-controllers.ts';
import { CERTIFICATES, CODES, LOG, LOOKUPS, OPERATOR_TOKEN, REGISTRATIONS, TEMPLATE_CATALOGUE, TEMPLATE_CHANGES, TWO_STEP } from './tokens.ts';

export interface RegistryParts {
  readonly codes: Codes;
  readonly registrations: Registrations;
  readonly lookups: Lookups;
  readonly certificates: Certificates;
  readonly templates: TemplateCatalogue;
  readonly templateChanges: TemplateChanges;
  readonly twoStep: TwoStep;
  readonly operatorToken: string;
  readonly log: Logger;
}

@Module({})
export class RegistryModule {
  static of(parts: RegistryParts): DynamicModule {
    return {
      module: RegistryModule,
      controllers: [
        CodesController,
        RegistrationsController,
        LookupsController,
        CertificatesController,
        PhonesController,
        TemplatesController,
        LanguagePacksController,
        TemplateChangesController,
        TwoStepController,
      ],
      providers: [
        OperatorGuard,
        TemplateAccess,
        { provide: CODES, useValue: parts.codes },
        { provide: REGISTRATIONS, useValue: parts.registrations },
        { provide: LOOKUPS, useValue: parts.lookups },
        { provide: CERTIFICATES, useValue: parts.certificates },
        { provide: TEMPLATE_CATALOGUE, useValue: parts.templates },
        { provide: TEMPLATE_CHANGES, useValue: parts.templateChanges },
        { provide: TWO_STEP, useValue: parts.twoStep },
        { provide: OPERATOR_TOKEN, useValue: parts.operatorToken },
        { provide: LOG, useValue: parts.log },
        { provide: APP_FILTER, useClass: RefusalFilter },
      ],
    };
  }
}

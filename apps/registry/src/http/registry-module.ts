import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Logger } from '@multiconnect/telemetry';
import type { Certificates } from '../certificates.ts';
import type { Codes } from '../codes.ts';
import type { Lookups } from '../lookups.ts';
import type { Registrations } from '../registrations.ts';
import { CertificatesController, CodesController, LookupsController, PhonesController, RegistrationsController } from './controllers.ts';
import { OperatorGuard } from './operator-guard.ts';
import { RefusalFilter } from './refusal-filter.ts';
import { CERTIFICATES, CODES, LOG, LOOKUPS, OPERATOR_TOKEN, REGISTRATIONS } from './tokens.ts';

export interface RegistryParts {
  readonly codes: Codes;
  readonly registrations: Registrations;
  readonly lookups: Lookups;
  readonly certificates: Certificates;
  readonly operatorToken: string;
  readonly log: Logger;
}

@Module({})
export class RegistryModule {
  static of(parts: RegistryParts): DynamicModule {
    return {
      module: RegistryModule,
      controllers: [CodesController, RegistrationsController, LookupsController, CertificatesController, PhonesController],
      providers: [
        OperatorGuard,
        { provide: CODES, useValue: parts.codes },
        { provide: REGISTRATIONS, useValue: parts.registrations },
        { provide: LOOKUPS, useValue: parts.lookups },
        { provide: CERTIFICATES, useValue: parts.certificates },
        { provide: OPERATOR_TOKEN, useValue: parts.operatorToken },
        { provide: LOG, useValue: parts.log },
        { provide: APP_FILTER, useClass: RefusalFilter },
      ],
    };
  }
}

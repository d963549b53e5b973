import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { AccountController } from './controllers/account.controller.ts';
import { BackupController } from './controllers/backup.controller.ts';
import { CertificatesController } from './controllers/certificates.controller.ts';
import { ContactsController } from './controllers/contacts.controller.ts';
import { DeadLettersController } from './controllers/dead-letters.controller.ts';
import { DescriptionController, descriptionToken } from './controllers/description.controller.ts';
import { HealthController } from './controllers/health.controller.ts';
import { IdentitiesController } from './controllers/identities.controller.ts';
import { MediaController } from './controllers/media.controller.ts';
import { MediaProvidersController } from './controllers/media-providers.controller.ts';
import { MessagesController } from './controllers/messages.controller.ts';
import { MetricsController } from './controllers/metrics.controller.ts';
import { ProfileController } from './controllers/profile.controller.ts';
import { ServicesController } from './controllers/services.controller.ts';
import { SettingsController } from './controllers/settings.controller.ts';
import { StatsController } from './controllers/stats.controller.ts';
import { StickerpacksController } from './controllers/stickerpacks.controller.ts';
import { SupportController } from './controllers/support.controller.ts';
import { TwoStepController } from './controllers/two-step.controller.ts';
import { UsersController } from './controllers/users.controller.ts';
import { openApiDocument } from './openapi/document.ts';
import type { Services } from './services.ts';
import { tokens } from './services.ts';

const names = Object.keys(tokens) as (keyof Services)[];

/** All there are: what is not here is neither served nor described. */
export const controllers = [
  AccountController,
  BackupController,
  CertificatesController,
  ContactsController,
  DeadLettersController,
  DescriptionController,
  HealthController,
  IdentitiesController,
  MediaController,
  MediaProvidersController,
  MessagesController,
  MetricsController,
  ProfileController,
  ServicesController,
  SettingsController,
  StatsController,
  StickerpacksController,
  SupportController,
  TwoStepController,
  UsersController,
];

@Module({})
export class AppModule {
  static with(services: Services): DynamicModule {
    return {
      module: AppModule,
      providers: [
        ...names.map((name) => ({ provide: tokens[name], useValue: services[name] })),
        { provide: descriptionToken, useFactory: () => openApiDocument(controllers) },
      ],
      controllers,
    };
  }
}

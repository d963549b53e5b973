import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from '@multiconnect/telemetry';
import type { FastifyInstance } from 'fastify';
import { AppModule } from '../app.module.ts';
import type { ServedCertificate } from '../certificate.ts';
import type { Services } from '../services.ts';
import { ApiExceptionFilter } from './exception-filter.ts';
import { createHttpServer, oldestTls } from './server.ts';

export interface Application {
  readonly port: number;
  /** What new connections are served with; open ones stay. Throws when it cannot be served, and the former one stays. */
  serve(certificate: ServedCertificate): void;
  /** From now on a connection ends with the answer that is under way, or comes next, on it. New ones are still taken. */
  drain(): void;
  /** Stops accepting, lets requests under way finish, and resolves once the last has been answered. */
  close(): Promise<void>;
}

export interface ApplicationOptions {
  readonly services: Services;
  readonly tls: ServedCertificate;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly log: Logger;
}

/** Errors are thrown instead of printed, and the server's own parser reads the bodies. */
const nestOptions = { logger: false, abortOnError: false, bodyParser: false } as const;

/** The API over HTTPS. Rejects when it cannot listen. */
export async function startApplication({ services, tls, host, port, log }: ApplicationOptions): Promise<Application> {
  const { adapter, routes, beginClosing } = createHttpServer({
    tls,
    authorizer: services.users.authorizer,
    metrics: services.metrics,
    overload: services.overload,
    rateLimiter: services.rateLimiter,
  });
  services.webStatistics.observe(adapter.getInstance<FastifyInstance>());
  // Nest declares its options as a class that it does not export.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(services), adapter, nestOptions);
  app.useGlobalFilters(new ApiExceptionFilter(routes, log));
  await app.listen({ port, host });
  const { server } = adapter.getInstance<FastifyInstance<Server>>();
  return {
    port: (server.address() as AddressInfo).port,
    serve: ({ key, cert }) => server.setSecureContext({ key, cert, minVersion: oldestTls }),
    drain: beginClosing,
    close() {
      beginClosing();
      return app.close();
    },
  };
}

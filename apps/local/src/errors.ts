import type { ServiceName } from './service.ts';

/** Anything that keeps the local cluster from running. The message is one line, fit to be shown as it is. */
export abstract class LocalError extends Error {}

/** A port that one of ours needs is in use: end the other program or choose another port. */
export class PortTakenError extends LocalError {
  override readonly name = 'PortTakenError';
  readonly port: number;

  constructor(port: number, wantedBy: string, variable?: string) {
    const change = variable === undefined ? '' : `; set ${variable} to use another`;
    super(`port ${port} is taken by another program, ${wantedBy} wants it${change}`);
    this.port = port;
  }
}

/** A service did not start, or died: read its log. */
export class ServiceFailedError extends LocalError {
  override readonly name = 'ServiceFailedError';
  readonly service: string;
  readonly logFile: string;

  constructor(service: string, reason: string, logFile: string) {
    super(`${service} ${reason}; see ${logFile}`);
    this.service = service;
    this.logFile = logFile;
  }
}

/** Packages are missing and cannot be installed from here: install them by hand. */
export class PackagesMissingError extends LocalError {
  override readonly name = 'PackagesMissingError';
  readonly packages: readonly string[];

  constructor(packages: readonly string[], reason: string) {
    super(`missing packages (${reason}): run "apt-get install -y --no-install-recommends ${packages.join(' ')}" as root`);
    this.packages = packages;
  }
}

/** The service is run by somebody else, so it cannot be stopped or killed from here. */
export class ExternalServiceError extends LocalError {
  override readonly name = 'ExternalServiceError';
  readonly service: ServiceName;

  constructor(service: ServiceName) {
    super(`${service} was not started here`);
    this.service = service;
  }
}

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

/** A process did not start, or died, or a step failed: read its log. */
export class ProcessFailedError extends LocalError {
  override readonly name = 'ProcessFailedError';
  readonly process: string;
  readonly logFile: string;

  constructor(process: string, reason: string, logFile: string) {
    super(`${process} ${reason}; see ${logFile}`);
    this.process = process;
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

  constructor(service: string) {
    super(`${service} was not started here`);
  }
}

/** An address or a number from the environment cannot be used: correct it. */
export class SettingError extends LocalError {
  override readonly name = 'SettingError';
}

/** The start was called off. */
export class InterruptedError extends LocalError {
  override readonly name = 'InterruptedError';

  constructor() {
    super('interrupted');
  }
}

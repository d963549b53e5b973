import { randomInt } from 'node:crypto';
import { ApiError, type RpcCalls } from '@multiconnect/contract';
import type { Account, Accounts, DeviceIdentity, Pins } from '@multiconnect/message-store';
import type { Logger } from '@multiconnect/telemetry';
import { hashPin, isPin } from './pin-hashes.ts';
import { asRequest, asVerification, foreignCertificate, refusedPin } from './refusals.ts';
import type { RegistryClient } from './registry-client.ts';

type Request<Pattern extends keyof RpcCalls> = RpcCalls[Pattern]['request'];
type Answer<Pattern extends keyof RpcCalls> = RpcCalls[Pattern]['answer'];

export interface RegistrationOptions {
  readonly account: number;
  readonly accounts: Accounts;
  /** Of two-step verification. */
  readonly pins: Pins;
  readonly registry: RegistryClient;
  /** A new identity of the Signal protocol: the public key has 33 bytes, the private one 32. */
  readonly generateIdentity: () => Promise<{
    readonly registrationId: number;
    readonly identityKeyPair: { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array };
  }>;
  /** After the account was registered or its shard count changed, so that the shard map follows at once. */
  readonly onChanged: () => void;
  readonly log: Logger;
}

/** Everything here throws ApiError for what the caller can do something about. */
export interface Registration {
  requestCode(request: Request<'registration.request-code'>): Promise<Answer<'registration.request-code'>>;
  verify(request: Request<'registration.verify'>): Promise<Answer<'registration.verify'>>;
  setShards(request: Request<'registration.set-shards'>): Promise<Answer<'registration.set-shards'>>;
  setPin(request: Request<'registration.set-pin'>): Promise<Answer<'registration.set-pin'>>;
}

/** OMEMO device ids are positive and have 31 bits (XEP-0384). */
const maxDeviceId = 2 ** 31 - 1;

/** People type codes as they were shown: `222-867`. */
function digitsOf(code: string): string {
  return code.replaceAll(/[\s-]/g, '');
}

function waIdOf({ countryCode, phoneNumber }: Account): string | undefined {
  return countryCode === undefined || phoneNumber === undefined ? undefined : `${countryCode}${phoneNumber}`;
}

const withPin = (pin: string | undefined) => (pin === undefined ? {} : { pin });

const notRegistered = () => new ApiError('notReady', 'The business number is not registered yet');

/** Runs one after the other what is given to it, failures included. */
function createQueue() {
  let last: Promise<unknown> = Promise.resolve();
  return function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = last.then(step, step);
    last = turn;
    return turn;
  };
}

export function createRegistration(options: RegistrationOptions): Registration {
  const { account: id, accounts, pins, registry, onChanged, log } = options;
  const inTurn = createQueue();

  async function checkedName(certificate: string, number: string): Promise<string> {
    const checked = await asRequest(registry.checkCertificate(certificate));
    if (checked.number !== number) throw foreignCertificate();
    return checked.verifiedName;
  }

  async function identityFor({ identity }: Account): Promise<DeviceIdentity> {
    if (identity !== undefined) return identity;
    const { registrationId, identityKeyPair } = await options.generateIdentity();
    const { publicKey, privateKey } = identityKeyPair;
    return { deviceId: randomInt(1, maxDeviceId + 1), registrationId, identityPublicKey: publicKey, identityPrivateKey: privateKey };
  }

  async function requestCode({ cc, phoneNumber, method, cert, pin }: Request<'registration.request-code'>): Promise<Answer<'registration.request-code'>> {
    const number = `${cc}${phoneNumber}`;
    const account = await accounts.read(id);
    if (account.state === 'registered') {
      if (account.waId === number) return { state: 'already-registered' };
      throw new ApiError('forbidden', 'This cluster is registered with another number');
    }
    const verifiedName = await checkedName(cert, number);
    await asRequest(registry.requestCode({ number, method, ...withPin(pin) }));
    await accounts.codeRequested(id, { countryCode: cc, phoneNumber, certificate: cert, verifiedName, ...withPin(pin) });
    log.info({ account: id, method }, 'registration code requested');
    return { state: 'code-sent', verifiedName };
  }

  async function verify({ code }: Request<'registration.verify'>): Promise<Answer<'registration.verify'>> {
    const account = await accounts.read(id);
    if (account.state === 'registered') return {};
    const number = waIdOf(account);
    const { state, certificate, codePin } = account;
    if (state !== 'code_requested' || number === undefined || certificate === undefined) {
      throw new ApiError('forbidden', 'No registration code was requested');
    }
    const identity = await identityFor(account);
    const { jid, password } = await asVerification(registry.register({ number, code: digitsOf(code), certificate, ...withPin(codePin) }));
    await accounts.registered(id, { jid, password }, identity, codePin === undefined ? undefined : await hashPin(codePin));
    log.info({ account: id, device: identity.deviceId }, 'business number registered');
    onChanged();
    return {};
  }

  async function setShards({ cc, phoneNumber, shards, cert, pin }: Request<'registration.set-shards'>): Promise<Answer<'registration.set-shards'>> {
    const account = await accounts.read(id);
    if (account.state !== 'registered') throw notRegistered();
    const number = `${cc}${phoneNumber}`;
    if (account.waId !== number) throw new ApiError('parameterInvalid', 'phone_number');
    const pinHash = await pins.find(id);
    if (pinHash !== undefined && !(await isPin(pinHash, pin))) throw refusedPin(pin);
    await checkedName(cert, number);
    if (account.shardCount === shards) return {};
    await accounts.setShardCount(id, shards);
    log.info({ account: id, shards }, 'number of shards changed');
    onChanged();
    return {};
  }

  /** The registry first: it is what protects the number. */
  async function setPin({ pin }: Request<'registration.set-pin'>): Promise<Answer<'registration.set-pin'>> {
    const { waId: number, chat } = await accounts.read(id);
    if (number === undefined || chat === undefined) throw notRegistered();
    await asRequest(registry.setPin({ number, password: chat.password, pin }));
    await pins.save(id, pin === null ? undefined : await hashPin(pin));
    log.info({ account: id, on: pin !== null }, 'two-step verification changed');
    return {};
  }

  return {
    requestCode: (request) => inTurn(() => requestCode(request)),
    verify: (request) => inTurn(() => verify(request)),
    setShards: (request) => inTurn(() => setShards(request)),
    setPin: (request) => inTurn(() => setPin(request)),
  };
}

import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import type { Certificates } from '../certificates.ts';
import type { Codes } from '../codes.ts';
import type { Lookups } from '../lookups.ts';
import type { Registrations } from '../registrations.ts';
import type { TwoStep } from '../two-step.ts';
import {
  certificateCheck,
  certificateRequest,
  codeRequest,
  lookupRequest,
  parseBody,
  phonesRequest,
  registrationRequest,
  twoStepRequest,
} from '../requests.ts';
import { OperatorGuard } from './operator-guard.ts';
import { CERTIFICATES, CODES, LOOKUPS, REGISTRATIONS, TWO_STEP } from './tokens.ts';

@Controller('v1/codes')
export class CodesController {
  constructor(
    @Inject(CODES) private readonly codes: Codes,
    @Inject(TWO_STEP) private readonly twoStep: TwoStep,
  ) {}

  @Post()
  @HttpCode(202)
  async send(@Body() body: unknown) {
    const request = parseBody(codeRequest, body);
    await this.twoStep.assert(request.number, request.pin);
    await this.codes.send(request);
    return {};
  }
}

@Controller('v1/registrations')
export class RegistrationsController {
  constructor(@Inject(REGISTRATIONS) private readonly registrations: Registrations) {}

  @Post()
  @HttpCode(201)
  async register(@Body() body: unknown) {
    const { jid, password, verifiedName } = await this.registrations.register(parseBody(registrationRequest, body));
    return { jid, password, ...(verifiedName === undefined ? {} : { verified_name: verifiedName }) };
  }
}

@Controller('v1/two-step')
export class TwoStepController {
  constructor(@Inject(TWO_STEP) private readonly twoStep: TwoStep) {}

  @Post()
  @HttpCode(200)
  async change(@Body() body: unknown) {
    const { pin, ...holder } = parseBody(twoStepRequest, body);
    await this.twoStep.change(holder, pin);
    return {};
  }
}

@Controller('v1/lookups')
export class LookupsController {
  constructor(@Inject(LOOKUPS) private readonly lookups: Lookups) {}

  @Post()
  @HttpCode(200)
  async find(@Body() body: unknown) {
    const { numbers } = parseBody(lookupRequest, body);
    return { contacts: await this.lookups.find(numbers) };
  }
}

@Controller('v1/certificates')
export class CertificatesController {
  constructor(@Inject(CERTIFICATES) private readonly certificates: Certificates) {}

  @Post()
  @HttpCode(201)
  @UseGuards(OperatorGuard)
  issue(@Body() body: unknown) {
    const { number, name } = parseBody(certificateRequest, body);
    return { certificate: this.certificates.issue(number, name) };
  }

  @Post('check')
  @HttpCode(200)
  check(@Body() body: unknown) {
    const { name, number, expiresAtMs } = this.certificates.check(parseBody(certificateCheck, body).certificate);
    return { verified_name: name, number, expires_at: new Date(expiresAtMs).toISOString() };
  }
}

@Controller('v1/phones')
export class PhonesController {
  constructor(@Inject(REGISTRATIONS) private readonly registrations: Registrations) {}

  @Post()
  @HttpCode(201)
  @UseGuards(OperatorGuard)
  async provision(@Body() body: unknown) {
    const { numbers, language } = parseBody(phonesRequest, body);
    return { phones: await this.registrations.provisionPhones(numbers, language) };
  }
}

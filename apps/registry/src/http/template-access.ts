import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Certificates } from '../certificates.ts';
import { Refused } from '../errors.ts';
import { digitsOf, parseBody } from '../requests.ts';
import { businessQuery } from '../template-requests.ts';
import { isOperator } from './operator-guard.ts';
import { CERTIFICATES, OPERATOR_TOKEN } from './tokens.ts';

/** Whose templates a request is about: a business's own, by its certificate; anybody's, by the operator's token. */
@Injectable()
export class TemplateAccess {
  constructor(
    @Inject(CERTIFICATES) private readonly certificates: Certificates,
    @Inject(OPERATOR_TOKEN) private readonly operatorToken: string,
  ) {}

  /** Undefined: the operator named no business. Throws {@link Refused} `unauthorized`, `expired-certificate`, `invalid-number`. */
  numberOf({ headers, query }: FastifyRequest): string | undefined {
    const { authorization = '' } = headers;
    if (!isOperator(authorization, this.operatorToken)) return this.certified(headers['d360-api-key'] ?? authorization.replace(/^Bearer /, ''));
    const { number } = parseBody(businessQuery, query);
    if (number === undefined) return undefined;
    const digits = digitsOf(number);
    if (digits === undefined) throw new Refused('invalid-number');
    return digits;
  }

  /** Throws as `numberOf`, and {@link Refused} `invalid-number` when no business is named. */
  requiredNumberOf(request: FastifyRequest): string {
    const number = this.numberOf(request);
    if (number === undefined) throw new Refused('invalid-number');
    return number;
  }

  private certified(certificate: string | string[]): string {
    try {
      return this.certificates.check(String(certificate)).number;
    } catch (error) {
      if (error instanceof Refused && error.code === 'invalid-certificate') throw new Refused('unauthorized');
      throw error;
    }
  }
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Refused } from '../errors.ts';
import { OPERATOR_TOKEN } from './tokens.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Lets in who carries the token of whoever runs the network. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(@Inject(OPERATOR_TOKEN) private readonly token: string) {}

  canActivate(context: ExecutionContext): boolean {
    const { authorization = '' } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    // Digests have one length, so the comparison tells nothing of the token's.
    if (!timingSafeEqual(digest(authorization), digest(`Bearer ${this.token}`))) throw new Refused('unauthorized');
    return true;
  }
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Refused } from '../errors.ts';
import { OPERATOR_TOKEN } from './tokens.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether an `Authorization` header carries the operator's token. Digests have one length, so the comparison tells nothing of the token's. */
export const isOperator = (authorization: string, token: string): boolean => timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));

/** Lets in who carries the token of whoever runs the network. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(@Inject(OPERATOR_TOKEN) private readonly token: string) {}

  canActivate(context: ExecutionContext): boolean {
    const { authorization = '' } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    if (!isOperator(authorization, this.token)) throw new Refused('unauthorized');
    return true;
  }
}

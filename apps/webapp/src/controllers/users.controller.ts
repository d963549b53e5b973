import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Req } from '@nestjs/common';
import {
  changePasswordRequest,
  createUserRequest,
  describedUserAnswer,
  loginAnswer,
  loginMeta,
  meta,
  metaAnswer,
  updateUserRequest,
  userAnswer,
} from '@multiconnect/contract';
import type { UserService } from '@multiconnect/users';
import { basicCredentials } from '@multiconnect/users';
import type { FastifyRequest } from 'fastify';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

@Controller('v1/users')
export class UsersController {
  constructor(@Inject(tokens.users) private readonly users: UserService) {}

  @Post('login')
  @HttpCode(200)
  @Allow('public')
  @Describe({
    summary: 'Log in',
    notes: 'The first login of `admin` must bring a new password. Earlier tokens stay valid.',
    tag: 'users',
    credentials: 'basic',
    optionalBody: changePasswordRequest.partial().nullable(),
    answers: { 200: loginAnswer },
    errors: ['accessDenied', 'passwordChangeRequired'],
  })
  async login(@Req() request: FastifyRequest): Promise<object> {
    const credentials = basicCredentials(request.headers.authorization);
    return { ...(await this.users.login(credentials, request.body)), meta: loginMeta };
  }

  @Post('logout')
  @HttpCode(200)
  @Allow('user')
  @Describe({ summary: 'End every token of the calling user', tag: 'users', answers: { 200: metaAnswer }, errors: ['notFound'] })
  async logout(@Req() { caller }: FastifyRequest): Promise<object> {
    if (caller?.kind === 'user') await this.users.administration.logout(caller.username);
    return { meta };
  }

  @Post()
  @Allow('admin')
  @Describe({ summary: 'Create a user', tag: 'users', body: createUserRequest, answers: { 201: userAnswer }, errors: ['duplicateUser'] })
  async create(@Req() request: FastifyRequest): Promise<object> {
    return { ...(await this.users.administration.create(request.body)), meta };
  }

  @Get(':name')
  @Allow('admin-or-self')
  @Describe({ summary: 'Read a user', tag: 'users', answers: { 200: describedUserAnswer }, errors: ['notFound'] })
  async get(@Param('name') name: string): Promise<object> {
    return { ...(await this.users.administration.get(name)), meta };
  }

  @Put(':name')
  @Allow('admin-or-self')
  @Describe({
    summary: 'Change a password',
    notes: "The user's tokens stay valid.",
    tag: 'users',
    body: updateUserRequest,
    answers: { 200: userAnswer },
    errors: ['notFound'],
  })
  async update(@Param('name') name: string, @Req() request: FastifyRequest): Promise<object> {
    return { ...(await this.users.administration.update(name, request.body)), meta };
  }

  @Delete(':name')
  @Allow('admin')
  @Describe({ summary: 'Delete a user and end its tokens', tag: 'users', answers: { 200: userAnswer }, errors: ['notFound'] })
  async remove(@Param('name') name: string): Promise<object> {
    return { ...(await this.users.administration.remove(name)), meta };
  }
}

import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Req } from '@nestjs/common';
import { loginMeta, meta } from '@multiconnect/contract';
import type { UserService } from '@multiconnect/users';
import { basicCredentials } from '@multiconnect/users';
import type { FastifyRequest } from 'fastify';
import { Allow } from '../http/authorization-hook.ts';
import { tokens } from '../services.ts';

@Controller('v1/users')
export class UsersController {
  constructor(@Inject(tokens.users) private readonly users: UserService) {}

  @Post('login')
  @HttpCode(200)
  @Allow('public')
  async login(@Req() request: FastifyRequest): Promise<object> {
    const credentials = basicCredentials(request.headers.authorization);
    return { ...(await this.users.login(credentials, request.body)), meta: loginMeta };
  }

  @Post('logout')
  @HttpCode(200)
  @Allow('user')
  async logout(@Req() { caller }: FastifyRequest): Promise<object> {
    if (caller?.kind === 'user') await this.users.administration.logout(caller.username);
    return { meta };
  }

  @Post()
  @Allow('admin')
  async create(@Req() request: FastifyRequest): Promise<object> {
    return { ...(await this.users.administration.create(request.body)), meta };
  }

  @Get(':name')
  @Allow('admin-or-self')
  async get(@Param('name') name: string): Promise<object> {
    return { ...(await this.users.administration.get(name)), meta };
  }

  @Put(':name')
  @Allow('admin-or-self')
  async update(@Param('name') name: string, @Req() request: FastifyRequest): Promise<object> {
    return { ...(await this.users.administration.update(name, request.body)), meta };
  }

  @Delete(':name')
  @Allow('admin')
  async remove(@Param('name') name: string): Promise<object> {
    return { ...(await this.users.administration.remove(name)), meta };
  }
}

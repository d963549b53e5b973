import { RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants';
import type { Access } from '@multiconnect/users';
import { type Description, descriptionMetadata } from '../http/describe.ts';

export type Controller = abstract new (...parts: never[]) => object;

/** A route as its controller declares it. */
export interface DeclaredRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** `/v1/users/:name`. */
  readonly path: string;
  readonly access: Access;
  /** Unless the handler answers with another one. */
  readonly status: number;
  /** `create` of UsersController: `users.create`. */
  readonly operationId: string;
  readonly description: Description;
}

/** A route of the API has no `@Describe`. */
export class RouteUndescribed extends Error {
  override readonly name = 'RouteUndescribed';
  constructor(readonly route: string) {
    super(`${route} is not described: give it a @Describe`);
  }
}

type Handler = (...parts: never[]) => unknown;

const metadataOf = (target: object, key: string): unknown => Reflect.getMetadata(key, target);

const joined = (...parts: readonly string[]) => `/${parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '').join('/')}`;

const resourceOf = (controller: Controller) => controller.name.replace(/Controller$/, '').replace(/^[A-Z]/, (letter) => letter.toLowerCase());

function routeOf(controller: Controller, handler: Handler): DeclaredRoute {
  const methodNumber = metadataOf(handler, METHOD_METADATA) as RequestMethod;
  const method = RequestMethod[methodNumber].toLowerCase() as DeclaredRoute['method'];
  const path = joined(metadataOf(controller, PATH_METADATA) as string, metadataOf(handler, PATH_METADATA) as string);
  const description = metadataOf(handler, descriptionMetadata) as Description | undefined;
  if (description === undefined) throw new RouteUndescribed(`${method.toUpperCase()} ${path}`);
  const config = metadataOf(handler, FASTIFY_ROUTE_CONFIG_METADATA) as { readonly access?: Access } | undefined;
  const status = (metadataOf(handler, HTTP_CODE_METADATA) as number | undefined) ?? (method === 'post' ? 201 : 200);
  return { method, path, access: config?.access ?? 'admin', status, operationId: `${resourceOf(controller)}.${handler.name}`, description };
}

/** Every route of the controllers. Throws {@link RouteUndescribed}. */
export function routesOf(controllers: readonly Controller[]): DeclaredRoute[] {
  return controllers.flatMap((controller) => {
    const prototype = controller.prototype as Readonly<Record<string, unknown>>;
    const handlers = Object.getOwnPropertyNames(prototype)
      .map((name) => prototype[name])
      .filter((member): member is Handler => typeof member === 'function' && metadataOf(member, METHOD_METADATA) !== undefined);
    return handlers.map((handler) => routeOf(controller, handler));
  });
}

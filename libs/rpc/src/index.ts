export { createRpcClient, type CallOptions, type RpcAddress, type RpcClient, type RpcClientOptions } from './client.ts';
export { RpcRefused, RpcTimeout, RpcUnreachable } from './errors.ts';
export { type RpcContext, type RpcHandlers, type RpcServer, type RpcServerOptions, startRpcServer } from './server.ts';

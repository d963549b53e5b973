export { adminName } from './administration.ts';
export type { DescribedUser, NamedUser, UserAdministration } from './administration.ts';
export { basicCredentials } from './authorization.ts';
export type { Access, Authorizer, Caller, Credentials } from './authorization.ts';
export type { Login } from './login.ts';
export type { IssuedToken } from './tokens.ts';
export { createUserService } from './user-service.ts';
export type { UserService, UserServiceOptions } from './user-service.ts';

import { createUserRequest } from '@multiconnect/contract';

const { username } = createUserRequest.shape;

/** Whether a user could have this name at all: others are refused before any store sees them. */
export const isUsername = (name: string) => username.safeParse(name).success;

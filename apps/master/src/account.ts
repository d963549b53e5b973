/** The business number that a cluster has. */
export const accountId = 1;

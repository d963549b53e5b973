/** Groups were removed from the API before its last versions. */
const retired = /^\/v1\/groups(?:[/?]|$)/;

export function isRetired(url: string): boolean {
  return retired.test(url);
}

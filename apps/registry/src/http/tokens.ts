export const CODES = Symbol('codes');
export const REGISTRATIONS = Symbol('registrations');
export const LOOKUPS = Symbol('lookups');
export const CERTIFICATES = Symbol('certificates');
export const TEMPLATE_CATALOGUE = Symbol('template catalogue');
export const TEMPLATE_CHANGES = Symbol('template changes');
export const OPERATOR_TOKEN = Symbol('operator token');
export const LOG = Symbol('log');

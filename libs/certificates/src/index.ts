export { type CertificateAdministration, certificateNames, createCertificateAdministration } from './administration.ts';
export { authorityOf, readServerBundle } from './server-bundle.ts';

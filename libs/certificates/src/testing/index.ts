export { type Issued, issueAuthority, issueServer } from './authority.ts';

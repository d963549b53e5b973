export { askNodes, type ByNode, isUnanswered, type NodeSources, type PlainPattern, type Unanswered } from './ask-nodes.ts';
export { type ClusterHealth, clusterHealth, type NodeHealthAnswer } from './cluster-health.ts';
export { createCriticalErrors, type CriticalErrors, type CriticalErrorsOptions } from './critical-errors.ts';
export { freeBytesAt } from './free-space.ts';
export { describeNode, type SupportSources } from './support.ts';
export { type Check, databaseCheck, freeSpaceCheck, type Volume, watch } from './watch.ts';

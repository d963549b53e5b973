export { type ClusterHealth, clusterHealth, type ClusterHealthSources, type NodeHealthAnswer } from './cluster-health.ts';

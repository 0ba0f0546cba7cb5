import type { KubeConfig } from '@kubernetes/client-node';

/** How the server reaches a running cluster's API. Whoever made the cluster keeps it alive. */
export interface ClusterAccess {
  /** For the server's own reading: never handed to a browser or a workstation. */
  readonly kubeConfig: KubeConfig;
}

import type { KubeConfig } from '@kubernetes/client-node';

/** How the server reaches a running cluster's API. The provider keeps the cluster alive. */
export interface ClusterAccess {
  /** The administrator's. A secret: it must never reach a browser or a workstation. */
  readonly kubeConfig: KubeConfig;
}

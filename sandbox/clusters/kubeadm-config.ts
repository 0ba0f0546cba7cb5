import { parse, stringify } from 'yaml';
import { versions } from '../versions.ts';
import { API_PORT, nodeAddress, nodeName, POD_SUBNET, SERVICE_SUBNET } from './addresses.ts';

const CRI_SOCKET = 'unix:///run/containerd/containerd.sock';
const POLICIES = '/kind/policies';
/** Strategic merge patches of the static pods, for what kubeadm's configuration cannot express. */
const PATCHES = '/kind/patches';
/**
 * The percentage by which Go lets a heap grow before it collects garbage; the default is 100. An
 * idle API server has some 100 MiB of live objects and lets them grow to 220. A fixed limit would
 * save as much, but a process that outgrows it collects garbage all the time.
 */
const GO_GROWTH = '30';
/**
 * Controllers that no lesson and no conformance test needs. The first one, which checks the types
 * in admission policies, takes 9 MiB.
 */
const UNUSED_CONTROLLERS = [
  'validatingadmissionpolicy-status-controller',
  'legacy-serviceaccount-token-cleaner-controller',
  'storageversion-garbage-collector-controller',
  'certificatesigningrequest-cleaner-controller',
  'podcertificaterequest-cleaner-controller',
  'persistentvolume-expander-controller',
  'ttl-controller',
];

/** Where a worker finds {@link discoveryFile}. */
export const DISCOVERY_PATH = '/run/discovery.yaml';

/**
 * The configuration of `kubeadm init` on the control plane.
 *
 * @param token this cluster's own bootstrap token; removed when all workers have joined
 */
export function initConfig(token: string): string {
  return documents(
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'InitConfiguration',
      bootstrapTokens: [{ token, ttl: '10m' }],
      localAPIEndpoint: { advertiseAddress: nodeAddress(0), bindPort: API_PORT },
      nodeRegistration: nodeRegistration(0),
      // The node image brings its own add-ons: kubeadm's kube-proxy is privileged, and its CoreDNS
      // runs twice and asks upstream.
      skipPhases: ['preflight', 'addon', 'show-join-command'],
      patches: { directory: PATCHES },
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'ClusterConfiguration',
      kubernetesVersion: `v${versions.kubernetes}`,
      // Generates keys in milliseconds, where RSA takes seconds.
      encryptionAlgorithm: 'ECDSA-P256',
      clusterName: 'kindlab',
      imageRepository: 'kindlab',
      controlPlaneEndpoint: `${nodeName(0)}:${API_PORT}`,
      networking: { podSubnet: POD_SUBNET, serviceSubnet: SERVICE_SUBNET },
      etcd: etcd(),
      apiServer: apiServer(),
      controllerManager: controllerManager(),
      scheduler: {
        extraEnvs: args({ GOGC: GO_GROWTH }),
        extraArgs: args({ 'leader-elect': 'false' }),
      },
    },
    kubeletConfig(),
  );
}

/** The configuration of `kubeadm join` on a worker. */
export function joinConfig(index: number, token: string): string {
  return documents({
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'JoinConfiguration',
    nodeRegistration: nodeRegistration(index),
    // From a file: the usual way waits for the signed cluster-info in steps of five seconds.
    discovery: { file: { kubeConfigPath: DISCOVERY_PATH }, tlsBootstrapToken: token },
    skipPhases: ['preflight'],
  });
}

/**
 * A kubeconfig for joining: the address and CA of the administrator's kubeconfig, with the
 * bootstrap token as its user.
 */
export function discoveryFile(adminConfig: string, token: string): string {
  const { clusters } = parse(adminConfig) as { clusters: { name: string }[] };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters,
    users: [{ name: 'joining', user: { token } }],
    contexts: [{ name: 'joining', context: { cluster: clusters[0]?.name, user: 'joining' } }],
    'current-context': 'joining',
  });
}

/** The form in which v1beta4 of kubeadm's API takes arguments and environment variables. */
function args(values: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function nodeRegistration(index: number): object {
  return {
    name: nodeName(index),
    criSocket: CRI_SOCKET,
    kubeletExtraArgs: args({
      'node-ip': nodeAddress(index),
      'provider-id': `kind://kindlab/${nodeName(index)}`,
    }),
  };
}

function etcd(): object {
  return {
    local: {
      imageTag: versions.etcd,
      extraArgs: args({
        // A learner's cluster lives for hours: it need not survive a power cut of the host, and
        // each fsync is noticeable on 2 cores.
        'unsafe-no-fsync': 'true',
        'quota-backend-bytes': '268435456',
        // kubeadm sets five seconds, which wakes each of some sixty watches.
        'watch-progress-notify-interval': '10m',
        // The number of changes that etcd keeps in memory, and again as many for members that lag
        // behind; there are no other members.
        'snapshot-count': '1000',
        'snapshot-catchup-entries': '100',
      }),
      extraEnvs: args({ GOGC: GO_GROWTH }),
    },
  };
}

function apiServer(): object {
  return {
    extraEnvs: args({ GOGC: GO_GROWTH }),
    certSANs: ['localhost', '127.0.0.1', nodeName(0)],
    extraArgs: args({
      'admission-control-config-file': `${POLICIES}/admission.yaml`,
      // Policies from files, which cannot be changed through the API: alpha in 1.36.
      'feature-gates': 'ManifestBasedAdmissionControlConfig=true',
      // Node drills should take a minute, not six.
      'default-not-ready-toleration-seconds': '15',
      'default-unreachable-toleration-seconds': '15',
    }),
    extraVolumes: [{ name: 'policies', hostPath: POLICIES, mountPath: POLICIES, readOnly: true }],
  };
}

function controllerManager(): object {
  return {
    extraEnvs: args({ GOGC: GO_GROWTH }),
    extraArgs: args({
      controllers: ['*', ...UNUSED_CONTROLLERS.map((name) => `-${name}`)].join(),
      // Each node derives its own pod range from its index.
      'allocate-node-cidrs': 'false',
      // A single control plane has no leader to elect.
      'leader-elect': 'false',
      'node-monitor-grace-period': '20s',
      // Autoscalers look every 5 s instead of 15, and trust a pod's CPU use as soon as the pod is
      // ready instead of after five minutes.
      'horizontal-pod-autoscaler-sync-period': '5s',
      'horizontal-pod-autoscaler-cpu-initialization-period': '10s',
      'horizontal-pod-autoscaler-initial-readiness-delay': '5s',
      // By default the controllers share 20 calls a second, which delays their start.
      'kube-api-qps': '300',
      'kube-api-burst': '600',
    }),
  };
}

function kubeletConfig(): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    cgroupDriver: 'systemd',
    cgroupRoot: '/kubelet',
    failSwapOn: false,
    failCgroupV1: false,
    // Nodes do not have CAP_SYS_RESOURCE and must not write the host's sysctls.
    featureGates: { KubeletInUserNamespace: true },
    podPidsLimit: 512,
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
  };
}

function documents(...parts: object[]): string {
  return parts.map((part) => stringify(part)).join('---\n');
}

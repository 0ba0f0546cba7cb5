import { parse, stringify } from 'yaml';
import { versions } from '../versions.ts';
import { API_PORT, nodeAddress, nodeName } from './node-names.ts';

const CRI_SOCKET = 'unix:///run/containerd/containerd.sock';
const POLICIES = '/kind/policies';
/** Strategic merge patches of the static pods: what kubeadm's configuration has no words for. */
const PATCHES = '/kind/patches';
/**
 * By how much, in per cent, Go lets a heap grow before it collects garbage; by default 100. An idle API server has some 100 MiB that live, and lets them
 * become 220. A fixed limit would save as much, but who outgrows it collects garbage all the time.
 */
const GO_GROWTH = '30';
/** Controllers that no lesson and no conformance test needs. The first, which checks the types in admission policies, takes 9 MiB. */
const NEEDLESS_CONTROLLERS = [
  'validatingadmissionpolicy-status-controller',
  'legacy-serviceaccount-token-cleaner-controller',
  'storageversion-garbage-collector-controller',
  'certificatesigningrequest-cleaner-controller',
  'podcertificaterequest-cleaner-controller',
  'persistentvolume-expander-controller',
  'ttl-controller',
];

/** `--name=value`, or a variable, as kubeadm's v1beta4 wants it. */
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

/**
 * What `kubeadm init` reads on the control plane.
 *
 * @param token the bootstrap token of this cluster alone; removed when all have joined
 */
export function initConfig(token: string): string {
  return documents(
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'InitConfiguration',
      bootstrapTokens: [{ token, ttl: '10m' }],
      localAPIEndpoint: { advertiseAddress: nodeAddress(0), bindPort: API_PORT },
      nodeRegistration: nodeRegistration(0),
      // The add-ons are our own: kubeadm's kube-proxy is privileged, and its CoreDNS runs twice and asks upstream.
      skipPhases: ['preflight', 'addon', 'show-join-command'],
      patches: { directory: PATCHES },
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'ClusterConfiguration',
      kubernetesVersion: `v${versions.kubernetes}`,
      // Keys in milliseconds, where RSA takes seconds.
      encryptionAlgorithm: 'ECDSA-P256',
      clusterName: 'kindlab',
      imageRepository: 'kindlab',
      controlPlaneEndpoint: `${nodeName(0)}:${API_PORT}`,
      networking: { podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/16' },
      etcd: {
        local: {
          imageTag: versions.etcd,
          // A learner's cluster lives for hours: it need not survive the host's power cut, and 2 cores feel each fsync.
          extraArgs: args({
            'unsafe-no-fsync': 'true',
            'quota-backend-bytes': '268435456',
            // kubeadm wants it every five seconds, for each of some sixty watches.
            'watch-progress-notify-interval': '10m',
            // How many changes etcd keeps in memory, and as many again for members that lag behind: there are none.
            'snapshot-count': '1000',
            'snapshot-catchup-entries': '100',
          }),
          extraEnvs: args({ GOGC: GO_GROWTH }),
        },
      },
      apiServer: {
        extraEnvs: args({ GOGC: GO_GROWTH }),
        certSANs: ['localhost', '127.0.0.1', nodeName(0)],
        extraArgs: args({
          'admission-control-config-file': `${POLICIES}/admission.yaml`,
          // Policies from files, which nobody can change through the API: alpha in 1.36.
          'feature-gates': 'ManifestBasedAdmissionControlConfig=true',
          // Node drills should take a minute, not six.
          'default-not-ready-toleration-seconds': '15',
          'default-unreachable-toleration-seconds': '15',
        }),
        extraVolumes: [
          { name: 'policies', hostPath: POLICIES, mountPath: POLICIES, readOnly: true },
        ],
      },
      controllerManager: {
        extraEnvs: args({ GOGC: GO_GROWTH }),
        extraArgs: args({
          controllers: ['*', ...NEEDLESS_CONTROLLERS.map((name) => `-${name}`)].join(),
          // Every node knows its own pod range from its index.
          'allocate-node-cidrs': 'false',
          // With one control plane there is nobody to elect.
          'leader-elect': 'false',
          'node-monitor-grace-period': '20s',
          // Autoscalers look every 5 s, not 15, and trust a pod's use of CPU as soon as it is ready, not after five minutes.
          'horizontal-pod-autoscaler-sync-period': '5s',
          'horizontal-pod-autoscaler-cpu-initialization-period': '10s',
          'horizontal-pod-autoscaler-initial-readiness-delay': '5s',
          // By default its controllers share 20 calls a second, and wait for that during their start.
          'kube-api-qps': '300',
          'kube-api-burst': '600',
        }),
      },
      scheduler: {
        extraEnvs: args({ GOGC: GO_GROWTH }),
        extraArgs: args({ 'leader-elect': 'false' }),
      },
    },
    kubeletConfig(),
  );
}

/** Where a worker finds {@link discoveryFile}. */
export const DISCOVERY_PATH = '/run/discovery.yaml';

/** What `kubeadm join` reads on a worker. */
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

/** The administrator's kubeconfig with a joining node's token as its user: where the API server is, and the CA to trust. */
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

function kubeletConfig(): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    cgroupDriver: 'systemd',
    cgroupRoot: '/kubelet',
    failSwapOn: false,
    failCgroupV1: false,
    // Nodes have no CAP_SYS_RESOURCE and may not write the host's sysctls.
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

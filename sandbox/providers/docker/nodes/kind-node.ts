import { GenericContainer, PullPolicy, Wait } from 'testcontainers';
import { API_PORT, nodeAddress, nodeName } from '../../../clusters/addresses.ts';

/**
 * What systemd, containerd, kubelet and kubeadm need, and no more: no SYS_MODULE, SYS_RAWIO,
 * SYS_TIME, SYS_BOOT, SYSLOG or BPF, and never `--privileged`, so the host's devices stay out of
 * reach.
 */
export const CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'IPC_LOCK',
  'IPC_OWNER',
  'KILL',
  'LEASE',
  'MKNOD',
  'NET_ADMIN',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_ADMIN',
  'SYS_CHROOT',
  'SYS_NICE',
  'SYS_PTRACE',
  'SYS_TTY_CONFIG',
] as const;

const PIDS_LIMIT = 4096;

/**
 * When all nodes compete for the CPU, the control plane comes first: that also speeds up the pods
 * on the workers.
 */
const CONTROL_PLANE_SHARES = 1024;
const WORKER_SHARES = 256;

/** A folder that all nodes share; `local-path.yaml` offers it as storage class `shared`. */
const SHARED = '/shared';

const UNTIL_STARTED = Wait.forAll([]);
const UNTIL_CONTAINERD = Wait.forSuccessfulCommand('test -S /run/containerd/containerd.sock');

export interface KindNodeOptions {
  image: string;
  /** 0 is the control plane. */
  index: number;
  /** The container's name is this, a dash, and the node's name. */
  cluster: string;
  networkMode: string;
  labels: Record<string, string>;
  /**
   * Whether a start waits for containerd. Each probe costs 40 ms of CPU, so skip it when the next
   * step waits by itself.
   */
  isAwaited: boolean;
}

/** A container that runs systemd and is a Kubernetes node. */
export class KindNode extends GenericContainer {
  constructor(options: KindNodeOptions) {
    super(options.image);
    const name = nodeName(options.index);
    this.withName(`${options.cluster}-${name}`)
      .withHostname(name)
      .withLabels(options.labels)
      .withNetworkMode(options.networkMode)
      .withEnvironment({
        NODE_INDEX: String(options.index),
      })
      .withExtraHosts([{ host: nodeName(0), ipAddress: nodeAddress(0) }])
      .withDroppedCapabilities('ALL')
      .withAddedCapabilities(...CAPABILITIES)
      .withSecurityOpt('seccomp=unconfined', 'apparmor=unconfined')
      .withTmpFs({ '/run': '', '/tmp': '' })
      .withWaitStrategy(options.isAwaited ? UNTIL_CONTAINERD : UNTIL_STARTED)
      .withStartupTimeout(60_000)
      .withPullPolicy(PullPolicy.neverPull())
      // No reaper: our labels and sweep outlive the server, and a reaper is one more image to pull.
      .withAutoCleanup(false);
    this.createOpts.Tty = true;
    Object.assign(this.hostConfig, {
      // Labelled so that a sweep finds them even when the container was removed from outside.
      Mounts: [
        { Type: 'volume', Target: '/var', VolumeOptions: { Labels: options.labels } },
        {
          Type: 'volume',
          Source: `${options.cluster}-shared`,
          Target: SHARED,
          VolumeOptions: { Labels: options.labels },
        },
      ],
      CgroupnsMode: 'private',
      PidsLimit: PIDS_LIMIT,
      CpuShares: options.index === 0 ? CONTROL_PLANE_SHARES : WORKER_SHARES,
      // The API's form of "systempaths=unconfined": kubelet and runc write below /proc/sys.
      MaskedPaths: [],
      ReadonlyPaths: [],
      // The engine's resolver would carry queries out of the sandbox; nothing listens here.
      Dns: ['127.0.0.1'],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    });
    if (options.index === 0) {
      this.withExposedPorts(API_PORT);
      // testcontainers would listen on every interface of the host.
      this.hostConfig.PortBindings = {
        [`${API_PORT}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '0' }],
      };
    }
  }
}

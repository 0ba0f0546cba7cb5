import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import { gunzipSync } from 'node:zlib';
import {
  capacityOf,
  readAvailableBytes,
  readInotifyInstances,
  sandboxesByInotify,
} from '../../../capacity.ts';
import type { EngineInfo } from '../engine/engine.ts';

const GiB = 2 ** 30;

/**
 * One check of the machine. `problem` means that no session can start; `warning` that sessions may
 * be slow, or few.
 */
export interface Finding {
  id: string;
  title: string;
  state: 'ok' | 'warning' | 'problem' | 'unknown';
  /** The observation, in one sentence. */
  detail: string;
  /** What to do: a command, if there is one. */
  fix?: string;
}

/** Facts about a machine; `undefined` where they cannot be read. */
export interface HostFacts {
  memoryAvailable: number | undefined;
  memoryTotal: number;
  cpus: number;
  now: Date;
  /** Free bytes where the engine keeps its data. */
  diskFree: number | undefined;
  engineRoot: string | undefined;
  cgroupVersion: 1 | 2;
  inotifyInstances: number | undefined;
  inotifyWatches: number | undefined;
  /** The kernel's configuration: each option with `y` or `m`. */
  kernel: ReadonlyMap<string, string> | undefined;
}

const INOTIFY = {
  instances: { path: '/proc/sys/fs/inotify/max_user_instances', wanted: 8192 },
  watches: { path: '/proc/sys/fs/inotify/max_user_watches', wanted: 1_048_576 },
};
/** When this version was written: a clock before it is wrong and rejects valid certificates. */
const WRITTEN = new Date('2026-11-01T00:00:00Z');

/**
 * Nodes mount overlays; the firewall and kube-proxy use nftables; the engine needs bridges and
 * veth pairs.
 */
const KERNEL_OPTIONS = {
  CONFIG_OVERLAY_FS: 'overlay',
  CONFIG_NF_TABLES: 'nf_tables',
  CONFIG_NFT_CT: 'nft_ct',
  CONFIG_NFT_NAT: 'nft_nat',
  CONFIG_NFT_MASQ: 'nft_masq',
  CONFIG_NFT_NUMGEN: 'nft_numgen',
  CONFIG_BRIDGE: 'bridge',
  CONFIG_VETH: 'veth',
};

export function readHost(
  engine: Pick<EngineInfo, 'rootDir' | 'cgroupVersion'> | undefined,
): HostFacts {
  const isV2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
  return {
    memoryAvailable: readAvailableBytes(),
    memoryTotal: totalmem(),
    now: new Date(),
    cpus: availableParallelism(),
    diskFree: engine === undefined ? undefined : freeBytes(engine.rootDir),
    engineRoot: engine?.rootDir,
    cgroupVersion: engine?.cgroupVersion ?? (isV2 ? 2 : 1),
    inotifyInstances: readInotifyInstances(),
    inotifyWatches: readNumber(INOTIFY.watches.path),
    kernel: readKernelConfig(),
  };
}

/** What the facts mean for sessions. `mustBuild`: there must be enough disk to build images. */
export function judgeHost(facts: HostFacts, mustBuild: boolean): Finding[] {
  return [
    memory(facts),
    cpus(facts),
    disk(facts, mustBuild),
    inotify(facts),
    kernel(facts),
    clock(facts),
    capacity(facts),
    {
      id: 'cgroups',
      title: 'Control groups',
      state: 'ok',
      detail: `Version ${facts.cgroupVersion}; both work.`,
    },
  ];
}

/**
 * Raises the inotify limits, as root and if they are too low. Returns the changes, for the log.
 * They last until the machine restarts.
 */
export function raiseInotify(facts: HostFacts): string[] {
  if (process.getuid?.() !== 0) return [];
  const raised: string[] = [];
  for (const [value, { path, wanted }] of [
    [facts.inotifyInstances, INOTIFY.instances],
    [facts.inotifyWatches, INOTIFY.watches],
  ] as const) {
    if (value === undefined || value >= wanted) continue;
    try {
      writeFileSync(path, String(wanted));
      raised.push(`${path}: ${value} → ${wanted}`);
    } catch {
      // /proc is read-only. The check names the command.
    }
  }
  return raised;
}

function memory({ memoryAvailable: bytes }: HostFacts): Finding {
  const base = { id: 'memory', title: 'Memory' };
  if (bytes === undefined)
    return { ...base, state: 'unknown', detail: 'The free memory cannot be read.' };
  const detail = `${inGiB(bytes)} GiB are free. A session uses about 0.6 GiB; starting one is fast with 3 GiB.`;
  const fix = 'Close other programs, or use a machine with 4 GiB or more.';
  if (bytes < 1.5 * GiB) return { ...base, state: 'problem', detail, fix };
  if (bytes < 3 * GiB) return { ...base, state: 'warning', detail, fix };
  return { ...base, state: 'ok', detail };
}

function cpus({ cpus: count }: HostFacts): Finding {
  const base = { id: 'cpus', title: 'Processors' };
  if (count >= 2) return { ...base, state: 'ok', detail: `${count}.` };
  return {
    ...base,
    state: 'warning',
    detail: 'One: clusters start slowly and may time out.',
    fix: 'Give this machine two processors or more.',
  };
}

function disk({ diskFree, engineRoot }: HostFacts, mustBuild: boolean): Finding {
  const base = { id: 'disk', title: 'Disk' };
  if (diskFree === undefined || engineRoot === undefined) {
    return { ...base, state: 'unknown', detail: 'No engine reports where it keeps its data.' };
  }
  const needed = mustBuild ? 12 : 3;
  const purpose = mustBuild ? 'to build the images' : 'to run sessions';
  const detail = `${inGiB(diskFree)} GiB are free in ${engineRoot}; ${needed} are needed ${purpose}.`;
  if (diskFree >= needed * GiB) return { ...base, state: 'ok', detail };
  return {
    ...base,
    state: 'problem',
    detail,
    fix: '"docker system df" shows what uses the disk; "docker image prune" and "docker builder prune" free some.',
  };
}

function inotify({ inotifyInstances: instances, inotifyWatches: watches }: HostFacts): Finding {
  const base = { id: 'inotify', title: 'File watches (inotify)' };
  if (instances === undefined || watches === undefined) {
    return { ...base, state: 'unknown', detail: 'The limits cannot be read.' };
  }
  const count = sandboxesByInotify(instances);
  const isEnough = instances >= INOTIFY.instances.wanted && watches >= INOTIFY.watches.wanted / 8;
  if (isEnough) {
    return { ...base, state: 'ok', detail: `${instances} instances, ${watches} watches.` };
  }
  return {
    ...base,
    state: count === 0 ? 'problem' : 'warning',
    detail: `${instances} instances and ${watches} watches are allowed: enough for ${inWords(count)} at once.`,
    fix: `sudo sysctl -w fs.inotify.max_user_instances=${INOTIFY.instances.wanted} fs.inotify.max_user_watches=${INOTIFY.watches.wanted}`,
  };
}

function clock({ now }: HostFacts): Finding {
  const base = { id: 'clock', title: 'Clock' };
  const detail = `The clock says ${now.toISOString().slice(0, 16)}Z.`;
  if (now >= WRITTEN) return { ...base, state: 'ok', detail };
  return {
    ...base,
    state: 'problem',
    detail: `${detail} This version was written later, so valid certificates will be rejected.`,
    fix: 'sudo timedatectl set-ntp true',
  };
}

/** How many sessions fit, and what limits them. */
function capacity({ memoryTotal, inotifyInstances }: HostFacts): Finding {
  const base = { id: 'capacity', title: 'Sandboxes at once' };
  const { sandboxes, limitedBy } = capacityOf({
    memoryMib: memoryTotal / 2 ** 20,
    inotifyInstances,
  });
  const reason = limitedBy === 'memory' ? `${inGiB(memoryTotal)} GiB of memory` : 'inotify';
  return { ...base, state: 'ok', detail: `${sandboxes}, limited by ${reason}.` };
}

function inWords(sandboxes: number): string {
  return sandboxes === 1 ? 'one sandbox' : `${sandboxes} sandboxes`;
}

function kernel({ kernel: config }: HostFacts): Finding {
  const base = { id: 'kernel', title: 'Kernel' };
  if (config === undefined) {
    return {
      ...base,
      state: 'unknown',
      detail: `${release()}; its configuration cannot be read.`,
    };
  }
  const missing = Object.entries(KERNEL_OPTIONS).filter(([option]) => !config.has(option));
  if (missing.length === 0) {
    return { ...base, state: 'ok', detail: `${release()} has everything that nodes need.` };
  }
  return {
    ...base,
    state: 'problem',
    detail: `${release()} is missing ${missing.map(([, name]) => name).join(', ')}.`,
    fix: "Use the distribution's own kernel, or one built with these options.",
  };
}

function readKernelConfig(): Map<string, string> | undefined {
  const text = existsSync('/proc/config.gz')
    ? gunzipSync(readFileSync('/proc/config.gz')).toString('utf8')
    : readText(`/boot/config-${release()}`);
  if (text === undefined) return undefined;
  const matches = text.matchAll(/^(CONFIG_\w+)=([ym])$/gm);
  return new Map([...matches].map(([, option = '', value = '']) => [option, value]));
}

function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readNumber(path: string): number | undefined {
  const text = readText(path);
  return text === undefined ? undefined : Number(text);
}

function inGiB(bytes: number): string {
  return (bytes / GiB).toFixed(1);
}

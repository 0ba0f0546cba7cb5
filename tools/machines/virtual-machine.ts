import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type CommandOptions, type CommandResult, execute, succeed } from './commands.ts';

/** Packages that turn a Debian root into a bootable machine as users have it. */
const BASICS = [
  ...['systemd-sysv', 'systemd-resolved', 'udev', 'dbus', 'kmod', 'linux-image-cloud-amd64'],
  ...['apparmor', 'iproute2', 'iptables', 'nftables', 'ca-certificates', 'openssh-server'],
  ...['sudo', 'procps', 'curl'],
];
const MAKE_MS = 15 * 60_000;
const BOOT_MS = 5 * 60_000;
const OFF_MS = 60_000;
const DISK = '24G';
/** The machine's folder as the emulator sees it. */
const INSIDE = '/vm';

export type User = 'root' | 'learner';

export interface MachineOptions {
  /** Holds its disk and the emulator. */
  folder: string;
  memoryMib: number;
  signal: AbortSignal;
}

/**
 * Makes the disk of an ordinary Debian 13 with its own kernel, systemd, cgroup v2, AppArmor, root
 * and a user `learner`. Needs root, Debian and 6 GB of disk. The emulator is Debian 13's, in its
 * own folder: Debian 12's makes this kernel panic with two processors.
 *
 * @param packages installed in addition to the basics
 * @param fill gets the new root before it becomes a disk
 */
export async function makeDisk(
  { folder, signal }: Pick<MachineOptions, 'folder' | 'signal'>,
  packages: readonly string[],
  fill: (root: string) => Promise<void>,
): Promise<void> {
  const options: CommandOptions = { ms: MAKE_MS, signal };
  const bootstrap = ['nice', 'mmdebstrap', '--quiet', '--variant=minbase'];
  const emulator = join(folder, 'emulator');
  const root = join(folder, 'root');
  const inRoot = ['chroot', root];
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(emulator, 'usr/bin/qemu-system-x86_64'))) {
    await succeed([...bootstrap, '--include=qemu-system-x86', 'trixie', emulator], options);
  }
  if (!existsSync(join(folder, 'key'))) {
    await succeed(
      ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')],
      options,
    );
  }
  const script = `set -eu; cd "$1"
    rm -rf root root.tar disk.img boot
    nice mmdebstrap --quiet --variant=minbase --include="$2" trixie root.tar
    mkdir root; tar -xf root.tar -C root; rm root.tar
    echo kindlab-machine > root/etc/hostname
    echo '/dev/vda / ext4 defaults 0 1' > root/etc/fstab
    printf '[Match]\\nName=e*\\n[Network]\\nDHCP=yes\\n' > root/etc/systemd/network/20-any.network
    cp /etc/ssl/certs/ca-certificates.crt root/etc/ssl/certs/
    chroot root systemctl enable -q systemd-networkd ssh
    chroot root useradd -m -s /bin/bash learner
    for home in root home/learner; do
      install -d -m 700 "root/$home/.ssh"; install -m 600 key.pub "root/$home/.ssh/authorized_keys"
    done
    mkdir boot; cp root/boot/vmlinuz-* boot/kernel; cp root/boot/initrd.img-* boot/initrd`;
  const all = [...BASICS, ...packages].join();
  await succeed(['bash', '-c', script, 'make', folder, all], options);
  await fill(root);
  await succeed([...inRoot, 'chown', '-R', 'learner:', '/home/learner'], options);
  const disk = `set -eu; cd "$1"; truncate -s ${DISK} disk.img; mkfs.ext4 -q -F -d root disk.img; rm -rf root`;
  await succeed(['bash', '-c', disk, 'disk', folder], options);
}

/**
 * A running emulated machine, some thirty times slower than its host. Disposing it powers it off.
 */
export class VirtualMachine implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  readonly #process: ChildProcess;

  private constructor(folder: string, port: number, process: ChildProcess) {
    this.#folder = folder;
    this.#port = port;
    this.#process = process;
  }

  /** Boots from the folder's disk and resolves when ssh works. */
  static async boot({ folder, memoryMib, signal }: MachineOptions): Promise<VirtualMachine> {
    const emulator = join(folder, 'emulator');
    const port = await freePort();
    // In its own mount namespace, which ends with it.
    const script = `set -eu; mkdir -p "$1${INSIDE}"; mount --bind "$2" "$1${INSIDE}"; mount --bind /dev "$1/dev"; shift 2; exec "$@"`;
    const argv = [
      ...[
        'unshare',
        '--mount',
        '--propagation=private',
        'bash',
        '-c',
        script,
        'boot',
        emulator,
        folder,
      ],
      ...['chroot', emulator, 'qemu-system-x86_64', '-accel', 'tcg,thread=multi,tb-size=2048'],
      ...['-cpu', 'max', '-smp', '2', '-m', String(memoryMib), '-nographic', '-no-reboot'],
      ...['-kernel', `${INSIDE}/boot/kernel`, '-initrd', `${INSIDE}/boot/initrd`],
      ...['-append', 'root=/dev/vda rw console=ttyS0 mitigations=off'],
      ...['-drive', `file=${INSIDE}/disk.img,if=virtio,format=raw,cache=unsafe`],
      ...['-nic', `user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ];
    const log = openSync(join(folder, 'console.log'), 'w');
    const [command = '', ...args] = argv;
    const process = spawn(command, args, { stdio: ['ignore', log, log], detached: true });
    const machine = new VirtualMachine(folder, port, process);
    try {
      await machine.#untilUp(signal);
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a bash script on the machine, whatever its exit code. */
  async run(user: User, script: string, options: CommandOptions): Promise<CommandResult> {
    return execute([...this.#ssh(user), 'bash', '-s'], { ...options, input: script });
  }

  /** Like {@link run}, but rejects when the exit code is not 0. */
  async succeed(user: User, script: string, options: CommandOptions): Promise<string> {
    return succeed([...this.#ssh(user), 'bash', '-s'], { ...options, input: script });
  }

  /**
   * Forwards a local port to a port of its loopback interface until disposed. Resolves with ours.
   */
  async forward(remote: number, signal: AbortSignal): Promise<Disposable & { port: number }> {
    const port = await freePort();
    const [command = '', ...args] = this.#ssh('learner');
    const forward = [
      '-N',
      '-o',
      'ExitOnForwardFailure=yes',
      '-L',
      `127.0.0.1:${port}:127.0.0.1:${remote}`,
    ];
    const tunnel = spawn(command, [...forward, ...args], { stdio: 'ignore', signal });
    tunnel.on('error', () => undefined);
    for (let tries = 0; tries < 120 && !(await listens(port)); tries++) {
      await delay(250, undefined, { signal });
    }
    return { port, [Symbol.dispose]: () => void tunnel.kill() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const off = once(this.#process, 'exit');
    const signal = AbortSignal.timeout(OFF_MS);
    await this.run('root', 'systemctl poweroff', { signal }).catch(() => undefined);
    await Promise.race([off, delay(OFF_MS, undefined, { ref: false })]);
    this.#process.kill('SIGKILL');
  }

  #ssh(user: User): string[] {
    return [
      ...['ssh', '-q', '-i', join(this.#folder, 'key'), '-p', String(this.#port)],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['-o', 'ConnectTimeout=20', '-o', 'ServerAliveInterval=30', `${user}@127.0.0.1`],
    ];
  }

  async #untilUp(signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + BOOT_MS;
    while (performance.now() < deadline) {
      const { exitCode } = await this.run('root', 'true', { ms: 30_000, signal }).catch(() => {
        signal.throwIfAborted();
        return { exitCode: 1 };
      });
      if (exitCode === 0) return;
      if (this.#process.exitCode !== null) break;
      await delay(2_000, undefined, { signal });
    }
    throw new Error(
      `the machine does not boot; see its console in ${join(this.#folder, 'console.log')}`,
    );
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function listens(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) }).then(
    () => true,
    () => false,
  );
}

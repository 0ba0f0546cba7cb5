import { LabError } from '../../errors.ts';
import type { Engine } from './engine/engine.ts';
import { Label } from './engine/labels.ts';
import { SESSION_ADDRESSES } from './engine/networks.ts';

/**
 * The prefix of the names of an install's bridges: short, because an interface's name has at most
 * 15 characters and also contains a part of the session id.
 */
export function bridgePrefix(install: string): string {
  return `kl${install.slice(0, 4)}`;
}

export interface FirewallOptions {
  install: string;
  /** An image that has `nft`. */
  image: string;
  signal: AbortSignal;
}

/**
 * Closes the host to this install's sandboxes. A bridge without masquerade still reaches every
 * service of the host through the bridge's address, and can send into the host's networks without
 * getting an answer; both are dropped here. Replies to the host's own requests (to the published
 * API port) pass.
 *
 * Packets to another sandbox's address are dropped too. The engine's own rules keep its bridges
 * apart, but it lifts them for some milliseconds whenever it creates a network (Docker 26 deletes
 * and inserts the jump to them), and sandboxes met in that time.
 *
 * The rules recognize a bridge by the route to the address, so one table serves all sessions,
 * including later ones. Nodes of one sandbox reach each other: on a host with br_netfilter their
 * frames pass through this chain as well.
 *
 * Errors: `LAB_HOST_UNFIT`, `LAB_ENGINE_UNREACHABLE`; rejects with the signal's reason when
 * aborted.
 */
export async function closeHost(engine: Engine, options: FirewallOptions): Promise<void> {
  const bridges = `"${bridgePrefix(options.install)}*"`;
  const table = tableName(options.install);
  await nft(
    engine,
    options,
    `table inet ${table}
delete table inet ${table}
table inet ${table} {
  chain input {
    type filter hook input priority -10; policy accept;
    iifname ${bridges} ct state established,related accept
    iifname ${bridges} drop
  }
  chain forward {
    type filter hook forward priority -10; policy accept;
    iifname ${bridges} oifname != ${bridges} ct state established,related accept
    iifname ${bridges} oifname != ${bridges} drop
    iifname ${bridges} ip daddr ${SESSION_ADDRESSES} fib daddr . iif oif missing drop
  }
}
`,
  );
}

/** Removes what {@link closeHost} added. Harmless when there is nothing. */
export async function openHost(engine: Engine, options: FirewallOptions): Promise<void> {
  const table = tableName(options.install);
  await nft(engine, options, `table inet ${table}\ndelete table inet ${table}\n`);
}

function tableName(install: string): string {
  return `kindlab_${install}`;
}

/**
 * Applies rules from a container in the host's network, so the server needs no root: a user of the
 * engine controls the host's network anyway.
 */
async function nft(
  engine: Engine,
  { install, image, signal }: FirewallOptions,
  rules: string,
): Promise<void> {
  const { exitCode, output } = await engine.containers.runToEnd(
    {
      Image: image,
      // Rules in one argument are one transaction.
      Entrypoint: ['nft', rules],
      Env: [],
      Labels: { [Label.install]: install, [Label.session]: 'firewall' },
      HostConfig: { NetworkMode: 'host', CapDrop: ['ALL'], CapAdd: ['NET_ADMIN'] },
    },
    signal,
  );
  if (exitCode === 0) return;
  throw new LabError('LAB_HOST_UNFIT', `The firewall could not be set: ${output.trim()}`, {
    hint: 'The kernel must support nftables ("modprobe nf_tables").',
  });
}

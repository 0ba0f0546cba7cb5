import { LabError } from '../../errors.ts';
import type { Engine } from './engine/engine.ts';
import { Label } from './engine/labels.ts';
import { SESSION_ADDRESSES } from './engine/networks.ts';

/** The prefix of the names of an install's bridges. With the session's part it must stay within an interface's 15 characters. */
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
 * Closes the host to this install's sandboxes. A bridge without masquerade still reaches every service of the host through the bridge's own
 * address, and could send into the host's networks without an answer; both are dropped here. Replies to what the host itself asks (the
 * published API port) pass. What is for another sandbox's address is dropped too: the engine keeps its bridges apart by rules of its own, but
 * lifts them for some milliseconds whenever it makes any network (Docker 26 deletes and inserts the jump to them), and in those sandboxes met.
 * A bridge is known by the route to the address, so that one table serves all sessions, also those that come later; nodes of one sandbox, whose
 * frames a host with br_netfilter shows to this chain as well, pass.
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

/** Removes what {@link closeHost} added. Fine when there is nothing. */
export async function openHost(engine: Engine, options: FirewallOptions): Promise<void> {
  const table = tableName(options.install);
  await nft(engine, options, `table inet ${table}\ndelete table inet ${table}\n`);
}

function tableName(install: string): string {
  return `kindlab_${install}`;
}

/** The host's own network belongs to whoever may use the engine, so a container applies the rules: no root is needed here. */
async function nft(
  engine: Engine,
  { install, image, signal }: FirewallOptions,
  rules: string,
): Promise<void> {
  const { exitCode, output } = await engine.containers.runToEnd(
    {
      Image: image,
      // As one argument, the rules are one transaction.
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

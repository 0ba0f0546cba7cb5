import type { NodeHandle } from '../node-handle.ts';

/** The administrator's kubeconfig on the control plane. */
export const ADMIN_CONFIG = '/etc/kubernetes/admin.conf';

const COMMAND_TIMEOUT_MS = 120_000;
const LAST_LINES = 4;

/** A command on a node that exited with anything but 0. */
export class NodeCommandError extends Error {
  override readonly name = 'NodeCommandError';
  readonly node: string;
  readonly argv: readonly string[];
  readonly exitCode: number;
  /** stdout, then stderr. */
  readonly output: string;

  constructor(node: string, argv: readonly string[], result: { exitCode: number; output: string }) {
    const lastLines = result.output.trim().split('\n').slice(-LAST_LINES).join('\n');
    super(`${argv.slice(0, 2).join(' ')} on ${node} ended with ${result.exitCode}: ${lastLines}`);
    this.node = node;
    this.argv = argv;
    this.exitCode = result.exitCode;
    this.output = result.output;
  }
}

export interface NodeCommandOptions {
  /** Written to the command's stdin. */
  input?: string;
  /** Aborting drops the connection to the command; by default it has two minutes. */
  signal?: AbortSignal;
}

/**
 * Runs a command as root on a node and resolves with its stdout. Errors: `NodeCommandError` when it
 * exits with anything but 0, `LAB_ENGINE_UNREACHABLE`; rejects with the signal's reason when
 * aborted.
 */
export async function runOnNode(
  node: NodeHandle,
  argv: readonly string[],
  options: NodeCommandOptions = {},
): Promise<string> {
  const { signal = AbortSignal.timeout(COMMAND_TIMEOUT_MS), input } = options;
  const { exitCode, stdout, stderr } = await node.exec(argv, {
    user: 'root',
    signal,
    ...(input === undefined ? {} : { input }),
  });
  if (exitCode === 0) return stdout;
  throw new NodeCommandError(node.name, argv, { exitCode, output: stdout + stderr });
}

/** kubectl as administrator, on the control plane. Otherwise like {@link runOnNode}. */
export async function runKubectl(
  controlPlane: NodeHandle,
  argv: readonly string[],
  options: NodeCommandOptions = {},
): Promise<string> {
  return runOnNode(controlPlane, ['kubectl', `--kubeconfig=${ADMIN_CONFIG}`, ...argv], options);
}

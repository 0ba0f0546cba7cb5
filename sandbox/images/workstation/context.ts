/**
 * What the workstation's build needs beside its own folder: path in the context to path in the project. The supervisor keeps its place relative to
 * the protocol, so its imports hold inside as they do here.
 */
export const workstationContext: Readonly<Record<string, string>> = {
  node: 'node_modules/node/bin/node',
  'opt/package.json': 'sandbox/images/workstation/package.json',
  'opt/src/protocol/tty-frames.ts': 'src/protocol/tty-frames.ts',
  'opt/sandbox/workstations/framing.ts': 'sandbox/workstations/framing.ts',
  'opt/sandbox/checks/kube-object.ts': 'sandbox/checks/kube-object.ts',
  'opt/sandbox/checks/picture-node.ts': 'sandbox/checks/picture-node.ts',
  'opt/sandbox/checks/picture-pod.ts': 'sandbox/checks/picture-pod.ts',
  'opt/sandbox/checks/picture-service.ts': 'sandbox/checks/picture-service.ts',
  'opt/sandbox/checks/pod-status.ts': 'sandbox/checks/pod-status.ts',
  'opt/sandbox/checks/quantities.ts': 'sandbox/checks/quantities.ts',
  'opt/sandbox/workstations/lab-limits.ts': 'sandbox/workstations/lab-limits.ts',
  'opt/sandbox/workstations/lab': 'sandbox/workstations/lab',
  'opt/sandbox/workstations/supervisor': 'sandbox/workstations/supervisor',
  'opt/node_modules/@lydell/node-pty': 'node_modules/@lydell/node-pty',
  'opt/node_modules/@lydell/node-pty-linux-x64': 'node_modules/@lydell/node-pty-linux-x64',
};

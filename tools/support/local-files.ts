import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { type LearnerShell, workstationFiles } from '../../sandbox/workstations/files.ts';

/** The files of a workstation in a local folder: the same script without a container. */
export function localFiles(home: string): ReturnType<typeof workstationFiles> {
  const start = (argv: readonly string[]) =>
    spawn(argv[0] ?? '', argv.slice(1), { env: { PATH: process.env.PATH, HOME: home } });
  const shell: LearnerShell = {
    exec: async (argv, { input = '' }) => {
      const child = start(argv);
      // Writing fails with EPIPE when the command does not read its input.
      child.stdin.on('error', () => undefined).end(input);
      const exit = new Promise<number>((resolve) =>
        child.once('close', (code) => resolve(code ?? -1)),
      );
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      return { exitCode: await exit, stdout, stderr };
    },
    open: async (argv, { signal }) => {
      const child = start(argv);
      const end = (): void => void child.stdin.end();
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
      return Promise.resolve({ stdout: child.stdout, stderr: child.stderr, [Symbol.dispose]: end });
    },
  };
  return workstationFiles(shell);
}

/** What npm and a process group repeat of one Ctrl-C counts as the first. */
const ECHO_MS = 1_000;

/**
 * Aborted by the first SIGINT or SIGTERM of this process, so that what runs can undo what it did. A later one ends the process at once, and leaves what there is.
 * For main programs: to be called once. `onFirst` tells people; by default, that what was started is being removed.
 */
export function interruption(onFirst = tellRemoval): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (): void => {
    if (controller.signal.aborted && performance.now() - firstAt < ECHO_MS) return;
    if (controller.signal.aborted) process.exit(130);
    firstAt = performance.now();
    onFirst();
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return controller.signal;
}

function tellRemoval(): void {
  process.stderr.write('\nInterrupted: removing what was started.\n');
}

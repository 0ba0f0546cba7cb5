/** npm and the process group each pass on one Ctrl-C; signals this close count as one. */
const ECHO_MS = 1_000;

/**
 * A signal that the first SIGINT or SIGTERM of this process aborts, so that what runs can undo
 * itself. A later one exits at once and leaves everything as it is. Call this once, from a main
 * program.
 *
 * @param onFirst informs the user; by default, that what was started is being removed
 */
export function interruption(onFirst = announceRemoval): AbortSignal {
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

function announceRemoval(): void {
  process.stderr.write('\nInterrupted: removing what was started.\n');
}

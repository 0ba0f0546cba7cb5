import type { Readable, Writable } from 'node:stream';

/**
 * One machine of a sandbox: a Kubernetes node or the workstation. Today that is a container of a
 * container engine; a provider may also implement it as a process in a pod. Nothing above the
 * providers knows which.
 *
 * States: *running* → *paused* → *running* (`pause`, `unpause`) and *running* → *off* → *running*
 * (`kill`, `start`). The provider that made the machine also removes it; from then on every method
 * rejects. A handle holds no connection and needs no disposal.
 *
 * Errors of every method: `LAB_ENGINE_UNREACHABLE` when the engine does not answer; the engine's
 * own `Error` when the machine is gone or in a state that the method does not allow.
 */
export interface NodeHandle {
  /** The host name inside the sandbox: `control-plane`, `worker`, `worker2`, …, `workstation`. */
  readonly name: string;

  /**
   * Runs a command and resolves with its exit code and output, whatever the exit code. Only while
   * running; on a paused machine the command does not progress, or the engine refuses it.
   *
   * Rejects with the signal's reason when aborted, and with a `RangeError` when one output stream
   * exceeds 16 MiB. An abort drops the connection but does not end the command.
   */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecOutcome>;

  /**
   * Starts a command and resolves with its streams once they are connected. Only while running. The
   * caller disposes the result. Rejects with the signal's reason when aborted before that.
   */
  stream(argv: readonly string[], options?: StreamOptions): Promise<ExecStream>;

  /**
   * Stops all processes where they are: they use no CPU and keep their memory, open connections
   * stay open. Harmless when paused; rejects when off.
   */
  pause(): Promise<void>;

  /** Lets all processes continue. Harmless when running; rejects when off. */
  unpause(): Promise<void>;

  /**
   * Ends all processes at once, like a pulled plug, and resolves when they have ended. Disk, name
   * and address stay. Harmless when off; rejects when paused.
   */
  kill(): Promise<void>;

  /**
   * Boots the machine after `kill`, or after its main process ended. Resolves when it boots, before
   * its services run. Harmless when running.
   */
  start(): Promise<void>;

  /**
   * The last 50 lines that the main process printed, stdout and stderr interleaved. In any state.
   */
  logs(): Promise<string>;
}

export interface StreamOptions {
  /** By default the user that the image names: root on Kubernetes nodes. */
  user?: string;
  workingDir?: string;
  /** Added to the environment of the image. */
  env?: Record<string, string>;
  /** Aborting drops the connection, even long after it was opened, but does not end the command. */
  signal?: AbortSignal;
}

export interface ExecOptions extends StreamOptions {
  /** Written to the command's stdin, which is then closed. */
  input?: string;
}

export interface ExecOutcome {
  /** -1 when the command closed its output but still runs. */
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A running command's streams. Disposing drops the connection and destroys the streams. */
export interface ExecStream extends Disposable {
  readonly stdin: Writable;
  /** Ends with the command, or when the connection breaks. */
  readonly stdout: Readable;
  /** Must be read or resumed as well: unread stderr blocks stdout. */
  readonly stderr: Readable;
  /** Resolves when there is no more output, for whatever reason. */
  readonly closed: Promise<void>;
  /** The exit code. Call after the output has ended; null when the command still runs 5 s later. */
  exitCode(): Promise<number | null>;
}

import type { FileList, LabFile } from '../src/protocol/files.ts';
import type { LabImage, Profile } from '../src/protocol/lab.ts';
import type { LabCheckAnswer } from '../src/protocol/lab-command.ts';
import type { SessionStage } from '../src/protocol/session.ts';
import type { ClusterAccess } from './kube/cluster-access.ts';

/** The stage of a start that has begun. Stages that run side by side are all reported. */
export type StageListener = (stage: SessionStage['id'], edge: 'start' | 'done') => void;

export interface SandboxRequest {
  /** Twelve lower-case letters and digits; names and labels are made from it. */
  sessionId: string;
  profile: Profile;
  /** When a sweep may remove the sandbox whoever owns it. */
  expiresAt: Date;
  onStage: StageListener;
  /** Aborting undoes what has been started. */
  signal: AbortSignal;
}

/** What the containers of a sandbox are made from: names of images in the engine. */
export interface SandboxImages {
  node: string;
  workstation: string;
  /** Which of our own images the node image has. */
  holds: readonly LabImage[];
}

/**
 * Makes sandboxes. The one implementation runs them on a container engine; `sessions` knows only this interface, so that
 * another can run them elsewhere.
 */
export interface SandboxProvider {
  /**
   * Starts a cluster and a workstation on one network. Resolves when all nodes are Ready and the workstation takes
   * terminals. The caller disposes the result. A start that fails or is aborted has removed all it made.
   *
   * Errors: `LAB_CLUSTER_START_FAILED`, `LAB_CLUSTER_TIMEOUT`, `LAB_WORKSTATION_START_FAILED`, `LAB_ENGINE_UNREACHABLE`,
   * `LAB_DISK_FULL`.
   */
  start(request: SandboxRequest): Promise<Sandbox>;

  /** Which of our images are on every node of sandboxes made from now on; they become more while the server runs, never fewer. */
  images(): readonly LabImage[];

  /** The ids of the sandboxes that are usable or frozen: their control plane and their workstation run or are paused. */
  list(signal: AbortSignal): Promise<ReadonlySet<string>>;

  /**
   * Removes every sandbox of this install whose session is not alive. `isAlive` is asked about what was found, after it was found, so that a
   * session which begins meanwhile is safe. Returns the ids of the sessions whose sandboxes it removed.
   */
  sweep(isAlive: (sessionId: string) => boolean, signal: AbortSignal): Promise<string[]>;
}

/** Cluster, workstation and network of one session. Disposing it removes them, frozen or not; disposing twice is harmless. */
export interface Sandbox extends AsyncDisposable {
  readonly sessionId: string;
  /** Which of our images are on every node. */
  readonly images: readonly LabImage[];
  readonly cluster: ClusterAccess;
  readonly workstation: Workstation;
  /** The plugs of its nodes; to be used only while it is awake, one change at a time. */
  readonly power: Power;
  /** Answers the command `lab`: at first only node power. A session replaces and adds handlers. */
  readonly labCommands: LabCommandHandler;
  /** From then on its certificates are no longer valid, and nobody reaches its API. */
  readonly validUntil: Date;

  /**
   * Adds to the cluster what a lab needs beyond the usual. Resolves when it has been ordered; its pods may still start. Twice is harmless. Rejects with what the cluster says.
   */
  equip(addons: Profile['addons'], signal: AbortSignal): Promise<void>;

  /**
   * Stops every process where it is: no CPU from then on, and the memory stays. Open terminals stay open and are silent. A freeze that fails or is aborted
   * leaves the sandbox awake. Freezing what is frozen is harmless.
   */
  freeze(signal: AbortSignal): Promise<void>;

  /**
   * Wakes a frozen sandbox; for one that is awake it is the proof that it lives. Resolves when the API answers and terminals work; all nodes are seen Ready
   * throughout. Rejects with `LAB_SANDBOX_LOST` when a part of it is gone or does not answer: the caller disposes it, or asks again, because a busy machine may be why.
   */
  thaw(signal: AbortSignal): Promise<void>;
}

/** Stops and starts workers, as somebody does who pulls a plug and puts it in again. Doing twice what is done is harmless. */
export interface Power {
  /**
   * Resolves when the node is dead, with whether it was on. The cluster is left to find out by itself.
   * Errors: `LAB_NODE_UNKNOWN`, `LAB_NODE_VITAL` (the control plane), `LAB_ENGINE_UNREACHABLE`.
   */
  stop(node: string, signal: AbortSignal): Promise<boolean>;

  /** Resolves when the node boots, with whether it was off: it joins by itself. Errors: `LAB_NODE_UNKNOWN`, `LAB_ENGINE_UNREACHABLE`. */
  start(node: string, signal: AbortSignal): Promise<boolean>;
}

/** Answers the command `lab` in the workstation. Both handlers may be replaced at any time. */
export interface LabCommandHandler {
  /** Stops or starts a node, as {@link Power} does; concurrent calls are allowed. */
  power: (node: string, to: 'stop' | 'start', signal: AbortSignal) => Promise<boolean>;
  /** Runs the checks of a step, by default of the first incomplete one. */
  check?: ((step: string | undefined, signal: AbortSignal) => Promise<LabCheckAnswer>) | undefined;
}

/** What the server itself needs of a running workstation. */
export interface Workstation {
  /** What is below `~/lab`. */
  readonly files: WorkstationFiles;

  /**
   * Runs a command as the learner, in their home. Resolves when it has ended, whatever its exit code.
   * Rejects with the signal's reason when aborted.
   */
  exec(argv: readonly string[], options: { signal: AbortSignal }): Promise<ExecResult>;

  /** Opens a connection to the supervisor of terminals, one per viewer. The caller disposes it. `signal` is for the opening alone. */
  openTerminal(terminal: number, options: { signal: AbortSignal }): Promise<TerminalConnection>;
}

export interface FilesOptions {
  signal: AbortSignal;
}

/** What the caller believes to be there: the version of a file, `none`, or `any`. */
export type KnownVersion = string;

/**
 * The learner's files, by paths that `filePathSchema` allows. Errors of all: `LAB_FILE_UNKNOWN`, `LAB_FILE_OUTSIDE` (a link leads out of
 * `~/lab`), `LAB_FILE_NOT_TEXT`, `LAB_FILE_TOO_LARGE`, `LAB_FILE_FAILED`.
 */
export interface WorkstationFiles {
  list(options: FilesOptions): Promise<FileList>;
  read(path: string, options: FilesOptions): Promise<LabFile>;
  /** Writes all or nothing, with the folders that it needs. `LAB_FILE_CHANGED` unless the file is what the caller believes. */
  write(
    file: Pick<LabFile, 'path' | 'text'>,
    known: KnownVersion,
    options: FilesOptions,
  ): Promise<Omit<LabFile, 'text'>>;
  /** Removes a file or a link. `LAB_FILE_CHANGED` unless it is what the caller believes. */
  remove(path: string, known: KnownVersion, options: FilesOptions): Promise<void>;
  /** Calls `onChange` with the list, now and within about a second of each change. Settles when that ends, for whatever reason. */
  watch(onChange: (list: FileList) => void, options: FilesOptions): Promise<void>;
}

export interface ExecResult {
  exitCode: number;
  /** stdout and stderr as they came. */
  output: string;
}

/**
 * One viewer's connection to one terminal: frames in both directions as in `src/protocol/tty.ts`, unread by the server. Text frames are
 * control messages, binary frames are bytes. Ends when disposed, or when the terminal's side ends.
 */
export interface TerminalConnection extends Disposable {
  send(frame: string | Uint8Array): void;
  /** Must be set at once after opening, before the next turn of the event loop. */
  onFrame: (frame: string | Uint8Array) => void;
  onClose: (error?: Error) => void;
  /** Stops and goes on delivering frames, so that a slow socket slows the terminal. */
  pause(): void;
  resume(): void;
}

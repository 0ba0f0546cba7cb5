import type { FileList, LabFile } from '../src/protocol/files.ts';
import type { NodeImage, Profile } from '../src/protocol/lab.ts';
import type { LabCheckAnswer } from '../src/protocol/lab-command.ts';
import type { SessionStage } from '../src/protocol/session.ts';
import type { ClusterAccess } from './kube/cluster-access.ts';

/** Reports the edges of each stage of a start. Stages may overlap. */
export type StageListener = (stage: SessionStage['id'], edge: 'start' | 'done') => void;

export interface SandboxRequest {
  /** Twelve lower-case letters and digits; names and labels contain it. */
  sessionId: string;
  profile: Profile;
  /** After this moment a sweep may remove the sandbox, even one that a session uses. */
  expiresAt: Date;
  onStage: StageListener;
  /** Aborting undoes the start. */
  signal: AbortSignal;
}

/** The images that a sandbox's containers run, by their names in the engine. */
export interface SandboxImages {
  node: string;
  workstation: string;
  /** Which of our own images the node image contains. */
  holds: readonly NodeImage[];
}

/**
 * Makes sandboxes. `sessions` and `pool` know only this interface; the one implementation runs
 * sandboxes as containers of a Docker engine.
 */
export interface SandboxProvider {
  /**
   * Whether {@link Sandbox.freeze} works here. If not, the pool and the sessions never call it, and
   * idle sandboxes stay awake.
   */
  readonly canFreeze: boolean;

  /**
   * Starts a cluster and a workstation on one network. Resolves when all nodes are Ready and the
   * workstation accepts terminals. The caller disposes the result. A start that fails or is aborted
   * removes everything it made.
   *
   * Errors: `LAB_CLUSTER_START_FAILED`, `LAB_CLUSTER_TIMEOUT`, `LAB_WORKSTATION_START_FAILED`,
   * `LAB_ENGINE_UNREACHABLE`, `LAB_DISK_FULL`.
   */
  start(request: SandboxRequest): Promise<Sandbox>;

  /**
   * Which of our images every node of a new sandbox has. The list grows while the server runs; it
   * never shrinks.
   */
  images(): readonly NodeImage[];

  /**
   * The session ids of the sandboxes that are usable or frozen: their control plane and their
   * workstation are running or paused.
   */
  list(signal: AbortSignal): Promise<ReadonlySet<string>>;

  /**
   * Removes every sandbox of this install whose session is not alive, and returns the ids of those
   * sessions. Calls `isAlive` after it has listed the sandboxes, so a session that starts meanwhile
   * is safe.
   */
  sweep(isAlive: (sessionId: string) => boolean, signal: AbortSignal): Promise<string[]>;
}

/**
 * The cluster, workstation and network of one session. Disposing it removes them, frozen or not;
 * disposing twice is harmless.
 */
export interface Sandbox extends AsyncDisposable {
  readonly sessionId: string;
  /** Which of our images every node has. */
  readonly images: readonly NodeImage[];
  readonly cluster: ClusterAccess;
  readonly workstation: Workstation;
  /** Node power. Use it only while the sandbox is awake, one change at a time. */
  readonly power: Power;
  /** Answers the command `lab`: at first only node power. A session replaces and adds handlers. */
  readonly labCommands: LabCommandHandler;
  /** When the cluster's certificates expire; after that its API is unreachable. */
  readonly validUntil: Date;

  /**
   * Adds what a lab needs beyond the usual. Resolves when the cluster has accepted it; its pods may
   * still be starting. Repeating it is harmless. Rejects with the cluster's error.
   */
  equip(addons: Profile['addons'], signal: AbortSignal): Promise<void>;

  /**
   * Suspends every process: it uses no more CPU and keeps its memory. Open terminals stay open and
   * are silent. A freeze that fails or is aborted leaves the sandbox awake. Freezing twice is
   * harmless.
   */
  freeze(signal: AbortSignal): Promise<void>;

  /**
   * Wakes a frozen sandbox; on one that is awake, it proves that the sandbox is alive. Resolves
   * when the API answers and terminals work. All nodes appear Ready throughout. Rejects with
   * `LAB_SANDBOX_LOST` when a part is gone or does not answer: the caller disposes the sandbox, or
   * tries again, because the machine may only be busy.
   */
  thaw(signal: AbortSignal): Promise<void>;
}

/**
 * Sandboxes that are kept ready for the next sessions. Today's implementation starts its members
 * itself; on a host cluster, a ReplicaSet could keep them.
 */
export interface SandboxPool {
  /**
   * Takes a member with this shape and these images, proves that it is alive and awake, and returns
   * it; undefined when there is none. The member leaves the pool before this method first waits, so
   * that {@link dismissOne} cannot pick it. The caller disposes it. The pool removes members that
   * turn out to be dead or whose certificates would expire too soon; it never leases them.
   */
  lease(profile: Profile): Promise<Sandbox | undefined>;

  /** Whether {@link lease} would find a member now. */
  canLease(profile: Profile): boolean;

  /** A sandbox for this profile that is still starting and not yet taken. */
  pending(profile: Profile): PendingSandbox | undefined;

  /** Whether a sandbox is a member, is about to become one, or is being leased. */
  holds(sessionId: string): boolean;

  /** How many members there are, and how many of them are frozen. */
  count(): { warm: number; frozen: number };

  /**
   * Starts missing members if {@link PoolLimits} allow it. Call it whenever those may have changed.
   */
  fill(): void;

  /**
   * Replaces members that are gone, too old or no longer wanted, and shrinks the pool to its
   * limits.
   *
   * @param running the sandboxes that exist, as the provider lists them
   * @param askedAt when that list was requested, by `performance.now()`; members that are younger
   *   are not judged by it
   */
  reconcile(running: ReadonlySet<string>, askedAt: number): void;

  /** Gives up one member to free its memory. Returns whether there was one. */
  dismissOne(): boolean;

  /** Removes all members. Resolves when they are gone. */
  stop(): Promise<void>;
}

/** A sandbox that is still starting and that no session has taken. */
export interface PendingSandbox {
  readonly sessionId: string;
  /**
   * Takes the sandbox; the caller disposes it. Call this once, in the same turn of the event loop
   * in which {@link SandboxPool.pending} returned it.
   */
  take(): Promise<Sandbox>;
  /** Reports the stages of its start, including those that have passed. */
  follow(listener: StageListener): void;
  /** Undoes the start, and {@link take} rejects. Harmless once the sandbox has started. */
  cancel(reason: unknown): void;
}

/** What the sessions tell a pool about the resources that both share. */
export interface PoolLimits {
  /** How many more sandboxes fit into memory; negative when memory is short. */
  sandboxesThatFit: () => number;
  /** How many more sessions may start: the pool needs no more members than that. */
  placesLeft: () => number;
  /** Whether a learner is waiting for a cold start: the pool starts nothing meanwhile. */
  isBusy: () => boolean;
}

/** Stops and starts workers, as if pulling the plug. Repeating either is harmless. */
export interface Power {
  /**
   * Resolves when the node is dead, with whether it was on. The cluster finds out by itself.
   * Errors: `LAB_NODE_UNKNOWN`, `LAB_NODE_VITAL` (the control plane), `LAB_ENGINE_UNREACHABLE`.
   */
  stop(node: string, signal: AbortSignal): Promise<boolean>;

  /**
   * Resolves when the node boots, with whether it was off. It joins the cluster by itself.
   * Errors: `LAB_NODE_UNKNOWN`, `LAB_ENGINE_UNREACHABLE`.
   */
  start(node: string, signal: AbortSignal): Promise<boolean>;
}

/** Answers the command `lab` in the workstation. Both handlers may be replaced at any time. */
export interface LabCommandHandler {
  /** Stops or starts a node, as {@link Power} does; concurrent calls are allowed. */
  power: (node: string, to: 'stop' | 'start', signal: AbortSignal) => Promise<boolean>;
  /** Runs the checks of a step, by default of the first incomplete one. */
  check?: ((step: string | undefined, signal: AbortSignal) => Promise<LabCheckAnswer>) | undefined;
}

/** What the server uses of a running workstation. */
export interface Workstation {
  /** The files below `~/lab`. */
  readonly files: WorkstationFiles;

  /**
   * Runs a command as the learner, in their home. Resolves when it has ended, whatever its exit
   * code. Rejects with the signal's reason when aborted.
   */
  exec(argv: readonly string[], options: { signal: AbortSignal }): Promise<ExecResult>;

  /**
   * Opens a connection to the terminal supervisor, one for each viewer. The caller disposes it.
   * The signal aborts only the opening.
   */
  openTerminal(terminal: number, options: { signal: AbortSignal }): Promise<TerminalConnection>;
}

export interface FilesOptions {
  signal: AbortSignal;
}

/** What the caller expects to find: the version of a file, `none`, or `any`. */
export type KnownVersion = string;

/**
 * The learner's files, by paths that `filePathSchema` allows. Errors of all methods:
 * `LAB_FILE_UNKNOWN`, `LAB_FILE_OUTSIDE` (a link leads out of `~/lab`), `LAB_FILE_NOT_TEXT`,
 * `LAB_FILE_TOO_LARGE`, `LAB_FILE_FAILED`.
 */
export interface WorkstationFiles {
  list(options: FilesOptions): Promise<FileList>;
  read(path: string, options: FilesOptions): Promise<LabFile>;
  /**
   * Writes all or nothing, and creates missing folders. `LAB_FILE_CHANGED` unless the file is as
   * the caller expects.
   */
  write(
    file: Pick<LabFile, 'path' | 'text'>,
    known: KnownVersion,
    options: FilesOptions,
  ): Promise<Omit<LabFile, 'text'>>;
  /** Removes a file or a link. `LAB_FILE_CHANGED` unless it is as the caller expects. */
  remove(path: string, known: KnownVersion, options: FilesOptions): Promise<void>;
  /**
   * Calls `onChange` with the list: now, and within about a second of each change. Settles when the
   * watch ends, for whatever reason.
   */
  watch(onChange: (list: FileList) => void, options: FilesOptions): Promise<void>;
}

export interface ExecResult {
  exitCode: number;
  /** stdout and stderr, interleaved as they came. */
  output: string;
}

/**
 * One viewer's connection to one terminal. Frames in both directions are as in
 * `src/protocol/tty.ts`: text frames are control messages, binary frames are bytes. The server does
 * not read them. The connection ends when disposed, or when the terminal's side ends.
 */
export interface TerminalConnection extends Disposable {
  send(frame: string | Uint8Array): void;
  /** Set this right after opening, before the next turn of the event loop. */
  onFrame: (frame: string | Uint8Array) => void;
  onClose: (error?: Error) => void;
  /** Pauses and resumes delivery, so that a slow socket slows the terminal. */
  pause(): void;
  resume(): void;
}

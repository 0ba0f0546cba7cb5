import type { FileList } from '../../src/protocol/files.ts';
import type { WorkstationFiles } from '../provider.ts';

export interface FilesWatchOptions {
  onChange: (list: FileList) => void;
  /** Ends the watch. */
  signal: AbortSignal;
}

/**
 * Reports what is below `~/lab`, from the first {@link start} until the signal aborts. Watching is
 * not use: a session that is only watched is frozen, and the watch with it.
 */
export class FilesWatch {
  readonly #options: FilesWatchOptions;
  #isRunning = false;
  #last: FileList | undefined;

  constructor(options: FilesWatchOptions) {
    this.#options = options;
  }

  /** The list reported last. */
  get last(): FileList | undefined {
    return this.#last;
  }

  /** Starts watching, unless a watch is running. Call it again to restart a watch that broke. */
  start(files: WorkstationFiles): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { onChange, signal } = this.#options;
    const report = (list: FileList): void => {
      this.#last = list;
      onChange(list);
    };
    const end = (): void => {
      this.#isRunning = false;
    };
    files.watch(report, { signal }).then(end, end);
  }
}

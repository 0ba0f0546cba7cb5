import type { FileList } from '../../src/protocol/files.ts';
import type { WorkstationFiles } from '../provider.ts';

/** Of a session, what a watch needs: who is told, and when it ends. */
interface Watched {
  events: { emit: (event: 'files', list: FileList) => unknown };
  ending: AbortController;
}

/**
 * Tells a session's listeners what is below `~/lab`, from the first time that somebody asked until the session ends. To look is not to use:
 * a session that is only watched falls asleep, and the watch with it.
 */
export class FilesWatch {
  readonly #session: Watched;
  #isRunning = false;
  #last: FileList | undefined;

  constructor(session: Watched) {
    this.#session = session;
  }

  /** As told last. */
  get last(): FileList | undefined {
    return this.#last;
  }

  /** Begins to watch, or goes on; one that broke begins anew. */
  begin(files: WorkstationFiles): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { events, ending } = this.#session;
    const onChange = (list: FileList): void => {
      this.#last = list;
      events.emit('files', list);
    };
    const end = (): void => {
      this.#isRunning = false;
    };
    files.watch(onChange, { signal: ending.signal }).then(end, end);
  }
}

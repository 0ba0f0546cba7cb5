import type { FileList } from '../../protocol/files.ts';
import { ApiError } from '../problem.ts';
import type { FileApi } from './file-api.ts';
import { isUnsaved, noticed, opened, saved, type Content, type OpenFile } from './open-file.ts';

export interface OpenFilesEvents {
  /** A file or the list has changed. */
  onChange(): void;
  /** An open file has a new text, but not because the learner edited it. */
  onText(path: string, text: string): void;
  /** An open file no longer exists. */
  onClose(path: string): void;
}

/**
 * The files of a session: the list of what is in `~/lab`, and those open in the editor. Calls of
 * its asynchronous methods must not overlap. They reject with `ApiError`.
 */
export class OpenFiles {
  readonly #api: FileApi;
  readonly #events: OpenFilesEvents;
  readonly #open = new Map<string, OpenFile>();
  /** Size and time in the list when the file was last read, by path. */
  readonly #stamps = new Map<string, string>();
  #list: FileList = { files: [], truncated: false };

  constructor(api: FileApi, events: OpenFilesEvents) {
    this.#api = api;
    this.#events = events;
  }

  get(path: string | undefined): OpenFile | undefined {
    return this.#open.get(path ?? '');
  }

  /** Whether `~/lab` has more than the list. */
  get isTruncated(): boolean {
    return this.#list.truncated;
  }

  /** The files in the list. */
  get paths(): string[] {
    return this.#list.files.filter(({ kind }) => kind === 'file').map(({ path }) => path);
  }

  /** The files to offer, sorted: those in the list, the `current` one, and the unsaved. */
  offered(current: string | undefined): { path: string; isUnsaved: boolean }[] {
    const unsaved = new Map(this.paths.map((path) => [path, false]));
    for (const [path, file] of this.#open) {
      if (unsaved.has(path) || path === current || isUnsaved(file)) {
        unsaved.set(path, isUnsaved(file));
      }
    }
    const files = [...unsaved].map(([path, isFileUnsaved]) => ({ path, isUnsaved: isFileUnsaved }));
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The texts that are not saved, by path. */
  unsaved(): Map<string, string> {
    const files = [...this.#open.values()].filter(isUnsaved);
    return new Map(files.map(({ path, text }) => [path, text]));
  }

  /** The learner has edited a file. */
  edit(path: string, text: string): void {
    this.#open.set(path, { ...(this.get(path) ?? opened(path, undefined)), text });
    this.#events.onChange();
  }

  change(path: string, change: (file: OpenFile) => OpenFile): void {
    const before = this.get(path);
    if (before === undefined) return;
    const after = change(before);
    this.#open.set(path, after);
    if (after.text !== before.text) this.#events.onText(path, after.text);
    this.#events.onChange();
  }

  /** Takes a new list. Returns the open files that may have changed: they need `reread`. */
  update(list: FileList): string[] {
    this.#list = list;
    const stamps = new Map(list.files.map((f) => [f.path, `${f.size} ${f.modifiedMs}`]));
    const stale = [...this.#open.keys()].filter((path) => {
      const stamp = stamps.get(path);
      return stamp === undefined || stamp !== this.#stamps.get(path);
    });
    for (const path of stale) {
      const stamp = stamps.get(path);
      if (stamp === undefined) this.#stamps.delete(path);
      else this.#stamps.set(path, stamp);
    }
    this.#events.onChange();
    return stale;
  }

  /** Opens a file. With `lesson`, the lesson's version, a file that does not exist is written. */
  async open(path: string, lesson?: string): Promise<void> {
    const known = this.get(path);
    if (known !== undefined && lesson === undefined) return;
    const base = (await this.#find(path)) ?? (await this.#create(path, lesson));
    const file = known === undefined ? opened(path, base, lesson) : noticed(known, base);
    this.#open.set(path, { ...file, lesson: lesson ?? file.lesson });
  }

  /** Saves a file unless it has changed on the server. Resolves with whether it has been saved. */
  async save(path: string): Promise<boolean> {
    const file = this.get(path);
    if (file === undefined || file.theirs !== undefined) return false;
    if (!isUnsaved(file)) return true;
    try {
      const written = await this.#api.write(path, file.text, file.base);
      this.change(path, (now) => saved(now, written));
      return true;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'LAB_FILE_CHANGED') throw error;
      await this.reread(path);
      return false;
    }
  }

  async reread(path: string): Promise<void> {
    const found = await this.#find(path);
    const file = this.get(path);
    if (file === undefined) return;
    if (found === undefined && file.base !== undefined && !isUnsaved(file)) this.#close(path);
    else this.change(path, (now) => noticed(now, found));
  }

  /** Reads the file, and keeps the text in the editor as an unsaved change of it. */
  async readBelow(path: string): Promise<void> {
    const base = await this.#find(path);
    this.change(path, (file) => ({ ...file, base, theirs: undefined }));
  }

  async remove(path: string, base: Content | undefined): Promise<void> {
    if (base !== undefined) await this.#api.remove(path, base);
    this.#close(path);
  }

  #close(path: string): void {
    this.#open.delete(path);
    const files = this.#list.files.filter((file) => file.path !== path);
    this.#list = { ...this.#list, files };
    this.#events.onClose(path);
    this.#events.onChange();
  }

  /** Requests only files that the list has: a browser logs every 404 as an error. */
  async #find(path: string): Promise<Content | undefined> {
    const { files, truncated } = await this.#api.list();
    const isThere = truncated || files.some((file) => file.path === path);
    return isThere ? this.#api.read(path) : undefined;
  }

  async #create(path: string, text: string | undefined): Promise<Content | undefined> {
    return text === undefined ? undefined : this.#api.write(path, text, undefined);
  }
}

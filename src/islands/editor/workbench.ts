import { fill } from '../../i18n/fill.ts';
import { filePathSchema, type FileList } from '../../protocol/files.ts';
import { hear, tell } from '../events.ts';
import { ApiError, problemOf } from '../problem.ts';
import { textsOf } from '../texts.ts';
import type { Area } from './area.ts';
import { BenchView, type Notice } from './bench-view.ts';
import { FileApi } from './file-api.ts';
import {
  differsFromLesson,
  isUnsaved,
  keepMine,
  noticed,
  opened,
  saved,
  takeTheirs,
  type Content,
  type OpenFile,
} from './open-file.ts';
import { leavesByTab } from './leaves-by-tab.ts';
import { PlainArea } from './plain-area.ts';

/** Monaco is made for keyboards and room. */
const plain = matchMedia('(max-width: 60rem), (pointer: coarse)');

/** The editor of one session: its files, the one that is shown, and what is unsaved. Whoever makes it disposes it. */
export class Workbench implements Disposable {
  readonly element: HTMLElement;
  readonly #life = new AbortController();
  readonly #api: FileApi;
  readonly #view: BenchView;
  readonly #area: Promise<Area>;
  readonly #open = new Map<string, OpenFile>();
  /** How each file looked in the list when it was last read. */
  readonly #stamps = new Map<string, string>();
  #list: FileList = { files: [], truncated: false };
  #current: string | undefined;
  /** Whether a file was asked for: then none is shown by itself. */
  #isAsked = false;
  #comparing: 'theirs' | 'lesson' | undefined;
  #notice: Notice | undefined;
  /** One thing after the other: what was read before something was written is old. */
  #work: Promise<void> = Promise.resolve();

  /** With the texts of an earlier session that were not saved there, by path: they are unsaved here. */
  constructor(sessionId: string, unsaved: ReadonlyMap<string, string> = new Map()) {
    const { signal } = this.#life;
    this.#api = new FileApi(sessionId, signal);
    this.#view = new BenchView({
      pick: (path) => void this.open(path),
      create: (path) => void this.#create(path),
      save: () => void this.save(),
      apply: () => void this.#apply(),
      remove: () => this.#askToRemove(),
    });
    this.element = this.#view.element;
    this.element.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    leavesByTab(this.#view.place, signal);
    this.#view.placeholder(textsOf('editor').loading);
    this.#area = this.#loadArea();
    hear('lab:files', (list) => this.#listed(list), signal);
    // The browser asks in words of its own.
    addEventListener('beforeunload', (event) => this.#keepUnsaved(event), { signal });
    void this.#area.then(async () => this.#begin(unsaved));
  }

  /** Shows a file. With `lesson`, a file that is not there is written, and one that differs is shown with the lesson's on offer. */
  async open(path: string, lesson?: string): Promise<void> {
    this.#isAsked = true;
    await this.#area;
    await this.#do(async () => {
      const known = this.#open.get(path);
      if (known === undefined || lesson !== undefined) {
        const base = (await this.#find(path)) ?? (await this.#write(path, lesson));
        const file = known === undefined ? opened(path, base, lesson) : noticed(known, base);
        this.#open.set(path, { ...file, lesson: lesson ?? file.lesson });
      }
      await this.#show(path);
      if (lesson !== undefined) this.#offerLesson(path);
    });
  }

  /** Saves the file that is shown. Resolves with whether what is shown is what is there. */
  async save(): Promise<boolean> {
    const path = this.#current;
    if (path === undefined) return false;
    const texts = textsOf('editor');
    return this.#do(async () => {
      const file = this.#open.get(path);
      if (file === undefined || file.theirs !== undefined) return;
      if (!isUnsaved(file)) {
        this.#view.state(texts.saved);
        return;
      }
      const { text } = file;
      try {
        const written = await this.#api.write(path, text, file.base);
        this.#change(path, (now) => saved(now, written));
        this.#view.state(texts.saved);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'LAB_FILE_CHANGED') throw error;
        await this.#reread(path);
      }
    }).then((isDone) => {
      const file = this.#open.get(path);
      return isDone && file !== undefined && !isUnsaved(file);
    });
  }

  focus(): void {
    void this.#area.then((area) => area.focus());
  }

  /** What would be lost now, by path. */
  unsaved(): Map<string, string> {
    const files = [...this.#open.values()].filter(isUnsaved);
    return new Map(files.map(({ path, text }) => [path, text]));
  }

  [Symbol.dispose](): void {
    this.#life.abort(new Error('no longer needed'));
    void this.#area.then((area) => area[Symbol.dispose]());
    this.element.remove();
  }

  #keepUnsaved(event: Event): void {
    if (this.unsaved().size > 0) event.preventDefault();
  }

  async #loadArea(): Promise<Area> {
    let area: Area = new PlainArea();
    if (!plain.matches) {
      try {
        const { MonacoArea } = await import('./monaco-area.ts');
        area = new MonacoArea(this.#api);
      } catch {
        // The plain one does it too.
      }
    }
    area.onEdit = (path, text) => {
      this.#view.state('');
      this.#open.set(path, { ...(this.#open.get(path) ?? opened(path, undefined)), text });
      this.#render();
    };
    return area;
  }

  async #begin(unsaved: ReadonlyMap<string, string>): Promise<void> {
    for (const [path, text] of unsaved) this.#open.set(path, { ...opened(path, undefined), text });
    await this.#do(async () => {
      for (const path of unsaved.keys()) await this.#readBelow(path);
      this.#listed(await this.#api.list());
    });
    const [first] = [
      ...unsaved.keys(),
      ...this.#list.files.filter(({ kind }) => kind === 'file').map(({ path }) => path),
    ];
    if (this.#isAsked) return;
    if (first !== undefined) await this.open(first);
    else this.#view.placeholder(textsOf('editor').empty);
  }

  async #show(path: string): Promise<void> {
    const file = this.#open.get(path);
    if (file === undefined) return;
    const area = await this.#area;
    if (path !== this.#current) this.#notice = undefined;
    this.#current = path;
    this.#comparing = undefined;
    this.#view.place.replaceChildren(area.element);
    area.show(path, file.text);
    this.#view.state('');
    this.#render();
  }

  /** Does one thing after what is being done. Resolves with whether it succeeded; a failure is shown. */
  async #do(act: () => Promise<void>): Promise<boolean> {
    const mine = this.#work.then(act);
    this.#work = mine.catch(() => undefined);
    try {
      await mine;
      return true;
    } catch (error) {
      if (!this.#life.signal.aborted) this.#complain(error);
      return false;
    }
  }

  #complain(error: unknown): void {
    const { title, message, hint } = problemOf(error, textsOf('errors'));
    this.#setNotice({ text: `${title}. ${message} ${hint}`, choices: [this.#dismissal()] });
  }

  async #create(path: string): Promise<void> {
    const texts = textsOf('editor');
    if (!filePathSchema.safeParse(path).success) {
      this.#setNotice({ text: fill(texts.badName, { file: path }), choices: [this.#dismissal()] });
      return;
    }
    await this.open(path);
    this.focus();
  }

  /** What is there; only what the list has is asked for, because a browser complains about every 404. */
  async #find(path: string): Promise<Content | undefined> {
    const { files, truncated } = await this.#api.list();
    const isThere = truncated || files.some((file) => file.path === path);
    return isThere ? this.#api.read(path) : undefined;
  }

  async #write(path: string, text: string | undefined): Promise<Content | undefined> {
    return text === undefined ? undefined : this.#api.write(path, text, undefined);
  }

  /** The list is new: whatever looks other than when it was read is read again. */
  #listed(list: FileList): void {
    this.#list = list;
    const stamps = new Map(list.files.map((f) => [f.path, `${f.size} ${f.modifiedMs}`]));
    for (const path of this.#open.keys()) {
      const stamp = stamps.get(path);
      if (stamp === this.#stamps.get(path) && stamp !== undefined) continue;
      if (stamp === undefined) this.#stamps.delete(path);
      else this.#stamps.set(path, stamp);
      void this.#do(async () => this.#reread(path));
    }
    this.#render();
  }

  /** The text in the editor stays, as a change of the file that is there now. */
  async #readBelow(path: string): Promise<void> {
    const base = await this.#find(path);
    this.#change(path, (file) => ({ ...file, base, theirs: undefined }));
  }

  async #reread(path: string): Promise<void> {
    const found = await this.#find(path);
    const file = this.#open.get(path);
    if (file === undefined) return;
    if (found === undefined && file.base !== undefined && !isUnsaved(file)) this.#close(path);
    else this.#change(path, (now) => noticed(now, found));
  }

  #close(path: string): void {
    this.#open.delete(path);
    const files = this.#list.files.filter((file) => file.path !== path);
    this.#list = { ...this.#list, files };
    void this.#area.then((area) => area.forget(path));
    if (path === this.#current) {
      this.#current = undefined;
      this.#notice = undefined;
      this.#view.placeholder(textsOf('editor').empty);
    }
    this.#render();
  }

  #change(path: string, change: (file: OpenFile) => OpenFile): void {
    const before = this.#open.get(path);
    if (before === undefined) return;
    const after = change(before);
    this.#open.set(path, after);
    if (after.text !== before.text) void this.#area.then((area) => area.replace(path, after.text));
    this.#render();
  }

  #render(): void {
    const shown = new Map(
      this.#list.files.filter(({ kind }) => kind === 'file').map(({ path }) => [path, false]),
    );
    for (const [path, file] of this.#open) {
      if (shown.has(path) || path === this.#current || isUnsaved(file)) {
        shown.set(path, isUnsaved(file));
      }
    }
    const files = [...shown].map(([path, isUnsaved_]) => ({ path, isUnsaved: isUnsaved_ }));
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    this.#view.show(files, this.#current, this.#list.truncated);
    this.#view.notice(this.#conflict() ?? this.#notice);
  }

  #setNotice(notice: Notice | undefined): void {
    this.#notice = notice;
    this.#render();
  }

  #dismissal(label = textsOf('editor').dismiss): Notice['choices'][number] {
    return { label, act: () => this.#compare(undefined, undefined) };
  }

  /** Both have changed: the learner decides. */
  #conflict(): Notice | undefined {
    const texts = textsOf('editor');
    const file = this.#open.get(this.#current ?? '');
    if (file?.theirs === undefined) return undefined;
    const { path, theirs } = file;
    const decide = (change: (file: OpenFile) => OpenFile): void => {
      void this.#area.then((area) => area.compare(undefined));
      this.#comparing = undefined;
      this.#change(path, change);
    };
    const compare = {
      label: texts.compare,
      act: () => this.#compare('theirs', { text: theirs.text, label: texts.theirs }),
    };
    return {
      text: fill(this.#comparing === 'theirs' ? texts.comparingTheirs : texts.changed, {
        file: path,
      }),
      choices: [
        ...(this.#comparing === 'theirs' ? [] : [compare]),
        { label: texts.keepMine, act: () => decide(keepMine) },
        { label: texts.takeTheirs, act: () => decide(takeTheirs) },
      ],
    };
  }

  #offerLesson(path: string): void {
    const texts = textsOf('editor');
    const file = this.#open.get(path);
    const lesson = file?.lesson;
    if (file === undefined || lesson === undefined || !differsFromLesson(file)) return;
    const isComparing = this.#comparing === 'lesson';
    const take = (): void => {
      this.#compare(undefined, undefined);
      this.#change(path, (now) => ({ ...now, text: lesson }));
    };
    const compare = (): void => {
      this.#compare('lesson', { text: lesson, label: texts.lessons });
      this.#offerLesson(path);
    };
    this.#setNotice({
      text: fill(isComparing ? texts.comparingLesson : texts.lessonDiffers, { file: path }),
      choices: [
        ...(isComparing ? [] : [{ label: texts.compare, act: compare }]),
        { label: texts.takeLesson, act: take },
        this.#dismissal(texts.keepMine),
      ],
    });
  }

  #compare(
    what: 'theirs' | 'lesson' | undefined,
    other: { text: string; label: string } | undefined,
  ): void {
    this.#comparing = what;
    void this.#area.then((area) => area.compare(other));
    this.#setNotice(undefined);
  }

  async #apply(): Promise<void> {
    const path = this.#current;
    if (path === undefined || !(await this.save())) return;
    const onDone = (isSent: boolean): void => {
      const texts = textsOf('lesson');
      this.#view.state(isSent ? texts.sent : texts.notSent);
    };
    tell('lab:run', { code: { text: `kubectl apply -f ${shellPath(path)}` }, onDone });
  }

  #askToRemove(): void {
    const texts = textsOf('editor');
    const path = this.#current;
    const file = this.#open.get(path ?? '');
    if (path === undefined || file === undefined) return;
    const remove = async (): Promise<void> => {
      this.#setNotice(undefined);
      await this.#do(async () => {
        if (file.base !== undefined) await this.#api.remove(path, file.base);
        this.#close(path);
      });
    };
    this.#setNotice({
      text: fill(texts.removeAsk, { file: path }),
      choices: [{ label: texts.remove, act: () => void remove() }, this.#dismissal(texts.keep)],
    });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey)
      return;
    event.preventDefault();
    void this.save();
  }
}

/** The path as an argument of a shell command. */
function shellPath(path: string): string {
  const isPlain = /^[\w./-]+$/.test(path);
  return `~/lab/${isPlain ? path : `'${path.replaceAll("'", `'\\''`)}'`}`;
}

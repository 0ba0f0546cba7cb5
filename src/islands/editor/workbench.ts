import { Mutex } from '../../async.ts';
import { fill } from '../../i18n/fill.ts';
import { filePathSchema, type FileList } from '../../protocol/files.ts';
import { on, emit } from '../events.ts';
import { problemOf } from '../problem.ts';
import { textsOf } from '../texts.ts';
import type { Area } from './area.ts';
import { BenchView, type Notice } from './bench-view.ts';
import { FileApi } from './file-api.ts';
import { conflictNotice, lessonNotice, type NoticeActions } from './file-notices.ts';
import { leavesByTab } from './leaves-by-tab.ts';
import { isUnsaved } from './open-file.ts';
import { OpenFiles } from './open-files.ts';
import { PlainArea } from './plain-area.ts';

/** Monaco needs a keyboard and a wide screen. */
const plain = matchMedia('(max-width: 60rem), (pointer: coarse)');

/** The editor of one session. The caller disposes it. */
export class Workbench implements Disposable {
  readonly element: HTMLElement;
  readonly #life = new AbortController();
  readonly #api: FileApi;
  readonly #files: OpenFiles;
  readonly #view: BenchView;
  readonly #area: Promise<Area>;
  /** The path of the file in the editor. */
  #current: string | undefined;
  /** Whether a file has been requested. If not, the first one is shown. */
  #isFileRequested = false;
  #comparing: 'theirs' | 'lesson' | undefined;
  #notice: Notice | undefined;
  /** Serializes reads and writes: a read that overlaps a write would be stale. */
  readonly #work = new Mutex();

  /** `unsaved`: texts from an earlier session that were not saved there, by path. */
  constructor(sessionId: string, unsaved: ReadonlyMap<string, string> = new Map()) {
    const { signal } = this.#life;
    this.#api = new FileApi(sessionId, signal);
    this.#files = new OpenFiles(this.#api, {
      onChange: () => this.#render(),
      onText: (path, text) => void this.#area.then((area) => area.replace(path, text)),
      onClose: (path) => this.#onClose(path),
    });
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
    on('lab:files', (list) => this.#update(list), signal);
    // The browser asks in its own words.
    addEventListener('beforeunload', (event) => this.#keepUnsaved(event), { signal });
    void this.#area.then(async () => this.#start(unsaved));
  }

  /**
   * Shows a file. With `lesson`, the lesson's version, a file that does not exist is written; if
   * the learner's differs, theirs is shown and the lesson's offered.
   */
  async open(path: string, lesson?: string): Promise<void> {
    this.#isFileRequested = true;
    await this.#area;
    await this.#do(async () => {
      await this.#files.open(path, lesson);
      await this.#show(path);
      if (lesson !== undefined) this.#offerLesson();
    });
  }

  /** Saves the current file. Resolves with whether the server has the text in the editor. */
  async save(): Promise<boolean> {
    const path = this.#current;
    if (path === undefined) return false;
    const isDone = await this.#do(async () => {
      if (await this.#files.save(path)) this.#view.state(textsOf('editor').saved);
    });
    const file = this.#files.get(path);
    return isDone && file !== undefined && !isUnsaved(file);
  }

  focus(): void {
    void this.#area.then((area) => area.focus());
  }

  /** The texts that are not saved, by path. */
  unsaved(): Map<string, string> {
    return this.#files.unsaved();
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
        // The plain area works too.
      }
    }
    area.onEdit = (path, text) => {
      this.#view.state('');
      this.#files.edit(path, text);
    };
    return area;
  }

  async #start(unsaved: ReadonlyMap<string, string>): Promise<void> {
    for (const [path, text] of unsaved) this.#files.edit(path, text);
    await this.#do(async () => {
      for (const path of unsaved.keys()) await this.#files.readBelow(path);
      this.#update(await this.#api.list());
    });
    if (this.#isFileRequested) return;
    const [first] = [...unsaved.keys(), ...this.#files.paths];
    if (first !== undefined) await this.open(first);
    else this.#view.placeholder(textsOf('editor').empty);
  }

  #update(list: FileList): void {
    for (const path of this.#files.update(list)) {
      void this.#do(async () => this.#files.reread(path));
    }
  }

  async #show(path: string): Promise<void> {
    const file = this.#files.get(path);
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

  /** Runs `act` after what runs now. Resolves with whether it succeeded; a failure is shown. */
  async #do(act: () => Promise<void>): Promise<boolean> {
    try {
      await this.#work.run(act);
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

  #onClose(path: string): void {
    void this.#area.then((area) => area.forget(path));
    if (path !== this.#current) return;
    this.#current = undefined;
    this.#notice = undefined;
    this.#view.placeholder(textsOf('editor').empty);
  }

  #render(): void {
    const files = this.#files.offered(this.#current);
    this.#view.show(files, this.#current, this.#files.isTruncated);
    this.#view.notice(this.#conflict() ?? this.#notice);
  }

  #setNotice(notice: Notice | undefined): void {
    this.#notice = notice;
    this.#render();
  }

  #dismissal(label = textsOf('editor').dismiss): Notice['choices'][number] {
    return { label, act: () => this.#endComparison() };
  }

  #conflict(): Notice | undefined {
    const file = this.#files.get(this.#current);
    const isComparing = this.#comparing === 'theirs';
    return file && conflictNotice(file, { isComparing }, textsOf('editor'), this.#acts('theirs'));
  }

  #offerLesson(): void {
    const file = this.#files.get(this.#current);
    const isComparing = this.#comparing === 'lesson';
    this.#setNotice(
      file && lessonNotice(file, { isComparing }, textsOf('editor'), this.#acts('lesson')),
    );
  }

  #acts(what: 'theirs' | 'lesson'): NoticeActions {
    return {
      compare: (text, label) => {
        this.#comparing = what;
        void this.#area.then((area) => area.compare({ text, label }));
        if (what === 'lesson') this.#offerLesson();
        else this.#setNotice(undefined);
      },
      decide: (change) => {
        this.#endComparison();
        if (this.#current !== undefined) this.#files.change(this.#current, change);
      },
      dismiss: () => this.#endComparison(),
    };
  }

  #endComparison(): void {
    this.#comparing = undefined;
    void this.#area.then((area) => area.compare(undefined));
    this.#setNotice(undefined);
  }

  async #apply(): Promise<void> {
    const path = this.#current;
    if (path === undefined || !(await this.save())) return;
    const onDone = (isSent: boolean): void => {
      const texts = textsOf('lesson');
      this.#view.state(isSent ? texts.sent : texts.notSent);
    };
    emit('lab:run', { code: { text: `kubectl apply -f ${shellPath(path)}` }, onDone });
  }

  #askToRemove(): void {
    const texts = textsOf('editor');
    const file = this.#files.get(this.#current);
    if (file === undefined) return;
    const remove = async (): Promise<void> => {
      this.#setNotice(undefined);
      await this.#do(async () => this.#files.remove(file.path, file.base));
    };
    this.#setNotice({
      text: fill(texts.removeAsk, { file: file.path }),
      choices: [{ label: texts.remove, act: () => void remove() }, this.#dismissal(texts.keep)],
    });
  }

  #onKey(event: KeyboardEvent): void {
    const isSave = event.key.toLowerCase() === 's' && (event.ctrlKey || event.metaKey);
    if (!isSave || event.altKey) return;
    event.preventDefault();
    void this.save();
  }
}

/** The path as an argument of a shell command. */
function shellPath(path: string): string {
  const isPlain = /^[\w./-]+$/.test(path);
  return `~/lab/${isPlain ? path : `'${path.replaceAll("'", `'\\''`)}'`}`;
}

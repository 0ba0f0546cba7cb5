import { button, h, setText } from '../dom.ts';
import { textsOf } from '../texts.ts';

/** An entry of the file list. */
export interface ListedFile {
  path: string;
  isUnsaved: boolean;
}

export interface BenchActions {
  pick(path: string): void;
  create(path: string): void;
  save(): void;
  apply(): void;
  remove(): void;
}

/** A sentence above the text, with buttons. */
export interface Notice {
  text: string;
  choices: { label: string; act: () => void }[];
}

/** Everything around the text: the file list, the buttons, and a notice when there is one. */
export class BenchView {
  readonly element: HTMLElement;
  /** Where the text goes. */
  readonly place = h('div', { class: 'bench-place' });
  readonly #acts: BenchActions;
  readonly #files = h('ul', { class: 'bench-files' });
  readonly #notice = h('div', { class: 'bench-notice', role: 'status' });
  readonly #state = h('span', { class: 'bench-state', role: 'status' });
  readonly #more = h('span', { class: 'note' });
  readonly #fileTools: HTMLButtonElement[];
  readonly #applyTool: HTMLButtonElement;
  readonly #form: HTMLFormElement;
  readonly #newTool: HTMLButtonElement;

  constructor(acts: BenchActions) {
    this.#acts = acts;
    const texts = textsOf('editor');
    this.#newTool = button(`+ ${texts.newFile}`, 'quiet', () => this.#showForm(true));
    this.#form = this.#nameForm();
    const save = button(texts.save, 'button', () => acts.save());
    save.title = 'Ctrl+S';
    this.#applyTool = button(texts.apply, 'button', () => acts.apply());
    this.#applyTool.title = texts.applyLong;
    const remove = button(texts.remove, 'quiet', () => acts.remove());
    this.#fileTools = [save, remove];
    const nav = h('nav', { class: 'bench-nav', 'aria-label': texts.files }, this.#files);
    nav.append(this.#more, this.#newTool, this.#form);
    this.element = h(
      'div',
      { class: 'bench' },
      nav,
      this.#notice,
      this.place,
      h(
        'div',
        { class: 'bench-foot' },
        h('span', { class: 'bench-keys' }, texts.keys),
        this.#state,
        remove,
        save,
        this.#applyTool,
      ),
    );
  }

  show(files: readonly ListedFile[], current: string | undefined, isTruncated: boolean): void {
    const texts = textsOf('editor');
    const focused = document.activeElement?.closest('.bench-files') === this.#files;
    this.#files.replaceChildren(
      ...files.map((file) => {
        const pick = button(file.path, 'bench-file', () => this.#acts.pick(file.path));
        if (file.path === current) pick.setAttribute('aria-current', 'true');
        if (file.isUnsaved) {
          pick.append(
            h('span', { class: 'mark', title: texts.unsaved, 'aria-hidden': 'true' }, '●'),
          );
          pick.append(h('span', { class: 'visually-hidden' }, ` (${texts.unsaved})`));
        }
        return h('li', {}, pick);
      }),
    );
    const chosen = this.#files.querySelector<HTMLElement>('[aria-current]');
    if (focused) chosen?.focus();
    chosen?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    setText(this.#more, isTruncated ? texts.more : '');
    for (const tool of this.#fileTools) tool.hidden = current === undefined;
    this.#applyTool.hidden = current === undefined || !/\.(ya?ml|json)$/.test(current);
  }

  notice(notice: Notice | undefined): void {
    const before = this.#notice.firstChild?.textContent;
    if (notice === undefined) this.#notice.replaceChildren();
    else {
      const choices = notice.choices.map(({ label, act }) => button(label, 'button', act));
      const text = h('span', {}, notice.text);
      if (before === notice.text) this.#notice.replaceChildren(this.#notice.firstChild ?? text);
      else this.#notice.replaceChildren(text);
      this.#notice.append(...choices);
    }
  }

  /** Shows the result of the last action in a few words. */
  state(text: string): void {
    setText(this.#state, text);
  }

  /** Shows a sentence instead of a text. */
  placeholder(text: string): void {
    this.place.replaceChildren(h('p', { class: 'bench-empty' }, text));
  }

  #nameForm(): HTMLFormElement {
    const texts = textsOf('editor');
    const input = h('input', {
      name: 'path',
      required: '',
      maxlength: '200',
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
      placeholder: 'web.yaml',
      'aria-label': texts.newName,
    });
    const form = h('form', { class: 'bench-new' }, input);
    form.append(h('button', { class: 'button' }, texts.create));
    form.append(button(texts.cancel, 'quiet', () => this.#showForm(false)));
    form.hidden = true;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const path = input.value.trim();
      this.#showForm(false);
      this.#acts.create(path);
    });
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#showForm(false);
    });
    return form;
  }

  #showForm(isOpen: boolean): void {
    this.#form.hidden = !isOpen;
    this.#newTool.hidden = isOpen;
    if (isOpen) {
      this.#form.reset();
      this.#form.querySelector('input')?.focus();
    } else this.#newTool.focus();
  }
}

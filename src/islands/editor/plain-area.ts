import { fill } from '../../i18n/fill.ts';
import { h } from '../dom.ts';
import { textsOf } from '../texts.ts';
import type { Area } from './area.ts';

/** A plain text field for small screens and touch, or when Monaco cannot be loaded. */
export class PlainArea implements Area {
  readonly element = h('div', { class: 'plain-area' });
  onEdit: Area['onEdit'] = () => undefined;
  readonly #field = h('textarea', {
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
    wrap: 'off',
  });
  #path = '';

  constructor() {
    this.element.append(this.#field);
    this.#field.addEventListener('input', () => this.onEdit(this.#path, this.#field.value));
  }

  show(path: string, text: string): void {
    this.#path = path;
    this.#field.value = text;
    this.#field.setSelectionRange(0, 0);
    this.#field.setAttribute('aria-label', fill(textsOf('editor').name, { file: path }));
  }

  replace(path: string, text: string): void {
    if (path !== this.#path) return;
    const { selectionStart, selectionEnd, scrollTop } = this.#field;
    this.#field.value = text;
    this.#field.setSelectionRange(selectionStart, selectionEnd);
    this.#field.scrollTop = scrollTop;
  }

  forget(path: string): void {
    if (path === this.#path) this.#field.value = '';
  }

  compare(other: { text: string; label: string } | undefined): void {
    this.element.querySelector('figure')?.remove();
    if (other === undefined) return;
    const pre = h('pre', { tabindex: '0' }, other.text);
    this.element.append(h('figure', {}, h('figcaption', {}, other.label), pre));
  }

  focus(): void {
    this.#field.focus();
  }

  [Symbol.dispose](): void {
    this.element.remove();
  }
}

import { fill } from '../../i18n/fill.ts';
import { followColorScheme } from '../color-scheme.ts';
import { h } from '../dom.ts';
import { textsOf } from '../texts.ts';
import type { Area } from './area.ts';
import { ClusterSchemas } from './cluster-schemas.ts';
import type { FileApi } from './file-api.ts';
import { monaco, setSchema } from './monaco.ts';

type Model = monaco.editor.ITextModel;

const options: monaco.editor.IEditorOptions & monaco.editor.IGlobalEditorOptions = {
  automaticLayout: true,
  fixedOverflowWidgets: true,
  fontSize: 13,
  lineNumbersMinChars: 3,
  minimap: { enabled: false },
  overviewRulerLanes: 0,
  padding: { top: 6 },
  quickSuggestions: { other: true, strings: true },
  renderLineHighlight: 'line',
  scrollBeyondLastLine: false,
  stickyScroll: { enabled: false },
  // Some Japanese characters look like others.
  unicodeHighlight: { ambiguousCharacters: false },
  wordBasedSuggestions: 'off',
};

const languages: [RegExp, string][] = [
  [/\.(ya?ml|json)$/, 'yaml'],
  [/\.(ba)?sh$/, 'shell'],
  [/\.py$/, 'python'],
  [/(^|\/)Dockerfile/, 'dockerfile'],
];

/** Monaco, with schemas of the session's own cluster. */
export class MonacoArea implements Area {
  readonly element = h('div', { class: 'monaco-area' });
  onEdit: Area['onEdit'] = () => undefined;
  readonly #editor: monaco.editor.IStandaloneCodeEditor;
  readonly #schemas: ClusterSchemas;
  readonly #models = new Map<string, { model: Model; view?: monaco.editor.ICodeEditorViewState }>();
  readonly #life = new AbortController();
  #path = '';
  #isReplacing = false;
  #comparison: { element: HTMLElement; end: () => void } | undefined;

  constructor(api: FileApi) {
    const place = h('div');
    this.element.append(place);
    const fontFamily = getComputedStyle(document.documentElement).getPropertyValue('--mono');
    this.#schemas = new ClusterSchemas(api, setSchema);
    this.#editor = monaco.editor.create(place, { ...options, fontFamily, model: null, tabSize: 2 });
    followColorScheme((scheme) => monaco.editor.setTheme(`kindlab-${scheme}`), this.#life.signal);
  }

  show(path: string, text: string): void {
    this.compare(undefined);
    const before = this.#models.get(this.#path);
    const view = this.#editor.saveViewState();
    if (before !== undefined && view !== null) before.view = view;
    this.#path = path;
    const known = this.#models.get(path) ?? { model: this.#createModel(path, text) };
    this.#models.set(path, known);
    this.#editor.setModel(known.model);
    if (known.view !== undefined) this.#editor.restoreViewState(known.view);
    const ariaLabel = fill(textsOf('editor').name, { file: path });
    this.#editor.updateOptions({ ariaLabel });
    this.replace(path, text);
  }

  replace(path: string, text: string): void {
    const model = this.#models.get(path)?.model;
    if (model === undefined || textOf(model) === text) return;
    const view = path === this.#path ? this.#editor.saveViewState() : null;
    this.#isReplacing = true;
    model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null);
    this.#isReplacing = false;
    if (view !== null) this.#editor.restoreViewState(view);
    this.#tellSchemas(path, text);
  }

  forget(path: string): void {
    this.#models.get(path)?.model.dispose();
    this.#models.delete(path);
  }

  compare(other: { text: string; label: string } | undefined): void {
    this.#comparison?.end();
    this.#comparison = undefined;
    const mine = this.#models.get(this.#path)?.model;
    if (other === undefined || mine === undefined) return;
    const element = h('div');
    this.element.append(element);
    const mineLabel = fill(textsOf('editor').name, { file: this.#path });
    const diff = monaco.editor.createDiffEditor(element, {
      ...options,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
      originalEditable: false,
      renderOverviewRuler: false,
      renderSideBySide: false,
      renderMarginRevertIcon: true,
      originalAriaLabel: other.label,
      modifiedAriaLabel: mineLabel,
    });
    diff.getOriginalEditor().updateOptions({ ariaLabel: other.label });
    diff.getModifiedEditor().updateOptions({ ariaLabel: mineLabel });
    const original = monaco.editor.createModel(other.text, mine.getLanguageId());
    diff.setModel({ original, modified: mine });
    this.element.dataset.comparing = '';
    this.#comparison = {
      element,
      end: () => {
        diff.dispose();
        original.dispose();
        element.remove();
        delete this.element.dataset.comparing;
      },
    };
  }

  focus(): void {
    this.#editor.focus();
  }

  [Symbol.dispose](): void {
    this.compare(undefined);
    this.#life.abort();
    this.#schemas[Symbol.dispose]();
    this.#editor.dispose();
    for (const { model } of this.#models.values()) model.dispose();
    this.element.remove();
  }

  #createModel(path: string, text: string): Model {
    const language = languages.find(([pattern]) => pattern.test(path))?.[1] ?? 'plaintext';
    const uri = monaco.Uri.from({ scheme: 'file', path: `/lab/${path}` });
    monaco.editor.getModel(uri)?.dispose();
    const model = monaco.editor.createModel(text, language, uri);
    model.updateOptions({ tabSize: language === 'python' ? 4 : 2, insertSpaces: true });
    model.onDidChangeContent(() => {
      if (this.#isReplacing) return;
      const edited = textOf(model);
      this.#tellSchemas(path, edited);
      this.onEdit(path, edited);
    });
    this.#tellSchemas(path, text);
    return model;
  }

  #tellSchemas(path: string, text: string): void {
    if (languages[0]?.[0].test(path)) this.#schemas.follow(text);
  }
}

/** A byte order mark is part of the file. */
function textOf(model: Model): string {
  return model.getValue(undefined, true);
}

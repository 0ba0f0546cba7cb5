import type { editor } from 'monaco-editor/editor';

/** The colors of tokens.css: Monaco supports no CSS variables. */
function theme(
  base: 'vs' | 'vs-dark',
  colors: Record<
    'background' | 'text' | 'muted' | 'line' | 'rule' | 'accent' | 'selection' | 'raised',
    string
  >,
  tokens: Record<'comment' | 'keyword' | 'string' | 'constant', string>,
  /**
   * Layers over the background, the words' over the line's. All text must stay readable on both.
   */
  changes: Record<'removedLine' | 'removedText' | 'insertedLine' | 'insertedText', string>,
): editor.IStandaloneThemeData {
  const token = (name: string, color: string) => ({ token: name, foreground: color.slice(1) });
  const { background, text, muted, line, rule, accent, selection, raised } = colors;
  return {
    base,
    inherit: true,
    rules: [
      token('', text),
      token('comment', tokens.comment),
      token('type', tokens.constant),
      token('tag', tokens.keyword),
      token('keyword', tokens.keyword),
      token('string', tokens.string),
      token('number', tokens.keyword),
      token('operators', text),
      token('delimiter', text),
    ],
    colors: {
      'editor.background': background,
      'editor.foreground': text,
      'editorLineNumber.foreground': muted,
      'editorLineNumber.activeForeground': text,
      'editorLineNumber.dimmedForeground': muted,
      'editor.lineHighlightBackground': line,
      'editor.lineHighlightBorder': '#00000000',
      'editor.selectionBackground': selection,
      'editorCursor.foreground': accent,
      'editorIndentGuide.background1': rule,
      'editorGutter.background': background,
      'editorWidget.background': raised,
      'editorWidget.foreground': text,
      'editorWidget.border': muted,
      'editorSuggestWidget.background': raised,
      'editorSuggestWidget.foreground': text,
      'editorSuggestWidget.selectedBackground': selection,
      'editorSuggestWidget.selectedForeground': text,
      'editorSuggestWidget.selectedIconForeground': text,
      'editorSuggestWidget.highlightForeground': accent,
      'editorSuggestWidget.focusHighlightForeground': text,
      'editorHoverWidget.background': raised,
      'editorHoverWidget.foreground': text,
      'input.background': background,
      focusBorder: accent,
      foreground: text,
      descriptionForeground: muted,
      'textLink.foreground': accent,
      'diffEditor.removedLineBackground': changes.removedLine,
      'diffEditor.removedTextBackground': changes.removedText,
      'diffEditor.insertedLineBackground': changes.insertedLine,
      'diffEditor.insertedTextBackground': changes.insertedText,
    },
  };
}

export const lightTheme = theme(
  'vs',
  {
    background: '#fbfaf7',
    text: '#1e2227',
    muted: '#565d66',
    line: '#f5f3ee',
    rule: '#dedad2',
    accent: '#1c5a9f',
    selection: '#b9d3ee',
    raised: '#ffffff',
  },
  { comment: '#565d66', keyword: '#7a3e8e', string: '#1b6a3d', constant: '#1c5a9f' },
  {
    removedLine: '#ff000014',
    removedText: '#ff00001a',
    insertedLine: '#2e9e4f1a',
    insertedText: '#2e9e4f29',
  },
);

export const darkTheme = theme(
  'vs-dark',
  {
    background: '#101316',
    text: '#e3e6e8',
    muted: '#a4acb4',
    line: '#1c2024',
    rule: '#30363c',
    accent: '#85b8f2',
    selection: '#2f4d70',
    raised: '#22272c',
  },
  { comment: '#a4acb4', keyword: '#cf9de0', string: '#82cb9b', constant: '#85b8f2' },
  {
    removedLine: '#ff00002e',
    removedText: '#ff00002e',
    insertedLine: '#2e9e4f26',
    insertedText: '#2e9e4f33',
  },
);

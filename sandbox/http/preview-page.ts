import { createHash } from 'node:crypto';
import {
  defaultLocale,
  isLocale,
  type Locale,
  type TranslatedLocale,
} from '../../src/protocol/locales.ts';
import { catalogue, type LabError, type LabErrorCode } from '../errors.ts';

/** Errors that may pass without the learner, so that the page keeps trying. */
const TEMPORARY = new Set<LabErrorCode>([
  'LAB_PREVIEW_ABSENT',
  'LAB_PREVIEW_NOT_READY',
  'LAB_PREVIEW_SILENT',
  'LAB_PREVIEW_ASLEEP',
  'LAB_SESSION_NOT_READY',
  'LAB_LIMIT_RATE',
]);
const POLL_MS = 2_000;
/** Tells the page whether the error is still the same. */
export const CODE_HEADER = 'x-kindlab-code';

/** What a learner meets here; the page shows other errors in English. */
type TranslatedCode =
  | 'LAB_PREVIEW_FORBIDDEN'
  | 'LAB_PREVIEW_ABSENT'
  | 'LAB_PREVIEW_NOT_READY'
  | 'LAB_PREVIEW_SILENT'
  | 'LAB_PREVIEW_ASLEEP'
  | 'LAB_SESSION_ENDED'
  | 'LAB_SESSION_NOT_READY'
  | 'LAB_LIMIT_RATE'
  | 'LAB_SANDBOX_LOST';

type PageText = readonly [title: string, hint: string];

const translations: Record<TranslatedLocale, Record<TranslatedCode, PageText>> = {
  ja: {
    LAB_PREVIEW_FORBIDDEN: [
      'このブラウザではこのページを開けません',
      'レッスンのページから開いてください。それでもこの表示になる場合は、ブラウザが Cookie を保存していません。ブラウザの新しいタブで開いてみてください。',
    ],
    LAB_PREVIEW_ABSENT: [
      'このページを提供するものがまだありません',
      'レッスンの先のコマンドを実行すると現れます。表示は自動的に更新されます。',
    ],
    LAB_PREVIEW_NOT_READY: [
      'このページを提供する Pod の準備ができていません',
      '起動中かもしれません。表示は自動的に更新されます。',
    ],
    LAB_PREVIEW_SILENT: [
      'このページを提供する Pod が応答しません',
      '起動中か、ポートが違うのかもしれません。表示は自動的に更新されます。',
    ],
    LAB_PREVIEW_ASLEEP: [
      'クラスタは休止しています',
      'ターミナルに入力するか、レッスンのページから開き直すと再開します。',
    ],
    LAB_SESSION_ENDED: [
      'セッションは終了しました',
      'レッスンのページで新しいセッションを開始してください。',
    ],
    LAB_SESSION_NOT_READY: ['クラスタを起動しています', '準備ができると自動的に表示されます。'],
    LAB_LIMIT_RATE: ['リクエストが多すぎます', '少し待つと、自動的に表示を更新します。'],
    LAB_SANDBOX_LOST: [
      'サンドボックスが失われました',
      'レッスンのページで新しいセッションを開始してください。',
    ],
  },
};

const css = `
  :root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
  body { margin: 0; background: light-dark(#fdfcfa, #14171a); color: light-dark(#1e2227, #e3e6e8); }
  main { max-width: 30rem; margin: 12vh auto 2rem; padding: 0 1.25rem; }
  h1 { font-size: 1.2rem; line-height: 1.3; }
  small { color: light-dark(#565d66, #a4acb4); }`;

/** Reloads only when something has changed: a screen reader starts over with every reload. */
const script = `
  const { code } = document.body.dataset;
  setInterval(async () => {
    const options = { method: 'HEAD', cache: 'no-store' };
    const answer = await fetch(location.href, options).catch(() => undefined);
    if (answer && answer.headers.get('${CODE_HEADER}') !== code) location.reload();
  }, ${POLL_MS});`;
const scriptHash = createHash('sha256').update(script).digest('base64');

/** The content security policy of the page. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${scriptHash}'`,
  "connect-src 'self'",
].join('; ');

/**
 * A page in place of a preview: what went wrong and what to do, in the language if the site has it.
 * After a temporary error it reloads as soon as that changes.
 */
export function previewPage(error: LabError, language: string): string {
  const locale = isLocale(language) ? language : defaultLocale;
  const [title, hint] = textOf(error, locale);
  const poll = TEMPORARY.has(error.code) ? `<script>${script}</script>` : '';
  return `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title><style>${css}</style></head>
<body data-code="${error.code}"><main><h1>${escape(title)}</h1><p lang="en">${escape(error.message)}</p><p>${escape(hint)}</p>
<p><small>${error.code}</small></p></main>${poll}</body></html>
`;
}

function textOf(error: LabError, locale: Locale): PageText {
  const texts: Partial<Record<LabErrorCode, PageText>> =
    locale === defaultLocale ? {} : translations[locale];
  return texts[error.code] ?? [catalogue[error.code].title, error.hint];
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

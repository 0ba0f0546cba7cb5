import { isLocale, preferredLocale } from '../i18n/locale.ts';
import { browserStorage } from './storage.ts';

/**
 * Redirects an address without a language to the reader's: the one chosen last, or the first of the
 * browser's that the site speaks.
 */

const chosen = browserStorage.getItem('kindlab.locale') ?? '';
const locale = isLocale(chosen) ? chosen : preferredLocale(navigator.languages);
location.replace(`/${locale}/${location.hash}`);

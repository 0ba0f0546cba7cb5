import { isLocale, preferredLocale } from '../i18n/locale.ts';
import { browserStorage } from './storage.ts';

/** The address without a language leads to the reader's: the one last chosen, else the browser's first that there is. */

const chosen = browserStorage.getItem('kindlab.locale') ?? '';
const locale = isLocale(chosen) ? chosen : preferredLocale(navigator.languages);
location.replace(`/${locale}/${location.hash}`);

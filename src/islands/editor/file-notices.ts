import type { Strings } from '../../i18n/dictionary.ts';
import { fill } from '../../i18n/fill.ts';
import type { Notice } from './bench-view.ts';
import { differsFromLesson, keepMine, takeTheirs, type OpenFile } from './open-file.ts';

type Texts = Strings['editor'];

/** What the buttons of a notice do. */
export interface NoticeActions {
  /** Shows `text` beside the file. */
  compare: (text: string, label: string) => void;
  /** Ends the comparison and applies the decision. */
  decide: (change: (file: OpenFile) => OpenFile) => void;
  dismiss: () => void;
}

interface Shown {
  /** Whether the two versions are shown side by side. */
  isComparing: boolean;
}

/** The notice for a file that has changed on the server and in the editor: the learner decides. */
export function conflictNotice(
  { path, theirs }: OpenFile,
  { isComparing }: Shown,
  texts: Texts,
  { compare, decide }: NoticeActions,
): Notice | undefined {
  if (theirs === undefined) return undefined;
  return {
    text: fill(isComparing ? texts.comparingTheirs : texts.changed, { file: path }),
    choices: [
      ...(isComparing
        ? []
        : [{ label: texts.compare, act: () => compare(theirs.text, texts.theirs) }]),
      { label: texts.keepMine, act: () => decide(keepMine) },
      { label: texts.takeTheirs, act: () => decide(takeTheirs) },
    ],
  };
}

/** The notice that offers the lesson's version when the learner's file differs. */
export function lessonNotice(
  file: OpenFile,
  { isComparing }: Shown,
  texts: Texts,
  { compare, decide, dismiss }: NoticeActions,
): Notice | undefined {
  const { path, lesson } = file;
  if (lesson === undefined || !differsFromLesson(file)) return undefined;
  const take = (): void => decide((now) => ({ ...now, text: lesson }));
  return {
    text: fill(isComparing ? texts.comparingLesson : texts.lessonDiffers, { file: path }),
    choices: [
      ...(isComparing ? [] : [{ label: texts.compare, act: () => compare(lesson, texts.lessons) }]),
      { label: texts.takeLesson, act: take },
      { label: texts.keepMine, act: dismiss },
    ],
  };
}

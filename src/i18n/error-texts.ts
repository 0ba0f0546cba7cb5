import type { LabErrorCode } from '../protocol/errors.ts';

/** Printed where the build or the server runs. */
type Operators = 'LAB_STATE_LOCKED' | 'LAB_STATE_NEWER';
/** Answers to the command `lab` in the terminal. */
type Commands = 'LAB_NODE_UNKNOWN' | 'LAB_NODE_VITAL' | 'LAB_SERVER_SILENT';
/** Shown on a preview's own origin, where the server translates them. */
type Previews = `LAB_PREVIEW_${'FORBIDDEN' | 'ABSENT' | 'NOT_READY' | 'SILENT' | 'ASLEEP'}`;

/**
 * Title and hint of every error that a page of the site can show, for one language. English has
 * none: the server sends each error with the English of its catalogue.
 */
export type ErrorTexts = Record<
  Exclude<LabErrorCode, Operators | Commands | Previews>,
  { title: string; hint: string }
>;

import type { CheckResult } from '../protocol/checks.ts';
import type { ClusterChange } from '../protocol/events.ts';
import type { FileList } from '../protocol/files.ts';
import type { Session } from '../protocol/session.ts';
import type { Availability } from './availability.ts';

/** What is typed at the prompt for the learner. */
export interface Code {
  text: string;
  /** Called once when it was typed and the prompt is back: with what it printed, if it ran to its end and that is known. */
  onEnd?: (output: string | undefined) => void;
}

/** What the islands of a page tell each other, as events of the document. */
export interface LabEvents {
  /** What is known of the server and its sandbox. */
  'lab:availability': Availability;
  /** The page's session, at each change; `undefined` when the page has none any more. */
  'lab:session': Session | undefined;
  'lab:check': CheckResult;
  'lab:cluster': ClusterChange;
  /** What is below `~/lab`, at each change once the editor has asked. */
  'lab:files': FileList;
  /**
   * Opens a file of `~/lab` in the editor, in the session that the page has or gets. With `text`, the lesson's version, a file that is not there is written;
   * where the learner's differs, theirs is shown and the lesson's offered.
   */
  'lab:open-file': { path: string; text?: string };
  /** Opens a preview beside the terminal, in a session that is ready. */
  'lab:open-preview': { id: string };
  /** A learner wants a session: with `step` one brought to where that step begins, with `code` to run that as soon as there is a prompt. */
  'lab:start': { step?: string; code?: Code };
  /** A learner wants to run `code`, in a session that is ready. `onDone` is told whether it was typed. */
  'lab:run': { code: Code; onDone: (isSent: boolean) => void };
  /** A block has been run, and its output stands below it. */
  'lab:ran': { block: Element };
}

/** Tells all islands of the page. */
export function emit<Name extends keyof LabEvents>(name: Name, detail: LabEvents[Name]): void {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Calls `listener` until `signal` aborts. */
export function on<Name extends keyof LabEvents>(
  name: Name,
  listener: (detail: LabEvents[Name]) => void,
  signal: AbortSignal,
): void {
  document.addEventListener(
    name,
    // An event turns a detail of undefined into null.
    (event) => {
      const { detail } = event as CustomEvent<LabEvents[Name] | null>;
      listener((detail ?? undefined) as LabEvents[Name]);
    },
    { signal },
  );
}

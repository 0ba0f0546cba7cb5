import type { CheckResult } from '../protocol/checks.ts';
import type { ClusterChange } from '../protocol/events.ts';
import type { FileList } from '../protocol/files.ts';
import type { Session } from '../protocol/session.ts';
import type { Availability } from './availability.ts';

/** Code to type at the prompt for the learner. */
export interface Code {
  text: string;
  /**
   * Called once, when the code was typed and the prompt is back: with the output, or `undefined`
   * when it was interrupted or is not known.
   */
  onEnd?: (output: string | undefined) => void;
}

/** The events that the islands of a page exchange through its document. */
export interface LabEvents {
  /** The state of the server and its sandbox. */
  'lab:availability': Availability;
  /** The page's session, at each change; `undefined` when it has none any more. */
  'lab:session': Session | undefined;
  'lab:check': CheckResult;
  'lab:cluster': ClusterChange;
  /** The list of `~/lab`, at each change once the editor has requested it. */
  'lab:files': FileList;
  /**
   * Opens a file of `~/lab` in the editor, now or when there is a session. `text` is the lesson's
   * version: a missing file is written; if the learner's file differs, it is shown and the lesson's
   * version is offered.
   */
  'lab:open-file': { path: string; text?: string };
  /** Opens a preview beside the terminal. The session must be ready. */
  'lab:open-preview': { id: string };
  /**
   * The learner wants a session; with `step`, one that is ready for that step. `code` runs as soon
   * as there is a prompt.
   */
  'lab:start': { step?: string; code?: Code };
  /** The learner runs `code` in a session that is ready. `onDone` gets whether it was typed. */
  'lab:run': { code: Code; onDone: (isSent: boolean) => void };
  /** A block has run, and its output is below it. */
  'lab:ran': { block: Element };
}

/** Sends an event to all islands of the page. */
export function emit<Name extends keyof LabEvents>(name: Name, detail: LabEvents[Name]): void {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Calls `listener` at each event until `signal` aborts. */
export function on<Name extends keyof LabEvents>(
  name: Name,
  listener: (detail: LabEvents[Name]) => void,
  signal: AbortSignal,
): void {
  document.addEventListener(
    name,
    // An event turns a detail of `undefined` into `null`.
    (event) => {
      const { detail } = event as CustomEvent<LabEvents[Name] | null>;
      listener((detail ?? undefined) as LabEvents[Name]);
    },
    { signal },
  );
}

import type { PreparationStage, PreparationStatus } from '../../src/protocol/status.ts';
import type { Preparation } from '../preparation/preparation.ts';

const TICK_MS = 500;
const BAR = 24;

/**
 * Shows a preparation: in a terminal as one line that moves, otherwise as one line for each stage.
 * The caller disposes it.
 */
export function showProgress(
  preparation: Pick<Preparation, 'status' | 'onChange'>,
  stream: NodeJS.WriteStream = process.stdout,
): Disposable {
  const draw = stream.isTTY ? drawLine(stream) : drawEdges(stream);
  const show = (): void => draw(preparation.status());
  show();
  const unsubscribe = preparation.onChange(draw);
  const timer = stream.isTTY ? setInterval(show, TICK_MS) : undefined;
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      unsubscribe();
    },
  };
}

function drawLine(stream: NodeJS.WriteStream): (status: PreparationStatus) => void {
  let last = '';
  return (status) => {
    const isOver = status.state !== 'preparing';
    const text = isOver ? endLine(status) : progressLine(status, stream.columns);
    if (text === last) return;
    last = text;
    stream.write(`\r\x1b[K${text}${isOver ? '\n' : ''}`);
  };
}

function drawEdges(stream: NodeJS.WriteStream): (status: PreparationStatus) => void {
  const printed = new Map<string, PreparationStage['state']>();
  let end = '';
  return (status) => {
    for (const stage of status.stages) {
      if (printed.get(stage.id) === stage.state) continue;
      printed.set(stage.id, stage.state);
      const line = edgeLine(stage);
      if (line !== undefined) stream.write(`${line}\n`);
    }
    const text = status.state === 'preparing' ? '' : endLine(status);
    if (text !== end && text !== '') stream.write(`${text}\n`);
    end = text;
  };
}

/** `[######····] 42 %  Building: Kubernetes.  6 min left`, at most as wide as the terminal. */
export function progressLine(status: PreparationStatus, columns: number): string {
  const full = Math.round(status.progress * BAR);
  const bar = `[${'#'.repeat(full)}${'·'.repeat(BAR - full)}]`;
  const percent = `${Math.floor(status.progress * 100)} %`;
  const left =
    status.remainingSeconds === undefined ? '' : `  ${duration(status.remainingSeconds)} left`;
  const line = `${bar} ${percent}  ${status.message}${left}`;
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}

/** Describes a stage that starts, is done or has failed; `undefined` for others. */
export function edgeLine(stage: PreparationStage): string | undefined {
  if (stage.state === 'running') return `${stage.title} …`;
  if (stage.state === 'done') return `${stage.title}: done in ${duration(stage.seconds)}`;
  if (stage.state === 'failed') return `${stage.title}: failed after ${duration(stage.seconds)}`;
  return undefined;
}

function endLine({ state, code, message, hint, notes }: PreparationStatus): string {
  const end =
    state === 'ready' ? [message] : [`No sandbox (${code ?? 'unknown'}): ${message}`, hint ?? ''];
  const noted = notes.flatMap(({ title, detail, fix }) => [
    `${title}: ${detail}`,
    ...(fix === undefined ? [] : [`  → ${fix}`]),
  ]);
  return [...end, ...noted].join('\n');
}

/** `40 s`, or from 90 s on `2 min`. */
export function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

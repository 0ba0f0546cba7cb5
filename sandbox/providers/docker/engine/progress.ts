import { linesOf } from './lines.ts';

interface ProgressEvent {
  stream?: string;
  status?: string;
  error?: string;
}

/**
 * Tells, line by line, what the engine reports of a build, a pull or an import, until that has ended. Rejects with the engine's own words when it
 * failed, and when the connection broke before its end.
 */
export async function followProgress(
  source: NodeJS.ReadableStream,
  onLine: (line: string) => void,
): Promise<void> {
  let failure: string | undefined;
  for await (const text of linesOf(source as AsyncIterable<Buffer>)) {
    if (text === '') continue;
    const { stream, status, error } = JSON.parse(text) as ProgressEvent;
    failure ??= error;
    for (const line of (stream ?? status ?? error ?? '').split('\n')) {
      if (line.trim() !== '') onLine(line.trimEnd());
    }
  }
  if (failure !== undefined) throw new Error(failure);
}

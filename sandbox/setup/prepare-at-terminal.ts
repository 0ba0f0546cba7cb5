import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { createLog } from '../telemetry/log.ts';
import {
  prepareImages,
  type PreparedEngine,
} from '../providers/docker/preparation/prepare-images.ts';
import { showProgress } from './progress-line.ts';
import { Stages } from '../preparation/stages.ts';

export interface TerminalOptions {
  /** The name of the log file in `$KINDLAB_HOME/logs`. */
  log: string;
  signal: AbortSignal;
  /** Called before the failure is thrown, while the stages are still shown. */
  onFailure?: (error: unknown, stages: Stages) => void;
}

/**
 * Set-up without a server and for all labs, for a program at a terminal, which shows its stages.
 * Rejects as {@link prepareImages} does.
 */
export async function prepareAtTerminal(options: TerminalOptions): Promise<PreparedEngine> {
  const { signal, onFailure } = options;
  const config = readConfig();
  const stages = new Stages();
  const log = createLog(config.logLevel, join(config.home, 'logs', options.log));
  const progress = showProgress(stages);
  try {
    const prepared = await prepareImages({ config, stages, log, signal, isForAll: true });
    stages.ready('Engine and images are ready.');
    return prepared;
  } catch (error) {
    onFailure?.(error, stages);
    throw error;
  } finally {
    progress[Symbol.dispose]();
  }
}

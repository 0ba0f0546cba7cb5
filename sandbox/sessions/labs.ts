import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Lab, labIdSchema, labSchema } from '../../src/protocol/lab.ts';
import { LabError } from '../errors.ts';

/** The labs of the built site. The server knows nothing else about lessons. */
export interface Labs {
  /** Errors: `LAB_LAB_UNKNOWN`, `LAB_LESSON_INVALID`. */
  get(id: string): Promise<Lab>;
}

/**
 * Reads labs from the built site in `dist`. Reads them each time, so that a rebuilt site needs no
 * restart.
 */
export function createLabs(dist: string): Labs {
  return {
    get: async (id) => {
      if (!labIdSchema.safeParse(id).success) throw unknown(id);
      const text = await readFile(join(dist, 'labs', `${id}.json`), 'utf8').catch(() => undefined);
      if (text === undefined) throw unknown(id);
      const parsed = labSchema.safeParse(JSON.parse(text));
      if (parsed.success) return parsed.data;
      throw new LabError('LAB_LESSON_INVALID', `This server does not understand lab ${id}.`, {
        cause: parsed.error,
        hint: 'The site and the server have different versions: stop the server and run "npm start".',
      });
    },
  };
}

function unknown(id: string): LabError {
  return new LabError('LAB_LAB_UNKNOWN', `There is no lab "${id.slice(0, 80)}".`);
}

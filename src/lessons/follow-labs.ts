import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { AstroIntegration } from 'astro';
import { compileLab } from './compile-lab.ts';
import { listLabs } from './content-files.ts';
import { LessonError } from './lesson-error.ts';

const LAB_FILE = /^content\/labs\/([\w-]+\/[\w-]+)\/lab\.yaml$/;
const LESSON_FILE = /^content\/lessons\/[\w-]+\/([\w-]+\/[\w-]+)\.mdx$/;

/**
 * For authors who use `astro dev`: compiles each lab that changes to where the server reads it, so
 * that the next session has the new checks. Logs mistakes in a lab or lesson with file and line.
 */
export function followLabs(): AstroIntegration {
  return {
    name: 'follow-labs',
    hooks: {
      'astro:server:setup': async ({ server, logger }) => {
        const root = process.cwd();
        const follow = async (lab: string): Promise<void> => {
          try {
            const file = join(root, 'dist', 'labs', `${lab}.json`);
            await mkdir(dirname(file), { recursive: true });
            await writeFile(file, JSON.stringify(await compileLab(lab, { root })));
          } catch (error) {
            if (!(error instanceof LessonError)) throw error;
            logger.error(error.message);
          }
        };
        const onChange = (path: string): void => {
          const file = relative(root, path);
          const [, lab] = LAB_FILE.exec(file) ?? LESSON_FILE.exec(file) ?? [];
          if (lab !== undefined && listLabs(root).includes(lab)) void follow(lab);
        };
        server.watcher.add(join(root, 'content'));
        server.watcher.on('add', onChange).on('change', onChange);
        for (const lab of listLabs(root)) await follow(lab);
      },
    },
  };
}

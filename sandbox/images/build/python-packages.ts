import { type Basics, buildFetching, CERTIFICATES, PASSED_ON, settings } from './methods.ts';
import { pipSettings } from './pip-settings.ts';
import type { FileMap } from './files.ts';
import type { Recipe } from './recipe.ts';

/**
 * A recipe that installs packages from PyPI. It runs `script`, one of its files, next to pip, and
 * makes an image of what that leaves in /out. pip uses the package index of the host's pip;
 * `requirements.txt` among the files locks all packages by hash.
 */
export function pythonPackages(basics: Basics & { files: FileMap; script: string }): Recipe {
  const { script, ...rest } = basics;
  return {
    work: 'download',
    ...rest,
    parents: ['python-tools'],
    parameters: { script },
    build: async (context) => {
      await buildFetching(context, {
        recipe: basics.name,
        image: context.parent('python-tools'),
        command: ['bash', `/src/${script}`],
        env: {
          ...settings(PASSED_ON),
          ...pipSettings(),
          PIP_CERT: CERTIFICATES,
          PIP_CACHE_DIR: '/cache/pip',
          PIP_DISABLE_PIP_VERSION_CHECK: '1',
        },
      });
    },
  };
}

import { type Basics, buildFetching, CERTIFICATES, PASSED_ON, settings } from './methods.ts';
import { pipSettings } from './pip-settings.ts';
import type { FileMap } from './files.ts';
import type { Recipe } from './recipe.ts';

/**
 * A recipe that fetches packages from PyPI: it runs the script among its files that `script` names where pip is, and what that leaves in /out is the image. pip asks
 * where the host's own pip asks; what it may fetch, and with which hash, is locked by `requirements.txt` among the files.
 */
export function pythonPackages(basics: Basics & { files: FileMap; script: string }): Recipe {
  const { script, ...rest } = basics;
  return {
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

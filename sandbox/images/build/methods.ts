import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pack } from 'tar-stream';
import { Label } from '../../providers/docker/engine/labels.ts';
import { type BuildContainerOptions, folderOf, withBuildContainer } from './container.ts';
import { type FileMap, packFiles, toReadable } from './files.ts';
import type { BuildContext, Recipe } from './recipe.ts';

/** What every recipe says of itself. */
export type Basics = Pick<Recipe, 'name' | 'title' | 'seconds'>;

/** Proxies and the package clients' own settings hold inside builds as they do outside. */
export const PASSED_ON = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];
const GO_SETTINGS = ['GOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GONOSUMCHECK', 'GOPRIVATE', 'GOINSECURE'];

/** The variables of these names that this process has. */
export function settings(names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(
    found.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** A recipe that is a Dockerfile. `args` are build arguments: `parent:NAME` is replaced by the tag of that parent. */
export function dockerfile(
  basics: Basics & { files: FileMap; args: Readonly<Record<string, string>> },
): Recipe {
  const parents = Object.values(basics.args)
    .filter((value) => value.startsWith('parent:'))
    .map((value) => value.slice('parent:'.length));
  return {
    ...basics,
    parents,
    parameters: basics.args,
    build: async ({ engine, tag, files, parent, onLine, signal }) => {
      const args = Object.entries(basics.args).map(([name, value]) => [
        name,
        value.startsWith('parent:') ? parent(value.slice('parent:'.length)) : value,
      ]);
      await engine.images.build({
        context: packFiles(files),
        tag,
        buildArgs: {
          ...(Object.fromEntries(args) as Record<string, string>),
          ...settings(PASSED_ON),
        },
        labels: { [Label.recipe]: basics.name },
        onLine,
        signal,
      });
    },
  };
}

export interface GoProgram {
  /** Import path of the main package. */
  package: string;
  /** Where its binary lies in the image. */
  to: string;
}

export interface GoCopy {
  module: string;
  /** A path inside the module. */
  from: string;
  /** Its path in the image. */
  to: string;
}

export interface GoOptions extends Basics {
  module: string;
  goVersion: string;
  programs: readonly GoProgram[];
  /** Files or folders of the modules it is made of. */
  copies?: readonly GoCopy[];
  ldflags?: string;
  tags?: string;
  cgo?: boolean;
}

/** A recipe that builds programs of one Go module into an image that holds nothing else than them and the `copies`. */
export function goPrograms(options: GoOptions): Recipe {
  const {
    module,
    goVersion,
    programs,
    copies = [],
    ldflags = '',
    tags = '',
    cgo = false,
  } = options;
  const builds = programs.map(
    ({ package: name, to }) =>
      `go build -tags "${tags}" -ldflags "-s -w ${ldflags}" -o /out/${to} ${name}`,
  );
  const takes = copies.flatMap(({ module: source, from, to }) => [
    `folder=$(go list -m -f '{{.Dir}}' ${source})`,
    `mkdir -p "$(dirname /out/${to})"`,
    `cp -r --no-preserve=mode "$folder/${from}" /out/${to}`,
  ]);
  const script = ['set -eux', 'cd /src', 'go version', ...builds, ...takes].join('\n');
  return {
    name: options.name,
    title: options.title,
    seconds: options.seconds,
    files: { '.': module },
    parents: ['toolchain'],
    parameters: { script, goVersion, cgo },
    build: async (context) => {
      await buildFetching(context, {
        recipe: options.name,
        image: context.parent('toolchain'),
        command: ['bash', '-c', script],
        env: {
          ...settings([...PASSED_ON, ...GO_SETTINGS]),
          GOTOOLCHAIN: `go${goVersion}`,
          GOFLAGS: '-trimpath -buildvcs=false -mod=readonly',
          CGO_ENABLED: cgo ? '1' : '0',
          GOMODCACHE: '/cache/mod',
          GOCACHE: '/cache/build',
          SSL_CERT_FILE: CERTIFICATES,
        },
      });
    },
  };
}

/** Runs a build that fetches what its files in /src lock, checked by the host's certificates in {@link CERTIFICATES}, and keeps that in /cache. */
export async function buildFetching(
  context: BuildContext,
  part: Pick<ContainerPart, 'recipe' | 'image' | 'command' | 'env'>,
): Promise<void> {
  await buildInto(context, {
    ...part,
    // Keeps modules and compiled packages between builds: 5 minutes for Kubernetes without, seconds with.
    hostConfig: { Binds: [`${CACHE_VOLUME}:/cache`], CpuShares: 512 },
    uploads: [
      { path: '/', open: certificates },
      { path: '/src', open: () => packFiles(context.files) },
    ],
  });
}

/** What is fetched and compiled is kept here between builds. */
export const CACHE_VOLUME = 'kindlab-build-cache';
/** Where {@link certificates} puts them in a container. */
export const CERTIFICATES = '/etc/kindlab-ca.crt';

const HOST_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** A company's own certificates are known to the host, not to a fresh Debian root. */
async function certificates(): Promise<NodeJS.ReadableStream> {
  const { SSL_CERT_FILE = HOST_CERTIFICATES, NODE_EXTRA_CA_CERTS, PIP_CERT } = process.env;
  const bundles = [...new Set([SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, PIP_CERT])]
    .filter((path): path is string => path !== undefined && existsSync(path))
    .map(async (path) => readFile(path, 'utf8'));
  const tar = pack();
  tar.entry({ name: 'src', type: 'directory' });
  tar.entry({ name: CERTIFICATES.slice(1) }, (await Promise.all(bundles)).join('\n'));
  tar.finalize();
  return toReadable(tar);
}

/** Debian's root, made with the host's own programs. */
export function hostUserland(basics: Basics & { folder: string }): Recipe {
  return {
    ...basics,
    files: { '.': basics.folder },
    parents: [],
    parameters: { USERLAND },
    build: async (context) => {
      const empty = 'kindlab/host-userland:1';
      // The next build takes its name over, and leaves it with this label alone.
      const changes = [`LABEL ${Label.recipe}=${basics.name}`];
      await context.engine.images.import(userlandRoot(), empty, changes, context.signal);
      await buildInto(context, {
        recipe: basics.name,
        image: empty,
        command: ['/bin/bash', '/src/bootstrap.sh'],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...settings(PASSED_ON) },
        hostConfig: {
          CapAdd: ['SYS_ADMIN'],
          SecurityOpt: ['apparmor=unconfined', 'seccomp=unconfined'],
          Binds: ['/usr:/usr:ro', '/etc:/etc:ro'],
        },
        uploads: [{ path: '/src', open: () => packFiles(context.files) }],
      });
    },
  };
}

const USERLAND = [
  'usr',
  'etc',
  'tmp',
  'var',
  'var/tmp',
  'proc',
  'sys',
  'dev',
  'run',
  'root',
  'src',
];

function userlandRoot(): NodeJS.ReadableStream {
  const tar = pack();
  for (const name of USERLAND) {
    tar.entry({ name, type: 'directory', mode: name.endsWith('tmp') ? 0o1777 : 0o755 });
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    tar.entry({ name, type: 'symlink', linkname: `usr/${name}` });
  }
  tar.finalize();
  return toReadable(tar);
}

type ContainerPart = Omit<BuildContainerOptions, 'engine' | 'labels' | 'onLine' | 'signal'>;

/** Runs a build whose result is what it left in /out. */
async function buildInto(context: BuildContext, part: ContainerPart): Promise<void> {
  const { engine, tag, labels, onLine, signal } = context;
  await withBuildContainer({ ...part, engine, labels, onLine, signal }, async (id) => {
    await engine.images.import(await folderOf(engine, id, '/out'), tag, [], signal);
  });
}

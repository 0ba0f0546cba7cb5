import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pack } from 'tar-stream';
import { Label } from '../../providers/docker/engine/labels.ts';
import { type BuildContainerOptions, folderOf, withBuildContainer } from './container.ts';
import { type FileMap, packFiles, toReadable } from './files.ts';
import type { BuildContext, Recipe } from './recipe.ts';

/** What every recipe has. */
export type Basics = Pick<Recipe, 'name' | 'title' | 'seconds' | 'work'>;

/** Builds use the proxies and the settings of the host's package clients. */
export const PASSED_ON = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];
const GO_SETTINGS = ['GOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GONOSUMCHECK', 'GOPRIVATE', 'GOINSECURE'];

/** The variables with these names that are set in this process. */
export function settings(names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(
    found.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** A recipe that is a Dockerfile. In `args`, `parent:NAME` stands for the tag of that parent. */
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
  /** Path of its binary in the image. */
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
  /** Files or folders of the modules that it is built from. */
  copies?: readonly GoCopy[];
  ldflags?: string;
  tags?: string;
  cgo?: boolean;
}

/** A recipe that builds programs of one Go module. The image has them and the `copies`, no more. */
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
  // One call for all programs: linking one overlaps with compiling the next. Nothing here reads
  // debug information, so the compiler does not write any.
  const packages = programs.map(({ package: name }) => name).join(' ');
  const flags = `-tags "${tags}" -gcflags=all=-dwarf=false -ldflags "-s -w ${ldflags}"`;
  const builds = [
    `go build ${flags} -o /programs/ ${packages}`,
    ...programs.flatMap(({ package: name, to }) => [
      `mkdir -p "$(dirname /out/${to})"`,
      `mv /programs/${builtName(name)} /out/${to}`,
    ]),
  ];
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
    work: 'compile',
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

/** What `go build` calls a program: its last folder, but for the number of a major version. */
function builtName(packagePath: string): string {
  return packagePath.split('/').findLast((part) => !/^v\d+$/.test(part)) ?? packagePath;
}

/**
 * Runs a build that downloads what its files in /src lock, and keeps downloads in /cache. It trusts
 * the host's certificates, in {@link CERTIFICATES}.
 */
export async function buildFetching(
  context: BuildContext,
  part: Pick<ContainerPart, 'recipe' | 'image' | 'command' | 'env'>,
): Promise<void> {
  await buildInto(context, {
    ...part,
    // Modules and compiled packages stay between builds: seconds for Kubernetes instead of minutes.
    hostConfig: { Binds: [`${CACHE_VOLUME}:/cache`], CpuShares: 512 },
    uploads: [
      { path: '/', open: certificates },
      { path: '/src', open: () => packFiles(context.files) },
    ],
  });
}

/** Holds downloads and compiled packages between builds. */
export const CACHE_VOLUME = 'kindlab-build-cache';
/** Path of the host's certificates in a build container. */
export const CERTIFICATES = '/etc/kindlab-ca.crt';

const HOST_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** The host may know certificates of a company; a fresh Debian root does not. */
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

/** A Debian root, created with the programs of the host. */
export function hostUserland(basics: Basics & { folder: string }): Recipe {
  return {
    work: 'download',
    ...basics,
    files: { '.': basics.folder },
    parents: [],
    parameters: { USERLAND },
    build: async (context) => {
      const empty = 'kindlab/host-userland:1';
      // The next build takes over the name. From then on, only this label tells whose image it is.
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

/** Runs a build and makes an image of what it leaves in /out. */
async function buildInto(context: BuildContext, part: ContainerPart): Promise<void> {
  const { engine, tag, labels, onLine, signal } = context;
  await withBuildContainer({ ...part, engine, labels, onLine, signal }, async (id) => {
    await engine.images.import(await folderOf(engine, id, '/out'), tag, [], signal);
  });
}

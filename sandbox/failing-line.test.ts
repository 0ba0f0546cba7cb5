import { describe, expect, it } from 'vitest';
import { failingLine, isDiskFull } from './failing-line.ts';

const outputs: [string, string, string][] = [
  [
    'a Go program that does not compile',
    `+ cd /src
+ go build -tags  -ldflags -s -w -o /out/bin/kubelet k8s.io/kubernetes/cmd/kubelet
# k8s.io/kubernetes/pkg/kubelet
../cache/mod/k8s.io/kubernetes@v1.36.3/pkg/kubelet/kubelet.go:118:2: undefined: cadvisor`,
    '../cache/mod/k8s.io/kubernetes@v1.36.3/pkg/kubelet/kubelet.go:118:2: undefined: cadvisor',
  ],
  [
    'a Go module that cannot be fetched',
    `+ go version
go: downloading go1.26.8 (linux/amd64)
go: github.com/x/y@v1.2.3: Get "https://proxy.example/y": dial tcp: lookup proxy.example: no such host`,
    'go: github.com/x/y@v1.2.3: Get "https://proxy.example/y": dial tcp: lookup proxy.example: no such host',
  ],
  [
    'a Go module without its sum',
    `k8s.io/client-go/rest imports
	golang.org/x/net: missing go.sum entry for module providing package`,
    'golang.org/x/net: missing go.sum entry for module providing package',
  ],
  [
    'a compiler that ran out of memory',
    `# k8s.io/api/core/v1
k8s.io/api/core/v1: /root/sdk/pkg/tool/compile: signal: killed
+ go build -o /out/x y`,
    'k8s.io/api/core/v1: /root/sdk/pkg/tool/compile: signal: killed',
  ],
  [
    'an apt that does not know a package',
    `Reading package lists...
Building dependency tree...
E: Unable to locate package socatt
The command '/bin/sh -c apt-get update -q && apt-get install -y -q socatt' returned a non-zero code: 100`,
    'E: Unable to locate package socatt',
  ],
  [
    'an apt that reaches no mirror',
    `Err:1 http://deb.example.org/debian bookworm InRelease
  Could not resolve 'deb.example.org'
W: Failed to fetch http://deb.example.org/debian/dists/bookworm/InRelease  Could not resolve 'deb.example.org'
E: Failed to fetch http://deb.example.org/pool/s/socat.deb  Temporary failure resolving 'deb.example.org'
E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?
The command '/bin/sh -c apt-get install -y socat' returned a non-zero code: 100`,
    "E: Failed to fetch http://deb.example.org/pool/s/socat.deb  Temporary failure resolving 'deb.example.org'",
  ],
  [
    'a C program',
    `pause.c:3:10: fatal error: signale.h: No such file or directory
    3 | #include <signale.h>
compilation terminated.
make: *** [Makefile:3: pause] Error 1`,
    'pause.c:3:10: fatal error: signale.h: No such file or directory',
  ],
  [
    'a Dockerfile that copies a missing file',
    `Step 3/9 : COPY root/ /
COPY failed: file not found in build context or excluded by .dockerignore: stat root/: file does not exist`,
    'COPY failed: file not found in build context or excluded by .dockerignore: stat root/: file does not exist',
  ],
  [
    'a disk that fills up, whatever follows',
    `dpkg: error processing archive vim.deb (--unpack):
 cannot copy extracted data to '/usr/bin/vim.dpkg-new': failed to write (No space left on device)
E: Sub-process /usr/bin/dpkg returned an error code (1)`,
    "cannot copy extracted data to '/usr/bin/vim.dpkg-new': failed to write (No space left on device)",
  ],
  [
    'output without an error',
    `one
two
The command '/bin/sh -c false' returned a non-zero code: 1`,
    'two',
  ],
  ['nothing at all', '', 'it printed nothing'],
];

describe('the failing line', () => {
  it.each(outputs)('of %s', (_, output, line) => {
    expect(failingLine(output.split('\n'))).toBe(line);
  });

  it('recognises a full disk', () => {
    expect(isDiskFull('write /x: no space left on device')).toBe(true);
    expect(isDiskFull('no such device')).toBe(false);
  });
});

#!/bin/bash
# Creates a Debian root in /out. Runs in a container that has nothing but the /usr and /etc of the
# host, read-only. So the host needs no root, no registry and no debootstrap; it only has to be a
# Debian or an Ubuntu. debootstrap knows its mirror.
set -euo pipefail

mkdir -p /var/lib/dpkg /var/lib/apt/lists/partial /var/cache/apt/archives/partial /var/log/apt /work
touch /var/lib/dpkg/status
cd /work

apt() { apt-get --quiet --option APT::Sandbox::User=root "$@"; }
apt update
apt download debootstrap debian-archive-keyring
for package in *.deb; do dpkg-deb --extract "$package" /work/tools; done

# debootstrap calls wget, which small machines rarely have. apt can fetch packages too, and knows
# the proxies of the machine.
mkdir -p /work/bin
cat > /work/bin/wget << 'SCRIPT'
#!/bin/bash
while [ $# -gt 0 ]; do
  case $1 in
    -O) to=$2; shift ;;
    http://* | https://*) from=$1 ;;
  esac
  shift
done
exec /usr/lib/apt/apt-helper --option APT::Sandbox::User=root download-file "$from" "$to"
SCRIPT
chmod +x /work/bin/wget
export PATH=/work/bin:$PATH

export DEBOOTSTRAP_DIR=/work/tools/usr/share/debootstrap
bash /work/tools/usr/sbin/debootstrap \
  --keyring=/work/tools/usr/share/keyrings/debian-archive-keyring.gpg \
  --variant=minbase bookworm /work/root \
  || { cat /work/root/debootstrap/debootstrap.log; exit 1; }

rm -rf /work/root/var/cache/apt/archives/*.deb /work/root/var/lib/apt/lists/* /work/root/usr/share/{doc,man,locale}
mv /work/root /out

#!/bin/bash
# Unpacks images into the store of containerd, and packs what that adds to this image as the layer
# /store/layer.tar: snapshots in /kind/images, and a link to each in the store. The copy of /var in
# each node then takes 0.5 MB instead of hundreds, and all nodes of all clusters share one page
# cache.
#
# /images holds the unpacked archive of the images. IMAGES lists
# "name-in-the-tar=name-in-the-cluster", one per line. /store must be a volume, because overlayfs
# cannot unpack onto itself. Images that exist already stay as they are.
set -euo pipefail

store=/store/var/lib/containerd
new=/store/kind/images
mkdir -p "$store" "$new"
[ ! -d /var/lib/containerd ] || cp -a /var/lib/containerd/. "$store/"
containerd --root "$store" > /tmp/containerd.log 2>&1 &
daemon=$!
for _ in $(seq 100); do
  ! ctr version &> /dev/null || break
  sleep 0.1
done
ctr version &> /dev/null || { cat /tmp/containerd.log; exit 1; }

# Hides warnings about deprecated features.
ctr() { command ctr --namespace k8s.io "$@" 2> /tmp/ctr.log || { cat /tmp/ctr.log >&2; return 1; }; }
images() { ctr images "$@"; }

# Layers of existing images were unpacked and removed. New images may contain the same layers.
blobs=$store/io.containerd.content.v1.content/blobs
for digest in $(ctr content list --quiet); do
  [ -e "$blobs/${digest/://}" ] || ctr content remove "$digest" > /dev/null
done
# Names in the archive must not start with "./": links between layers are looked up by name.
(cd /images && tar --create -- *) | images import - > /dev/null
while IFS='=' read -r source target; do
  [ -n "$source" ] || continue
  images tag "docker.io/$source" "docker.io/$target" > /dev/null
  images remove "docker.io/$source" > /dev/null
done <<< "$IMAGES"
images list --quiet

kill "$daemon"
wait "$daemon" || true
cd "$store/io.containerd.snapshotter.v1.overlayfs/snapshots"
for snapshot in *; do
  [ ! -L "$snapshot" ] || continue
  mv "$snapshot" "$new/"
  ln -s "/kind/images/$snapshot" "$snapshot"
done
# A layer marks removed files of a layer below with a device that the engine would take for its own
# mark.
marks=$(find "$new" -type c -exec stat --format '%t:%T %n' {} + | grep '^0:0 ' || true)
[ -z "$marks" ] || { printf 'These remove what a layer below has, and would be lost:\n%s\n' "$marks"; exit 1; }
# Layers are unpacked; only manifests and configurations are read again.
find "$blobs" -type f -size +300k -delete
tar --directory /store --create --file /store/layer.tar --numeric-owner --xattrs --xattrs-include='security.*' kind var
du -sm /store/layer.tar | sed 's/\t.*/ MB/'

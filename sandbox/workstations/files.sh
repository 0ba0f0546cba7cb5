# File access below ~/lab for the server: bash -c THIS files VERB [ARGUMENT...], run as the learner,
# with HOME set.
#
# Paths are checked after all links have been followed. A learner who changes links at the same time
# reaches no more than their own shell does.
set -u -o pipefail

lab=$HOME/lab
unknown=3 outside=4 not_text=5 too_large=6 changed=7

# Sets `real` to the file that $1 leads to.
follow() {
  real=$(realpath -m -- "$lab/$1") || exit 1
  case $real in "$lab"/*) ;; *) exit $outside ;; esac
}

# The hash of $1, or "none" if it does not exist.
version() {
  if [ -e "$1" ]; then sha256sum < "$1" | cut -c 1-64; else echo none; fi
}

# Exits unless $1 still has the version that the caller knows ($2).
require() {
  [ "$2" = any ] || [ "$(version "$1")" = "$2" ] || exit $changed
}

# Kind, size, time and path of at most $1 entries, each terminated by a zero byte.
list() {
  timeout 5 find "$lab" -mindepth 1 -maxdepth 8 \( -name '.*' -o -name '*~' \) -prune -o -printf '%Y\t%s\t%T@\t%P\0' 2> /dev/null \
    | head -z -n "$1"
}

case $1 in
  list)
    list "$2" | base64 -w 0
    ;;
  # The list as one line, again after every change, until stdin ends.
  watch)
    before=-
    while :; do
      now=$(list "$2" | base64 -w 0)
      [ "$now" = "$before" ] || printf '%s\n' "$now"
      before=$now
      read -r -t 1
      [ $? -gt 128 ] || exit 0
    done
    ;;
  # PATH BYTES: the content.
  read)
    follow "$2"
    [ -e "$real" ] || exit $unknown
    [ -f "$real" ] || exit $not_text
    [ "$(stat -L -c %s -- "$real")" -le "$3" ] || exit $too_large
    head -c "$(($3 + 1))" -- "$real" | base64 -w 0
    ;;
  # PATH VERSION BYTES: replaces the file with that many bytes of stdin, all or nothing.
  write)
    follow "$2"
    [ ! -e "$real" ] || [ -f "$real" ] || exit $not_text
    folder=$(dirname -- "$real")
    mkdir -p -- "$folder" || exit 1
    new=$(mktemp -- "$folder/.kindlab-XXXXXX") || exit 1
    trap 'rm -f -- "$new"' EXIT
    cat > "$new" || exit 1
    [ "$(stat -c %s -- "$new")" -eq "$4" ] || { echo 'the content is incomplete' >&2; exit 1; }
    exec 9< "$folder" && flock 9 || exit 1
    require "$real" "$3"
    if [ -e "$real" ]; then chmod --reference="$real" -- "$new"; else chmod 644 -- "$new"; fi
    mv -f -T -- "$new" "$real" || exit 1
    ;;
  # PATH VERSION: removes the file; of a link, only the link.
  remove)
    real=$(realpath -m -- "$(dirname -- "$lab/$2")")/$(basename -- "$2")
    case $real in "$lab"/*) ;; *) exit $outside ;; esac
    [ -e "$real" ] || [ -L "$real" ] || exit $unknown
    [ ! -d "$real" ] || [ -L "$real" ] || exit $not_text
    require "$real" "$3"
    rm -f -- "$real" || exit 1
    ;;
  *)
    exit 2
    ;;
esac

# Completion for the command lab.
_lab() {
  local word=${COMP_WORDS[COMP_CWORD]} words=
  case $COMP_CWORD:${COMP_WORDS[1]}:${COMP_WORDS[2]} in
    1:*) words='check map node help' ;;
    2:node:*) words='stop start' ;;
    2:map:*) words='--watch' ;;
    3:node:st*) words=$(kubectl get nodes -o name --request-timeout=2s 2> /dev/null | sed 's|node/||; /^control-plane$/d') ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _lab lab

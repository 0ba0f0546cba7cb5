# The learner's shell.
case $- in *i*) ;; *) return ;; esac

HISTSIZE=10000
HISTFILESIZE=20000
HISTCONTROL=ignoredups:ignorespace
shopt -s histappend checkwinsize globstar
# Saves each command at once: a terminal that goes away loses no history.
PROMPT_COMMAND='history -a'
# Without this, Ctrl-S would freeze the screen silently.
stty -ixon 2> /dev/null

# nano shows on its screen how to leave it.
export EDITOR=nano KUBE_EDITOR=nano LESS=-RFX
eval "$(dircolors -b)"
alias ls='ls --color=auto' ll='ls -l --color=auto' grep='grep --color=auto' k=kubectl

PS1='\[\e[1;34m\]\w\[\e[0m\] \[\e[1;32m\]\$\[\e[0m\] '

. /usr/share/bash-completion/bash_completion
. /usr/local/share/kubectl-completion.bash
complete -o default -F __start_kubectl k
. /usr/local/share/lab-completion.bash

# bash completion of rationsctl; made by: rationsctl completion bash
_rationsctl() {
	local words
	case $COMP_CWORD in
	1) words="doctor shard completion man --help --version" ;;
	*) case ${COMP_WORDS[1]} in
	doctor) words=" --guild" ;;
	shard) words="list plan" ;;
	completion) words="bash" ;;
	man) words="" ;;
	esac
	words="$words --json" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _rationsctl rationsctl

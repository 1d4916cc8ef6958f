# bash completion of rationsctl; made by: rationsctl completion bash
_rationsctl() {
	local words
	case $COMP_CWORD in
	1) words="init doctor status shard guild token backup import config migrate demo completion man --help --version" ;;
	*) case ${COMP_WORDS[1]} in
	init) words=" --force --links" ;;
	doctor) words=" --guild --lines" ;;
	status) words="" ;;
	shard) words="list plan" ;;
	guild) words="list show check --lines" ;;
	token) words="list create --people --days revoke" ;;
	backup) words="list now verify drill restore --force --yes" ;;
	import) words="file --dry-run list merge drop" ;;
	config) words="" ;;
	migrate) words=" --status" ;;
	demo) words="" ;;
	completion) words="bash" ;;
	man) words="" ;;
	esac
	words="$words --json" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _rationsctl rationsctl

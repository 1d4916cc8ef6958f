#!/bin/sh
# Becomes the Redis it is told, in the folder it is started in (its "dir"), once the end of the journal there is mended.
#
#   start.sh redis-server [OPTION...]
#   start.sh true                      mends, no more: before a Redis that others start
#
# What dies while it writes (kill -9, power) may leave half a transaction at the end of its append-only file. Redis takes
# off the half command, but leaves the MULTI before it standing open; so the next transaction's EXEC ends it, and at the
# start after this one what had never happened has: events stand twice (docs/why/torn-journal.md).
# Only such an end is taken off. A file that is bad in its middle is left for Redis to refuse, and for people to look at.
set -eu
case ${1?what is to be started} in */*) PATH=${1%/*}:$PATH ;; esac
folder=appendonlydir
cr=$(printf '\r')

# torn FILE AT: is what stands behind AT half a transaction, and nothing else? The dot keeps a last line from being whole.
torn() {
	tail -c "+$(($2 + 1))" "$1" | head -c 15 | tr '\r\n' '..' | grep -qx '.1...5..MULTI..' || return 1
	! { tail -c "+$(($2 + 1))" "$1" && printf .; } | LC_ALL=C grep -aqx "EXEC$cr"
}

# Only the newest file is written to.
last=$(sed -n 's/^file \(.*\) seq [0-9]* type i.*/\1/p' $folder/appendonly.aof.manifest 2>/dev/null | tail -n 1)
if [ -n "$last" ]; then
	journal=$folder/$last
	whole=$(redis-check-aof "$journal" 2>&1 | sed -n 's/^AOF analyzed:.* ok_up_to=\([0-9]*\),.*/\1/p')
	if [ "${whole:--1}" -ge 0 ] && torn "$journal" "$whole"; then
		echo "half a transaction is taken off the end of $journal: $(($(wc -c <"$journal") - whole)) bytes" >&2
		truncate -s "$whole" "$journal"
	fi
fi
exec "$@"

#!/bin/bash
# Runs every test and counts: tests/run.sh <sanitized build> <plain build>.
# C programs and scripts report in TAP; exit 77 is "skipped". Logs: <sanitized build>/log/.
# Tests bring their own servers on ports of their own, so several run at a time (JOBS): much of a
# story is waiting. What fails among others is run once more, alone (RERUN=0: not): see again().
set -u
cd "$(dirname "$0")/.." || exit 1
san=$1 plain=$2
jobs=${JOBS:-$(($(nproc) + 3))}
logs=$san/log
rm -rf "$logs"
mkdir -p "$logs/results"
running=0
limit=600 # seconds for one test
declare -A commands

export CMOCKA_MESSAGE_OUTPUT=TAP
export LC_ALL=C.UTF-8 # without it Chromium can not name a file in Russian
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
export BUILD_SAN=$san BUILD_PLAIN=$plain

# cpu FILE: what `times` wrote there of a shell's children, in seconds
cpu() {
	awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, part, "[ms]"); sum += 60 * part[1] + part[2] } printf "%.1f", sum }' "$1"
	rm "$1"
}

# run NAME COMMAND...: one test, to its verdict
run() {
	local name=$1 log=$logs/${1//\//_}.log started=$SECONDS
	shift
	timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1
	local status=$?
	[ $status -ne 124 ] || echo "# not ended after $limit s" >>"$log"
	local cost
	times >"$log.times" # in this shell: one of $() has had no children
	cost=$(cpu "$log.times")
	local ok bad skip
	skip=$(grep -cE '^(not )?ok .*# SKIP' "$log")
	ok=$(($(grep -cE '^ok\b' "$log") - skip))
	bad=$(grep -cE '^not ok\b' "$log")
	if [ $status -eq 77 ]; then
		skip=$((skip > 0 ? skip : 1)) ok=0 bad=0
	elif [ $status -ne 0 ]; then
		bad=$((bad > 0 ? bad : 1))
	elif [ $((ok + skip)) -eq 0 ]; then
		ok=1
	fi
	local verdict=ok details=
	[ "$ok" -gt 0 ] || verdict=skip
	if [ "$bad" -gt 0 ]; then
		verdict=FAIL
		details=$'\n'$(tail -n 40 "$log" | sed 's/^/    /')
	fi
	printf '%-4s %s (%d passed, %d s, %s s of CPU)%s\n' "$verdict" "$name" "$ok" "$((SECONDS - started))" "$cost" "$details"
	echo "$ok $bad $skip $name $cost" >"$logs/results/${name//\//_}"
}

# one NAME COMMAND...: runs it as soon as there is room
one() {
	if [ "$running" -ge "$jobs" ]; then
		wait -n
		running=$((running - 1))
	fi
	echo "0 1 0 $1" >"$logs/results/${1//\//_}" # until it has ended
	commands[$1]=${*@Q}
	run "$@" &
	running=$((running + 1))
}

# is_finding NAME LOG: a program found something wrong with itself, or chance an input that breaks one. No second run
# unsays that. A case in C that fails leaks what it had begun: that is no finding.
is_finding() {
	[ "$1" = fuzz ] || grep -qE 'ERROR: AddressSanitizer|runtime error:|: Assertion `' "$2" ||
		{ grep -q LeakSanitizer "$2" && ! { [[ $1 == *.c ]] && grep -q '^not ok' "$2"; }; }
}

# again NAME: what failed among others, alone. Passes it now, the change is not at fault, and lands; the test is, and is named.
again() {
	local name=$1 log=$logs/${1//\//_}.log
	local first=${log%.log}.first.log
	is_finding "$name" "$log" && return
	mv "$log" "$first"
	(eval "run ${commands[$name]}")
	read -r _ bad _ <"$logs/results/${name//\//_}"
	[ "$bad" -eq 0 ] || return
	echo "FLAKY? $name, the first time:"
	tail -n 40 "$first" | sed 's/^/    /'
	echo "flaky: $name (failed among others, passed alone; log: $first)" >>"$logs/flaky"
}

# Browsers share the network, containers want it for themselves: when one comes or goes, Chromium drops what it is loading.
network_of() {
	network=()
	if [[ $1 == tests/compose/compose_test.mjs ]]; then
		network=(flock --close "$logs/network")
	elif grep -q browser.mjs "$1"; then
		network=(flock --close --shared "$logs/network")
	fi
}

# The long ones first: at the end nothing should be waited for alone.
one fuzz env FUZZ_SECONDS=10 FUZZ_JOBS=1 tests/fuzz/run.sh
for folder in e2e compose scenario docs; do
	for story in $(find tests/$folder -name '*_test.mjs' | sort); do
		network_of "$story"
		one "${story#tests/}" "${network[@]}" deploy/debian/node node "$story"
	done
done
one fidelity bash tests/fidelity/run.sh
one dashboard flock --close --shared "$logs/network" sh -c 'cd dashboard && ../deploy/debian/node npm test --silent'
# Those of the services before those of the library, which take no time.
for source in $(find tests/scenario tests/unit -name '*_test.c' | sort -r); do
	one "${source#tests/}" "$san/${source%.c}"
done
wait

# More than three is no accident, and after a quarter of an hour there is no time.
mapfile -t failed < <(awk '$2 > 0 { print $4 }' "$logs"/results/*)
limit=180
if [ "${RERUN:-1}" != 0 ] && [ ${#failed[@]} -le 3 ]; then
	for name in "${failed[@]}"; do
		[ "$SECONDS" -ge 900 ] || again "$name"
	done
fi

touch "$logs/flaky"
cat "$logs/flaky"
cat "$logs"/results/* | awk '
	{ passed += $1; failed += $2; skipped += $3; cost += $5 }
	$2 > 0 { print "failed: " $4 }
	END {
		printf "%d s of CPU\n", cost
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0
	}'

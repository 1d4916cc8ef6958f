#!/bin/bash
# Runs every test and counts: tests/run.sh <sanitized build> <plain build>.
# C programs and scripts report in TAP; exit 77 is "skipped". Logs: <sanitized build>/log/.
set -u
cd "$(dirname "$0")/.." || exit 1
san=$1 plain=$2
logs=$san/log
mkdir -p "$logs"
passed=0 failed=0 skipped=0 failures=()

export CMOCKA_MESSAGE_OUTPUT=TAP
export LC_ALL=C.UTF-8 # without it Chromium can not name a file in Russian
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
export BUILD_SAN=$san BUILD_PLAIN=$plain

# one NAME COMMAND...
one() {
	local name=$1 log=$logs/${1//\//_}.log started=$SECONDS
	shift
	timeout --kill-after=10 600 "$@" >"$log" 2>&1
	local status=$?
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
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	local verdict=ok
	[ "$ok" -gt 0 ] || verdict=skip
	[ "$bad" -eq 0 ] || verdict=FAIL
	printf '%-4s %s (%d passed, %d s)\n' "$verdict" "$name" "$ok" "$((SECONDS - started))"
	if [ "$bad" -gt 0 ]; then
		failures+=("$name")
		tail -n 40 "$log" | sed 's/^/    /'
	fi
}

for source in $(find tests/unit -name '*_test.c' | sort); do
	one "${source#tests/}" "$san/${source%.c}"
done
one fuzz tests/fuzz/run.sh
one dashboard sh -c 'cd dashboard && ../deploy/debian/node npm test --silent'
for source in $(find tests/scenario -name '*_test.c' | sort); do
	one "${source#tests/}" "$san/${source%.c}"
done
one fidelity bash tests/fidelity/run.sh
for story in $(find tests/scenario tests/e2e -name '*_test.mjs' | sort); do
	one "${story#tests/}" deploy/debian/node node "$story"
done

[ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

#!/bin/bash
# Runs every fuzz program FUZZ_SECONDS long, FUZZ_JOBS (2) at a time, and says in a line each what came of it.
# What they learn is kept in build/clang-fuzz/corpus, what they break in build/clang-fuzz/broken.
# To keep a lesson for good: <program> -merge=1 tests/fuzz/corpus/<name> build/clang-fuzz/corpus/<name>
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/clang-fuzz
export FUZZ_SECONDS=${FUZZ_SECONDS:-60} build

# fuzz NAME
fuzz() {
	local name=$1 log=$build/log/$1.log learned=$build/corpus/$1
	mkdir -p "$build/log" "$build/broken" "$learned"
	"$build/tests/fuzz/${name}_fuzz" "$learned" "tests/fuzz/corpus/$name" -max_total_time="$FUZZ_SECONDS" \
		-max_len=16384 -timeout=20 -print_final_stats=1 -artifact_prefix="$build/broken/$name-" >"$log" 2>&1
	local status=$? inputs
	inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	if [ $status -eq 0 ]; then
		echo "ok - fuzz $name: ${inputs:-0} inputs in $FUZZ_SECONDS s"
	else
		echo "not ok - fuzz $name: see $log"
		grep -aE -A12 'ERROR|runtime error|broken:|ALARM' "$log" | head -n 30
	fi
	return $status
}
export -f fuzz

for source in tests/fuzz/*_fuzz.c; do
	basename "${source%_fuzz.c}"
done | xargs -P"${FUZZ_JOBS:-2}" -I{} bash -c 'fuzz {}'

#!/bin/bash
# Other people's clients against discord-sim: discord.js and Debian's python3-discord, unmodified but
# for the base URLs. Each check prints one TAP line. Exit 1 when any failed.
set -u
cd "$(dirname "$0")/../.." || exit 1

build=${BUILD_SAN:-build/gcc-san}
[ -x "$build/bin/discord-sim" ] || build=${BUILD_PLAIN:-build/gcc}
work=$(mktemp -d) sim=
trap '[ -z "$sim" ] || kill "$sim" 2>/dev/null; wait; rm -rf "$work"' EXIT
export UBSAN_OPTIONS=print_stacktrace=1

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start NAME=VALUE...: a simulator of its own, on any port; sets SIM_URL.
start() {
	: >"$work/sim.log"
	env SIM_PORT=0 ADMIN_PORT="$(free_port)" SIM_CONTROL=on SIM_PRESET=tiny SIM_HISTORY_DAYS=0 SIM_SPEED=0 \
		SIM_IDENTIFY_EVERY=0 "$@" "$build/bin/discord-sim" 2>>"$work/sim.log" &
	sim=$!
	for _ in $(seq 300); do
		port=$(sed -n 's/.*msg=listening.* port=\([0-9]*\).*/\1/p' "$work/sim.log")
		[ -n "$port" ] && break
		kill -0 "$sim" 2>/dev/null || break
		sleep 0.1
	done
	[ -n "${port:-}" ] || { echo "not ok - discord-sim starts"; cat "$work/sim.log"; exit 1; }
	export SIM_URL=http://127.0.0.1:$port
}

# Stops it; what it leaves behind must be clean too.
stop() {
	kill "$sim"
	if wait "$sim"; then
		echo "ok - $1: the simulator left cleanly"
	else
		echo "not ok - $1: the simulator left cleanly"
		tail -n 60 "$work/sim.log"
		failed=1
	fi
	sim=
}

# client NAME COMMAND...: runs it against a fresh simulator, with $options.
client() {
	local name=$1
	shift
	# shellcheck disable=SC2086 # one word an option
	start ${options:-}
	if ! timeout 180 "$@"; then
		echo "not ok - $name: finished"
		tail -n 40 "$work/sim.log" | sed 's/^/# /'
		failed=1
	fi
	stop "$name"
}

failed=0
# What needs aiohttp: it comes with python3-discord.
protocol() {
	local story=$1
	shift
	options="$*" client "$story" /usr/bin/python3 tests/fidelity/protocol.py "$story"
}

if [ -d tests/node_modules/discord.js ] || (cd tests && npm ci --silent); then
	client discord.js node tests/fidelity/discordjs.mjs
else
	echo "not ok - discord.js: npm ci in tests/ failed"
	failed=1
fi
if /usr/bin/python3 -c 'import discord' 2>/dev/null; then
	client discord.py /usr/bin/python3 tests/fidelity/discordpy.py
	protocol default
	protocol rest
	protocol oauth
	protocol strict SIM_PRIVILEGED_INTENTS=0 SIM_SHARD_GUILDS=1 SIM_IDENTIFY_EVERY=1s \
		SIM_HEARTBEAT=400ms SIM_SESSION_TTL=500ms SIM_REPLAY_BYTES=4k
else
	echo "ok - discord.py # SKIP python3-discord is not installed"
fi
for recording in ../shared/recordings/*.jsonl; do
	if [ -f "$recording" ] && /usr/bin/python3 -c 'import aiohttp' 2>/dev/null; then
		options=SIM_REPLAY=$recording client "$(basename "$recording")" \
			/usr/bin/python3 tests/fidelity/recordings.py "$recording"
	else
		echo "ok - recordings # SKIP there are none beside the project"
	fi
done
exit $failed

#!/bin/bash
# postgres.sh FOLDER: makes FOLDER/data, a PostgreSQL with the database "rations" as the migrations make it; its
# superusers are rations and postgres. It is made once and then copied, since making it takes seconds and every story
# wants one: build/postgres/<sum of what it was made of>. Nothing of it outlives a power cut: it is for tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=/usr/lib/postgresql/15/bin
migrate=${BUILD_PLAIN:-build/gcc}/bin/migrate
kept=build/postgres/$(cat migrations/*.sql tests/harness/postgres.sh | sha256sum | cut -c1-16)

# PostgreSQL refuses to be root.
as_postgres() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}

folder_of_postgres() {
	mkdir -p "$1"
	[ "$(id -u)" != 0 ] || chown postgres:postgres "$1"
}

configure() {
	cat >>"$1" <<-'END'
		fsync = off
		full_page_writes = off
		jit = off
		wal_level = minimal
		max_wal_senders = 0
	END
}

make_kept() (
	work=$(mktemp -d)
	trap 'as_postgres "$bin/pg_ctl" -s -D "$work/postgres/data" -m immediate stop 2>/dev/null || true; rm -rf "$work"' EXIT
	chmod 0755 "$work"
	folder_of_postgres "$work/postgres"
	cd "$work/postgres"
	as_postgres "$bin/initdb" -D data -U rations --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-instructions --no-sync \
		--wal-segsize=1 >/dev/null
	configure data/postgresql.conf
	as_postgres "$bin/pg_ctl" -s -w -D data -l log -o "-k $PWD -c listen_addresses=" start 9>&-
	"$bin/psql" -X -q -h "$PWD" -U rations -d postgres -c "CREATE DATABASE rations" -c "CREATE ROLE postgres SUPERUSER LOGIN"
	cd "$OLDPWD"
	env -u MAKEFLAGS make --no-print-directory -s "$migrate"
	DATABASE_URL="postgresql://rations@/rations?host=$work/postgres" "$migrate" >/dev/null
	as_postgres "$bin/pg_ctl" -s -w -D "$work/postgres/data" -m fast stop
	rm -rf build/postgres/*
	cp -a "$work/postgres/data" "build/postgres/new"
	mv build/postgres/new "$kept"
)

if ! [ -d "$kept" ]; then
	mkdir -p build/postgres
	exec 9>build/postgres.lock
	flock 9
	[ -d "$kept" ] || make_kept >&2
	exec 9>&-
fi
folder_of_postgres "$1"
cp -a "$kept" "$1/data"

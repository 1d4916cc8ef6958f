#!/bin/sh
# Makes what the units expect: the database in this host's PostgreSQL, and /etc/rations with a secret a file. As root; run
# again, it leaves alone what is there and makes what is missing.
#
#   DISCORD_BOT_TOKEN=... DISCORD_CLIENT_SECRET=... setup.sh
#
# PSQL is how to be PostgreSQL's superuser; DATABASE_AT and REDIS_URL where the services find both.
set -eu
etc=${ETC_DIR:-/etc/rations}
at=${DATABASE_AT:-127.0.0.1:5432/rations}
psql=${PSQL:-runuser -u postgres -- psql}
umask 077

die() {
	printf 'rations: %s\n  %s\n' "$1" "$2" >&2
	exit 1
}

# keep NAME VALUE: as a file, unless there is one
keep() {
	[ -s "$etc/secrets/$1" ] || printf '%s\n' "$2" >"$etc/secrets/$1"
}

random() {
	head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n'
}

# given NAME VALUE: one of those only Discord can give
given() {
	[ -s "$etc/secrets/$1" ] || [ -n "$2" ] || die "there is no $1 yet" \
		"Run this with DISCORD_BOT_TOKEN and DISCORD_CLIENT_SECRET set, from https://discord.com/developers/applications"
	keep "$1" "$2"
}

mkdir -p "$etc/secrets/passwords" "$etc/secrets/database_url"
chmod 0755 "$etc"
given discord_bot_token "${DISCORD_BOT_TOKEN:-}"
given discord_client_secret "${DISCORD_CLIENT_SECRET:-}"
keep session_secret "$(random)"
keep redis_url "${REDIS_URL:-redis://127.0.0.1:6379}"

# service SERVICE ROLE: its password, and with it its address
service() {
	keep "passwords/$2" "$(random)"
	keep "database_url/$1" "postgresql://$2:$(cat "$etc/secrets/passwords/$2")@$at"
}
service analytics rations_analytics
service response-tracker rations_response
service api rations_api
service backup-scheduler rations_backup
service owner rations

# A superuser: restores end the connections of others. migrate makes the other roles. What stands on a command line others can read.
$psql -X -q -v ON_ERROR_STOP=1 -d postgres <<SQL
SELECT 'CREATE ROLE rations LOGIN SUPERUSER' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rations') \gexec
ALTER ROLE rations PASSWORD '$(cat "$etc/secrets/passwords/rations")';
SELECT 'CREATE DATABASE rations OWNER rations ENCODING ''UTF8'' TEMPLATE template0'
	WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'rations') \gexec
SQL

[ -e "$etc/rations.env" ] || cat >"$etc/rations.env" <<ENV
# Settings of all services; each lists its own with --help. Secrets are files in $etc/secrets.
#PUBLIC_URL=https://stats.example.org
#OWNER_IDS=
ENV
# For rationsctl: set -a; . $etc/operator.env; rationsctl doctor
cat >"$etc/operator.env" <<ENV
. $etc/rations.env
DATABASE_URL_FILE=$etc/secrets/database_url/api
ADMIN_DATABASE_URL_FILE=$etc/secrets/database_url/owner
REDIS_URL_FILE=$etc/secrets/redis_url
DISCORD_BOT_TOKEN_FILE=$etc/secrets/discord_bot_token
DISCORD_CLIENT_SECRET_FILE=$etc/secrets/discord_client_secret
BACKUP_DIR=/var/lib/rations-backups
ENV
chmod 0644 "$etc/rations.env" "$etc/operator.env"
echo "rations: $etc is set up; start it with: systemctl enable --now rations.target"

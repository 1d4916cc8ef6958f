#!/bin/sh
# Writes what the containers of an installation are told in files, secrets above all, into the volume /run/rations, and
# ends. Everything else waits for it; it runs at every `docker compose up`, as root without a network. Not in our image:
# what depends on a container that is made anew is made anew with it, and a new release is no reason to stop databases.
#
#   setup.sh        the files
#   setup.sh demo   before that, only with the profile "demo": a simulated Discord is wanted
#
# A secret is what stands in ./secrets/NAME, else in .env, else what it was at the last start, else made here. Every
# program has a user of its own and reads its own files; what several need is the group's.
set -eu
dir=/run/rations
given=/given
umask 077

# Users, as in the Dockerfile and in docker-compose.yml.
group=10000 analytics=10002 response_tracker=10003 api=10004 backup_scheduler=10005 migrate=10006
server=999 grafana=472 # postgres and redis

die() {
	printf '\nRations can not start: %s\n  %s\n\n' "$1" "$2" >&2
	exit 1
}

# put NAME OWNER VALUE: there at once or not at all. OWNER "all": no secret.
put() {
	printf '%s\n' "$3" >"$dir/.new"
	case $2 in
	all) chmod 0444 "$dir/.new" ;;
	"$group") chown "0:$group" "$dir/.new" && chmod 0440 "$dir/.new" ;;
	*) chown "$2" "$dir/.new" && chmod 0400 "$dir/.new" ;;
	esac
	mv "$dir/.new" "$dir/$1"
}

# given_or NAME VALUE: of ./secrets, else VALUE
given_or() {
	if [ -s "$given/$1" ]; then
		cat "$given/$1"
	else
		printf '%s' "$2"
	fi
}

# kept NAME: given, else what it was, else 64 random hexadecimal digits
kept() {
	if [ -s "$given/$1" ]; then
		cat "$given/$1"
	elif [ -s "$dir/$1" ]; then
		cat "$dir/$1"
	else
		head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n'
	fi
}

is_plain() {
	case $1 in '' | *[!0-9A-Za-z._-]*) return 1 ;; esac
}

if [ "${1:-}" = demo ]; then
	: >"$dir/demo-wanted"
	exit 0
fi

mkdir -p "$dir/passwords" "$dir/database_url"
chmod 0755 "$dir" "$dir/passwords" "$dir/database_url"
kind=live
if [ -e "$dir/demo-wanted" ]; then kind=demo; fi
rm -f "$dir/demo-wanted"
was=$(cat "$dir/kind" 2>/dev/null || echo $kind)
case $was$kind in
demolive) die "this installation is the demo" \
	"Go on with --profile demo; or end it for good (docker compose --profile demo down -v) and start anew." ;;
livedemo) die "this installation belongs to a bot, the demo needs one of its own" \
	"Start it beside this one: docker compose -p rations-demo --profile demo up -d --wait (with another PORT)" ;;
esac

# --- where Discord is, and who we are there ------------------------------------------------

port=${PORT:-5000}
public_url=http://localhost:$port
if [ -n "${DOMAIN:-}" ]; then public_url=https://$DOMAIN; fi
public_url=${PUBLIC_URL:-$public_url}

if [ $kind = demo ]; then
	sim=${DEMO_URL:-http://localhost:5010}
	token=simulated-bot-token
	client_secret=simulated-client-secret
	put discord_client_id all 1100000000000000001
	put discord_api_base all http://discord-sim:5010/api/v10
	put discord_authorize_url all "$sim/oauth2/authorize"
	put discord_cdn_base all "$sim/cdn"
	put event_clock all frame
	put demo all on
	put redirect_uris all "${public_url%/}/callback http://localhost:$port/callback http://127.0.0.1:$port/callback"
else
	token=$(given_or discord_bot_token "${DISCORD_BOT_TOKEN:-}")
	client_secret=$(given_or discord_client_secret "${DISCORD_CLIENT_SECRET:-}")
	if [ -z "$token" ] || [ -z "$client_secret" ]; then
		die "DISCORD_BOT_TOKEN and DISCORD_CLIENT_SECRET are not both set" \
			"Write them into .env (cp .env.example .env); or look around: docker compose --profile demo up -d --wait"
	fi
	put discord_client_id all "${DISCORD_CLIENT_ID:-}"
	put discord_api_base all "${DISCORD_API_BASE:-https://discord.com/api/v10}"
	put discord_authorize_url all "${DISCORD_AUTHORIZE_URL:-}"
	put discord_cdn_base all "${DISCORD_CDN_BASE:-https://cdn.discordapp.com}"
	put event_clock all wall
	put demo all off
fi
put public_url all "$public_url"
put discord_bot_token $group "$token"
put discord_client_secret $api "$client_secret"
put session_secret $api "$(kept session_secret)"

# --- the database: a password a role, and with it the address for whose role it is -----------------

put postgres_password $server "$(kept postgres_password)"
# role PROGRAM UID ROLE
role() {
	password=$(kept "passwords/$3")
	is_plain "$password" || die "secrets/passwords/$3 holds something else than letters, digits and ._-" \
		"Choose another password, or remove the file: one is made then."
	put "passwords/$3" $migrate "$password"
	put "database_url/$1" "$2" "postgresql://$3:$password@postgres/rations"
}
role analytics $analytics rations_analytics
role response-tracker $response_tracker rations_response
role api $api rations_api
role backup-scheduler $backup_scheduler rations_backup
owner=$(cat "$dir/postgres_password")
is_plain "$owner" || die "secrets/postgres_password holds something else than letters, digits and ._-" \
	"Choose another password, or remove the file: one is made then."
put database_url/migrate $migrate "postgresql://rations:$owner@postgres/rations"
put database_url/owner $backup_scheduler "postgresql://rations:$owner@postgres/rations"

# --- Redis ---------------------------------------------------------------------------------------

password=$(kept redis_password)
is_plain "$password" || die "secrets/redis_password holds something else than letters, digits and ._-" \
	"Choose another password, or remove the file: one is made then."
put redis_password $server "$password"
put redis_url $group "redis://:$password@redis:6379"
put redis.conf $server "requirepass $password
appendonly yes
appendfsync everysec
save \"\"
maxmemory ${REDIS_MAXMEMORY:-640mb}
maxmemory-policy noeviction
dir /data"
put redis-start.sh all "$(cat /redis/start.sh)"

# --- backups, monitoring --------------------------------------------------------------------------

put s3_secret_access_key $backup_scheduler "$(given_or s3_secret_access_key "${S3_SECRET_ACCESS_KEY:-}")"
key=$(given_or backup_key "${BACKUP_KEY:-}")
put backup_key $backup_scheduler "$key"
put backup_key_file all "${key:+$dir/backup_key}"
put grafana_password $grafana "$(kept grafana_password)"

put kind all $kind
echo "Rations is set up ($kind)"

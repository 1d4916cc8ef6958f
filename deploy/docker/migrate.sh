#!/bin/sh
# Brings the schema up to date. The demo's desks come after its tables, and before anybody is told its history.
set -eu
migrate
if [ "$(cat "$DEMO_FILE")" = on ]; then
	discord-sim --desk-seed >/tmp/desk.sql
	migrate --load </tmp/desk.sql
fi

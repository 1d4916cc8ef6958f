/* status: how the installation is, on one screen: services, shards, readers, the last backup. */
#include "libshared/base/clock.h"
#include "libshared/fleet/view.h"
#include "services/rationsctl/commands.h"
#include "services/rationsctl/doctor.h"
#include "services/rationsctl/fleet.h"

/* clang-format off */
static const char status_sql[] =
	"SELECT json_build_object("
	" 'guilds', (SELECT count(*) FROM analytics.guild WHERE removed_at IS NULL), "
	" 'messages', (SELECT coalesce(sum(messages_total), 0) FROM analytics.guild), "
	" 'last_event_age_ms', (SELECT (extract(epoch FROM now() - max(last_event_at)) * 1000)::bigint FROM analytics.guild), "
	" 'database_bytes', pg_database_size(current_database()), "
	" 'last_backup_age_ms', (SELECT (extract(epoch FROM now() - max(finished_at)) * 1000)::bigint FROM backup.backup "
	"  WHERE state = 'ready' AND kind IN ('scheduled', 'manual', 'before_restore')), "
	" 'jobs', (SELECT count(*) FROM backup.job WHERE state IN ('waiting', 'running')), "
	" 'readers', (SELECT coalesce(json_agg(json_build_object('reader', reader, 'stream', stream, "
	"   'written_age_ms', (extract(epoch FROM now() - updated_at) * 1000)::bigint) ORDER BY stream, reader), '[]') "
	"  FROM (SELECT 'analytics' AS reader, stream, updated_at FROM analytics.position UNION ALL "
	"   SELECT 'response-tracker', stream, updated_at FROM response.position ORDER BY 3 DESC LIMIT 64) p))";
/* clang-format on */

struct fleet_sum {
	json_t *json;
	bool is_done;
};

static json_t *instant(int64_t ms)
{
	char text[33];
	if (ms == 0)
		return json_null();
	ra_iso8601_format(ms, text);
	return json_string(text);
}

static void on_view(void *ctx, int status, const struct ra_fleet_view *view)
{
	struct fleet_sum *sum = ctx;
	sum->is_done = true;
	if (status == 0)
		sum->json = ra_fleet_view_json(view, instant);
}

static json_t *ask_shards(struct ctl *ctl)
{
	struct fleet_sum sum = { 0 };
	int rc = ctl_reach(ctl, RA_FLEET_KEY);
	if (rc == CTL_OK && ra_fleet_view_ask(ctl->redis, on_view, &sum) == 0)
		rc = ctl_wait_for(ctl, &sum.is_done);
	ctl_close(ctl);
	if (sum.json)
		return sum.json;
	return json_pack("{s:s}", "trouble",
			 rc == CTL_OK ? "Redis does not answer" : ctl->trouble.msg);
}

static json_t *ask_database(struct ctl *ctl)
{
	struct ra_err err;
	PGconn *db = sql_open(ctl, false, &err);
	json_t *json = db ? sql_json(db, &err, status_sql, 0, NULL) : NULL;
	PQfinish(db);
	return json ? json : json_pack("{s:s}", "trouble", err.msg);
}

static json_t *ask_services(struct ctl *ctl, bool *are_ready)
{
	size_t count;
	json_t *list = json_array();
	struct fleet_service *services = fleet_ask(ctl, &count);
	for (size_t i = 0; i < count; i++) {
		const char *state = services[i].is_ready   ? "ready"
				    : services[i].is_there ? "not ready"
							   : "away";
		*are_ready &= services[i].is_ready;
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "service",
						      services[i].name, "at", services[i].at,
						      "state", state, "why", services[i].why));
	}
	ra_free(services);
	return list;
}

/* --- on a screen --- */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static void print_age(FILE *out, const char *what, const json_t *ms, const char *never)
{
	char age[WORDS_MAX];
	words_age(age, json_integer_value(ms));
	if (json_is_integer(ms))
		fprintf(out, "%-18s %s ago\n", what, age);
	else
		fprintf(out, "%-18s %s\n", what, never);
}

static void print_services(FILE *out, const json_t *services)
{
	size_t i;
	const json_t *service;
	json_array_foreach(services, i, service)
	{
		fprintf(out, "%-18s %-10s %s", text_of(service, "service"),
			text_of(service, "state"), text_of(service, "at"));
		if (*text_of(service, "why"))
			fprintf(out, "  %s", text_of(service, "why"));
		fputc('\n', out);
	}
}

static void print_shards(FILE *out, const json_t *fleet)
{
	const json_t *shards = json_object_get(fleet, "shards"), *shard;
	size_t live = 0, i;
	json_array_foreach(shards, i, shard) live += strcmp(text_of(shard, "state"), "live") == 0;
	fprintf(out, "\n%-18s ", "shards");
	if (json_object_get(fleet, "trouble"))
		fprintf(out, "%s\n", text_of(fleet, "trouble"));
	else
		fprintf(out, "%zu of %zu live\n", live, json_array_size(shards));
	json_array_foreach(shards, i, shard)
	{
		if (strcmp(text_of(shard, "state"), "live") == 0)
			continue;
		fprintf(out, "%18s %s %s ", "", text_of(shard, "shard"), text_of(shard, "state"));
		ctl_print_plain(out, text_of(shard, "trouble"));
		fputc('\n', out);
	}
}

static void print_database(FILE *out, const json_t *database)
{
	char size[WORDS_MAX];
	if (json_object_get(database, "trouble")) {
		fprintf(out, "%-18s %s\n", "database", text_of(database, "trouble"));
		return;
	}
	words_size(size, json_integer_value(json_object_get(database, "database_bytes")));
	fprintf(out, "%-18s %lld, %lld messages counted\n", "servers",
		(long long)json_integer_value(json_object_get(database, "guilds")),
		(long long)json_integer_value(json_object_get(database, "messages")));
	fprintf(out, "%-18s %s\n", "database", size);
	print_age(out, "last event", json_object_get(database, "last_event_age_ms"), "none yet");
	size_t i;
	const json_t *reader;
	json_array_foreach(json_object_get(database, "readers"), i, reader)
	{
		char *what = ra_format("%s wrote", text_of(reader, "reader"));
		print_age(out, i < 8 ? what : "", json_object_get(reader, "written_age_ms"), "-");
		ra_free(what);
	}
	print_age(out, "last backup", json_object_get(database, "last_backup_age_ms"),
		  "none: rationsctl backup now");
}

int status_run(struct ctl *ctl, char **args)
{
	bool is_well = true;
	if (*args)
		return CTL_USAGE;
	json_t *services = ask_services(ctl, &is_well);
	json_t *fleet = ask_shards(ctl);
	json_t *database = ask_database(ctl);
	is_well &= !json_object_get(fleet, "trouble") && !json_object_get(database, "trouble");
	if (!ctl->is_json) {
		print_services(ctl->out, services);
		print_shards(ctl->out, fleet);
		print_database(ctl->out, database);
		json_decref(services);
		json_decref(fleet);
		json_decref(database);
	} else {
		ctl_print_json(ctl,
			       json_pack("{s:b, s:o, s:o, s:o}", "is_well", is_well, "services",
					 services, "fleet", fleet, "database", database));
	}
	return is_well ? CTL_OK : CTL_NO;
}

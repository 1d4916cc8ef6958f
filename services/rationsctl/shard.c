/*
 * shard: how the shards are, and how many there shall be.
 */
#include "libshared/fleet/view.h"
#include "services/rationsctl/commands.h"
#include "services/rationsctl/doctor.h"
#include <inttypes.h>
#include <time.h>

#define COLUMNS 9
#define WIDTH   WORDS_MAX

/* --- words ------------------------------------------------------------------ */

static void write_age(char out[WIDTH], int64_t now_ms, int64_t at_ms)
{
	if (at_ms == 0)
		snprintf(out, WIDTH, "-");
	else
		words_age(out, now_ms - at_ms);
}

static json_t *instant(int64_t ms)
{
	char text[40];
	struct tm utc;
	time_t s = (time_t)(ms / 1000);
	if (ms == 0 || !gmtime_r(&s, &utc))
		return json_null();
	size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + len, sizeof(text) - len, ".%03dZ", (int)(ms % 1000));
	return json_string(text);
}

/* --- the table -------------------------------------------------------------- */

typedef char row[COLUMNS][WIDTH];

static void fill_row(row out, const struct ra_shard_status *shard, int64_t now_ms)
{
	snprintf(out[0], WIDTH, "%s", shard->shard);
	snprintf(out[1], WIDTH, "%s", shard->state);
	snprintf(out[2], WIDTH, "%" PRId64, shard->guilds);
	snprintf(out[3], WIDTH, "%.1f", shard->events_per_s);
	if (shard->latency_ms > 0)
		snprintf(out[4], WIDTH, "%" PRId64 " ms", shard->latency_ms);
	else
		snprintf(out[4], WIDTH, "-");
	write_age(out[5], now_ms, shard->last_event_at);
	write_age(out[6], now_ms, shard->session_started_at);
	snprintf(out[7], WIDTH, "%" PRId64, shard->resumes);
	snprintf(out[8], WIDTH, "%.39s", *shard->holder ? shard->holder : "-");
}

static void print_row(FILE *out, row cells, const int widths[COLUMNS])
{
	static const bool is_number[COLUMNS] = { [2] = true, true, true, true, true, true };
	for (int i = 0; i < COLUMNS; i++) {
		const char *gap = i + 1 < COLUMNS ? "  " : "\n";
		int width = i + 1 < COLUMNS ? widths[i] : 0;
		fprintf(out, is_number[i] ? "%*s%s" : "%-*s%s", width, cells[i], gap);
	}
}

static void print_table(FILE *out, const struct ra_fleet_view *view)
{
	row *rows = ra_alloc((view->shard_count + 1) * sizeof(*rows));
	int widths[COLUMNS] = { 0 };
	static const row head = { "SHARD",      "STATE",   "GUILDS",  "EVENTS/S", "LATENCY",
				  "LAST EVENT", "SESSION", "RESUMES", "REPLICA" };
	memcpy(rows[0], head, sizeof(head));
	for (size_t i = 0; i < view->shard_count; i++)
		fill_row(rows[i + 1], &view->shards[i], view->now_ms);
	for (size_t i = 0; i <= view->shard_count; i++)
		for (int column = 0; column < COLUMNS; column++) {
			int width = (int)strlen(rows[i][column]);
			widths[column] = width > widths[column] ? width : widths[column];
		}
	for (size_t i = 0; i <= view->shard_count; i++) {
		print_row(out, rows[i], widths);
		if (i > 0 && *view->shards[i - 1].trouble)
			fprintf(out, "       %s\n", view->shards[i - 1].trouble);
	}
	ra_free(rows);
}

static void print_summary(FILE *out, const struct ra_fleet_view *view)
{
	char age[WIDTH];
	size_t live = 0;
	for (size_t i = 0; i < view->shard_count; i++)
		live += strcmp(view->shards[i].state, "live") == 0;
	fprintf(out, "\nshards: %zu of %zu live, held by %zu gateway-ingest\n", live,
		view->shard_count, view->replica_count);
	if (view->next > 0) {
		write_age(age, view->now_ms, view->next_since_ms);
		fprintf(out, "resharding: from %" PRId64 " to %" PRId64 " shards, begun %s ago\n",
			view->count, view->next, age);
	}
	if (view->identify.total > 0) {
		write_age(age, view->identify.resets_at_ms, view->now_ms);
		fprintf(out, "identifies left: %" PRId64 " of %" PRId64 ", again in %s\n",
			view->identify.remaining, view->identify.total, age);
	}
}

static void print_json(FILE *out, const struct ra_fleet_view *view)
{
	json_t *json = ra_fleet_view_json(view, instant);
	json_dumpf(json, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(json);
}

/* --- rationsctl shard list --------------------------------------------------- */

struct listing {
	struct ctl *ctl; /* borrowed */
	int status;
	bool is_done;
};

static void on_view(void *ctx, int status, const struct ra_fleet_view *view)
{
	struct listing *listing = ctx;
	struct ctl *ctl = listing->ctl;
	listing->status = status;
	listing->is_done = true;
	if (!view)
		return;
	if (ctl->is_json) {
		print_json(ctl->out, view);
	} else if (view->shard_count == 0) {
		fprintf(ctl->out, "No gateway-ingest has run on this Redis yet.\n");
	} else {
		print_table(ctl->out, view);
		print_summary(ctl->out, view);
	}
}

int shard_list(struct ctl *ctl, char **args)
{
	struct listing listing = { .ctl = ctl };
	if (*args)
		return CTL_USAGE;
	int rc = ctl_open(ctl, RA_FLEET_KEY);
	if (rc == CTL_OK && ra_fleet_view_ask(ctl->redis, on_view, &listing) == 0)
		rc = ctl_wait(ctl, &listing.is_done);
	if (rc == CTL_OK && listing.status < 0) {
		ctl_complain(ra_strerror(listing.status), "Is this the Redis of Rations?");
		rc = CTL_UNAVAILABLE;
	}
	return rc;
}

/* --- rationsctl shard plan N -------------------------------------------------- */

struct wish {
	bool is_done, is_taken;
};

static void on_wish(void *ctx, const redisReply *reply)
{
	struct wish *wish = ctx;
	wish->is_done = true;
	wish->is_taken = reply && reply->type == REDIS_REPLY_INTEGER;
}

int shard_plan(struct ctl *ctl, char **args)
{
	struct wish wish = { 0 };
	uint64_t count;
	if (ctl_count(args) != 1)
		return CTL_USAGE;
	if (ra_str_to_u64(ra_str_of(args[0]), &count) < 0 || count < 1 ||
	    count > RA_FLEET_SHARDS_MAX) {
		ctl_complain("that is no number of shards",
			     "Give a number from 1 to 16384, as in `rationsctl shard plan 4`.");
		return CTL_BAD_DATA;
	}
	int rc = ctl_open(ctl, RA_FLEET_KEY);
	if (rc == CTL_OK &&
	    ra_redis_sendf(ctl->redis, on_wish, &wish, "HSET " RA_FLEET_KEY " wish %llu",
			   (unsigned long long)count) == 0)
		rc = ctl_wait(ctl, &wish.is_done);
	if (rc == CTL_OK && !wish.is_taken) {
		ctl_complain("Redis did not take the wish", "Is this the Redis of Rations?");
		rc = CTL_UNAVAILABLE;
	}
	if (rc == CTL_OK)
		fprintf(ctl->out,
			"Asked for %llu shards; `rationsctl shard list` shows how far it is.\n",
			(unsigned long long)count);
	return rc;
}

/*
 * check_streams: that every shard is live, and that those who read its events
 * keep up: how long the oldest entry has been waiting that one of them has not
 * read, and whether entries were cut off before they were.
 */
#include "libshared/base/clock.h"
#include "libshared/fleet/view.h"
#include "services/rationsctl/doctor.h"
#include <stdlib.h>

enum { LATE_MS = 60000, STUCK_MS = 600000, STREAMS_MAX = 64 };

/* --- shards --- */

struct sight {
	struct doctor *d;
	bool is_done;
};

static void judge_shard(struct doctor *d, const struct ra_shard_status *shard)
{
	doctor_say(d, SHARD_DOWN,
		   json_pack("{s:o, s:o, s:o}", "shard", doctor_text(shard->shard), "state",
			     doctor_text(shard->state), "trouble",
			     doctor_text(*shard->trouble ? shard->trouble : "-")));
}

static void on_view(void *ctx, int status, const struct ra_fleet_view *view)
{
	struct sight *sight = ctx;
	size_t live = 0;
	sight->is_done = true;
	if (status < 0)
		return;
	for (size_t i = 0; i < view->shard_count; i++)
		live += strcmp(view->shards[i].state, "live") == 0;
	if (view->shard_count == 0)
		doctor_say(sight->d, SHARDS_NONE, NULL);
	else if (live == view->shard_count)
		doctor_say(sight->d, SHARDS_OK, doctor_number("count", (int64_t)live));
	for (size_t i = 0, said = 0; i < view->shard_count && said < 5; i++)
		if (strcmp(view->shards[i].state, "live") != 0) {
			judge_shard(sight->d, &view->shards[i]);
			said++;
		}
}

/* False: Redis is away, which was said already. */
static bool check_shards(struct doctor *d)
{
	struct sight sight = { .d = d };
	int rc = ctl_reach(d->ctl, RA_FLEET_KEY);
	if (rc == CTL_OK && ra_fleet_view_ask(d->ctl->redis, on_view, &sight) == 0)
		rc = ctl_wait_for(d->ctl, &sight.is_done);
	ctl_close(d->ctl);
	return rc == CTL_OK;
}

/* --- their streams --- */

/* The id of the first entry of XRANGE's answer; NULL: there is none. Borrowed. */
static const char *first_id(const json_t *entries)
{
	return json_string_value(json_array_get(json_array_get(entries, 0), 0));
}

static json_t *ask_first(struct doctor *d, const char *stream, const char *from)
{
	struct ra_err err;
	return REDIS_ASK(d->ctl, stream, &err, RA_STR("XRANGE"), ra_str_of(stream), ra_str_of(from),
			 RA_STR("+"), RA_STR("COUNT"), RA_STR("1"));
}

static json_t *of_reader(const char *stream, const char *reader, int64_t wait_ms)
{
	return json_pack("{s:s, s:s, s:I}", "stream", stream, "reader", reader, "wait_ms",
			 (json_int_t)wait_ms);
}

/* `position`: how far `reader` is; says what is wrong, returns how long the oldest unread entry has
 * been waiting. */
static int64_t judge_reader(struct doctor *d, const char *stream, const char *reader,
			    const char *position)
{
	json_t *first = ask_first(d, stream, "-");
	char *behind = ra_format("(%s", position);
	json_t *unread = ask_first(d, stream, behind);
	int64_t at_ms = entry_ms(first_id(unread));
	int64_t wait_ms = at_ms >= 0 ? ra_wall_ms() - at_ms : 0;
	/* the first entry is the oldest unread one: what lay between is gone */
	if (first_id(first) && first_id(unread) && entry_is_before(position, first_id(first)) &&
	    entry_ms(position) > 0 && wait_ms > LATE_MS)
		doctor_say(d, STREAM_CUT, of_reader(stream, reader, wait_ms));
	if (wait_ms > LATE_MS)
		doctor_say(d, wait_ms > STUCK_MS ? STREAM_STUCK : STREAM_LATE,
			   of_reader(stream, reader, wait_ms));
	ra_free(behind);
	json_decref(first);
	json_decref(unread);
	return wait_ms;
}

static const char positions_sql[] =
	"SELECT 'analytics', stream, entry_id FROM analytics.position UNION ALL "
	"SELECT 'response-tracker', stream, entry_id FROM response.position ORDER BY 2 DESC, 1";

/* Streams of former plans go when they are read; what is gone has no first entry and no wait. */
static void check_positions(struct doctor *d)
{
	struct ra_err err;
	int64_t longest_ms = 0;
	PGresult *rows = sql_ask(d->db, &err, positions_sql, 0, NULL);
	if (!rows)
		return;
	int count = PQntuples(rows);
	for (int i = 0; i < count && i < STREAMS_MAX; i++) {
		const char *name = PQgetvalue(rows, i, 1);
		char *stream = strncmp(name, "events:", 7) == 0 ? ra_strdup(name)
								: ra_format("events:{%s}", name);
		int64_t wait_ms =
			judge_reader(d, stream, PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 2));
		longest_ms = wait_ms > longest_ms ? wait_ms : longest_ms;
		ra_free(stream);
	}
	if (count == 0)
		doctor_say(d, STREAMS_UNREAD, NULL);
	else if (longest_ms <= LATE_MS)
		doctor_say(d, STREAMS_OK, doctor_number("wait_ms", longest_ms));
	PQclear(rows);
}

void check_streams(struct doctor *d)
{
	if (check_shards(d) && d->db)
		check_positions(d);
}

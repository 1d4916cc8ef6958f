/* messages: what was written, bucket by bucket, and who wrote, under any filter. */
#include "services/api/figures.h"
#include "services/api/filter_sql.h"
#include "services/api/filter.h"
#include "services/api/messages_days.h"
#include "services/api/reads.h"

/* clang-format off */
/* $13 starts of the buckets. A row a bucket and one, bucket -1, of the whole span. */
const char sql_messages[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT_OF_PEOPLE ", " SQL_BUCKETS("$13") ", spent AS ("
	" SELECT user_id, " SQL_BUCKET_OF("at") " AS bucket, " SQL_ACT_SUMS " FROM act GROUP BY 1, 2"
	") "
	"SELECT coalesce(bucket, -1), " SQL_ACT_WROTE ", CASE WHEN bucket IS NULL THEN ("
	" SELECT count(*) FROM (SELECT user_id FROM spent WHERE messages > 0 GROUP BY 1) w) ELSE writers END "
	"FROM (SELECT bucket, " SQL_ACT_SUMS ", count(*) FILTER (WHERE messages > 0) AS writers "
	" FROM spent GROUP BY GROUPING SETS ((bucket), ())) s";

/* The same parameters. Discord does not say whose the deleted messages were. */
const char sql_messages_deleted[] =
	"WITH " SQL_FILTER ", " SQL_BUCKETS("$13") " "
	"SELECT " SQL_BUCKET_OF("at") ", sum(deletions) FROM ("
	" SELECT a.day::timestamp AT TIME ZONE $12 AS at, deletions FROM analytics.guild_daily a "
	" WHERE " SQL_ACT_IN_DAYS
	" UNION ALL "
	" SELECT hour, deletions FROM analytics.guild_hourly "
	" WHERE guild_id = $1 AND " SQL_ACT_IN_HOURS ") d "
	"WHERE $4::bigint IS NOT NULL AND $9::int[] IS NOT NULL GROUP BY 1";
/* clang-format on */

/* In the order of the columns of sql_messages. */
enum measure {
	MESSAGES,
	REPLIES,
	ATTACHMENTS,
	CHARACTERS,
	EDITS,
	GIVEN,
	RECEIVED,
	WRITERS,
	DELETIONS,
	MEASURES
};

static const struct {
	const char *key;
	bool is_of_history; /* history tells it, too */
} measures[] = {
	[MESSAGES] = { "messages", true },
	[REPLIES] = { "replies", true },
	[ATTACHMENTS] = { "attachments", true },
	[CHARACTERS] = { "characters", true },
	[EDITS] = { "edits", false },
	[GIVEN] = { "reactions_given", false },
	[RECEIVED] = { "reactions_received", false },
	[WRITERS] = { "writers", true },
	[DELETIONS] = { "deletions", false },
};

struct part {
	const struct messages *messages;
	const struct span *span; /* borrowed */
	int64_t *values[MEASURES];
	int64_t totals[MEASURES];
};

struct messages {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct filter filter;
	struct part now, before;
	int pending, status; /* parts under way; the first failure */
};

static int64_t first_ms(const struct messages *m, int measure)
{
	const struct access_guild *guild = &m->visit->access->guild;
	return measures[measure].is_of_history ? guild->first_message_ms : guild->first_event_ms;
}

static bool is_counted(const struct part *part, int measure, size_t bucket)
{
	int64_t first = first_ms(part->messages, measure);
	int64_t end = bucket + 1 < part->span->count ? part->span->starts_ms[bucket + 1]
						     : part->span->to_ms;
	bool is_told = measure != DELETIONS || !part->messages->filter.is_any;
	return is_told && first != 0 && end > first;
}

static void on_acts(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct part *part = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		int64_t bucket = ra_pg_get_i64(rows, row, 0);
		for (int i = 0; i <= WRITERS; i++) {
			int64_t value = ra_pg_get_i64(rows, row, 1 + i);
			if (bucket < 0)
				part->totals[i] = value;
			else if ((size_t)bucket < part->span->count &&
				 is_counted(part, i, (size_t)bucket))
				part->values[i][bucket] = value;
		}
	}
}

static void on_deleted(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct part *part = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, 0);
		int64_t value = ra_pg_get_i64(rows, row, 1);
		part->totals[DELETIONS] += value;
		if (bucket < part->span->count && is_counted(part, DELETIONS, bucket))
			part->values[DELETIONS][bucket] = value;
	}
}

static json_t *values_json(const struct part *part, int measure, size_t count)
{
	json_t *values = json_array();
	for (size_t b = 0; b < count; b++)
		json_array_append_new(values, b < part->span->count
						      ? figure_json(part->values[measure][b])
						      : json_null());
	return values;
}

/* A figure is worth showing when anything of its range was counted; one to compare with must have
 * been counted from its beginning. */
static json_t *total_json(const struct part *part, int measure, int64_t needed_ms)
{
	int64_t first = first_ms(part->messages, measure);
	bool is_told = measure != DELETIONS || !part->messages->filter.is_any;
	return is_told && first != 0 && needed_ms >= first ? json_integer(part->totals[measure])
							   : json_null();
}

static json_t *figures_json(const struct messages *m)
{
	size_t count = m->range->now.count;
	json_t *figures = json_array();
	for (int i = 0; i < MEASURES; i++) {
		json_t *previous = json_null(), *previous_values = json_null();
		if (m->range->has_before) {
			previous = total_json(&m->before, i, m->range->before.from_ms);
			previous_values = values_json(&m->before, i, count);
		}
		json_array_append_new(
			figures,
			json_pack("{s:s, s:o, s:o, s:o, s:o}", "key", measures[i].key, "value",
				  total_json(&m->now, i, m->range->now.to_ms - 1), "previous",
				  previous, "values", values_json(&m->now, i, count),
				  "previous_values", previous_values));
	}
	return figures;
}

static void on_part(void *ctx, int status, const struct ra_err *err)
{
	struct messages *m = ctx;
	const struct span *span = &m->range->now;
	(void)err;
	if (status < 0 && m->status == 0)
		m->status = status;
	if (--m->pending > 0)
		return;
	if (m->status < 0) {
		reply_failure(m->visit->api, m->visit->req, m->status);
		return;
	}
	json_t *starts = json_array();
	for (size_t b = 0; b < span->count; b++)
		json_array_append_new(starts, json_instant(span->starts_ms[b]));
	ra_http_reply_json(m->visit->req, 200,
			   json_pack("{s:o, s:o, s:s, s:o, s:b, s:o}", "range", range_json(span),
				     "compare_range", range_json(&m->range->before), "bucket",
				     bucket_name(m->range->bucket), "starts", starts,
				     "is_last_partial", span->is_partial, "figures",
				     figures_json(m)));
}

static int send_part(struct messages *m, struct ra_pg *pg, const struct span *span,
		     struct part *part)
{
	struct ra_pg_params p = { .arena = m->visit->arena };
	*part = (struct part){ .messages = m, .span = span };
	for (int i = 0; i < MEASURES; i++) {
		part->values[i] =
			ra_arena_alloc(m->visit->arena, (span->count + 1) * sizeof(int64_t));
		for (size_t b = 0; b < span->count; b++)
			part->values[i][b] = is_counted(part, i, b) ? 0 : FIGURE_UNKNOWN;
	}
	filter_params(m->visit, &m->filter, m->range, span, &p);
	ra_pg_i64_array(&p, span->starts_ms, span->count, sizeof(*span->starts_ms));
	int rc = messages_days_know(m->visit, &m->filter, m->range)
			 ? messages_days_send(pg, m->visit, m->range, span, on_acts, part)
			 : ra_pg_send(pg, STMT_messages, &p, on_acts, part);
	if (rc == 0 && !m->filter.is_any)
		rc = ra_pg_send(pg, STMT_messages_deleted, &p, on_deleted, part);
	return rc;
}

/* A group of its own. */
static int ask_part(struct messages *m, const struct span *span, struct part *part)
{
	struct ra_pg *pg = reads_pick(m->visit);
	int rc = pg ? reads_roomy(pg) : RA_EDOWN;
	if (rc == 0)
		rc = send_part(m, pg, span, part);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_part, m);
	m->pending += rc == 0;
	return rc;
}

/* Both at once, on two connections. */
static void on_range(struct visit *visit, const struct range *range)
{
	struct messages *m = visit->state;
	m->range = range;
	m->status = ask_part(m, &range->now, &m->now);
	if (m->status == 0 && range->has_before)
		m->status = ask_part(m, &range->before, &m->before);
	if (m->pending == 0)
		reply_failure(visit->api, visit->req, m->status);
}

void messages_get(struct visit *visit)
{
	struct messages *m = ra_arena_new(visit->arena, struct messages);
	struct range_wish wish = { .bucket = ra_http_query(visit->req, "bucket") };
	m->visit = visit;
	visit->state = m;
	if (filter_read(visit, &m->filter))
		range_resolve(visit, &wish, on_range);
}

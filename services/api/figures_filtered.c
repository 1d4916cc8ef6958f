/*
 * figures_filtered: the figures of a span under a filter, from what somebody
 * did somewhere (filter_sql.h). Members are a state of the whole guild, and
 * nobody joins in a channel: those figures are not told of a part of it.
 */
#include "services/api/figures.h"
#include "services/api/filter_sql.h"

/* clang-format off */
/*
 * $13 starts of the buckets, $14 the day of each, $15 whether none is longer
 * than a day. Rows ('bucket', bucket, ...), ('day', local day, ...) and one
 * ('span', 0, ...). People are active by the day (metrics: active member).
 */
const char sql_figures_filtered[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT_OF_PEOPLE ", " SQL_BUCKETS("$13") ", spent AS ("
	" SELECT user_id, bucket, CASE WHEN $15::boolean THEN ($14::bigint[])[bucket + 1] "
	"   ELSE day - date '1970-01-01' END AS dayno, "
	"  sum(messages) FILTER (WHERE author_kind > 0) AS bot_messages, " SQL_ACT_SUMS " "
	" FROM (SELECT *, " SQL_BUCKET_OF("at") " AS bucket FROM act) a GROUP BY 1, 2, 3"
	"), by_bucket AS ("
	" SELECT user_id, bucket, coalesce(sum(bot_messages), 0) AS bot_messages, " SQL_ACT_SUMS ", "
	"  bool_or(" SQL_IS_ACTIVE ") AS is_active FROM spent GROUP BY 1, 2"
	"), by_day AS ("
	" SELECT user_id, dayno, " SQL_ACT_SUMS " FROM spent GROUP BY 1, 2"
	"), by_user AS ("
	" SELECT user_id, sum(messages) AS messages, sum(talking_ms) AS talking_ms, "
	"  bool_or(" SQL_IS_ACTIVE ") AS is_active FROM by_day GROUP BY 1"
	") "
	"SELECT 'bucket', bucket::bigint, sum(messages), sum(bot_messages), sum(reactions_given), "
	" sum(raw_ms), sum(present_ms), sum(engaged_ms), sum(talking_ms), "
	" count(*) FILTER (WHERE is_active), " SQL_COUNT_COMMUNICATORS " FROM by_bucket GROUP BY 2 "
	"UNION ALL "
	"SELECT 'day', dayno, 0, 0, 0, 0, 0, 0, 0, count(*) FILTER (WHERE " SQL_IS_ACTIVE "), 0 "
	"FROM by_day GROUP BY 2 "
	"UNION ALL "
	"SELECT 'span', 0, 0, 0, 0, 0, 0, 0, 0, count(*) FILTER (WHERE is_active), "
	SQL_COUNT_COMMUNICATORS " FROM by_user";

/* $13 starts of the buckets. */
const char sql_figures_flow_filtered[] =
	"WITH " SQL_FILTER ", " SQL_BUCKETS("$13") " "
	"SELECT " SQL_BUCKET_OF("at") ", count(*) FILTER (WHERE kind = 'join'), "
	" count(*) FILTER (WHERE kind = 'leave') "
	"FROM analytics.member_flow WHERE guild_id = $1 AND " SQL_IN_SPAN("at")
	" AND (CASE WHEN is_bot THEN 1 ELSE 0 END) = ANY ($9::int[]) AND $4::bigint IS NOT NULL "
	" AND " SQL_IS_WANTED_WHO " GROUP BY 1";
/* clang-format on */

enum column { KIND, KEY, SUMS, ACTIVE = SUMS + 7, COMMUNICATORS };

static void on_filtered(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		struct ra_str kind = ra_pg_get_str(rows, row, KIND);
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, KEY);
		int64_t active = ra_pg_get_i64(rows, row, ACTIVE);
		int64_t talkers = ra_pg_get_i64(rows, row, COMMUNICATORS);
		if (ra_str_is(kind, "day")) {
			f->day_sum += active;
		} else if (ra_str_is(kind, "span")) {
			f->active = active;
			f->communicators = talkers;
		} else {
			for (int i = FIGURE_MESSAGES; i <= FIGURE_VOICE_TALKING; i++)
				figures_set(f, (enum figure)i, bucket,
					    ra_pg_get_i64(rows, row, SUMS + i - FIGURE_MESSAGES));
			figures_set(f, FIGURE_ACTIVE, bucket, active);
			figures_set(f, FIGURE_COMMUNICATORS, bucket, talkers);
		}
	}
}

static void on_flow(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		size_t bucket = (size_t)ra_pg_get_i64(rows, row, 0);
		int64_t joins = ra_pg_get_i64(rows, row, 1), leaves = ra_pg_get_i64(rows, row, 2);
		figures_set(f, FIGURE_JOINS, bucket, joins);
		figures_set(f, FIGURE_LEAVES, bucket, leaves);
		figures_set(f, FIGURE_NET_GROWTH, bucket, joins - leaves);
	}
}

static void leave_out(struct figures *f, enum figure figure)
{
	for (size_t b = 0; b < f->span->count; b++)
		f->values[figure][b] = FIGURE_UNKNOWN;
}

static int send_flow(struct figures *f, struct ra_pg *pg, const struct filter *filter,
		     const struct ra_pg_params *p)
{
	leave_out(f, FIGURE_MEMBERS);
	if (filter->channels.count + filter->categories.count == 0)
		return ra_pg_send(pg, STMT_figures_flow_filtered, p, on_flow, f);
	leave_out(f, FIGURE_JOINS);
	leave_out(f, FIGURE_LEAVES);
	leave_out(f, FIGURE_NET_GROWTH);
	return 0;
}

int figures_send_filtered(struct figures *f, struct ra_pg *pg, const struct visit *visit,
			  const struct range *range, const struct span *span,
			  const struct filter *filter, unsigned what)
{
	bool is_fine = range->bucket == BUCKET_HOUR || range->bucket == BUCKET_DAY;
	struct ra_pg_params p = { .arena = visit->arena };
	int rc = 0;
	if (!filter->is_asked && what & FIGURES_FLOW)
		rc = figures_send(f, pg, visit, range, span, FIGURES_FLOW);
	else
		figures_begin(f, visit, span, what);
	if (filter->bots == FILTER_WITHOUT_BOTS)
		leave_out(f, FIGURE_BOT_MESSAGES);
	filter_params(visit, filter, range, span, &p);
	ra_pg_i64_array(&p, span->starts_ms, span->count, sizeof(*span->starts_ms));
	if (rc == 0 && filter->is_asked && what & FIGURES_FLOW)
		rc = send_flow(f, pg, filter, &p);
	ra_pg_i64_array(&p, span->days, span->count, sizeof(*span->days));
	ra_pg_bool(&p, is_fine);
	if (rc == 0 && what & (FIGURES_HOURS | FIGURES_PEOPLE))
		rc = ra_pg_send(pg, STMT_figures_filtered, &p, on_filtered, f);
	return rc;
}

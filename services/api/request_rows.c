/* request_rows: see the header. */
#include "services/api/request_rows.h"
#include "services/api/reads.h"
#include "services/api/sql.h"
#include <string.h>

#define SECOND_MS 1000

/* clang-format off */
/* $1 guilds, $2 from, $3 to, $4 now, $5 and $6 the compared range (null: none), $7 zone, $8 by the
 * answer, $9 channels, $10 categories, $11 rules, $12 priorities, $13 curators (empty: all), $14
 * kinds (null: all), $15 how many. The newest first. */
const char sql_request_rows[] =
	"WITH found AS MATERIALIZED ("
	" SELECT r.*, CASE r.parent_id WHEN 0 THEN r.channel_id ELSE r.parent_id END AS root_id, "
	"  CASE WHEN $8::boolean THEN r.answered_at ELSE r.asked_at END AS at "
	" FROM response.request r "
	" WHERE r.guild_id = ANY ($1::bigint[]) AND r.state <> 'not_a_request' "
	"  AND CASE WHEN $8 THEN " SQL_IN_EITHER("r.answered_at") " ELSE " SQL_IN_EITHER("r.asked_at") " END "
	"  AND (cardinality($11::bigint[]) = 0 OR r.rule_id = ANY ($11)) "
	"  AND (cardinality($12::bigint[]) = 0 OR r.priority = ANY ($12)) "
	"  AND (cardinality($13::bigint[]) = 0 OR r.answered_by = ANY ($13)) "
	"  AND ($14::text[] IS NULL OR r.kind = ANY ($14)) AND $4::bigint IS NOT NULL"
	"), placed AS ("
	" SELECT f.*, c.parent_id AS category_id FROM found f LEFT JOIN analytics.channel c "
	"  ON c.guild_id = f.guild_id AND c.channel_id = f.root_id "
	" WHERE (cardinality($9::bigint[]) = 0 OR f.root_id = ANY ($9) OR f.channel_id = ANY ($9)) "
	"  AND (cardinality($10::bigint[]) = 0 OR c.parent_id = ANY ($10)) "
	" ORDER BY at DESC LIMIT $15"
	"), aim AS ("
	" SELECT k.*, t.first_response_s, t.is_business FROM ("
	"   SELECT DISTINCT guild_id, channel_id, parent_id, category_id, priority FROM placed) k "
	"  CROSS JOIN LATERAL app.target_of(guild_id, channel_id, parent_id, category_id, priority) t"
	") "
	"SELECT p.guild_id, p.request_id, p.root_id, coalesce(p.rule_id, 0), "
	" array_position(ARRAY['mention', 'keyword', 'forum', 'command', 'menu'], p.kind) - 1, "
	" public.ts_to_ms(p.asked_at), public.ts_to_ms(p.answered_at), public.ts_to_ms(p.community_at), "
	" public.ts_to_ms(p.closed_at), coalesce(p.answered_by, 0), p.priority, "
	" coalesce(s.good_s, 60), coalesce(s.poor_s, 300), coalesce(s.horizon_s, 86400), "
	" coalesce(a.first_response_s, 0), coalesce(a.is_business, false), "
	" extract(isodow FROM p.at AT TIME ZONE $7::text)::int - 1, extract(hour FROM p.at AT TIME ZONE $7)::int, "
	" p.reopened, public.ts_to_ms(p.at), "
	" array_position(ARRAY['open', 'answered', 'resolved', 'cancelled'], p.state) - 1, "
	" NOT (" SQL_IN_SPAN("p.at") ") "
	"FROM placed p LEFT JOIN app.desk_settings s ON s.guild_id = p.guild_id "
	"LEFT JOIN aim a ON a.guild_id = p.guild_id AND a.channel_id = p.channel_id "
	" AND a.parent_id = p.parent_id AND a.category_id IS NOT DISTINCT FROM p.category_id "
	" AND a.priority = p.priority";
/* clang-format on */

enum column {
	GUILD,
	ID,
	CHANNEL,
	RULE,
	KIND,
	ASKED,
	ANSWERED,
	COMMUNITY,
	CLOSED,
	ANSWERED_BY,
	PRIORITY,
	GOOD,
	POOR,
	HORIZON,
	TARGET,
	IS_BUSINESS,
	WEEKDAY,
	HOUR,
	REOPENED,
	AT,
	STATE,
	IS_BEFORE
};

const char *const request_kinds[] = { "mention", "keyword", "forum", "command", "menu", NULL };
const char *const request_priorities[] = { "low", "normal", "high", "urgent", NULL };

/* --- what is asked for --- */

/* "mention,forum" as an array of PostgreSQL's; every word is one we know. */
static int read_kinds(struct visit *visit, const char **out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, "kind");
	*out = NULL;
	if (!text || !*text)
		return 0;
	for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		struct ra_str word = { at, strcspn(at, ",") };
		size_t i = 0;
		while (request_kinds[i] && !ra_str_is(word, request_kinds[i]))
			i++;
		if (!request_kinds[i])
			return ra_fail(err, RA_EINVAL,
				       "Use mention, keyword, forum, command or menu.",
				       "kind is not one we know");
	}
	*out = ra_arena_format(visit->arena, "{%s}", text);
	return 0;
}

static int read_by(struct visit *visit, bool *is_by_answer, struct ra_err *err)
{
	struct ra_str by = ra_str_of(ra_http_query(visit->req, "by"));
	*is_by_answer = ra_str_is(by, "answered");
	if (by.len == 0 || *is_by_answer || ra_str_is(by, "asked"))
		return 0;
	return ra_fail(err, RA_EINVAL, "Use asked or answered.", "by is not one we know");
}

bool request_wish_read(struct visit *visit, struct request_wish *out)
{
	const struct {
		const char *name;
		struct filter_ids *ids;
	} lists[] = {
		{ "channel", &out->channels }, { "category", &out->categories },
		{ "rule", &out->rules },       { "priority", &out->priorities },
		{ "curator", &out->curators },
	};
	struct ra_err err = { 0 };
	*out = (struct request_wish){ 0 };
	int rc = read_by(visit, &out->is_by_answer, &err);
	if (rc == 0)
		rc = read_kinds(visit, &out->kinds, &err);
	for (size_t i = 0; rc == 0 && i < RA_COUNT(lists); i++)
		rc = filter_read_ids(visit, lists[i].name, lists[i].ids, &err);
	if (rc < 0)
		reply_bad_argument(visit->req, &err);
	out->guilds.ids = ra_arena_new(visit->arena, int64_t);
	out->guilds.ids[out->guilds.count++] = (int64_t)visit->access->guild.id;
	return rc == 0;
}

/* --- reading --- */

struct reading {
	struct visit *visit; /* borrowed */
	request_rows_cb done;
	void *ctx; /* borrowed */
};

static struct request_row read_row(const PGresult *r, int i)
{
	return (struct request_row){
		.guild = ra_pg_get_i64(r, i, GUILD),
		.id = ra_pg_get_i64(r, i, ID),
		.channel = ra_pg_get_i64(r, i, CHANNEL),
		.rule = ra_pg_get_i64(r, i, RULE),
		.kind = ra_pg_get_i64(r, i, KIND),
		.asked_ms = ra_pg_get_i64(r, i, ASKED),
		.answered_ms = ra_pg_get_i64(r, i, ANSWERED),
		.community_ms = ra_pg_get_i64(r, i, COMMUNITY),
		.closed_ms = ra_pg_get_i64(r, i, CLOSED),
		.answered_by = ra_pg_get_i64(r, i, ANSWERED_BY),
		.priority = ra_pg_get_i64(r, i, PRIORITY),
		.good_ms = ra_pg_get_i64(r, i, GOOD) * SECOND_MS,
		.poor_ms = ra_pg_get_i64(r, i, POOR) * SECOND_MS,
		.horizon_ms = ra_pg_get_i64(r, i, HORIZON) * SECOND_MS,
		.target_ms = ra_pg_get_i64(r, i, TARGET) * SECOND_MS,
		.is_business_target = ra_pg_get_bool(r, i, IS_BUSINESS),
		.weekday = ra_pg_get_i64(r, i, WEEKDAY),
		.hour = ra_pg_get_i64(r, i, HOUR),
		.reopened = ra_pg_get_i64(r, i, REOPENED),
		.at_ms = ra_pg_get_i64(r, i, AT),
		.state = (enum request_state)ra_pg_get_i64(r, i, STATE),
		.is_before = ra_pg_get_bool(r, i, IS_BEFORE),
	};
}

static void on_rows(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct reading *reading = ctx;
	struct request_rows rows = { 0 };
	size_t count = status < 0 ? 0 : (size_t)PQntuples(result);
	(void)err;
	rows.is_cut = count > REQUEST_ROWS_MAX;
	rows.count = rows.is_cut ? REQUEST_ROWS_MAX : count;
	rows.list = ra_arena_alloc(reading->visit->arena, (rows.count + 1) * sizeof(*rows.list));
	for (size_t i = 0; i < rows.count; i++)
		rows.list[i] = read_row(result, (int)i);
	reading->done(reading->ctx, status, &rows);
}

static void ids_param(const struct filter_ids *ids, struct ra_pg_params *p)
{
	ra_pg_i64_array(p, ids->ids, ids->count, sizeof(*ids->ids));
}

int request_rows_ask(struct visit *visit, const struct request_wish *wish,
		     const struct range *range, request_rows_cb done, void *ctx)
{
	struct reading *reading = ra_arena_new(visit->arena, struct reading);
	struct ra_pg_params p = { .arena = visit->arena };
	*reading = (struct reading){ visit, done, ctx };
	ids_param(&wish->guilds, &p);
	ra_pg_i64(&p, range->now.from_ms);
	ra_pg_i64(&p, range->now.to_ms);
	ra_pg_i64(&p, visit->now_ms);
	if (range->has_before) {
		ra_pg_i64(&p, range->before.from_ms);
		ra_pg_i64(&p, range->before.to_ms);
	} else {
		ra_pg_null(&p);
		ra_pg_null(&p);
	}
	ra_pg_text(&p, ra_str_of(visit->access->guild.timezone));
	ra_pg_bool(&p, wish->is_by_answer);
	ids_param(&wish->channels, &p);
	ids_param(&wish->categories, &p);
	ids_param(&wish->rules, &p);
	ids_param(&wish->priorities, &p);
	ids_param(&wish->curators, &p);
	if (wish->kinds)
		ra_pg_text(&p, ra_str_of(wish->kinds));
	else
		ra_pg_null(&p);
	ra_pg_i64(&p, REQUEST_ROWS_MAX + 1);
	return reads_ask(visit, STMT_request_rows, &p, on_rows, reading);
}

/* --- waits --- */

int64_t request_seen_ms(const struct request_row *row, int64_t now_ms)
{
	int64_t seen_ms = row->answered_ms ? row->answered_ms
			  : row->closed_ms ? row->closed_ms
					   : now_ms;
	/* an answer takes a second at least: clocks of reactions are not those of messages */
	return seen_ms > row->asked_ms + SECOND_MS ? seen_ms : row->asked_ms + SECOND_MS;
}

void request_rows_wait(struct request_rows *rows, int64_t guild, const struct hours *hours,
		       int64_t now_ms)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct request_row *row = &rows->list[i];
		int64_t seen_ms = request_seen_ms(row, now_ms);
		if (row->guild != guild)
			continue;
		row->wait_ms = seen_ms - row->asked_ms;
		row->business_ms = hours_between(hours, row->asked_ms, seen_ms);
	}
}

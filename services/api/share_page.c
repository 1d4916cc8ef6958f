/*
 * share_page: see share_page.h.
 *
 *	the link -> kept from the last minute? -> answer
 *	        `-> the guild, as nobody sees it
 *	            -> each widget: ask its endpoint, who made the numbers, leave out the few
 *	            -> answer
 */
#include "services/api/share_page.h"
#include "libshared/base/clock.h"
#include "services/api/cors.h"
#include "services/api/filter.h"
#include "services/api/filter_sql.h"
#include "services/api/range.h"
#include "services/api/share_mask.h"
#include <stdio.h>

#define KEEP_MS     60000
#define PEOPLE_MS   (28LL * 24 * 3600 * 1000)
#define BUCKETS_MAX 400

const char *const share_widget_names[SHARE_WIDGETS] = { "figures", "messages", "members",
							"voice",   "heatmap",  "channels" };

/* Asked as their own pages ask. */
static const struct {
	struct endpoint endpoint;
	const char *query;
} widgets[SHARE_WIDGETS] = {
	[SHARE_FIGURES] = { { "GET", "", ACCESS_GUILD, false, overview_get }, "" },
	[SHARE_MESSAGES] = { { "GET", "", ACCESS_GUILD, false, timeseries_get },
			     "metric=messages&" },
	[SHARE_MEMBERS] = { { "GET", "", ACCESS_GUILD, false, timeseries_get }, "metric=members&" },
	[SHARE_VOICE] = { { "GET", "", ACCESS_GUILD, false, timeseries_get }, "metric=voice&" },
	[SHARE_HEATMAP] = { { "GET", "", ACCESS_GUILD, false, hours_get }, "metric=messages&" },
	[SHARE_CHANNELS] = { { "GET", "", ACCESS_GUILD, false, top_channels }, "limit=10&" },
};

/* clang-format off */
/* $1 hash, $2 now */
const char sql_share_use[] =
	"WITH good AS ("
	" SELECT * FROM app.share_link WHERE token_hash = $1 AND revoked_at IS NULL "
	"  AND (expires_at IS NULL OR expires_at > public.ms_to_ts($2))"
	"), used AS ("
	" UPDATE app.share_link s SET last_used_at = public.ms_to_ts($2) FROM good "
	" WHERE s.share_id = good.share_id AND (good.last_used_at IS NULL "
	"  OR good.last_used_at < public.ms_to_ts($2) - interval '1 minute')"
	") "
	"SELECT share_id, guild_id, title, period, is_embeddable, widgets FROM good";

/* How many different people wrote, reacted and were in voice: a row a bucket, and -1 for all of it. Buckets are of whole days. */
#define SQL_GROUPS(starts, zone, from)                                                             \
	"starts AS ("                                                                              \
	" SELECT array_agg((public.ms_to_ts(s) AT TIME ZONE " zone "::text)::date ORDER BY s) AS days " \
	" FROM unnest(" starts "::bigint[]) s"                                                     \
	"), person AS ("                                                                           \
	" SELECT user_id, width_bucket(day, (SELECT days FROM starts)) - 1 AS bucket, "            \
	"  sum(messages) AS messages, sum(reactions_given) AS reactions, sum(raw_ms) AS raw_ms "   \
	" FROM " from " GROUP BY 1, 2"                                                             \
	"), whole AS ("                                                                            \
	" SELECT sum(messages) AS messages, sum(reactions) AS reactions, sum(raw_ms) AS raw_ms "   \
	" FROM person GROUP BY user_id"                                                            \
	") "                                                                                       \
	"SELECT bucket, count(*) FILTER (WHERE messages > 0), count(*) FILTER (WHERE reactions > 0), " \
	" count(*) FILTER (WHERE raw_ms > 0) FROM person GROUP BY bucket "                         \
	"UNION ALL SELECT -1, count(*) FILTER (WHERE messages > 0), "                              \
	" count(*) FILTER (WHERE reactions > 0), count(*) FILTER (WHERE raw_ms > 0) FROM whole"

/* $1 guild, $2 zone, $3 starts of buckets, $4 end. */
const char sql_share_groups[] =
	"WITH " SQL_GROUPS("$3", "$2", "analytics.member_daily WHERE guild_id = $1 AND NOT is_bot "
			   " AND day >= (SELECT days[1] FROM starts) "
			   " AND day <= (public.ms_to_ts($4) AT TIME ZONE $2)::date");

/* The same of a guild that leaves somebody or something out; $13 starts of buckets. */
const char sql_share_groups_left_out[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT_OF_PEOPLE ", " SQL_GROUPS("$13", "$12", "act");

/* How many different people wrote in each hour of the week. */
const char sql_share_hours[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT " "
	"SELECT " SQL_HOUR_OF_WEEK("at", "$12") ", count(DISTINCT user_id) "
	"FROM act WHERE messages > 0 GROUP BY 1, 2";
/* clang-format on */

enum column { SHARE_ID, GUILD_ID, TITLE, PERIOD, IS_EMBEDDABLE, CHOSEN };

struct page {
	struct api *api;             /* borrowed */
	struct ra_http_request *req; /* borrowed */
	struct ra_arena *arena;
	int64_t now_ms, id;
	const char *title, *period;
	bool is_embeddable;
	unsigned chosen; /* bits of enum share_widget */
	const struct access *access;
	int next;
	json_t *done;   /* owned: the widgets so far */
	json_t *answer; /* owned: of the widget at hand */
	struct share_group groups[BUCKETS_MAX], whole;
	size_t group_count;
};

static void next_widget(struct page *page);

/* --- the end --- */

static struct share_cache *slot_of(struct api *api, int64_t id)
{
	return &api->shares[(uint64_t)id % SHARE_CACHE];
}

static void slot_clear(struct share_cache *slot)
{
	json_decref(slot->widgets);
	json_decref(slot->guild);
	*slot = (struct share_cache){ 0 };
}

void share_cache_clear(struct api *api)
{
	for (size_t i = 0; i < SHARE_CACHE; i++)
		slot_clear(&api->shares[i]);
}

static void refuse(struct ra_http_request *req)
{
	ra_http_problem(req, 404, "share", "This link leads nowhere",
			"It was revoked, has expired, or was never one.");
}

static void reply(struct page *page, const struct share_cache *slot)
{
	ra_http_reply_json(page->req, 200,
			   json_pack("{s:s, s:O, s:s, s:b, s:o, s:O}", "title", page->title,
				     "guild", slot->guild, "period", page->period, "is_embeddable",
				     page->is_embeddable, "made_at", json_instant(slot->made_ms),
				     "widgets", slot->widgets));
}

static void keep_and_reply(struct page *page)
{
	const struct access_guild *guild = &page->access->guild;
	struct share_cache *slot = slot_of(page->api, page->id);
	slot_clear(slot);
	*slot = (struct share_cache){
		.id = page->id,
		.made_ms = page->now_ms,
		.widgets = page->done,
		.guild = json_pack("{s:s, s:o, s:s}", "name", guild->name, "icon_url",
				   json_icon(page->api, guild->id, ra_str_of(guild->icon)),
				   "timezone", guild->timezone),
	};
	reply(page, slot);
}

static void give_up(struct page *page, int status)
{
	json_decref(page->done);
	json_decref(page->answer);
	reply_failure(page->api, page->req, status);
}

/* --- a widget --- */

static void finish_widget(struct page *page)
{
	json_array_append_new(page->done,
			      json_pack("{s:s, s:o}", "key", share_widget_names[page->next - 1],
					"data", page->answer));
	page->answer = NULL;
	next_widget(page);
}

static void on_groups(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct page *page = ctx;
	(void)err;
	if (status < 0) {
		give_up(page, status);
		return;
	}
	for (int row = 0; row < PQntuples(rows); row++) {
		int64_t bucket = ra_pg_get_i64(rows, row, 0);
		struct share_group group = { ra_pg_get_i64(rows, row, 1),
					     ra_pg_get_i64(rows, row, 2),
					     ra_pg_get_i64(rows, row, 3) };
		if (bucket < 0)
			page->whole = group;
		else if ((size_t)bucket < page->group_count)
			page->groups[bucket] = group;
	}
	if (page->next - 1 == SHARE_FIGURES)
		share_mask_figures(page->answer, &page->whole);
	else
		share_mask_series(page->answer, page->groups, page->group_count);
	finish_widget(page);
}

static int64_t instant_of(const json_t *text)
{
	int64_t ms = 0;
	int rc = ra_iso8601_parse(ra_str_of(json_string_value(text)), &ms);
	return rc == 0 ? ms : 0;
}

/* The starts of an answer's buckets; of one that has none, of all of it. */
static size_t read_starts(const json_t *answer, int64_t starts[BUCKETS_MAX])
{
	const json_t *list = json_object_get(answer, "starts");
	size_t count = json_array_size(list) < BUCKETS_MAX ? json_array_size(list) : BUCKETS_MAX;
	for (size_t i = 0; i < count; i++)
		starts[i] = instant_of(json_array_get(list, i));
	if (count > 0)
		return count;
	starts[0] = instant_of(json_object_get(json_object_get(answer, "range"), "from"));
	return 1;
}

/* As nobody in particular asks. */
static struct visit nobody(const struct page *page)
{
	return (struct visit){ .api = page->api,
			       .arena = page->arena,
			       .now_ms = page->now_ms,
			       .access = page->access };
}

/* Of people, but for whom and what the guild leaves out. */
static void filter_params_of_page(const struct page *page, const struct span *span,
				  struct filter_days days, struct ra_pg_params *p)
{
	const struct visit visit = nobody(page);
	struct filter filter = filter_of_guild(&visit);
	filter.bots = FILTER_WITHOUT_BOTS;
	filter_params_of_days(&visit, &filter, days, span, p);
}

/* The days of the page's period. A page that answers has a period that is one. */
static struct filter_days days_of(const struct page *page)
{
	const struct access_guild *guild = &page->access->guild;
	struct period period;
	struct days days = { 0 };
	int rc = period_parse(page->period, NULL, NULL, "none", &period, NULL);
	if (rc == 0)
		rc = period_days(&period, guild->today, guild->first_day, &days, NULL);
	return rc == 0 ? (struct filter_days){ days.first, days.end }
		       : (struct filter_days){ 0, 0 };
}

static int send_groups(struct page *page, const int64_t *starts, int64_t end_ms)
{
	const struct access_guild *guild = &page->access->guild;
	struct ra_pg_params p = { .arena = page->arena };
	struct span span = { .from_ms = starts[0], .to_ms = end_ms };
	bool is_left_out = guild->excludes_channels || guild->excludes_people;
	if (is_left_out) {
		filter_params_of_page(page, &span, days_of(page), &p);
	} else {
		ra_pg_i64(&p, (int64_t)guild->id);
		ra_pg_text(&p, ra_str_of(guild->timezone));
	}
	ra_pg_i64_array(&p, starts, page->group_count, sizeof(*starts));
	if (!is_left_out)
		ra_pg_i64(&p, end_ms);
	return db_ask(page->api->db, is_left_out ? STMT_share_groups_left_out : STMT_share_groups,
		      &p, on_groups, page);
}

static void ask_groups(struct page *page)
{
	int64_t starts[BUCKETS_MAX];
	const json_t *range = json_object_get(page->answer, "range");
	page->group_count = read_starts(page->answer, starts);
	memset(page->groups, 0, sizeof(page->groups));
	page->whole = (struct share_group){ 0 };
	if (send_groups(page, starts, instant_of(json_object_get(range, "to"))) < 0)
		give_up(page, RA_EDOWN);
}

static void on_hours(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct page *page = ctx;
	int64_t writers[SHARE_WEEKDAYS][SHARE_HOURS] = { 0 };
	(void)err;
	if (status < 0) {
		give_up(page, status);
		return;
	}
	for (int row = 0; row < PQntuples(rows); row++)
		writers[ra_pg_get_i64(rows, row, 0)][ra_pg_get_i64(rows, row, 1)] =
			ra_pg_get_i64(rows, row, 2);
	share_mask_hours(page->answer, writers);
	finish_widget(page);
}

/* Of the newest four weeks: people can not be added up, and whom these show are at least as many
 * over all of a range. */
static void ask_hours(struct page *page)
{
	struct ra_pg_params p = { .arena = page->arena };
	const json_t *range = json_object_get(page->answer, "range");
	struct span span = { .from_ms = instant_of(json_object_get(range, "from")),
			     .to_ms = instant_of(json_object_get(range, "to")) };
	if (span.from_ms < span.to_ms - PEOPLE_MS)
		span.from_ms = span.to_ms - PEOPLE_MS;
	filter_params_of_page(page, &span, (struct filter_days){ 0, 0 }, &p);
	if (db_ask(page->api->db, STMT_share_hours, &p, on_hours, page) < 0)
		give_up(page, RA_EDOWN);
}

static void on_widget(void *ctx, int status, const json_t *body)
{
	struct page *page = ctx;
	if (status != 200) {
		give_up(page, status == 503 ? RA_EDOWN : RA_EDB);
		return;
	}
	page->answer = json_deep_copy(body);
	switch ((enum share_widget)(page->next - 1)) {
	case SHARE_CHANNELS:
		share_mask_channels(page->answer);
		finish_widget(page);
		break;
	case SHARE_HEATMAP: ask_hours(page); break;
	default: ask_groups(page);
	}
}

static void ask_widget(struct page *page, enum share_widget widget)
{
	bool is_long = strcmp(page->period, "12mo") == 0;
	char *query =
		ra_arena_format(page->arena, "%speriod=%s&compare=none&bucket=%s",
				widgets[widget].query, page->period, is_long ? "week" : "day");
	visit_inside(&(struct visit){
		.api = page->api,
		.req = ra_http_inside(NULL, ra_str_of(query), on_widget, page),
		.endpoint = &widgets[widget].endpoint,
		.now_ms = page->now_ms,
		.access = page->access,
	});
}

static void next_widget(struct page *page)
{
	while (page->next < SHARE_WIDGETS && !(page->chosen & 1u << page->next))
		page->next++;
	if (page->next == SHARE_WIDGETS)
		keep_and_reply(page);
	else
		ask_widget(page, (enum share_widget)page->next++);
}

/* --- the link --- */

static void on_guild(void *ctx, int status, const struct access *access)
{
	struct page *page = ctx;
	page->access = access;
	if (status == RA_ENOTFOUND) {
		refuse(page->req);
		return;
	}
	page->done = json_array();
	if (status < 0)
		give_up(page, status);
	else
		next_widget(page);
}

/* A text[] of our own words, none of which needs quotes: {a,b}. */
static unsigned read_chosen(struct ra_str text)
{
	unsigned chosen = 0;
	for (size_t i = 0; i < SHARE_WIDGETS; i++) {
		const char *at = memmem(text.ptr, text.len, share_widget_names[i],
					strlen(share_widget_names[i]));
		chosen |= at ? 1u << i : 0;
	}
	return chosen;
}

static void on_link(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct page *page = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(page->api, page->req, status);
		return;
	}
	bool is_framed = ra_str_is(ra_str_of(ra_http_query(page->req, "embed")), "true");
	if (PQntuples(rows) == 0 || (is_framed && !ra_pg_get_bool(rows, 0, IS_EMBEDDABLE))) {
		refuse(page->req);
		return;
	}
	page->id = ra_pg_get_i64(rows, 0, SHARE_ID);
	page->title = ra_arena_strdup(page->arena, ra_pg_get_str(rows, 0, TITLE));
	page->period = ra_arena_strdup(page->arena, ra_pg_get_str(rows, 0, PERIOD));
	page->is_embeddable = ra_pg_get_bool(rows, 0, IS_EMBEDDABLE);
	page->chosen = read_chosen(ra_pg_get_str(rows, 0, CHOSEN));
	struct share_cache *slot = slot_of(page->api, page->id);
	if (slot->id == page->id && page->now_ms - slot->made_ms < KEEP_MS)
		reply(page, slot);
	else
		access_guest(page->api, page->arena, ra_pg_get_u64(rows, 0, GUILD_ID), on_guild,
			     page);
}

void share_page(struct ra_http_request *req, void *ctx)
{
	struct api *api = ctx;
	struct page *page = ra_arena_new(ra_http_arena(req), struct page);
	struct ra_pg_params p = { .arena = ra_http_arena(req) };
	struct ra_str token = ra_http_param(req, "token");
	unsigned char hash[TOKEN_HASH_BYTES];
	*page = (struct page){
		.api = api, .req = req, .arena = ra_http_arena(req), .now_ms = api->now_ms()
	};
	reply_set_security_headers(req);
	cors_admit(api, req);
	ra_http_set_header(req, "x-robots-tag", "noindex");
	if (!throttle_address(api, req))
		return;
	if (token.len != TOKEN_TEXT_LEN) {
		refuse(req);
		return;
	}
	token_hash(token, hash);
	ra_pg_bytes(&p, (struct ra_str){ (const char *)hash, sizeof(hash) });
	ra_pg_i64(&p, page->now_ms);
	if (db_ask(api->db, STMT_share_use, &p, on_link, page) < 0)
		reply_failure(api, req, RA_EDOWN);
}

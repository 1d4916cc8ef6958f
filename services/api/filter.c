/* filter: see filter.h. */
#include "services/api/filter.h"
#include <string.h>

/* A day of which that much belongs to a range is rather counted whole. Who comes in what is too
 * much of it is mostly there before, which takes less looking up than who was there at all. */
#define WORTH_A_DAY_MS (4 * 3600000LL)

/* 0 human, 1 bot, 2 webhook, 3 Discord itself (analytics.message_hourly.author_kind). */
static const struct {
	const char *name;
	int32_t kinds[3];
	size_t count;
} bots_table[] = {
	[FILTER_WITHOUT_BOTS] = { "without", { 0 }, 1 },
	[FILTER_WITH_BOTS] = { "with", { 0, 1, 2 }, 3 },
	[FILTER_ONLY_BOTS] = { "only", { 1, 2 }, 2 },
};

static int bad_ids(const char *name, const char *what, struct ra_err *err)
{
	return ra_fail(err, RA_EINVAL, "Use up to 50 ids, with commas between them.", "%s %s", name,
		       what);
}

int filter_read_ids(const struct visit *visit, const char *name, struct filter_ids *out,
		    struct ra_err *err)
{
	const char *at = ra_http_query(visit->req, name);
	*out = (struct filter_ids){ 0 };
	if (!at || !*at)
		return 0;
	out->ids = ra_arena_alloc(visit->arena, FILTER_IDS_MAX * sizeof(*out->ids));
	for (;;) {
		size_t len = strcspn(at, ",");
		uint64_t id;
		if (out->count == FILTER_IDS_MAX)
			return bad_ids(name, "has too many ids", err);
		if (ra_str_to_u64((struct ra_str){ at, len }, &id) < 0 || id == 0 || id > INT64_MAX)
			return bad_ids(name, "is not a list of ids", err);
		out->ids[out->count++] = (int64_t)id;
		if (!at[len])
			return 0;
		at += len + 1;
	}
}

static int read_bots(const struct visit *visit, enum filter_bots *out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, "bots");
	if (!text)
		return 0;
	for (size_t i = 0; i < RA_COUNT(bots_table); i++) {
		*out = (enum filter_bots)i;
		if (strcmp(bots_table[i].name, text) == 0)
			return 0;
	}
	return ra_fail(err, RA_EINVAL, "Use without, with or only.", "bots is not one we know");
}

static int read_threads(const struct visit *visit, bool *is_apart, struct ra_err *err)
{
	struct ra_str text = ra_str_of(ra_http_query(visit->req, "threads"));
	*is_apart = ra_str_is(text, "apart");
	if (text.len == 0 || *is_apart || ra_str_is(text, "rolled"))
		return 0;
	return ra_fail(err, RA_EINVAL, "Use rolled or apart.", "threads is not one we know");
}

struct filter filter_of_guild(const struct visit *visit)
{
	const struct access_guild *guild = &visit->access->guild;
	return (struct filter){
		.has_where = guild->excludes_channels,
		.has_who = guild->excludes_people,
		.is_any = guild->excludes_channels || guild->excludes_people || guild->counts_bots,
		.bots = guild->counts_bots ? FILTER_WITH_BOTS : FILTER_WITHOUT_BOTS,
	};
}

int filter_parse(const struct visit *visit, struct filter *out, struct ra_err *err)
{
	*out = filter_of_guild(visit);
	int rc = filter_read_ids(visit, "channel", &out->channels, err);
	if (rc == 0)
		rc = filter_read_ids(visit, "category", &out->categories, err);
	if (rc == 0)
		rc = filter_read_ids(visit, "role", &out->roles, err);
	if (rc == 0)
		rc = filter_read_ids(visit, "member", &out->members, err);
	if (rc == 0)
		rc = read_bots(visit, &out->bots, err);
	if (rc == 0)
		rc = read_threads(visit, &out->is_apart, err);
	bool is_of_some = out->roles.count + out->members.count > 0;
	bool is_somewhere = out->channels.count + out->categories.count > 0;
	out->has_where |= is_somewhere;
	out->has_who |= is_of_some;
	out->is_asked = is_of_some || is_somewhere;
	out->is_any = out->has_where || out->has_who || out->bots != FILTER_WITHOUT_BOTS;
	if (rc == 0 && is_of_some && !visit->access->guild.can_see_people)
		return ra_fail(err, RA_EFORBIDDEN,
			       "Filters by role and member are for the owner, Administrator, "
			       "Manage Server and View Server Insights.",
			       "figures of single members are not for you");
	return rc;
}

bool filter_read(struct visit *visit, struct filter *out)
{
	struct ra_err err = { 0 };
	int rc = filter_parse(visit, out, &err);
	if (rc == RA_EFORBIDDEN)
		ra_http_problem(visit->req, 403, "people",
				"Figures of single members are not for you", err.hint);
	else if (rc < 0)
		reply_bad_argument(visit->req, &err);
	return rc == 0;
}

struct filter_days filter_days(const struct range *range, const struct span *span)
{
	const struct days *days = &range->days;
	bool is_before = span == &range->before;
	struct filter_days out = { days->first, days->end };
	if (days->is_rolling || range->bucket == BUCKET_HOUR)
		return (struct filter_days){ 0, 0 };
	if (is_before) {
		out.first -= days->shift;
		/* It ends as early as the current one has got: its last day is not whole. */
		out.end -= days->shift + (range->now.is_partial ? 1 : 0);
	}
	return out;
}

struct filter_days filter_days_rounded(const struct range *range, const struct span *span)
{
	struct filter_days out = filter_days(range, span);
	bool is_most = span->to_ms - span->last_day_ms >= WORTH_A_DAY_MS;
	if (out.end <= span->last_day)
		out.end = span->last_day + (is_most ? 1 : 0);
	return out;
}

static void ids_param(const struct filter_ids *ids, struct ra_pg_params *p)
{
	ra_pg_i64_array(p, ids->ids, ids->count, sizeof(*ids->ids));
}

/* $5 to $12. */
static void add_filter(const struct filter *filter, struct filter_days days, const char *zone,
		       struct ra_pg_params *p)
{
	ids_param(&filter->channels, p);
	ids_param(&filter->categories, p);
	ids_param(&filter->roles, p);
	ids_param(&filter->members, p);
	ra_pg_i32_array(p, bots_table[filter->bots].kinds, bots_table[filter->bots].count,
			sizeof(int32_t));
	ra_pg_i64(p, days.first);
	ra_pg_i64(p, days.end);
	ra_pg_text(p, ra_str_of(zone));
}

static void add_params(const struct visit *visit, const struct filter *filter,
		       struct filter_days days, const struct span *span, struct ra_pg_params *p)
{
	range_params(visit, span, p);
	add_filter(filter, days, visit->access->guild.timezone, p);
}

void filter_params(const struct visit *visit, const struct filter *filter,
		   const struct range *range, const struct span *span, struct ra_pg_params *p)
{
	add_params(visit, filter, filter_days(range, span), span, p);
}

void filter_params_of_days(const struct visit *visit, const struct filter *filter,
			   struct filter_days days, const struct span *span, struct ra_pg_params *p)
{
	add_params(visit, filter, days, span, p);
}

void filter_params_by_the_hour(const struct visit *visit, const struct filter *filter,
			       const struct span *span, struct ra_pg_params *p)
{
	add_params(visit, filter, (struct filter_days){ 0, 0 }, span, p);
}

void filter_params_left_out(uint64_t guild, int64_t now_ms, bool counts_bots,
			    struct ra_pg_params *p)
{
	struct filter filter = { .bots = counts_bots ? FILTER_WITH_BOTS : FILTER_WITHOUT_BOTS };
	ra_pg_i64(p, (int64_t)guild);
	for (int i = 0; i < 3; i++)
		ra_pg_i64(p, now_ms);
	add_filter(&filter, (struct filter_days){ 0, 0 }, "UTC", p);
}

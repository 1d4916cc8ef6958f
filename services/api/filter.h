/*
 * filter: of what and of whom a question is about - channels, categories,
 * roles, members, bots. Read from the query, bounded, and turned into the
 * pieces of SQL that apply it.
 *
 * Two kinds of question: where (channels or categories; a channel stands for
 * its threads, a category for its channels) and who (roles or members). Of one
 * kind any will do, both kinds must fit. Roles are those people have now.
 * What a guild leaves out (app.guild_settings.excluded_*) is left out here,
 * whenever somebody asks, so that nothing is lost by it.
 */
#pragma once
#include "services/api/range.h"

#define FILTER_IDS_MAX 50 /* of each kind */

enum filter_bots { FILTER_WITHOUT_BOTS, FILTER_WITH_BOTS, FILTER_ONLY_BOTS };

struct filter_ids {
	size_t count;
	int64_t *ids;
};

struct filter {
	bool is_any; /* something is filtered: rollups that know no channel and no member will not
			do */
	bool has_where; /* channels, categories or excluded channels */
	bool has_who;   /* roles, members or excluded ones */
	bool is_asked;  /* somebody asked for it: not the guild's exclusions alone */
	bool is_apart;  /* threads=apart: each thread for itself, not for its channel */
	enum filter_bots bots;
	struct filter_ids channels, categories, roles, members;
};

/* Reads channel, category, role, member, bots and threads from the query. RA_EINVAL and a message
 * that names the parameter; RA_EFORBIDDEN when single people are asked about by somebody who may
 * not see them. The ids live in the visit's arena. */
int filter_parse(const struct visit *visit, struct filter *out, struct ra_err *err) RA_MUST_CHECK;
/* The same, answered with 400 or 403 where it fails. */
bool filter_read(struct visit *visit, struct filter *out) RA_MUST_CHECK;
/* One list of ids of the query, "1,22,333"; nothing and an empty text are no ids. RA_EINVAL and a
 * message that names the parameter. */
int filter_read_ids(const struct visit *visit, const char *name, struct filter_ids *out,
		    struct ra_err *err) RA_MUST_CHECK;
/* What the guild leaves out and nothing else: for questions nobody can filter. */
struct filter filter_of_guild(const struct visit *visit);

/*
 * Which days of a span are read from what is kept by the day. Whatever else
 * there is of it (hours, a last day cut short) is read from the hours.
 */
struct filter_days {
	int64_t first, end; /* equal: none */
};
struct filter_days filter_days(const struct range *range, const struct span *span);
/* The same, where a day that is cut short may be counted whole, less what came after: it is one of
 * the days when that is less to read. */
struct filter_days filter_days_rounded(const struct range *range, const struct span *span);

/*
 * Appends the parameters of a statement under a filter: $1 guild, $2 from, $3
 * to, $4 now (as range_params), $5 channels, $6 categories, $7 roles, $8
 * members, $9 kinds of author, $10 first day, $11 end day, $12 zone. Its own
 * begin with $13. The SQL for them is in filter_sql.h.
 */
void filter_params(const struct visit *visit, const struct filter *filter,
		   const struct range *range, const struct span *span, struct ra_pg_params *p);
/* The same for days of its own choosing, whole ones all but the last. */
void filter_params_of_days(const struct visit *visit, const struct filter *filter,
			   struct filter_days days, const struct span *span,
			   struct ra_pg_params *p);
/* The same for one that needs the hours of the whole span. */
void filter_params_by_the_hour(const struct visit *visit, const struct filter *filter,
			       const struct span *span, struct ra_pg_params *p);
/* The same for a guild nobody visits: what it leaves out in its settings and nothing else, of no
 * span. */
void filter_params_left_out(uint64_t guild, int64_t now_ms, bool counts_bots,
			    struct ra_pg_params *p);

#include "services/analytics/history_job.h"
#include "libshared/base/clock.h"
#include "services/analytics/sql.h"
#include "services/analytics/write.h"
#include <stdio.h>

enum column {
	GUILD,
	SHARD_COUNT,
	SHARD_ID,
	KIND,
	SNAPSHOT_AT,
	MEMBERS_AFTER,
	PARENT,
	IS_PRIVATE,
	BEFORE_AT,
	UNTIL_AT,
	CHANNEL,
	AFTER,
	NEWEST,
	CURSOR,
};

static enum history_kind kind_of(struct ra_str word)
{
	static const char *const words[] = {
		[HISTORY_PLAN] = "plan",       [HISTORY_MEMBERS] = "members",
		[HISTORY_THREADS] = "threads", [HISTORY_MESSAGES] = "messages",
		[HISTORY_FINISH] = "finish",
	};
	for (size_t i = HISTORY_PLAN; i < RA_COUNT(words); i++)
		if (ra_str_is(word, words[i]))
			return (enum history_kind)i;
	return HISTORY_NOTHING;
}

void history_job_read(const PGresult *row, struct history_job *job)
{
	*job = (struct history_job){ 0 };
	if (PQntuples(row) == 0)
		return;
	*job = (struct history_job){
		.kind = kind_of(ra_pg_get_str(row, 0, KIND)),
		.guild = ra_pg_get_u64(row, 0, GUILD),
		.shard_count = ra_pg_get_u64(row, 0, SHARD_COUNT),
		.shard_id = ra_pg_get_u64(row, 0, SHARD_ID),
		.snapshot_at = ra_pg_get_i64(row, 0, SNAPSHOT_AT),
		.members_after = ra_pg_get_u64(row, 0, MEMBERS_AFTER),
		.parent = ra_pg_get_u64(row, 0, PARENT),
		.is_private = ra_pg_get_bool(row, 0, IS_PRIVATE),
		.before_at = ra_pg_get_i64(row, 0, BEFORE_AT),
		.until_at = ra_pg_get_i64(row, 0, UNTIL_AT),
		.channel = ra_pg_get_u64(row, 0, CHANNEL),
		.after = ra_pg_get_u64(row, 0, AFTER),
		.newest = ra_pg_get_u64(row, 0, NEWEST),
		.cursor = ra_pg_get_u64(row, 0, CURSOR),
	};
}

bool history_job_asks(const struct history_job *job)
{
	return job->kind == HISTORY_MEMBERS || job->kind == HISTORY_THREADS ||
	       job->kind == HISTORY_MESSAGES;
}

/* --- asking -------------------------------------------------------------------- */

static void call_threads(const struct history_job *job, struct ra_rest_call *call, char query[96])
{
	char before[33] = "";
	call->route = job->is_private ? "GET /channels/{channel.id}/threads/archived/private"
				      : "GET /channels/{channel.id}/threads/archived/public";
	call->ids[0] = job->parent;
	if (job->before_at)
		ra_iso8601_format(job->before_at, before);
	/* "2026-11-21T10:15:30.123": the rest of it holds a plus, which a query may not */
	snprintf(query, 96, "limit=%d%s%.23s%s", HISTORY_PAGE, job->before_at ? "&before=" : "",
		 before, job->before_at ? "Z" : "");
}

void history_job_call(const struct history_job *job, struct ra_rest_call *call, char query[96])
{
	*call = (struct ra_rest_call){
		.query = query,
		.priority = RA_REST_BACKGROUND,
		.max_body = 16U << 20,
		.deadline_ms = 15000, /* then others are read, and this is asked again later */
	};
	if (job->kind == HISTORY_MEMBERS) {
		call->route = "GET /guilds/{guild.id}/members";
		call->ids[0] = job->guild;
		snprintf(query, 96, "limit=%d&after=%llu", HISTORY_MEMBERS_PAGE,
			 (unsigned long long)job->members_after);
	} else if (job->kind == HISTORY_THREADS) {
		call_threads(job, call, query);
	} else {
		call->route = "GET /channels/{channel.id}/messages";
		call->ids[0] = job->channel;
		snprintf(query, 96, "limit=%d&before=%llu", HISTORY_PAGE,
			 (unsigned long long)job->cursor);
	}
}

/* --- what was answered ------------------------------------------------------------- */

static int read_body(const struct history_job *job, struct ra_str body, struct batch *batch,
		     struct history_result *result)
{
	const struct history_span span = { job->guild, job->channel, job->after, job->cursor };
	struct history_page *page = &result->page;
	if (job->kind == HISTORY_MEMBERS)
		return history_read_members(body, job->guild, job->snapshot_at, batch, page);
	if (job->kind == HISTORY_THREADS)
		return history_read_threads(body, job->guild, batch, result->threads, page);
	int rc = history_read_messages(body, &span, batch, page);
	bool is_stuck = rc == 0 && page->count >= HISTORY_PAGE && page->oldest == 0;
	/* Without Read Message History Discord shows an empty list, not an error. */
	if (rc == 0 && page->count == 0 && job->cursor == job->newest + 1 && job->after == 0)
		result->skipped = "empty";
	return is_stuck ? RA_EPROTO : rc;
}

static void note_trouble(const struct ra_rest_answer *answer, const char *why,
			 struct history_result *result)
{
	snprintf(result->trouble, sizeof result->trouble, "%s", why && why[0] ? why : "no answer");
	result->retry_ms = (int64_t)answer->retry_after_ms;
}

void history_job_take(const struct history_job *job, int status,
		      const struct ra_rest_answer *answer, struct batch *batch,
		      struct history_result *result)
{
	*result = (struct history_result){ 0 };
	if (status == RA_EFORBIDDEN)
		result->skipped = "forbidden";
	else if (status == RA_ENOTFOUND || status == RA_EINVAL)
		result->skipped = "gone";
	else if (status < 0)
		note_trouble(answer, answer->why, result);
	else if (read_body(job, answer->body, batch, result) < 0)
		note_trouble(answer, "Discord's answer can not be read", result);
	if (result->skipped && job->kind == HISTORY_MEMBERS)
		result->skipped = "forbidden"; /* the only reason there is */
	if (result->trouble[0])
		batch_clear(batch);
}

/* --- writing --------------------------------------------------------------------- */

/* Parameters begin with the guild. */
static struct ra_pg_params about(const struct history_job *job, struct batch *batch)
{
	struct ra_pg_params p = { .arena = &batch->arena };
	ra_pg_i64(&p, (int64_t)job->guild);
	return p;
}

static void text_or_null(struct ra_pg_params *p, const char *text)
{
	if (text)
		ra_pg_text(p, ra_str_of(text));
	else
		ra_pg_null(p);
}

static void time_or_null(struct ra_pg_params *p, int64_t ms)
{
	if (ms)
		ra_pg_i64(p, ms);
	else
		ra_pg_null(p);
}

static int write_plan(const struct history_job *job, struct ra_pg *pg, struct batch *batch)
{
	static const int steps[] = { SQL_HISTORY_PLAN_PARENTS, SQL_HISTORY_RETRY_SKIPPED,
				     SQL_HISTORY_PLAN_RANGES, SQL_HISTORY_PLAN };
	struct ra_pg_params p = about(job, batch);
	int rc = 0;
	for (size_t i = 0; i < RA_COUNT(steps) && rc == 0; i++)
		rc = ra_pg_send(pg, steps[i], &p, NULL, NULL);
	return rc;
}

static int write_members(const struct history_job *job, const struct history_result *result,
			 struct ra_pg *pg, struct batch *batch)
{
	bool is_last = result->skipped || result->page.count < HISTORY_MEMBERS_PAGE;
	struct ra_pg_params p = about(job, batch);
	ra_pg_i64(&p, result->page.people);
	ra_pg_i64(&p, (int64_t)(is_last ? 0 : result->page.oldest));
	ra_pg_bool(&p, is_last);
	text_or_null(&p, result->skipped);
	return ra_pg_send(pg, SQL_HISTORY_MEMBERS, &p, NULL, NULL);
}

static int write_threads(const struct history_job *job, const struct history_result *result,
			 struct ra_pg *pg, struct batch *batch)
{
	const struct history_thread *t = result->threads;
	struct ra_pg_params p = about(job, batch);
	ra_pg_u64_array(&p, &t->id, result->page.count, sizeof *t);
	ra_pg_u64_array(&p, &t->newest, result->page.count, sizeof *t);
	ra_pg_i64_array(&p, &t->archived_at, result->page.count, sizeof *t);
	int rc = ra_pg_send(pg, SQL_HISTORY_THREADS, &p, NULL, NULL);
	p = about(job, batch);
	return rc == 0 ? ra_pg_send(pg, SQL_HISTORY_PLAN_RANGES, &p, NULL, NULL) : rc;
}

/* Several may be archived in one millisecond: the page may begin with some of the last one again,
 * as long as it gets on. */
static int64_t next_before(const struct history_job *job, const struct history_page *page)
{
	int64_t next = page->oldest_at + 1;
	return job->before_at == 0 || next < job->before_at ? next : page->oldest_at;
}

static int write_parent(const struct history_job *job, const struct history_result *result,
			struct ra_pg *pg, struct batch *batch)
{
	const struct history_page *page = &result->page;
	bool is_last = result->skipped || !page->has_more || page->count == 0 ||
		       page->oldest_at < job->until_at;
	struct ra_pg_params p = about(job, batch);
	ra_pg_i64(&p, (int64_t)job->parent);
	ra_pg_bool(&p, job->is_private);
	time_or_null(&p, is_last ? job->before_at : next_before(job, page));
	ra_pg_bool(&p, is_last);
	text_or_null(&p, result->skipped);
	return ra_pg_send(pg, SQL_HISTORY_PARENT, &p, NULL, NULL);
}

/* The cursor never goes below what was counted: how far back is wanted may change. */
static int write_turn(const struct history_job *job, const struct history_result *result,
		      struct ra_pg *pg, struct batch *batch)
{
	const struct history_page *page = &result->page;
	bool is_last =
		result->skipped || page->count < HISTORY_PAGE || page->oldest <= job->after + 1;
	uint64_t to = result->skipped ? job->cursor : is_last ? job->after + 1 : page->oldest;
	struct ra_pg_params p = about(job, batch);
	ra_pg_i64(&p, (int64_t)job->channel);
	ra_pg_i64(&p, (int64_t)job->newest);
	ra_pg_i64(&p, (int64_t)job->cursor);
	ra_pg_i64(&p, (int64_t)to);
	ra_pg_bool(&p, is_last);
	text_or_null(&p, result->skipped);
	ra_pg_i64(&p, page->counted);
	return ra_pg_send(pg, SQL_HISTORY_TURN, &p, NULL, NULL);
}

static int write_progress(const struct history_job *job, const struct history_result *result,
			  struct ra_pg *pg, struct batch *batch)
{
	bool has_messages = job->kind == HISTORY_MESSAGES;
	struct ra_pg_params p = about(job, batch);
	ra_pg_i64(&p, result->busy_ms);
	ra_pg_i64(&p, has_messages ? result->page.people : 0);
	time_or_null(&p, has_messages ? result->page.oldest_at : 0);
	return ra_pg_send(pg, SQL_HISTORY_COUNT, &p, NULL, NULL);
}

static int write_trouble(const struct history_job *job, const struct history_result *result,
			 struct ra_pg *pg, struct batch *batch)
{
	struct ra_pg_params p = about(job, batch);
	ra_pg_i64(&p, result->busy_ms);
	ra_pg_text(&p, ra_str_of(result->trouble));
	int rc = ra_pg_send(pg, SQL_HISTORY_TROUBLE, &p, NULL, NULL);
	p = about(job, batch);
	ra_pg_i64(&p, result->retry_ms);
	if (rc < 0 || job->kind == HISTORY_MEMBERS)
		return rc < 0 ? rc : ra_pg_send(pg, SQL_HISTORY_RETRY_MEMBERS, &p, NULL, NULL);
	bool is_range = job->kind == HISTORY_MESSAGES;
	ra_pg_i64(&p, (int64_t)(is_range ? job->channel : job->parent));
	if (is_range)
		ra_pg_i64(&p, (int64_t)job->newest);
	else
		ra_pg_bool(&p, job->is_private);
	return ra_pg_send(pg, is_range ? SQL_HISTORY_RETRY_RANGE : SQL_HISTORY_RETRY_PARENT, &p,
			  NULL, NULL);
}

static int write_answer(const struct history_job *job, const struct history_result *result,
			struct ra_pg *pg, struct batch *batch)
{
	int rc = 0;
	if (job->kind == HISTORY_MEMBERS) {
		rc = write_members(job, result, pg, batch);
	} else if (job->kind == HISTORY_THREADS) {
		if (result->page.count > 0)
			rc = write_threads(job, result, pg, batch);
		if (rc == 0)
			rc = write_parent(job, result, pg, batch);
	} else {
		rc = write_turn(job, result, pg, batch);
	}
	return rc == 0 ? write_progress(job, result, pg, batch) : rc;
}

int history_job_write(const struct history_job *job, const struct history_result *result,
		      struct ra_pg *pg, struct batch *batch)
{
	char stream[64];
	snprintf(stream, sizeof stream, "events:{%llu.%llu}", (unsigned long long)job->shard_count,
		 (unsigned long long)job->shard_id);
	int rc = write_rows(pg, stream, NULL, batch);
	if (rc < 0)
		return rc;
	if (job->kind == HISTORY_PLAN)
		return write_plan(job, pg, batch);
	if (job->kind == HISTORY_FINISH) {
		struct ra_pg_params p = about(job, batch);
		return ra_pg_send(pg, SQL_HISTORY_FINISH, &p, NULL, NULL);
	}
	return result->trouble[0] ? write_trouble(job, result, pg, batch)
				  : write_answer(job, result, pg, batch);
}

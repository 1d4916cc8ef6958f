#include "libshared/stream/reader_sql.h"
#include "libshared/stream/reader.h"
#include <assert.h>
#include <ctype.h>

/* Each "@" is the name of the reader: it is an identifier and needs no quotes. */
struct template
{
	const char *sql;
	int param_count;
};

#define LOCKS                                                                                      \
	"pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND "           \
	"l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND "       \
	"l.classid::bigint = "
#define UNSIGNED(hash) "(" hash "::bigint & 4294967295)"

/* clang-format off */
static const struct template reader_templates[READER_SQL_COUNT] = {
	[READER_LOCK] = { "SELECT pg_try_advisory_lock(hashtext('@'), hashtext($1::text))", 1 },
	[READER_LOAD_POSITION] = {
		"SELECT entry_id, session, seq, part, ts_to_ms(event_at), entries, "
		"coalesce(handover_from, ''), finished_at IS NOT NULL, "
		"coalesce(ts_to_ms(restored_at), 0) "
		"FROM @.position WHERE stream = $1::text", 1 },
	[READER_LOAD_OLD_STREAMS] = {
		"SELECT stream, entry_id, ts_to_ms(event_at) FROM @.position "
		"WHERE finished_at IS NOT NULL AND stream <> $1::text", 1 },
	[READER_POSITION] = {
		"INSERT INTO @.position (stream, entry_id, session, seq, part, event_at, "
		"entries, handover_from, finished_at, restored_at) "
		"VALUES ($1::text, $2::text, $3::text, $4::bigint, $5::bigint, ms_to_ts($6::bigint), "
		"nullif($7::bigint, -1), nullif($8::text, ''), CASE WHEN $9::boolean THEN now() END, "
		"CASE WHEN $10::bigint > 0 THEN ms_to_ts($10) END) "
		"ON CONFLICT (stream) DO "
		"UPDATE SET entry_id = EXCLUDED.entry_id, session = EXCLUDED.session, "
		"seq = EXCLUDED.seq, part = EXCLUDED.part, event_at = EXCLUDED.event_at, "
		"entries = EXCLUDED.entries, handover_from = EXCLUDED.handover_from, "
		"finished_at = EXCLUDED.finished_at, restored_at = EXCLUDED.restored_at, "
		"updated_at = now()", 10 },
};

static const struct template roster_templates[ROSTER_COUNT] = {
	[ROSTER_JOIN] = { "SELECT pg_advisory_lock_shared(hashtext('@.replica'), 0)", 0 },
	[ROSTER_LOOK] = {
		"WITH replica AS MATERIALIZED (SELECT DISTINCT l.pid FROM " LOCKS
		UNSIGNED("hashtext('@.replica')") "), "
		"held AS MATERIALIZED (SELECT l.objid::bigint AS id FROM " LOCKS
		UNSIGNED("hashtext('@')") ") "
		"SELECT (SELECT count(*) FROM replica), "
		"(SELECT count(*) FROM replica WHERE pid < pg_backend_pid()), n.stream, "
		UNSIGNED("hashtext(n.stream)") " IN (SELECT id FROM held), "
		"p.finished_at IS NOT NULL, "
		"p.finished_at < now() - $2::bigint * interval '1 ms' AND NOT EXISTS "
		"(SELECT FROM @.position h WHERE h.handover_from IS NOT NULL), "
		"coalesce(p.entry_id, '') "
		"FROM unnest($1::text[]) AS n (stream) "
		"LEFT JOIN @.position p ON p.stream = n.stream", 2 },
	[ROSTER_DROP] = {
		"DELETE FROM @.position WHERE stream = $1::text AND finished_at IS NOT NULL", 1 },
};
/* clang-format on */

static char *fill_in(const char *template, const char *name)
{
	struct ra_buf sql = { 0 };
	for (const char *at = template; *at; at++)
		if (*at == '@')
			ra_buf_add_text(&sql, name);
		else
			ra_buf_add(&sql, at, 1);
	char *text = ra_str_dup(ra_buf_str(&sql));
	ra_buf_fini(&sql);
	return text;
}

static void init(struct reader_sql_table *table, const struct ra_reader_ops *ops,
		 const struct template *templates, size_t count, size_t stmt_count)
{
	for (const char *at = ops->name; *at; at++)
		assert(islower((unsigned char)*at));
	*table = (struct reader_sql_table){ .count = stmt_count + count, .text_count = count };
	table->texts = ra_alloc(count * sizeof(*table->texts));
	table->stmts = ra_alloc(table->count * sizeof(*table->stmts));
	for (size_t i = 0; i < stmt_count; i++)
		table->stmts[i] = ops->stmts[i];
	for (size_t i = 0; i < count; i++) {
		table->texts[i] = fill_in(templates[i].sql, ops->name);
		table->stmts[stmt_count + i] =
			(struct ra_pg_stmt){ .sql = table->texts[i],
					     .param_count = templates[i].param_count };
	}
}

void reader_sql_init(struct reader_sql_table *table, const struct ra_reader_ops *ops)
{
	init(table, ops, reader_templates, READER_SQL_COUNT, ops->stmt_count);
}

void roster_sql_init(struct reader_sql_table *table, const struct ra_reader_ops *ops)
{
	init(table, ops, roster_templates, ROSTER_COUNT, 0);
}

void reader_sql_fini(struct reader_sql_table *table)
{
	for (size_t i = 0; i < table->text_count; i++)
		ra_free(table->texts[i]);
	ra_free(table->texts);
	ra_free(table->stmts);
}

int reader_sql(const struct ra_reader_ops *ops, enum reader_sql which)
{
	return (int)ops->stmt_count + (int)which;
}

/* desk_row: see desk_row.h. */
#include "services/api/desk_row.h"

/* $1 guilds, $2 requests: pairs. A row each, in that order. */
const char sql_desk_rows[] =
	"SELECT json_agg(row ORDER BY n) FROM unnest($1::bigint[], $2::bigint[]) "
	" WITH ORDINALITY AS wanted (guild_id, request_id, n) "
	"LEFT JOIN LATERAL (SELECT " SQL_DESK_ROW " AS row FROM response.request r " SQL_DESK_JOINS
	" WHERE r.guild_id = wanted.guild_id AND r.request_id = wanted.request_id) found ON true";

void desk_row_dress(const struct api *api, json_t *row)
{
	static const char *const people[] = { "author", "answered_by", "claimed_by", "closed_by" };
	json_dress_guild(api, json_object_get(row, "guild"));
	for (size_t i = 0; i < RA_COUNT(people); i++)
		json_dress_person(api, json_object_get(row, people[i]));
}

struct asking {
	struct api *api; /* borrowed */
	desk_rows_cb done;
	void *ctx; /* borrowed */
};

static void on_rows(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct asking *asking = ctx;
	struct ra_str text = status < 0 ? RA_STR("") : ra_pg_get_str(result, 0, 0);
	json_t *rows = text.len ? json_loadb(text.ptr, text.len, 0, NULL) : json_array(), *row;
	size_t i;
	(void)err;
	json_array_foreach(rows, i, row) desk_row_dress(asking->api, row);
	asking->done(asking->ctx, status, rows);
	ra_free(asking);
}

int desk_rows_ask(struct api *api, const struct desk_ref *refs, size_t count, desk_rows_cb done,
		  void *ctx)
{
	struct asking *asking = ra_new(struct asking);
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	*asking = (struct asking){ api, done, ctx };
	ra_pg_u64_array(&p, &refs->guild, count, sizeof(*refs));
	ra_pg_u64_array(&p, &refs->request, count, sizeof(*refs));
	int rc = db_ask(api->db, STMT_desk_rows, &p, on_rows, asking);
	if (rc < 0)
		ra_free(asking);
	ra_arena_fini(&arena);
	return rc;
}

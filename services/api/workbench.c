/*
 * workbench: what a rule would have found in the last days, before it is
 * switched on. Texts are not stored, so the messages are read from Discord, as
 * they are there now, and forgotten again.
 *
 *	read the rule -> what is known of the guild -> compile it and the others -> trial.h
 *
 * The answer is a stream of events (proto/api.yaml), because it takes a while.
 */
#include "services/api/body.h"
#include "services/api/request_rule.h"
#include "services/api/trial.h"

#define CHANNELS_MAX "200"

/* clang-format off */
#define SQL_WORDS(array) "array_to_string(" array ", E'\\n')"
#define SQL_NUMBERS(array) "array_to_string(" array ", ' ')"

/* $1 guild. One row: who never asks and where nobody looks. */
const char sql_trial_desk[] =
	"SELECT " SQL_NUMBERS("d.staff_roles") ", " SQL_NUMBERS("d.allowed_channels") ", "
	SQL_NUMBERS("d.denied_channels") ", coalesce(d.merge_window_s, 120), "
	" (SELECT string_agg(user_id::text, ' ') FROM ("
	"  SELECT user_id FROM response.staff WHERE guild_id = $1 AND ended_at IS NULL "
	"  UNION SELECT user_id FROM analytics.unnamed WHERE guild_id = $1 "
	"  UNION SELECT unnest(d.ignored_users)) p) "
	"FROM (SELECT) one LEFT JOIN app.desk_settings d ON d.guild_id = $1";

/* $1 guild, $2 the rule that is tried, or 0. */
const char sql_trial_rules[] =
	"SELECT r.rule_id, r.name, r.kind, r.priority, "
	SQL_NUMBERS("CASE r.roles WHEN '{}' THEN d.staff_roles ELSE r.roles END") ", "
	SQL_NUMBERS("r.allowed_channels") ", " SQL_NUMBERS("r.denied_channels") ", "
	SQL_WORDS("r.words") ", " SQL_WORDS("r.stems") ", " SQL_WORDS("r.phrases") ", " SQL_WORDS("r.patterns") " "
	"FROM app.request_rule r LEFT JOIN app.desk_settings d USING (guild_id) "
	"WHERE r.guild_id = $1 AND r.is_enabled AND r.rule_id <> $2 ORDER BY r.position, r.rule_id";

/* $1 guild, $2 since. The newest first. */
const char sql_trial_channels[] =
	"SELECT c.channel_id, c.name, CASE WHEN c.kind IN (10, 11, 12) THEN p.channel_id END, "
	" CASE WHEN c.kind IN (10, 11, 12) THEN p.parent_id ELSE c.parent_id END, "
	" c.kind IN (10, 11, 12) AND p.kind IN (15, 16), m.messages "
	"FROM (SELECT channel_id, sum(messages) AS messages, max(hour) AS hour FROM analytics.message_hourly "
	" WHERE guild_id = $1 AND hour >= public.ms_to_ts($2) AND author_kind = 0 GROUP BY channel_id) m "
	"JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = m.channel_id "
	"LEFT JOIN analytics.channel p ON p.guild_id = $1 AND p.channel_id = c.parent_id "
	"WHERE c.deleted_at IS NULL AND NOT c.is_hidden AND m.messages > 0 "
	"ORDER BY m.hour DESC, m.messages DESC LIMIT " CHANNELS_MAX;
/* clang-format on */

/* --- what is known --- */

static void refuse(struct trial *t, struct visit *visit, int status)
{
	reply_failure(visit->api, visit->req, status);
	trial_free(t);
}

static struct ra_str kept(struct trial *t, const PGresult *rows, int row, int column)
{
	struct ra_str text = ra_pg_get_str(rows, row, column);
	return (struct ra_str){ ra_arena_strdup(&t->arena, text), text.len };
}

static void on_desk(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct trial *t = ((struct visit *)ctx)->state;
	(void)err;
	if (status < 0)
		return;
	t->staff_roles = kept(t, rows, 0, 0);
	t->allowed = kept(t, rows, 0, 1);
	t->denied = kept(t, rows, 0, 2);
	t->merge_ms = ra_pg_get_i64(rows, 0, 3) * 1000;
	t->silent = kept(t, rows, 0, 4);
}

static enum match_kind kind_of(struct ra_str text)
{
	if (ra_str_is(text, "mention"))
		return MATCH_MENTION;
	return ra_str_is(text, "forum") ? MATCH_FORUM : MATCH_KEYWORD;
}

static void on_rules(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct trial *t = ((struct visit *)ctx)->state;
	struct match_rule rules[MATCH_RULES_MAX];
	int count = status < 0 ? 0 : PQntuples(rows);
	(void)err;
	count = count < MATCH_RULES_MAX ? count : MATCH_RULES_MAX;
	t->other_names = ra_arena_alloc(&t->arena, (size_t)(count + 1) * sizeof(*t->other_names));
	t->other_ids = ra_arena_alloc(&t->arena, (size_t)(count + 1) * sizeof(*t->other_ids));
	for (int i = 0; i < count; i++) {
		t->other_ids[i] = ra_pg_get_u64(rows, i, 0);
		t->other_names[i] = kept(t, rows, i, 1).ptr;
		rules[i] = (struct match_rule){
			.rule_id = t->other_ids[i],
			.kind = kind_of(ra_pg_get_str(rows, i, 2)),
			.priority = (int)ra_pg_get_i64(rows, i, 3),
			.roles = ra_pg_get_str(rows, i, 4),
			.allowed = ra_pg_get_str(rows, i, 5),
			.denied = ra_pg_get_str(rows, i, 6),
			.words = ra_pg_get_str(rows, i, 7),
			.stems = ra_pg_get_str(rows, i, 8),
			.phrases = ra_pg_get_str(rows, i, 9),
			.patterns = ra_pg_get_str(rows, i, 10),
		};
	}
	t->other_count = (size_t)count;
	t->others = match_compile(rules, (size_t)count, NULL);
	if (!t->others)
		t->others = match_compile(NULL, 0, NULL);
}

/* The members of an array, parted by `separator`. */
static struct ra_str joined(struct trial *t, const char *name, const char *separator)
{
	struct ra_buf buf = { 0 };
	size_t i;
	const json_t *item;
	json_array_foreach(json_object_get(t->draft, name), i, item)
		ra_buf_printf(&buf, "%s%s", i ? separator : "", json_string_value(item));
	char *copy = ra_arena_strdup(&t->arena, ra_buf_str(&buf));
	ra_buf_fini(&buf);
	return ra_str_of(copy);
}

static struct match_rules *compile_draft(struct trial *t, struct ra_err *err)
{
	struct match_rule rule = {
		.rule_id = 1,
		.kind = kind_of(ra_str_of(json_string_value(json_object_get(t->draft, "kind")))),
		.priority = 1,
		.roles = joined(t, "roles", " "),
		.allowed = joined(t, "allowed_channels", " "),
		.denied = joined(t, "denied_channels", " "),
		.words = joined(t, "words", "\n"),
		.stems = joined(t, "stems", "\n"),
		.phrases = joined(t, "phrases", "\n"),
		.patterns = joined(t, "patterns", "\n"),
	};
	if (rule.roles.len == 0)
		rule.roles = t->staff_roles;
	return match_compile(&rule, 1, err);
}

/* Those in which it is looked, by the guild and by the rule. */
static void on_channels(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct trial *t = ((struct visit *)ctx)->state;
	int count = status < 0 ? 0 : PQntuples(rows);
	struct ra_str allowed = joined(t, "allowed_channels", " ");
	struct ra_str denied = joined(t, "denied_channels", " ");
	(void)err;
	t->channels = ra_arena_alloc(&t->arena, (size_t)(count + 1) * sizeof(*t->channels));
	for (int i = 0; i < count; i++) {
		struct trial_channel *channel = &t->channels[t->channel_count];
		*channel = (struct trial_channel){
			.place = { .channel = ra_pg_get_u64(rows, i, 0),
				   .parent = ra_pg_get_u64(rows, i, 2),
				   .category = ra_pg_get_u64(rows, i, 3) },
			.name = kept(t, rows, i, 1).ptr,
			.is_forum_post = ra_pg_get_bool(rows, i, 4),
		};
		if (!match_allows(t->allowed, t->denied, &channel->place) ||
		    !match_allows(allowed, denied, &channel->place))
			continue;
		t->channel_count++;
		t->expected += ra_pg_get_i64(rows, i, 5);
	}
}

static void on_known(void *ctx, int status, const struct ra_err *err)
{
	struct visit *visit = ctx;
	struct trial *t = visit->state;
	struct ra_err why = { 0 };
	(void)err;
	if (status < 0) {
		refuse(t, visit, status);
		return;
	}
	t->rule = compile_draft(t, &why);
	if (!t->rule) {
		reply_bad_argument(visit->req, &why);
		trial_free(t);
		return;
	}
	trial_start(t, visit->req);
}

static void ask_known(struct trial *t, struct visit *visit)
{
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params guild = { .arena = visit->arena };
	ra_pg_i64(&guild, (int64_t)t->guild);
	struct ra_pg_params rules = guild, channels = guild;
	ra_pg_i64(&rules, (int64_t)t->rule_id);
	ra_pg_i64(&channels, t->since_ms);
	if (!pg || ra_pg_send(pg, STMT_trial_desk, &guild, on_desk, visit) < 0 ||
	    ra_pg_send(pg, STMT_trial_rules, &rules, on_rules, visit) < 0 ||
	    ra_pg_send(pg, STMT_trial_channels, &channels, on_channels, visit) < 0 ||
	    ra_pg_sync(pg, on_known, visit) < 0)
		refuse(t, visit, RA_EDOWN);
}

/* --- the order --- */

/* The draft, and which stored rule it stands in for. */
static json_t *read_draft(struct body *body, uint64_t *rule_id)
{
	struct body part = { .visit = body->visit,
			     .json = json_incref(json_object_get(body->json, "rule")) };
	json_t *draft = NULL;
	if (body_has(body, "rule_id") &&
	    ra_str_to_u64(ra_str_of(body_text(body, "rule_id", 20)), rule_id) < 0)
		body_fail(body, "Use its id, as a text.", "rule_id is none");
	else if (!body_has(body, "rule_id"))
		json_object_del(body->json, "rule_id");
	json_object_del(body->json, "rule");
	if (json_is_object(part.json))
		draft = request_rule_read(&part);
	else
		body_fail(&part, "Send the rule that is to be tried.", "rule is missing");
	if (json_object_size(part.json) > 0)
		body_fail(&part, "Leave it out.", "rule holds a member we do not know");
	body_take_mistakes(body, &part);
	json_decref(part.json);
	return draft;
}

void request_rule_try(struct visit *visit)
{
	struct body body;
	uint64_t rule_id = 0;
	json_t *draft = NULL;
	body_open(&body, visit);
	if (body.rc == 0)
		draft = read_draft(&body, &rule_id);
	if (!body_close(&body)) {
		json_decref(draft);
		return;
	}
	struct trial *t = trial_new(visit, draft);
	if (!t) {
		json_decref(draft);
		ra_http_problem(visit->req, 429, "busy", "Others try rules, too",
				"Try again in a minute.");
		return;
	}
	t->rule_id = rule_id;
	visit->state = t;
	ask_known(t, visit);
}

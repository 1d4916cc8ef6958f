/*
 * workbench: what a rule would have found in the last 7 days, before it is
 * switched on. Texts are not stored, so the messages are read from Discord, as
 * they are there now, and forgotten again.
 *
 *	read the rule -> compile it and the others -> PAGE -> PAGE ... -> DONE
 *
 * The channels take turns, those with the newest messages first, a page of a
 * hundred each; it ends when all are read or a bound is met, and says what it
 * covered. The answer is a stream of events (proto/api.yaml), because it takes
 * a while; who leaves it ends it. A trial lives on its own: its request may be
 * gone before the page that was asked for comes.
 */
#include "libshared/desk/match.h"
#include "libshared/discord/snowflake.h"
#include "proto/events.h"
#include "services/api/body.h"
#include "services/api/discord.h"
#include "services/api/request_rule.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	TRIALS_AT_ONCE = 4, /* in this process */
	MESSAGES_MAX = 5000,
	SHOWN_MAX = 200,
	GIVEN_UP_MAX = 20, /* an expression that is too much for so many messages is for all */
	EXCERPT_CHARS = 200,
	DAYS = 7,
};
#define CHANNELS_MAX "200"
#define SPAN_MS      (DAYS * 24LL * 3600 * 1000)
#define TIME_MS      60000

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

struct trial_channel {
	struct match_message place; /* no text, no roles */
	const char *name;
	bool is_forum_post;
	uint64_t before; /* the oldest message read; 0: none yet */
	bool is_done;
};

struct found {
	uint64_t channel, author;
	int64_t at;
};

struct trial {
	struct api *api; /* borrowed */
	struct ra_arena arena;
	uint64_t guild, rule_id;
	int64_t now_ms, since_ms;
	const json_t *draft;        /* owned */
	struct ra_http_stream *out; /* NULL: whoever asked has left */
	struct match_rules *rule, *others;
	const char **other_names; /* by place, as their ids below */
	uint64_t *other_ids;
	size_t other_count;
	struct ra_str staff_roles, allowed, denied, silent;
	int64_t merge_ms;
	struct trial_channel *channels;
	size_t channel_count, next, read;
	int64_t expected; /* messages of people, as they were counted */
	int64_t messages, shown, known;
	struct found *found; /* owned */
	size_t found_count, found_cap;
	bool is_cut; /* a bound was met */
};

static int trials;

static void trial_free(struct trial *t)
{
	trials--;
	json_decref((json_t *)t->draft);
	match_free(&t->rule);
	match_free(&t->others);
	ra_free(t->found);
	ra_arena_fini(&t->arena);
	ra_free(t);
}

/* --- saying it --- */

static void say(struct trial *t, const char *event, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (t->out)
		ra_http_stream_send(t->out, event, NULL, ra_str_of(text));
	free(text);
}

static void say_progress(struct trial *t)
{
	say(t, "progress",
	    json_pack("{s:I, s:I, s:I, s:I}", "channels", (json_int_t)t->read, "channels_expected",
		      (json_int_t)t->channel_count, "messages", (json_int_t)t->messages,
		      "messages_expected", (json_int_t)t->expected));
}

static int by_author(const void *a, const void *b)
{
	const struct found *left = a, *right = b;
	if (left->channel != right->channel)
		return left->channel < right->channel ? -1 : 1;
	if (left->author != right->author)
		return left->author < right->author ? -1 : 1;
	return left->at < right->at ? -1 : left->at > right->at;
}

/* What would be one request is counted once. */
static int64_t count_requests(struct trial *t)
{
	int64_t requests = 0;
	if (t->found_count > 0)
		qsort(t->found, t->found_count, sizeof(*t->found), by_author);
	for (size_t i = 0; i < t->found_count; i++) {
		const struct found *f = &t->found[i], *last = i ? f - 1 : NULL;
		requests += !last || last->channel != f->channel || last->author != f->author ||
			    f->at - last->at > t->merge_ms;
	}
	return requests;
}

static void finish(struct trial *t)
{
	int64_t requests = count_requests(t);
	double part = t->messages > 0 && t->expected > t->messages && t->is_cut
			      ? (double)t->expected / (double)t->messages
			      : 1;
	say(t, "done",
	    json_pack("{s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:b, s:I}", "requests",
		      (json_int_t)requests, "matches", (json_int_t)t->found_count, "known",
		      (json_int_t)t->known, "per_day", (double)requests * part / DAYS, "channels",
		      (json_int_t)t->read, "channels_expected", (json_int_t)t->channel_count,
		      "messages", (json_int_t)t->messages, "messages_expected",
		      (json_int_t)t->expected, "is_whole", !t->is_cut, "given_up",
		      (json_int_t)match_given_up(t->rule)));
	if (t->out)
		ra_http_stream_end(t->out);
	trial_free(t);
}

/* --- one message --- */

static bool has_id(struct ra_str ids, uint64_t wanted)
{
	uint64_t id;
	while ((id = ra_ids_next(&ids)) != 0)
		if (id == wanted)
			return true;
	return false;
}

static bool is_by_a_person(const json_t *message)
{
	json_int_t type = json_integer_value(json_object_get(message, "type"));
	const json_t *author = json_object_get(message, "author");
	return (type == 0 || type == 19) && !json_object_get(message, "webhook_id") &&
	       !json_is_true(json_object_get(author, "bot")) &&
	       !json_is_true(json_object_get(author, "system"));
}

static struct ra_str roles_of(struct trial *t, const json_t *message)
{
	struct ra_buf ids = { 0 };
	size_t i;
	const json_t *role;
	json_array_foreach(json_object_get(message, "mention_roles"), i, role)
		ra_buf_printf(&ids, "%s ", json_string_value(role) ? json_string_value(role) : "");
	char *copy = ra_arena_strdup(&t->arena, ra_buf_str(&ids));
	ra_buf_fini(&ids);
	return ra_str_of(copy);
}

/* The first characters, on one line. */
static json_t *excerpt_of(struct ra_str text)
{
	char *line = ra_str_dup(text);
	size_t len = 0, chars = 0;
	for (; line[len]; len++) {
		bool is_start = ((unsigned char)line[len] & 0xc0) != 0x80;
		if (is_start && chars++ == EXCERPT_CHARS)
			break;
		if ((unsigned char)line[len] < ' ')
			line[len] = ' ';
	}
	json_t *json = json_str((struct ra_str){ line, len });
	ra_free(line);
	return json;
}

static json_t *author_of(const struct trial *t, const json_t *author)
{
	struct ra_str name = discord_text(author, "global_name");
	uint64_t id = discord_id(author, "id");
	if (name.len == 0)
		name = discord_text(author, "username");
	return json_pack("{s:o, s:o, s:o}", "id", json_id(id), "name", json_str(name), "avatar_url",
			 json_avatar(t->api, id, discord_text(author, "avatar")));
}

static json_t *rule_json(const struct trial *t, const struct match_rule *rule)
{
	for (size_t i = 0; rule && i < t->other_count; i++)
		if (t->other_ids[i] == rule->rule_id)
			return json_pack("{s:o, s:s}", "id", json_id(rule->rule_id), "name",
					 t->other_names[i]);
	return json_null();
}

static void show(struct trial *t, const struct trial_channel *channel, const json_t *message,
		 const struct match_rule *other)
{
	uint64_t id = discord_id(message, "id");
	if (t->shown++ >= SHOWN_MAX)
		return;
	say(t, "match",
	    json_pack("{s:o, s:o, s:{s:o, s:s}, s:o, s:o, s:o, s:o}", "id", json_id(id), "at",
		      json_instant(ra_snowflake_ms(id)), "channel", "id",
		      json_id(channel->place.channel), "name", channel->name, "author",
		      author_of(t, json_object_get(message, "author")), "excerpt",
		      excerpt_of(discord_text(message, "content")), "url",
		      json_sprintf("https://discord.com/channels/%llu/%llu/%llu",
				   (unsigned long long)t->guild,
				   (unsigned long long)channel->place.channel,
				   (unsigned long long)id),
		      "other_rule", rule_json(t, other)));
}

static void note_found(struct trial *t, uint64_t channel, uint64_t author, int64_t at)
{
	if (t->found_count == t->found_cap) {
		t->found_cap = t->found_cap ? t->found_cap * 2 : 64;
		t->found = ra_realloc(t->found, t->found_cap * sizeof(*t->found));
	}
	t->found[t->found_count++] = (struct found){ channel, author, at };
}

static void try_message(struct trial *t, const struct trial_channel *channel, const json_t *message)
{
	struct match_message m = channel->place;
	uint64_t id = discord_id(message, "id");
	uint64_t author = discord_id(json_object_get(message, "author"), "id");
	if (!is_by_a_person(message))
		return;
	t->messages++;
	m.text = discord_text(message, "content");
	m.mention_roles = roles_of(t, message);
	m.is_forum_post = channel->is_forum_post && id == m.channel;
	if (has_id(t->silent, author) || !match_message(t->rule, &m))
		return;
	const struct match_rule *other = match_message(t->others, &m);
	t->known += other != NULL;
	note_found(t, m.channel, author, ra_snowflake_ms(id));
	show(t, channel, message, other);
}

/* --- page after page --- */

static void read_page(struct trial *t, struct trial_channel *channel, const json_t *page)
{
	size_t i;
	const json_t *message;
	json_array_foreach(page, i, message)
	{
		uint64_t id = discord_id(message, "id");
		if (id == 0 || ra_snowflake_ms(id) < t->since_ms) {
			channel->is_done = true;
			break;
		}
		channel->before = id;
		try_message(t, channel, message);
	}
	if (json_array_size(page) < 100)
		channel->is_done = true;
}

static void ask_page(struct trial *t);

static void on_page(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct trial *t = ctx;
	struct trial_channel *channel = &t->channels[t->next];
	if (!t->out || status == RA_ESTOPPED) {
		if (t->out)
			ra_http_stream_end(t->out);
		trial_free(t);
		return;
	}
	if (status == 0) {
		json_t *page = json_loadb(answer->body.ptr, answer->body.len, 0, NULL);
		read_page(t, channel, page);
		json_decref(page);
	} else {
		channel->is_done = true; /* not to be had: less is covered */
		t->is_cut = true;
	}
	t->read += channel->is_done;
	say_progress(t);
	t->next++;
	ask_page(t);
}

/* The next channel whose turn it is; false: all are read. */
static bool find_turn(struct trial *t)
{
	for (size_t i = 0; i < t->channel_count; i++) {
		size_t at = (t->next + i) % t->channel_count;
		if (t->channels[at].is_done)
			continue;
		t->next = at;
		return true;
	}
	return false;
}

static void ask_page(struct trial *t)
{
	char query[64] = "limit=100";
	bool is_over = t->messages >= MESSAGES_MAX || match_given_up(t->rule) >= GIVEN_UP_MAX ||
		       t->api->now_ms() - t->now_ms > TIME_MS;
	if (!find_turn(t)) {
		finish(t);
		return;
	}
	if (is_over) {
		t->is_cut = true;
		finish(t);
		return;
	}
	const struct trial_channel *channel = &t->channels[t->next];
	if (channel->before)
		snprintf(query, sizeof(query), "limit=100&before=%llu",
			 (unsigned long long)channel->before);
	ra_rest_send(t->api->rest,
		     &(struct ra_rest_call){ .route = "GET /channels/{channel.id}/messages",
					     .ids = { channel->place.channel },
					     .query = query,
					     .priority = RA_REST_PEOPLE,
					     .deadline_ms = 20000 },
		     on_page, t);
}

/* --- the beginning --- */

static void on_gone(void *ctx)
{
	struct trial *t = ctx;
	t->out = NULL; /* the page in flight ends it */
}

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
	t->out = ra_http_stream_start(visit->req, on_gone, t);
	if (!t->out) {
		trial_free(t);
		return;
	}
	say_progress(t);
	ask_page(t);
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
	if (trials >= TRIALS_AT_ONCE) {
		json_decref(draft);
		ra_http_problem(visit->req, 429, "busy", "Others try rules, too",
				"Try again in a minute.");
		return;
	}
	struct trial *t = ra_new(struct trial);
	*t = (struct trial){ .api = visit->api,
			     .guild = visit->access->guild.id,
			     .rule_id = rule_id,
			     .now_ms = visit->now_ms,
			     .since_ms = visit->now_ms - SPAN_MS,
			     .draft = draft };
	trials++;
	visit->state = t;
	ask_known(t, visit);
}

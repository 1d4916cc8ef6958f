/* trial: see the header. */
#include "services/api/trial.h"
#include "libshared/discord/snowflake.h"
#include "proto/events.h"
#include "services/api/discord.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	AT_ONCE = 4, /* in this process */
	MESSAGES_MAX = 5000,
	SHOWN_MAX = 200,
	GIVEN_UP_MAX = 20, /* an expression that is too much for so many messages is for all */
	EXCERPT_CHARS = 200,
};
#define SPAN_MS (TRIAL_DAYS * 24LL * 3600 * 1000)
#define TIME_MS 60000

static int trials;

struct trial *trial_new(const struct visit *visit, json_t *draft)
{
	if (trials == AT_ONCE)
		return NULL;
	trials++;
	struct trial *t = ra_new(struct trial);
	*t = (struct trial){ .api = visit->api,
			     .guild = visit->access->guild.id,
			     .now_ms = visit->now_ms,
			     .since_ms = visit->now_ms - SPAN_MS,
			     .draft = draft };
	return t;
}

void trial_free(struct trial *t)
{
	trials--;
	json_decref(t->draft);
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
	const struct trial_match *left = a, *right = b;
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
		const struct trial_match *f = &t->found[i], *last = i ? f - 1 : NULL;
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
		      (json_int_t)t->known, "per_day", (double)requests * part / TRIAL_DAYS,
		      "channels", (json_int_t)t->read, "channels_expected",
		      (json_int_t)t->channel_count, "messages", (json_int_t)t->messages,
		      "messages_expected", (json_int_t)t->expected, "is_whole", !t->is_cut,
		      "given_up", (json_int_t)match_given_up(t->rule)));
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
	t->found[t->found_count++] = (struct trial_match){ channel, author, at };
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

static void on_gone(void *ctx)
{
	struct trial *t = ctx;
	t->out = NULL; /* the page in flight ends it */
}

void trial_start(struct trial *t, struct ra_http_request *req)
{
	t->out = ra_http_stream_start(req, on_gone, t);
	if (!t->out) {
		trial_free(t);
		return;
	}
	say_progress(t);
	ask_page(t);
}

/*
 * import_exporter: what DiscordChatExporter writes as JSON, a file a channel:
 *
 *	{ "guild": { "id", "name" }, "channel": { "id", "type", "categoryId", "name" },
 *	  "dateRange": { ... }, "exportedAt": "...",
 *	  "messages": [ { "id", "type", "content", "author": { "id", "name", "nickname", "isBot" },
 *	                  "attachments": [ ... ], "reactions": [ ... ] } ... ],
 *	  "messageCount": 9 }
 *
 * Messages are told apart by their ids, so parts of a channel in several
 * files add up, wherever they were cut. Reactions have no time, and are left
 * out, as they are when history is read.
 */
#include "libshared/base/json.h"
#include "services/backup-scheduler/import_internal.h"

struct exporter {
	struct import *im;
	uint64_t guild, channel;
	int64_t begin_at;               /* what lies before was read by a process before us */
	int64_t messages;               /* in the file */
	struct ra_buf text, name, nick; /* owned */
};

static bool holds(struct ra_str text, const char *what)
{
	return memmem(text.ptr, text.len, what, strlen(what)) != NULL;
}

static bool is_mine(struct ra_str head)
{
	return holds(head, "\"guild\"") && holds(head, "\"channel\"") &&
	       holds(head, "\"exportedAt\"") && holds(head, "\"messages\"");
}

/* --- the head -------------------------------------------------------------------------------- */

static struct ra_str unescaped(struct ra_buf *buf, struct ra_json *j)
{
	ra_buf_clear(buf);
	ra_json_unescape(buf, ra_json_string(j));
	return ra_buf_str(buf);
}

static void read_guild(struct exporter *e, struct ra_str raw)
{
	struct ra_json j;
	struct ra_str key;
	ra_json_init(&j, raw);
	if (!ra_json_enter_object(&j))
		return;
	while (ra_json_next_key(&j, &key)) {
		if (ra_str_is(key, "id"))
			e->guild = ra_json_u64(&j);
		else
			ra_json_skip(&j);
	}
}

/* Its words for the types of channels (Discord docs, Channel Types). */
static int kind_of(struct ra_str type)
{
	static const struct {
		const char *name;
		int kind;
	} kinds[] = {
		{ "GuildTextChat", 0 },       { "GuildVoiceChat", 2 },
		{ "GuildCategory", 4 },       { "GuildNews", 5 },
		{ "GuildNewsThread", 10 },    { "GuildPublicThread", 11 },
		{ "GuildPrivateThread", 12 }, { "GuildStageVoice", 13 },
		{ "GuildForum", 15 },
	};
	for (size_t i = 0; i < RA_COUNT(kinds); i++)
		if (ra_str_is(type, kinds[i].name))
			return kinds[i].kind;
	return 0;
}

static void read_channel(struct exporter *e, struct ra_str raw)
{
	struct import_channel c = { .guild = e->guild };
	struct ra_json j;
	struct ra_str key;
	ra_json_init(&j, raw);
	if (!ra_json_enter_object(&j))
		return;
	while (ra_json_next_key(&j, &key)) {
		if (ra_str_is(key, "id"))
			c.channel = e->channel = ra_json_u64(&j);
		else if (ra_str_is(key, "type"))
			c.kind = kind_of(ra_json_string(&j));
		else if (ra_str_is(key, "categoryId"))
			c.parent = ra_json_u64(&j);
		else if (ra_str_is(key, "name"))
			c.name = unescaped(&e->name, &j);
		else
			ra_json_skip(&j);
	}
	if (!j.failed && e->guild && e->begin_at == 0)
		import_channel(e->im, &c);
}

/* --- a message ----------------------------------------------------------------------------------
 */

struct author {
	uint64_t id;
	struct ra_str name, nick;
	bool is_bot, has_number;
};

static void read_author(struct exporter *e, struct ra_json *j, struct author *a)
{
	struct ra_str key;
	if (!ra_json_enter_object(j))
		return;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "id"))
			a->id = ra_json_u64(j);
		else if (ra_str_is(key, "name"))
			a->name = unescaped(&e->name, j);
		else if (ra_str_is(key, "nickname"))
			a->nick = unescaped(&e->nick, j);
		else if (ra_str_is(key, "isBot"))
			a->is_bot = ra_json_bool(j);
		else if (ra_str_is(key, "discriminator"))
			a->has_number = !ra_str_is(ra_json_string(j), "0000");
		else
			ra_json_skip(j);
	}
}

/* Code points, as everywhere. */
static int64_t length_of(struct exporter *e, struct ra_json *j)
{
	struct ra_str text = unescaped(&e->text, j);
	int64_t length = 0;
	for (size_t i = 0; i < text.len; i++)
		length += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
	return length;
}

static int count_of(struct ra_json *j)
{
	int count = 0;
	if (!ra_json_enter_array(j))
		return 0;
	while (ra_json_next_element(j)) {
		ra_json_skip(j);
		count++;
	}
	return count;
}

static void read_fields(struct exporter *e, struct ra_json *j, struct import_message *m,
			struct author *a)
{
	struct ra_str key;
	m->is_notice = true;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "id")) {
			m->id = ra_json_u64(j);
		} else if (ra_str_is(key, "type")) {
			struct ra_str type = ra_json_string(j);
			m->is_reply = ra_str_is(type, "Reply");
			m->is_notice = !m->is_reply && !ra_str_is(type, "Default");
		} else if (ra_str_is(key, "content")) {
			m->characters = length_of(e, j);
		} else if (ra_str_is(key, "author")) {
			read_author(e, j, a);
		} else if (ra_str_is(key, "attachments")) {
			m->attachments = count_of(j);
		} else {
			ra_json_skip(j);
		}
	}
}

/* A bot keeps the number behind its name, a webhook never had one. */
static void take_message(struct exporter *e, struct import_message *m, const struct author *a)
{
	m->user = a->id;
	m->author_kind = !a->is_bot ? 0 : a->has_number ? 1 : 2;
	import_message(e->im, m);
	if (m->author_kind == 2)
		return;
	import_member(e->im, &(struct import_member){ .guild = e->guild,
						      .user = a->id,
						      .username = a->name,
						      .nick = a->nick,
						      .is_bot = a->is_bot });
}

static int read_message(struct exporter *e, struct ra_str raw, struct ra_err *err)
{
	struct import_message m = { .guild = e->guild, .channel = e->channel };
	struct author author = { 0 };
	struct ra_json j;
	if (!e->channel)
		return ra_fail(err, RA_EPROTO, "Is it of DiscordChatExporter?",
			       "the messages come before their channel");
	ra_json_init(&j, raw);
	if (raw.len > 0 && ra_json_enter_object(&j))
		read_fields(e, &j, &m, &author);
	if (raw.len == 0 || j.failed || m.id == 0)
		import_skip(e->im, raw.len == 0 ? "too_long" : "broken", 1,
			    (struct ra_str){ raw.ptr, raw.len > 60 ? 60 : raw.len });
	else
		take_message(e, &m, &author);
	return 0;
}

/* --- the walk
 * --------------------------------------------------------------------------------------- */

static bool opens(void *ctx, const char *path)
{
	(void)ctx;
	return path[0] == '\0' || strcmp(path, "messages") == 0;
}

static int on_value(void *ctx, const char *path, struct ra_str raw, int64_t end, struct ra_err *err)
{
	struct exporter *e = ctx;
	if (strcmp(path, "guild") == 0)
		read_guild(e, raw);
	else if (strcmp(path, "channel") == 0)
		read_channel(e, raw);
	if (strcmp(path, "messages") != 0)
		return 0;
	e->messages++;
	if (end <= e->begin_at)
		return 0;
	int rc = read_message(e, raw, err);
	return rc == 0 ? import_checkpoint(e->im, (struct import_cursor){ .at = end }, err) : rc;
}

static int read_all(struct import *im, struct ra_err *err)
{
	static const struct import_json_ops ops = { .opens = opens, .value = on_value };
	struct exporter e = { .im = im, .begin_at = import_cursor(im).at };
	int rc = import_json_walk(im, &ops, &e, err);
	if (rc == 0 && !e.channel)
		rc = ra_fail(err, RA_EPROTO, "", "the file names no channel");
	import_note(im, "no_reactions");
	ra_buf_fini(&e.text);
	ra_buf_fini(&e.name);
	ra_buf_fini(&e.nick);
	return rc;
}

const struct import_source import_exporter = {
	.name = "exporter",
	.is_mine = is_mine,
	.read = read_all,
};

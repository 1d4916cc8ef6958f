/*
 * import_figures: records about messages, voice, members, as sources tell
 * them, become rows of the staging tables. Messages are added up by hour,
 * channel and user first, as analytics does (services/analytics/fold.c).
 */
#include "libshared/base/clock.h"
#include "libshared/discord/snowflake.h"
#include "services/backup-scheduler/import_internal.h"
#include <stdio.h>

#define HOUR_MS  3600000LL
#define BLOCK_MS 600000LL

enum {
	FIRST_USER = 1 << 22,  /* Discord docs, Snowflakes: nobody is below */
	MESSAGES_MAX = 100000, /* of one user in one channel in one hour */
	ATTACHMENTS_MAX = 100,
	CHARACTERS_MAX = 4000,
	VOICE_HOURS_MAX = 24 * 30, /* of one stay */
	NAME_CHARS = 100,
};

const struct import_sink import_channels = {
	"channels",
	"backup.import_channel (import_id, guild_id, channel_id, parent_id, kind, name)",
	import_merge_channels,
};
const struct import_sink import_members = {
	"members",
	"backup.import_member (import_id, guild_id, user_id, username, nick, is_bot)",
	import_merge_members,
};
const struct import_sink import_messages = {
	"messages",
	"backup.import_message (import_id, guild_id, hour, channel_id, user_id, author_kind, "
	"messages, "
	"replies, attachments, notices, characters, blocks)",
	import_merge_messages,
};
const struct import_sink import_voices = {
	"voice",
	"backup.import_voice (import_id, guild_id, hour, channel_id, user_id, ms)",
	import_merge_voice,
};
#define FLOW "backup.import_flow (import_id, guild_id, at, user_id, kind, is_bot)"
const struct import_sink import_joins = { "joins", FLOW, import_merge_flows };
const struct import_sink import_leaves = { "leaves", FLOW, NULL };
const struct import_sink import_snapshots = {
	"snapshots",
	"backup.import_snapshot (import_id, guild_id, at, members, channels, voice_members)",
	import_merge_snapshots,
};

uint64_t import_id_at(int64_t ms)
{
	return ms < RA_DISCORD_EPOCH_MS ? 0 : ra_snowflake_at(ms);
}

static bool is_user(uint64_t user)
{
	return user >= FIRST_USER && user <= INT64_MAX;
}

static bool is_moment(int64_t ms)
{
	return ms > RA_DISCORD_EPOCH_MS && ms <= ra_wall_ms();
}

static void broken(struct import *im, int64_t how_many, const char *what, uint64_t value)
{
	char text[64];
	snprintf(text, sizeof text, "%s %llu", what, (unsigned long long)value);
	import_skip(im, "broken", how_many, ra_str_of(text));
}

static int64_t within(int64_t value, int64_t most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

static struct ra_str shortened(struct ra_str text)
{
	enum { BYTES_MAX = 4 * NAME_CHARS };
	return (struct ra_str){ text.ptr, text.len > BYTES_MAX ? BYTES_MAX : text.len };
}

/* --- channels and members: each once ------------------------------------------------------- */

struct told_row {
	struct {
		uint64_t guild, id, is_member;
	} key;
};

enum { TOLD_MAX = 1 << 20 };

/* A process that goes on after another tells them again: merging does not mind. */
static bool is_told(struct import *im, uint64_t guild, uint64_t id, bool is_member)
{
	struct told_row head = { .key = { guild, id, is_member } };
	bool is_new;
	if (im->members.count == TOLD_MAX)
		ra_table_clear(&im->members);
	(void)ra_table_row(&im->members, &head.key, &is_new);
	return !is_new;
}

void import_channel(struct import *im, const struct import_channel *c)
{
	if (c->channel == 0 || c->channel > INT64_MAX || c->parent > INT64_MAX || c->kind < 0 ||
	    c->kind > 99 || !import_guild(im, c->guild) || is_told(im, c->guild, c->channel, false))
		return;
	import_row(im, &import_channels);
	import_i64(im, (int64_t)c->guild);
	import_i64(im, (int64_t)c->channel);
	if (c->parent)
		import_i64(im, (int64_t)c->parent);
	else
		import_null(im);
	import_i64(im, c->kind);
	import_text(im, shortened(c->name));
	import_row_end(im);
	import_count(im, &import_channels, c->guild, 0, 1);
}

void import_member(struct import *im, const struct import_member *m)
{
	if (!is_user(m->user) || !import_guild(im, m->guild) ||
	    is_told(im, m->guild, m->user, true) || import_person(im, m->guild, m->user) != m->user)
		return;
	import_row(im, &import_members);
	import_i64(im, (int64_t)m->guild);
	import_i64(im, (int64_t)m->user);
	import_text(im, shortened(m->username));
	if (m->nick.len)
		import_text(im, shortened(m->nick));
	else
		import_null(im);
	import_bool(im, m->is_bot);
	import_row_end(im);
	import_count(im, &import_members, m->guild, 0, 1);
}

/* --- messages ----------------------------------------------------------------------------------
 */

struct message_row {
	struct {
		uint64_t guild, channel, user;
		int64_t hour;
	} key;
	int64_t messages, replies, attachments, notices, characters;
	int author_kind, blocks;
};

static enum import_verdict judge(struct import *im, struct import_guild *g,
				 const struct import_message *m, uint64_t last)
{
	enum import_verdict verdict = import_verdict(im, g, "messages", m->channel, (int64_t)m->id);
	return verdict != IMPORT_FINE || last <= m->id
		       ? verdict
		       : import_verdict(im, g, "messages", m->channel, (int64_t)last);
}

static void report_message(struct import *im, const struct import_message *m, int64_t count,
			   int64_t at)
{
	const char *name = m->is_notice          ? "notices"
			   : m->author_kind != 0 ? "bot_messages"
						 : "messages";
	import_report_count(&im->report, name, m->guild, at, count);
}

void import_message(struct import *im, const struct import_message *m)
{
	int64_t count = m->messages > 0 ? m->messages : 1, at = ra_snowflake_ms(m->id);
	uint64_t last = m->covers_ms > 0 ? import_id_at(at + m->covers_ms) - 1 : m->id;
	if (m->id > INT64_MAX || !is_moment(at) || count > MESSAGES_MAX) {
		broken(im, 1, "message", m->id);
		return;
	}
	if (m->channel == 0 || m->channel > INT64_MAX || !is_user(m->user)) {
		broken(im, count, "user", m->user);
		return;
	}
	if (!import_has_guild(im, m->guild, count))
		return;
	enum import_verdict verdict = judge(im, import_guild(im, m->guild), m, last);
	if (verdict != IMPORT_FINE) {
		import_left_out(im, verdict, count, m->guild);
		return;
	}
	struct message_row head = { .key = { m->guild, m->channel, m->user, at - at % HOUR_MS } };
	struct message_row *row = ra_table_row(&im->messages, &head.key, NULL);
	row->author_kind = m->author_kind;
	if (m->is_notice) {
		row->notices += count;
	} else {
		row->messages += count;
		row->replies += m->is_reply;
		row->attachments += within(m->attachments, ATTACHMENTS_MAX);
		row->characters += within(m->characters, CHARACTERS_MAX * count);
		row->blocks |= 1 << (at % HOUR_MS / BLOCK_MS);
	}
	import_saw(im, m->guild, "messages", m->channel, (int64_t)m->id, (int64_t)last);
	report_message(im, m, count, at);
}

void import_figures_init(struct import *im)
{
	im->messages = (struct ra_table){ .row_size = sizeof(struct message_row),
					  .key_size = sizeof(((struct message_row *)0)->key) };
	im->members = (struct ra_table){ .row_size = sizeof(struct told_row),
					 .key_size = sizeof(((struct told_row *)0)->key) };
}

void import_figures_fini(struct import *im)
{
	ra_table_fini(&im->messages);
	ra_table_fini(&im->members);
}

void import_figures_flush(struct import *im)
{
	const struct message_row *rows = (const struct message_row *)(void *)im->messages.rows;
	for (size_t i = 0; i < im->messages.count; i++) {
		const struct message_row *r = &rows[i];
		import_row(im, &import_messages);
		import_i64(im, (int64_t)r->key.guild);
		import_time(im, r->key.hour);
		import_i64(im, (int64_t)r->key.channel);
		import_i64(im, (int64_t)r->key.user);
		import_i64(im, r->author_kind);
		import_i64(im, r->messages);
		import_i64(im, r->replies);
		import_i64(im, r->attachments);
		import_i64(im, r->notices);
		import_i64(im, r->characters);
		import_i64(im, r->blocks);
		import_row_end(im);
	}
	ra_table_clear(&im->messages);
}

/* --- voice --------------------------------------------------------------------------------------
 */

static void stage_voice(struct import *im, const struct import_voice *v, int64_t from, int64_t to)
{
	import_row(im, &import_voices);
	import_i64(im, (int64_t)v->guild);
	import_time(im, from - from % HOUR_MS);
	import_i64(im, (int64_t)v->channel);
	import_i64(im, (int64_t)v->user);
	import_i64(im, to - from);
	import_row_end(im);
}

/* A stay is told when it ends: by that it is told apart from those of another file. */
void import_voice(struct import *im, const struct import_voice *v)
{
	if (!is_moment(v->from_ms) || !is_moment(v->to_ms) || v->to_ms <= v->from_ms ||
	    v->to_ms - v->from_ms > VOICE_HOURS_MAX * HOUR_MS || v->channel == 0 ||
	    v->channel > INT64_MAX || !is_user(v->user)) {
		broken(im, 1, "voice of", v->user);
		return;
	}
	if (!import_has_guild(im, v->guild, 1))
		return;
	enum import_verdict verdict =
		import_verdict(im, import_guild(im, v->guild), "voice", 0, v->to_ms - 1);
	if (verdict != IMPORT_FINE) {
		import_left_out(im, verdict, 1, v->guild);
		return;
	}
	for (int64_t from = v->from_ms, to; from < v->to_ms; from = to) {
		to = from - from % HOUR_MS + HOUR_MS;
		to = to < v->to_ms ? to : v->to_ms;
		stage_voice(im, v, from, to);
	}
	import_saw(im, v->guild, "voice", 0, v->to_ms - 1, v->to_ms - 1);
	import_count(im, &import_voices, v->guild, v->from_ms, 1);
	import_report_count(&im->report, "voice_seconds", v->guild, v->to_ms,
			    (v->to_ms - v->from_ms) / 1000);
	import_note(im, "voice_raw");
}

/* --- joins, leaves, snapshots
 * --------------------------------------------------------------------- */

void import_flow(struct import *im, const struct import_flow *f)
{
	const struct import_sink *sink = f->is_leave ? &import_leaves : &import_joins;
	if (!is_moment(f->at_ms) || !is_user(f->user)) {
		broken(im, 1, "member", f->user);
		return;
	}
	if (!import_has_guild(im, f->guild, 1))
		return;
	enum import_verdict verdict =
		import_verdict(im, import_guild(im, f->guild), "flows", 0, f->at_ms);
	if (verdict != IMPORT_FINE) {
		import_left_out(im, verdict, 1, f->guild);
		return;
	}
	import_row(im, sink);
	import_i64(im, (int64_t)f->guild);
	import_time(im, f->at_ms);
	import_i64(im, (int64_t)f->user);
	import_text(im, f->is_leave ? RA_STR("leave") : RA_STR("join"));
	import_bool(im, f->is_bot);
	import_row_end(im);
	import_saw(im, f->guild, "flows", 0, f->at_ms, f->at_ms);
	import_count(im, sink, f->guild, f->at_ms, 1);
}

void import_snapshot(struct import *im, const struct import_snapshot *s)
{
	if (!is_moment(s->at_ms) || s->members < 0 || s->members > 100000000) {
		broken(im, 1, "members", (uint64_t)s->members);
		return;
	}
	if (!import_has_guild(im, s->guild, 1))
		return;
	enum import_verdict verdict =
		import_verdict(im, import_guild(im, s->guild), "snapshots", 0, s->at_ms);
	if (verdict != IMPORT_FINE) {
		import_left_out(im, verdict, 1, s->guild);
		return;
	}
	import_row(im, &import_snapshots);
	import_i64(im, (int64_t)s->guild);
	import_time(im, s->at_ms);
	import_i64(im, s->members);
	import_i64(im, within(s->channels, 100000));
	import_i64(im, within(s->voice_members, s->members));
	import_row_end(im);
	import_saw(im, s->guild, "snapshots", 0, s->at_ms, s->at_ms);
	import_count(im, &import_snapshots, s->guild, s->at_ms, 1);
}

#include "services/discord-sim/untold.h"
#include "libshared/discord/snowflake.h"
#include <stdio.h>

#define HOUR_MS 3600000LL

struct untold_row {
	struct untold_key {
		uint64_t channel, user;
		int64_t hour;
	} key;
	json_int_t messages;
	UT_hash_handle hh;
};

struct untold {
	const struct world *world; /* borrowed */
	json_int_t messages, bot_messages, notices, replies, attachments, characters;
	struct untold_row *rows; /* owned */
};

static json_int_t characters_of(const char *text)
{
	json_int_t count = 0;
	for (; *text; text++)
		count += ((unsigned char)*text & 0xC0) != 0x80;
	return count;
}

static void add_row(struct untold *u, const struct channel *channel, const struct message *m)
{
	int64_t at = ra_snowflake_ms(m->id);
	struct untold_key key = { channel->id, m->author_id, at - at % HOUR_MS };
	struct untold_row *row;
	/* the analyzer does not follow a word's bytes */
	// NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
	HASH_FIND(hh, u->rows, &key, sizeof(key), row);
	if (!row) {
		row = ra_new(struct untold_row);
		row->key = key;
		HASH_ADD(hh, u->rows, key, sizeof(key), row);
	}
	row->messages++;
}

static void add(struct untold *u, const struct channel *channel, const struct message *m)
{
	const struct user *author = world_user(u->world, m->author_id);
	if (m->type != MESSAGE_DEFAULT && m->type != MESSAGE_REPLY) {
		u->notices++;
	} else if (m->webhook_name || (author && author->is_bot)) {
		u->bot_messages++;
	} else {
		u->messages++;
		u->replies += m->type == MESSAGE_REPLY;
		u->attachments += m->attachments;
		u->characters += characters_of(m->text);
		add_row(u, channel, m);
	}
}

static bool may_read(const struct world *world, const struct channel *channel)
{
	uint64_t needed = PERM_VIEW_CHANNEL | PERM_READ_HISTORY |
			  (channel_is_voice(channel) ? PERM_CONNECT : 0);
	uint64_t has = world_permissions(world, channel->guild, channel, world->bot->id);
	return (has & needed) == needed;
}

static json_t *rows_json(struct untold *u)
{
	json_t *rows = json_array();
	struct untold_row *row, *next;
	HASH_ITER(hh, u->rows, row, next)
	{
		char channel[24], user[24];
		snprintf(channel, sizeof(channel), "%llu", (unsigned long long)row->key.channel);
		snprintf(user, sizeof(user), "%llu", (unsigned long long)row->key.user);
		json_array_append_new(rows, json_pack("[s, s, I, I]", channel, user,
						      (json_int_t)row->key.hour, row->messages));
		HASH_DEL(u->rows, row);
		ra_free(row);
	}
	return rows;
}

json_t *untold_json(const struct world *world, const struct guild *guild)
{
	struct untold u = { .world = world };
	for (size_t i = 0; i < guild->channel_count; i++) {
		const struct channel *channel = guild->channels[i];
		if (!may_read(world, channel))
			continue;
		for (size_t n = 0; n < channel->message_len; n++) {
			const struct message *m = channel->messages[channel->message_first + n];
			if (!m->is_told)
				add(&u, channel, m);
		}
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "messages", u.messages,
			 "bot_messages", u.bot_messages, "notices", u.notices, "replies", u.replies,
			 "attachments", u.attachments, "characters", u.characters, "rows",
			 rows_json(&u));
}

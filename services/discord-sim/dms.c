#include "services/discord-sim/dms.h"
#include "libshared/base/clock.h"
#include "services/discord-sim/act.h"
#include "services/discord-sim/intents.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include <stdio.h>

#define KEPT       50
#define CHANNEL_DM 1

struct dms {
	struct dm *rooms; /* owned; by id */
};

struct dms *dms_new(void)
{
	return ra_new(struct dms);
}

void dms_free(struct dms **dms)
{
	if (!*dms)
		return;
	struct dm *dm, *next;
	HASH_ITER(hh, (*dms)->rooms, dm, next)
	{
		HASH_DEL((*dms)->rooms, dm);
		json_decref(dm->messages);
		ra_free(dm);
	}
	ra_free(*dms);
	*dms = NULL;
}

struct dm *dms_find(struct dms *dms, uint64_t channel_id)
{
	struct dm *dm;
	HASH_FIND(hh, dms->rooms, &channel_id, sizeof(channel_id), dm);
	return dm;
}

struct dm *dms_open(struct dms *dms, struct world *world, const struct user *user)
{
	struct dm *dm;
	for (dm = dms->rooms; dm; dm = dm->hh.next)
		if (dm->recipient == user)
			return dm;
	dm = ra_new(struct dm);
	dm->id = world_new_id(world);
	dm->recipient = user;
	dm->messages = json_array();
	HASH_ADD(hh, dms->rooms, id, sizeof(dm->id), dm);
	return dm;
}

void dm_render(struct ra_buf *json, const struct dm *dm)
{
	const json_t *newest = json_array_get(dm->messages, 0);
	PUT_ID(json, "{\"id\":", dm->id);
	PUT_U64(json, ",\"type\":", CHANNEL_DM);
	PUT_TEXT(json, ",\"last_message_id\":", json_string_value(json_object_get(newest, "id")));
	PUT(json, ",\"flags\":0,\"recipients\":[");
	render_user(json, dm->recipient);
	PUT(json, "]}");
}

/* The sent value, or what stands when it was left out. */
static void copy(json_t *message, const json_t *body, const char *key, json_t *absent)
{
	json_t *value = json_object_get(body, key);
	if (value)
		json_object_set(message, key, value);
	else if (absent)
		json_object_set_new(message, key, json_incref(absent));
	json_decref(absent);
}

json_t *private_message(struct world *world, uint64_t channel_id, const json_t *body)
{
	char id[24], channel[24], when[33];
	struct ra_buf author = { 0 };
	snprintf(id, sizeof(id), "%llu", (unsigned long long)world_new_id(world));
	snprintf(channel, sizeof(channel), "%llu", (unsigned long long)channel_id);
	ra_iso8601_format(world->now_ms, when);
	render_user(&author, world->bot);

	json_t *message = json_pack(
		"{s:s, s:s, s:i, s:s, s:n, s:b, s:b, s:b, s:i, s:[], s:[], s:[], s:o}", "id", id,
		"channel_id", channel, "type", 0, "timestamp", when, "edited_timestamp", "tts", 0,
		"mention_everyone", 0, "pinned", 0, "flags", 0, "mentions", "mention_roles",
		"attachments", "author", json_loadb(author.ptr, author.len, 0, NULL));
	ra_buf_fini(&author);
	copy(message, body, "content", json_string(""));
	copy(message, body, "embeds", json_array());
	copy(message, body, "components", json_array());
	copy(message, body, "nonce", NULL);
	copy(message, body, "flags", NULL);
	return message;
}

json_t *dm_post(struct dm *dm, struct world *world, const json_t *body)
{
	json_t *message = private_message(world, dm->id, body);
	char *text = json_dumps(message, JSON_COMPACT);
	struct dispatch dispatch = {
		.type = "MESSAGE_CREATE",
		.channel_id = dm->id,
		.intents = intents_of_event("MESSAGE_CREATE", false),
		.d = ra_str_of(text),
		.at_ms = world->now_ms,
	};
	act_emit(world, &dispatch);
	free(text);
	json_array_insert_new(dm->messages, 0, message);
	while (json_array_size(dm->messages) > KEPT)
		json_array_remove(dm->messages, KEPT);
	return message;
}

/*
 * chunks: op 8, the members of a guild in pieces (sheet, 3.1). Everybody: once
 * per guild in 30 s. Discord's rule for a client that lacks GUILD_MEMBERS and
 * asks for everybody is not documented; here it gets nothing.
 */
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/intents.h"
#include "services/discord-sim/picks.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/sim.h"
#include <stdio.h>
#include <strings.h>

#define CHUNK_MEMBERS 1000
#define FOUND_MAX     100
#define NONCE_MAX     32
#define FULL_EVERY_MS 30000

/* When a guild's whole list was last asked for. */
struct chunk_limit {
	uint64_t guild_id;
	uint64_t asked_at_ms;
	UT_hash_handle hh;
};

struct request {
	const struct guild *guild;
	const char *query, *nonce;
	json_t *user_ids;
	size_t limit;
	bool with_presences;
};

/* Who was found: borrowed members, and ids nobody has. */
struct found {
	struct picks members;
	struct ra_buf missing; /* inside of a JSON array */
};

void chunk_limits_free(struct chunk_limit **limits)
{
	struct chunk_limit *limit, *next;
	HASH_ITER(hh, *limits, limit, next)
	{
		HASH_DEL(*limits, limit);
		ra_free(limit);
	}
}

/* ---- reading the request ---- */

static uint64_t id_of(json_t *value)
{
	uint64_t id = 0;
	if (json_is_string(value) && ra_str_to_u64(ra_str_of(json_string_value(value)), &id) == 0)
		return id;
	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : 0;
}

static bool read_request(const struct session *s, json_t *d, struct request *r)
{
	json_t *limit = json_object_get(d, "limit");
	json_t *guild_id = json_object_get(d, "guild_id");
	/* discord.py sends an array of one guild, as old gateways wanted. */
	if (json_is_array(guild_id))
		guild_id = json_array_get(guild_id, 0);
	*r = (struct request){
		.guild = world_guild(s->gateway->sim->world, id_of(guild_id)),
		.query = json_string_value(json_object_get(d, "query")),
		.nonce = json_string_value(json_object_get(d, "nonce")),
		.user_ids = json_object_get(d, "user_ids"),
		.limit = limit ? (size_t)json_integer_value(limit) : 0,
		.with_presences = json_is_true(json_object_get(d, "presences")) &&
				  (s->intents & INTENT_GUILD_PRESENCES),
	};
	if (r->nonce && strlen(r->nonce) > NONCE_MAX)
		r->nonce = NULL;
	if (json_is_null(r->user_ids))
		r->user_ids = NULL;
	return r->guild && r->guild->is_bot_in && (r->query || r->user_ids);
}

/* ---- finding ---- */

static void find_id(struct found *found, const struct request *r, json_t *value)
{
	const struct member *member = world_member(r->guild, id_of(value));
	if (member) {
		picks_add(&found->members, member);
		return;
	}
	char *text = json_dumps(value, JSON_ENCODE_ANY);
	ra_buf_printf(&found->missing, "%s%s", found->missing.len ? "," : "", text);
	free(text);
}

static void find_ids(struct found *found, const struct request *r)
{
	if (!json_is_array(r->user_ids)) {
		find_id(found, r, r->user_ids);
		return;
	}
	for (size_t i = 0; i < json_array_size(r->user_ids) && i < FOUND_MAX; i++)
		find_id(found, r, json_array_get(r->user_ids, i));
}

static bool starts(const char *name, const char *query)
{
	return name && strncasecmp(name, query, strlen(query)) == 0;
}

static void find_names(struct found *found, const struct request *r)
{
	size_t max = r->limit > 0 && r->limit < FOUND_MAX ? r->limit : FOUND_MAX;
	for (const struct member *m = r->guild->members; m && found->members.count < max;
	     m = m->hh.next)
		if (starts(m->user->username, r->query) || starts(m->nick, r->query) ||
		    starts(m->user->global_name, r->query))
			picks_add(&found->members, m);
}

static void find_all(struct found *found, const struct request *r)
{
	for (const struct member *m = r->guild->members; m; m = m->hh.next)
		picks_add(&found->members, m);
}

/* ---- answering ---- */

static void add_nonce(struct ra_buf *d, const struct request *r)
{
	if (!r->nonce)
		return;
	ra_buf_add_text(d, ",\"nonce\":");
	ra_buf_add_json_string(d, ra_str_of(r->nonce));
}

static void add_presence(struct ra_buf *d, const struct member *m)
{
	static const char *const names[] = {
		[PRESENCE_OFFLINE] = "offline",
		[PRESENCE_ONLINE] = "online",
		[PRESENCE_IDLE] = "idle",
		[PRESENCE_DND] = "dnd",
	};
	ra_buf_printf(d, "{\"user\":{\"id\":\"%llu\"},\"status\":\"%s\"",
		      (unsigned long long)m->user_id, names[m->presence]);
	ra_buf_add_text(d, ",\"activities\":[],\"client_status\":{}}");
}

static void add_members(struct ra_buf *d, const struct request *r, const struct found *found,
			size_t from)
{
	size_t count = found->members.count;
	size_t to = from + CHUNK_MEMBERS < count ? from + CHUNK_MEMBERS : count;
	for (size_t i = from; i < to; i++) {
		ra_buf_add_text(d, i > from ? "," : "");
		render_member(d, found->members.items[i]);
	}
	ra_buf_add(d, "]", 1);
	if (!r->with_presences)
		return;
	ra_buf_add_text(d, ",\"presences\":[");
	for (size_t i = from; i < to; i++) {
		ra_buf_add_text(d, i > from ? "," : "");
		add_presence(d, found->members.items[i]);
	}
	ra_buf_add(d, "]", 1);
}

static void tell_chunks(struct session *s, const struct request *r, const struct found *found)
{
	size_t count = found->members.count;
	size_t chunks = count == 0 ? 1 : (count + CHUNK_MEMBERS - 1) / CHUNK_MEMBERS;
	for (size_t i = 0; i < chunks; i++) {
		struct ra_buf d = { 0 };
		ra_buf_printf(&d, "{\"guild_id\":\"%llu\",\"chunk_index\":%zu,\"chunk_count\":%zu",
			      (unsigned long long)r->guild->id, i, chunks);
		add_nonce(&d, r);
		if (found->missing.len > 0)
			ra_buf_printf(&d, ",\"not_found\":[%.*s]", (int)found->missing.len,
				      found->missing.ptr);
		ra_buf_add_text(&d, ",\"members\":[");
		add_members(&d, r, found, i * CHUNK_MEMBERS);
		ra_buf_add(&d, "}", 1);
		session_tell(s, "GUILD_MEMBERS_CHUNK", ra_buf_str(&d));
		ra_buf_fini(&d);
	}
}

/* 0 when the whole list may be asked for now; else how long until then. */
static uint64_t wait_for_all(struct gateway *gateway, uint64_t guild_id)
{
	struct chunk_limit *limit;
	uint64_t now = gateway_now_ms(gateway);
	HASH_FIND(hh, gateway->chunks, &guild_id, sizeof(guild_id), limit);
	if (limit && now - limit->asked_at_ms < FULL_EVERY_MS)
		return FULL_EVERY_MS - (now - limit->asked_at_ms);
	if (!limit) {
		limit = ra_new(struct chunk_limit);
		limit->guild_id = guild_id;
		HASH_ADD(hh, gateway->chunks, guild_id, sizeof(limit->guild_id), limit);
	}
	limit->asked_at_ms = now;
	return 0;
}

static void tell_rate_limited(struct session *s, const struct request *r, uint64_t wait_ms)
{
	struct ra_buf d = { 0 };
	ra_buf_printf(&d, "{\"opcode\":8,\"retry_after\":%.3f,\"meta\":{\"guild_id\":\"%llu\"",
		      (double)wait_ms / 1000, (unsigned long long)r->guild->id);
	add_nonce(&d, r);
	ra_buf_add_text(&d, "}}");
	session_tell(s, "RATE_LIMITED", ra_buf_str(&d));
	ra_buf_fini(&d);
}

void chunks_request(struct session *s, json_t *d)
{
	struct request r;
	struct found found = { 0 };
	if (!read_request(s, d, &r))
		return;
	bool wants_all = !r.user_ids && r.query[0] == '\0' && r.limit == 0;
	if (wants_all && !(s->intents & INTENT_GUILD_MEMBERS))
		return;
	uint64_t wait_ms = wants_all ? wait_for_all(s->gateway, r.guild->id) : 0;
	if (wait_ms > 0) {
		tell_rate_limited(s, &r, wait_ms);
		return;
	}
	if (r.user_ids)
		find_ids(&found, &r);
	else if (wants_all)
		find_all(&found, &r);
	else
		find_names(&found, &r);
	tell_chunks(s, &r, &found);
	picks_fini(&found.members);
	ra_buf_fini(&found.missing);
}

/*
 * owners: see owners.h. Without OWNER_IDS a timer asks, and rings again when
 * Discord does not answer. One call at most is in flight; stopping waits for
 * it.
 */
#include "services/api/owners.h"
#include "libshared/loop/backoff.h"
#include "services/api/discord.h"

#define OWNERS_MAX 200 /* a team has fewer; what Discord sends is not ours to trust */

struct owners {
	struct api *api; /* borrowed */
	uv_timer_t timer;
	struct ra_backoff backoff;
	uint64_t *ids; /* owned */
	size_t count;
	int pending; /* the timer handle, and a call in flight */
	bool is_stopping;
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

int owners_parse(const char *list, uint64_t **ids, size_t *count)
{
	static const char separators[] = ", ";
	uint64_t *found = ra_alloc((strlen(list) / 2 + 1) * sizeof(*found));
	*count = 0;
	for (const char *at = list + strspn(list, separators); *at; at += strspn(at, separators)) {
		size_t len = strcspn(at, separators);
		if (ra_str_to_u64((struct ra_str){ at, len }, &found[(*count)++]) < 0) {
			ra_free(found);
			return RA_EINVAL;
		}
		at += len;
	}
	*ids = found;
	return 0;
}

static void unref(struct owners *owners)
{
	if (--owners->pending > 0)
		return;
	if (owners->stopped)
		owners->stopped(owners->stopped_ctx);
	ra_free(owners->ids);
	ra_free(owners);
}

static void add(struct owners *owners, const json_t *user)
{
	uint64_t id = discord_id(user, "id");
	if (id && owners->count < OWNERS_MAX)
		owners->ids[owners->count++] = id;
}

static void read_application(struct owners *owners, const json_t *application)
{
	size_t i;
	const json_t *member;
	ra_free(owners->ids);
	owners->ids = ra_alloc(OWNERS_MAX * sizeof(*owners->ids));
	owners->count = 0;
	add(owners, json_object_get(application, "owner"));
	json_array_foreach(json_object_get(json_object_get(application, "team"), "members"), i,
			   member) add(owners, json_object_get(member, "user"));
}

static void on_timer(uv_timer_t *timer);

static void on_application(void *ctx, int status, const struct discord_answer *answer)
{
	struct owners *owners = ctx;
	if (status == 0) {
		read_application(owners, answer->body);
	} else if (status != RA_EDENIED && !owners->is_stopping) {
		uint64_t wait_ms = ra_backoff_next_ms(&owners->backoff);
		uv_timer_start(&owners->timer, on_timer,
			       wait_ms > answer->retry_ms ? wait_ms : answer->retry_ms, 0);
	}
	unref(owners);
}

static void ask(struct owners *owners)
{
	owners->pending++;
	discord_ask_bot(owners->api, "GET /applications/@me", on_application, owners);
}

static void on_timer(uv_timer_t *timer)
{
	ask(ra_container_of(timer, struct owners, timer));
}

struct owners *owners_start(struct api *api)
{
	struct owners *owners = ra_new(struct owners);
	owners->api = api;
	owners->backoff = (struct ra_backoff){ .min_ms = 2000, .max_ms = 300000 };
	owners->pending = 1;
	uv_timer_init(api->loop, &owners->timer);
	bool are_given = owners_parse(api->conf->owner_ids, &owners->ids, &owners->count) == 0 &&
			 owners->count > 0;
	if (!are_given && *api->conf->discord_bot_token)
		ask(owners);
	return owners;
}

static void on_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct owners, timer));
}

void owners_stop(struct owners *owners, void (*stopped)(void *ctx), void *ctx)
{
	owners->is_stopping = true;
	owners->stopped = stopped;
	owners->stopped_ctx = ctx;
	uv_close((uv_handle_t *)&owners->timer, on_closed);
}

bool owners_have(const struct owners *owners, uint64_t user_id)
{
	for (size_t i = 0; i < owners->count; i++)
		if (owners->ids[i] == user_id)
			return true;
	return false;
}

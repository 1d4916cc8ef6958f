/*
 * check_guilds: what the bot may do in each server and channel, and what is
 * missed where it may not. Discord is asked for roles and overwrites, so the
 * answer is today's; some thirty servers are looked at, or the one named.
 */
#include "libshared/base/clock.h"
#include "libshared/discord/permissions.h"
#include "services/rationsctl/doctor.h"

enum { GUILDS_MAX = 30, NAMED_MAX = 4, GUILDS_TIME_MS = 20000 };

struct look {
	struct doctor *d; /* borrowed */
	uint64_t until_ms;
	const char *id, *name;             /* of the guild; borrowed */
	const char *bot;                   /* borrowed */
	json_t *member, *roles, *channels; /* owned */
	size_t missing;                    /* verdicts that are no tick */
};

static json_t *ask(struct look *look, const char *path)
{
	struct http_answer answer;
	struct ra_err err;
	if (discord_ask(look->d->ctl, path, look->until_ms, &answer, &err) < 0)
		return NULL;
	json_t *json = answer.status == 200 ? json_incref(answer.json) : NULL;
	http_answer_fini(&answer);
	return json;
}

static json_t *ask_of(struct look *look, const char *what, const char *more)
{
	char *path = ra_format("/guilds/%s/%s%s", look->id, what, more);
	json_t *json = ask(look, path);
	ra_free(path);
	return json;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

/* --- the guild as a whole --- */

static const struct {
	int bit;
	const char *name, *use;
} wanted[] = {
#define X(bit, name, use) { bit, name, use },
	RA_PERMISSIONS_WANTED(X)
#undef X
};

static json_t *of_permission(const struct look *look, size_t i)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:s}", "guild", look->name, "guild_id", look->id,
			 "bit", wanted[i].bit, "permission", wanted[i].name, "use", wanted[i].use);
}

static void judge_guild(struct look *look, uint64_t base)
{
	for (size_t i = 0; i < RA_COUNT(wanted); i++)
		if (!(base & 1ULL << wanted[i].bit)) {
			doctor_say(look->d, PERMISSION_MISSING, of_permission(look, i));
			look->missing++;
		}
}

/* --- its channels --- */

/* Text, voice, announcements, stages, forums, media: where people write or talk. */
static bool is_talked_in(int64_t type)
{
	return type == 0 || type == 2 || type == 5 || type == 13 || type == 15 || type == 16;
}

static bool is_missing(const struct look *look, const json_t *channel, uint64_t base, uint64_t bit)
{
	int64_t type = json_integer_value(json_object_get(channel, "type"));
	uint64_t bits = ra_permissions_of_channel(base, look->id, look->bot, channel, look->member);
	bool is_voice = type == 2 || type == 13;
	if (!is_talked_in(type) || (bit == RA_PERM_CONNECT && !is_voice))
		return false;
	if (bit != RA_PERM_VIEW_CHANNEL && !(bits & RA_PERM_VIEW_CHANNEL))
		return false; /* said already */
	return !(bits & bit);
}

/* Some of them by name. */
static void judge_channels(struct look *look, uint64_t base, size_t permission)
{
	struct ra_buf where = { 0 };
	size_t missing = 0, all = 0, i;
	uint64_t bit = 1ULL << wanted[permission].bit;
	const json_t *channel;
	json_array_foreach(look->channels, i, channel)
	{
		all += is_talked_in(json_integer_value(json_object_get(channel, "type")));
		if (!is_missing(look, channel, base, bit))
			continue;
		if (missing++ < NAMED_MAX)
			ra_buf_printf(&where, "%s#%s", missing == 1 ? "" : ", ",
				      text_of(channel, "name"));
	}
	if (missing > NAMED_MAX)
		ra_buf_printf(&where, " ...");
	json_t *params = of_permission(look, permission);
	json_object_set_new(params, "channels", doctor_text(ra_buf_text(&where)));
	json_object_set_new(params, "count", json_integer((json_int_t)missing));
	json_object_set_new(params, "all", json_integer((json_int_t)all));
	ra_buf_fini(&where);
	if (missing == 0 || !(base & bit)) { /* of the guild it was said */
		json_decref(params);
		return;
	}
	doctor_say(look->d, PERMISSION_MISSING_IN, params);
	look->missing++;
}

static void judge(struct look *look)
{
	uint64_t base = ra_permissions_of_guild(look->id, look->roles, look->member);
	static const uint64_t by_channel =
		RA_PERM_VIEW_CHANNEL | RA_PERM_READ_HISTORY | RA_PERM_CONNECT;
	judge_guild(look, base);
	for (size_t i = 0; i < RA_COUNT(wanted); i++)
		if (by_channel & 1ULL << wanted[i].bit)
			judge_channels(look, base, i);
}

static bool look_at(struct look *look)
{
	look->member = ask_of(look, "members/", look->bot);
	look->roles = look->member ? ask_of(look, "roles", "") : NULL;
	look->channels = look->roles ? ask_of(look, "channels", "") : NULL;
	bool is_known = look->channels != NULL;
	if (is_known)
		judge(look);
	json_decref(look->member);
	json_decref(look->roles);
	json_decref(look->channels);
	return is_known;
}

static void look_at_all(struct look *look, const json_t *guilds)
{
	size_t i, seen = 0, unseen = 0;
	const json_t *guild;
	json_array_foreach(guilds, i, guild)
	{
		look->id = text_of(guild, "id");
		look->name = text_of(guild, "name");
		bool is_late = ra_monotonic_ms() >= look->until_ms;
		if (seen < GUILDS_MAX && !is_late && look_at(look))
			seen++;
		else
			unseen++;
	}
	if (seen > 0 && look->missing == 0)
		doctor_say(look->d, PERMISSIONS_OK, doctor_number("count", (int64_t)seen));
	if (unseen > 0)
		doctor_say(look->d, GUILDS_UNSEEN, doctor_number("count", (int64_t)unseen));
}

static void check_all(struct look *look)
{
	json_t *guilds = ask(look, "/users/@me/guilds?limit=200");
	if (!guilds)
		doctor_say(look->d, GUILDS_UNKNOWN, NULL);
	else if (json_array_size(guilds) == 0)
		doctor_say(look->d, GUILDS_NONE, NULL);
	else
		look_at_all(look, guilds);
	json_decref(guilds);
}

/* Discord tells of a guild only to who is in it: 403 or 404 is an answer. */
static void check_one(struct look *look)
{
	struct http_answer answer;
	struct ra_err err;
	char *path = ra_format("/guilds/%s", look->d->guild);
	int rc = discord_ask(look->d->ctl, path, look->until_ms, &answer, &err);
	ra_free(path);
	if (rc < 0) {
		doctor_say(look->d, GUILDS_UNKNOWN, NULL);
		return;
	}
	look->id = text_of(answer.json, "id");
	look->name = text_of(answer.json, "name");
	if (answer.status == 403 || answer.status == 404)
		doctor_say(look->d, GUILD_NONE, NULL);
	else if (answer.status != 200 || !look_at(look))
		doctor_say(look->d, GUILDS_UNKNOWN, NULL);
	else if (look->missing == 0)
		doctor_say(look->d, PERMISSIONS_OK, doctor_number("count", 1));
	http_answer_fini(&answer);
}

void check_guilds(struct doctor *d)
{
	struct look look = { .d = d, .until_ms = ra_monotonic_ms() + GUILDS_TIME_MS };
	if (!d->application)
		return;
	look.bot = text_of(json_object_get(d->application, "bot"), "id");
	if (d->guild)
		check_one(&look);
	else
		check_all(&look);
}

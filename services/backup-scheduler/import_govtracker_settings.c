/*
 * import_govtracker_settings: what GovTracker2 was set to, as settings of each
 * server's desk. Proposals: what a server has decided here already stays.
 *
 * Requests are looked for at once, as they were. Reminders come switched off:
 * the other bot may still be sending its own, and whoever turns them on sees
 * where they go.
 */
#include "libshared/desk/rating.h"
#include "libshared/desk/words.h"
#include "services/backup-scheduler/import_govtracker.h"
#include <jansson.h>
#include <stdlib.h>

#define DELAY_DEFAULT_S 600
#define KEYWORDS_MAX    50
#define WORD_MAX        64

static const char keywords_default[] = "куратор,curator,помощь,help,вопрос,question";

static int64_t within(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

static json_t *id_json(uint64_t id)
{
	return json_sprintf("%llu", (unsigned long long)id);
}

static json_t *ids_json(uint64_t id)
{
	json_t *ids = json_array();
	if (id)
		json_array_append_new(ids, id_json(id));
	return ids;
}

static void propose(struct gov *gov, uint64_t guild, const char *table, json_t *columns)
{
	char *text = json_dumps(columns, JSON_COMPACT);
	import_desk_settings(gov->import, guild, table, ra_str_of(text));
	free(text);
	json_decref(columns);
}

static bool is_on(const struct gov *gov, const char *key, bool otherwise)
{
	struct ra_str value = gov_setting(gov, key);
	return value.len == 0 ? otherwise : ra_str_is(value, "true") || ra_str_is(value, "1");
}

static int64_t number(struct ra_str text, int64_t otherwise)
{
	int64_t value;
	return ra_str_to_i64(text, &value) == 0 ? value : otherwise;
}

/* --- what is a request --- */

/* Those that are one word. */
static json_t *keywords_json(const struct gov *gov)
{
	json_t *json = json_array();
	struct words words = { 0 };
	struct ra_str list = gov_setting(gov, "customKeywords"), item;
	if (list.len == 0)
		list = ra_str_of(keywords_default);
	while (json_array_size(json) < KEYWORDS_MAX && gov_list_next(&list, &item)) {
		words_read(&words, item);
		if (words.count == 1 && item.len <= WORD_MAX)
			json_array_append_new(json, json_stringn(item.ptr, item.len));
	}
	words_fini(&words);
	return json;
}

static json_t *channels_json(const struct gov *gov)
{
	json_t *json = json_array();
	struct ra_str list = gov_setting(gov, "allowedChannels"), item;
	while (json_array_size(json) < KEYWORDS_MAX && gov_list_next(&list, &item)) {
		uint64_t id = gov_id_of(item, gov->now_ms);
		if (id)
			json_array_append_new(json, id_json(id));
	}
	return json;
}

static void propose_desk(struct gov *gov, const struct gov_server *server)
{
	int64_t good_s = 60, poor_s = 300;
	gov_number(&gov->points, "responsetimegoodseconds", &good_s);
	gov_number(&gov->points, "responsetimepoorseconds", &poor_s);
	good_s = within(good_s, 1, 86399);
	poor_s = within(poor_s, good_s + 1, 604800);
	bool is_watched = server->is_active && is_on(gov, "monitoringEnabled", true);
	propose(gov, server->guild, "desk_settings",
		json_pack("{s:b, s:o, s:o, s:I, s:I}", "is_enabled", is_watched, "staff_roles",
			  ids_json(server->role), "allowed_channels", channels_json(gov), "good_s",
			  (json_int_t)good_s, "poor_s", (json_int_t)poor_s));
	if (server->role)
		propose(gov, server->guild, "request_rule",
			json_pack("{s:s, s:s, s:b, s:o, s:i}", "name", "GovTracker2: @", "kind",
				  "mention", "is_enabled", true, "roles", ids_json(server->role),
				  "position", 0));
	propose(gov, server->guild, "request_rule",
		json_pack("{s:s, s:s, s:b, s:o, s:i}", "name", "GovTracker2: abc", "kind",
			  "keyword", "is_enabled", is_on(gov, "keywordDetection", true), "words",
			  keywords_json(gov), "position", 1));
	if (server->tasks_channel)
		propose(gov, server->guild, "task_settings",
			json_pack("{s:b, s:o, s:o}", "is_enabled", is_watched, "channels",
				  ids_json(server->tasks_channel), "keywords", keywords_json(gov)));
}

/* --- who is told --- */

static void propose_notices(struct gov *gov, const struct gov_server *server)
{
	int64_t delay_s = server->reminder_s ? server->reminder_s : DELAY_DEFAULT_S;
	uint64_t channel = server->notice_channel, home = server->guild;
	delay_s = within(number(gov_setting(gov, "notificationDelay"), delay_s), 30, 86400);
	bool repeats = is_on(gov, "repeatNotifications", false);
	if (!channel) {
		channel = gov_id(&gov->notices, "notificationchannelid", gov->now_ms);
		home = gov_id(&gov->notices, "notificationserverid", gov->now_ms);
	}
	json_t *json = json_pack("{s:I, s:I, s:o}", "delay_s", (json_int_t)delay_s, "repeat_s",
				 (json_int_t)(repeats ? within(delay_s, 60, 86400) : 0), "roles",
				 ids_json(server->role));
	if (channel && home) {
		json_object_set_new(json, "channel_id", id_json(channel));
		json_object_set_new(json, "channel_guild_id", id_json(home));
	}
	propose(gov, server->guild, "notice_settings", json);
}

/* --- what work is worth --- */

static const char *colour_of(struct ra_str css)
{
	static const char *const colours[] = { "green", "blue", "yellow", "orange", "red", "grey" };
	for (size_t i = 0; i < RA_COUNT(colours); i++)
		if (memmem(css.ptr, css.len, colours[i], strlen(colours[i])))
			return colours[i];
	return "grey";
}

struct level {
	int64_t from;
	const struct gov_row *row;
};

static int by_score(const void *a, const void *b)
{
	const struct level *one = a, *other = b;
	return (one->from < other->from) - (one->from > other->from);
}

static json_t *text_json(struct ra_str text)
{
	return json_stringn(text.ptr, text.len);
}

/* Levels that can not be ours are the defaults: an empty list. */
static json_t *levels_json(const struct gov *gov)
{
	struct level levels[64] = { 0 };
	struct rating_levels checked;
	struct ra_err err;
	json_t *json = json_array();
	for (size_t i = 0; i < gov->level_count; i++) {
		levels[i] = (struct level){ 0, &gov->levels[i] };
		gov_number(levels[i].row, "minscore", &levels[i].from);
	}
	qsort(levels, gov->level_count, sizeof(*levels), by_score);
	for (size_t i = 0; i < gov->level_count; i++) {
		const struct gov_row *row = levels[i].row;
		bool is_last = i + 1 == gov->level_count;
		json_array_append_new(
			json, json_pack("{s:o, s:o, s:o, s:s}", "from",
					is_last ? json_null() : json_integer(levels[i].from), "ru",
					text_json(gov_text(row, "ratingtext ratingname")), "en",
					text_json(gov_text(row, "ratingname ratingtext")), "colour",
					colour_of(gov_text(row, "color colour"))));
	}
	if (rating_levels_read(json, &checked, &err) < 0)
		json_array_clear(json);
	return json;
}

static void propose_rating(struct gov *gov, const struct gov_server *server)
{
	int64_t message = 3, reply = 2, reaction = 1, task = 5;
	if (gov->points.count == 0 && gov->level_count == 0)
		return;
	gov_number(&gov->points, "activitypointsmessage", &message);
	gov_number(&gov->points, "activitypointsreply", &reply);
	gov_number(&gov->points, "activitypointsreaction", &reaction);
	gov_number(&gov->points, "activitypointstaskverification", &task);
	propose(gov, server->guild, "rating_settings",
		json_pack("{s:I, s:I, s:I, s:I, s:o}", "message",
			  (json_int_t)within(message, 0, RATING_POINTS_MAX), "reply",
			  (json_int_t)within(reply, 0, RATING_POINTS_MAX), "reaction",
			  (json_int_t)within(reaction, 0, RATING_POINTS_MAX), "task",
			  (json_int_t)within(task, 0, RATING_POINTS_MAX), "levels",
			  levels_json(gov)));
}

void gov_propose(struct gov *gov)
{
	const struct gov_server *servers = (const void *)gov->servers.rows;
	for (size_t i = 0; i < gov->servers.count; i++) {
		if (!*servers[i].name && !servers[i].role)
			continue; /* known by its channels only */
		propose_desk(gov, &servers[i]);
		propose_notices(gov, &servers[i]);
		propose_rating(gov, &servers[i]);
	}
	if (gov->servers.count > 0)
		import_note(gov->import, "notices_off");
}

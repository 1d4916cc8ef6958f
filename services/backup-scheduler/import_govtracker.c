/* import_govtracker: see the header. */
#include "services/backup-scheduler/import_govtracker.h"
#include "libshared/base/clock.h"
#include "services/backup-scheduler/job.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* --- finding servers and people --- */

void gov_short_name(struct ra_str name, char out[GOV_SHORT_MAX])
{
	size_t len = 0;
	for (size_t i = 0; i < name.len && len + 1 < GOV_SHORT_MAX; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		if (c >= 0x80 || isalnum(c))
			out[len++] = (char)tolower(c);
	}
	out[len] = '\0';
}

void gov_skip(struct gov *gov, const char *why, const struct gov_row *row)
{
	import_skip(gov->import, why, 1,
		    gov_text(row,
			     "servername curatorname name serverid messageid discordmessageid id"));
}

static const struct gov_server *server_named(const struct gov *gov, struct ra_str name)
{
	const struct gov_server *servers = (const void *)gov->servers.rows, *found = NULL;
	char wanted[GOV_SHORT_MAX];
	gov_short_name(name, wanted);
	for (size_t i = 0; i < gov->servers.count && *wanted; i++)
		if (servers[i].guild && strcmp(servers[i].name, wanted) == 0) {
			if (found && found->guild != servers[i].guild)
				return NULL; /* two of that name */
			found = &servers[i];
		}
	return found;
}

/* Whoever it is: a number of GovTracker2's, a Discord id, or a name. 0: nobody known. */
static uint64_t guild_called(const struct gov *gov, struct ra_str text)
{
	int64_t id;
	uint64_t guild = gov_id_of(text, gov->now_ms);
	if (guild)
		return guild;
	const struct gov_server *server = ra_str_to_i64(text, &id) == 0
						  ? ra_table_find(&gov->servers, &id)
						  : server_named(gov, text);
	return server ? server->guild : 0;
}

struct place {
	uint64_t channel;
	/* key above */
	uint64_t guild;
};

/* An archive names channels, and servers by numbers only: whose channel it is says which is meant.
 */
static uint64_t guild_of_channel(struct gov *gov, uint64_t channel)
{
	bool is_new;
	struct place *place = ra_table_row(&gov->channels, &channel, &is_new);
	if (is_new) {
		char id[24];
		snprintf(id, sizeof(id), "%llu", (unsigned long long)channel);
		PGresult *r = db_query(
			import_db(gov->import), NULL,
			"SELECT guild_id FROM analytics.channel WHERE channel_id = $1::bigint",
			DB_VALUES(id));
		if (r && PQntuples(r) == 1)
			place->guild = strtoull(PQgetvalue(r, 0, 0), NULL, 10);
		PQclear(r);
	}
	return place->guild;
}

static void learn_number(struct gov *gov, const struct gov_row *row, uint64_t guild)
{
	int64_t id;
	if (gov->servers.count < GOV_SERVERS_MAX && gov_number(row, "serverid", &id) && id > 0)
		((struct gov_server *)ra_table_row(&gov->servers, &id, NULL))->guild = guild;
}

static uint64_t find_guild(struct gov *gov, const struct gov_row *row)
{
	uint64_t guild = gov_id(row, "serverserverid discordserverid guildid", gov->now_ms);
	if (!guild)
		guild = guild_called(gov, gov_text(row, "serverid"));
	if (!guild)
		guild = guild_called(gov, gov_text(row, "servername"));
	uint64_t channel = guild ? 0 : gov_id(row, "channelid discordchannelid", gov->now_ms);
	if (channel && (guild = guild_of_channel(gov, channel)) != 0)
		learn_number(gov, row, guild);
	return guild;
}

uint64_t gov_guild_of(struct gov *gov, const struct gov_row *row)
{
	uint64_t guild = find_guild(gov, row);
	if (!guild)
		gov_skip(gov, "server_unknown", row);
	return guild;
}

static const struct gov_person *person_named(const struct gov *gov, struct ra_str name)
{
	const struct gov_person *people = (const void *)gov->people.rows, *found = NULL;
	char wanted[GOV_SHORT_MAX];
	gov_short_name(name, wanted);
	for (size_t i = 0; i < gov->people.count && *wanted; i++)
		if (strcmp(people[i].name, wanted) == 0) {
			if (found && found->user != people[i].user)
				return NULL;
			found = &people[i];
		}
	return found;
}

/* By Discord's id, which is the number below zero of who is on no list: somebody all the same. */
static struct gov_person *person_with(struct gov *gov, uint64_t user)
{
	int64_t id = -(int64_t)user;
	struct gov_person *person = ra_table_row(&gov->people, &id, NULL);
	person->user = user;
	return person;
}

const struct gov_person *gov_person_of(struct gov *gov, const struct gov_row *row, const char *ids,
				       const char *names)
{
	int64_t number;
	const struct gov_person *person = NULL;
	if (gov_number(row, "curatorid", &number))
		person = ra_table_find(&gov->people, &number);
	uint64_t user = person ? 0 : gov_id(row, ids, gov->now_ms);
	if (user)
		person = person_with(gov, user);
	return person ? person : person_named(gov, gov_text(row, names));
}

struct ra_str gov_setting(const struct gov *gov, const char *key)
{
	for (size_t i = gov->setting_count; i > 0; i--)
		if (strcmp(gov->settings[i - 1].key, key) == 0)
			return gov->settings[i - 1].value;
	return RA_STR("");
}

/* --- learn --- */

static int on_server(void *ctx, const struct gov_row *row, struct ra_err *err)
{
	struct gov *gov = ctx;
	int64_t id = -(int64_t)gov->servers.count - 1; /* without a number of its own */
	uint64_t guild = gov_id(row, "serverid guildid discordid", gov->now_ms);
	(void)err;
	gov_number(row, "id", &id);
	if (!guild || gov->servers.count >= GOV_SERVERS_MAX) {
		gov_skip(gov, guild ? "too_many" : "server_unknown", row);
		return 0;
	}
	struct gov_server *server = ra_table_row(&gov->servers, &id, NULL);
	server->guild = guild;
	gov_short_name(gov_text(row, "name"), server->name);
	server->is_active = gov_bool(row, "isactive", true);
	server->wants_reminders = gov_bool(row, "autoreminderenabled", true);
	server->role = gov_id(row, "roletagid curatorroleid", gov->now_ms);
	server->tasks_channel = gov_id(row, "completedtaskschannelid taskschannelid", gov->now_ms);
	server->notice_channel = gov_id(row, "notificationchannelid", gov->now_ms);
	gov_number(row, "reminderintervalseconds", &server->reminder_s);
	return 0;
}

static int on_person(void *ctx, const struct gov_row *row, struct ra_err *err)
{
	struct gov *gov = ctx;
	uint64_t user = gov_id(row, "discordid userid", gov->now_ms);
	int64_t id = -(int64_t)user;
	(void)err;
	gov_number(row, "id", &id);
	if (!user || gov->people.count >= GOV_CURATORS_MAX) {
		if (gov->from.part == 0)
			gov_skip(gov, user ? "too_many" : "person_unknown", row);
		return 0;
	}
	struct gov_person *person = ra_table_row(&gov->people, &id, NULL);
	person->user = user;
	gov_short_name(gov_text(row, "name"), person->name);
	person->is_automatic = ra_str_is(gov_text(row, "curatortype type"), "auto_created");
	bool is_automatic = person->is_automatic;
	person_with(gov, user)->is_automatic = is_automatic;
	return 0;
}

static int on_setting(void *ctx, const struct gov_row *row, struct ra_err *err)
{
	struct gov *gov = ctx;
	struct ra_str key = gov_text(row, "key settingkey"),
		      value = gov_text(row, "value settingvalue");
	(void)err;
	if (gov->setting_count == GOV_SETTINGS_MAX || key.len == 0 || key.len >= GOV_NAME_MAX)
		return 0;
	struct gov_setting *setting = &gov->settings[gov->setting_count++];
	memcpy(setting->key, key.ptr, key.len);
	setting->key[key.len] = '\0';
	setting->value = (struct ra_str){ ra_arena_strdup(&gov->arena, value), value.len };
	return 0;
}

static void copy_row(struct gov_row *to, const struct gov_row *from)
{
	gov_row_clear(to);
	for (size_t i = 0; i < from->count; i++)
		gov_row_add(to, RA_STR(""), ra_str_of(from->fields[i].name), from->fields[i].text);
}

static int on_notices(void *ctx, const struct gov_row *row, struct ra_err *err)
{
	(void)err;
	copy_row(&((struct gov *)ctx)->notices, row);
	return 0;
}

static int on_points(void *ctx, const struct gov_row *row, struct ra_err *err)
{
	(void)err;
	copy_row(&((struct gov *)ctx)->points, row);
	return 0;
}

static int on_level(void *ctx, const struct gov_row *row, struct ra_err *err)
{
	struct gov *gov = ctx;
	(void)err;
	if (gov->level_count == 64)
		return 0;
	gov->levels = ra_realloc(gov->levels, (gov->level_count + 1) * sizeof(*gov->levels));
	gov->levels[gov->level_count] = (struct gov_row){ 0 };
	copy_row(&gov->levels[gov->level_count++], row);
	return 0;
}

/* An archive has no servers: what its activities say of them has to be known before anything else.
 */
static int on_hint(void *ctx, const struct gov_row *row, struct ra_err *err)
{
	(void)err;
	find_guild(ctx, row);
	return 0;
}

static int learn(struct gov *gov, struct ra_err *err)
{
	const struct {
		enum gov_kind kind;
		gov_row_cb on_row;
	} parts[] = {
		{ GOV_SERVERS, on_server },       { GOV_CURATORS, on_person },
		{ GOV_BOT_SETTINGS, on_setting }, { GOV_NOTICE_SETTINGS, on_notices },
		{ GOV_RATING_LEVELS, on_level },  { GOV_RATING_POINTS, on_points },
	};
	int rc = 0;
	for (size_t i = 0; i < RA_COUNT(parts) && rc == 0; i++)
		rc = gov->source->each(gov->source, parts[i].kind, parts[i].on_row, gov, err);
	if (rc == 0 && gov->servers.count == 0)
		rc = gov->source->each(gov->source, GOV_ACTIVITIES, on_hint, gov, err);
	return rc;
}

/* --- people --- */

static void exclude(struct gov *gov, const struct gov_row *row)
{
	struct import_excluded excluded = { .user = gov_id(row, "discordid userid", gov->now_ms),
					    .reason = gov_text(row, "reason") };
	const struct gov_server *servers = (const void *)gov->servers.rows;
	if (!excluded.user)
		gov_skip(gov, "person_unknown", row);
	gov_time(row, "excludedat", gov->now_ms, &excluded.at_ms);
	for (size_t i = 0; i < gov->servers.count && excluded.user; i++) {
		excluded.guild = servers[i].guild;
		if (excluded.guild)
			import_excluded(gov->import, &excluded);
	}
}

/* In the servers they were assigned to; where that says nothing, in those they worked in. */
static void hire(struct gov *gov, const struct gov_row *row)
{
	struct import_curator curator = { .user = gov_id(row, "discordid userid", gov->now_ms),
					  .name = gov_text(row, "name"),
					  .kind = gov_text(row, "curatortype type"),
					  .subdivision = gov_text(row, "subdivision"),
					  .is_active = gov_bool(row, "isactive", true) };
	struct ra_str list = gov_text(row, "assignedservers servers factions"), item;
	size_t hired = 0;
	if (!curator.user)
		return; /* counted when it was learned */
	if (ra_str_is(curator.kind, "auto_created")) {
		gov_skip(gov, "auto_created", row);
		return;
	}
	gov_time(row, "createdat", gov->now_ms, &curator.created_ms);
	while (gov_list_next(&list, &item)) {
		curator.guild = guild_called(gov, item);
		if (curator.guild && ++hired)
			import_curator(gov->import, &curator);
	}
	curator.guild = 0;
	if (hired == 0)
		import_curator(gov->import, &curator);
}

/* --- reading --- */

static const struct {
	enum gov_kind kind;
	void (*take)(struct gov *, const struct gov_row *);
} parts[] = {
	{ GOV_EXCLUDED, exclude },        { GOV_CURATORS, hire },
	{ GOV_ACTIVITIES, gov_activity }, { GOV_REQUESTS, gov_request },
	{ GOV_REPORTS, gov_report },
};

/* Rows read before a stop are passed over. */
static int on_row(void *ctx, const struct gov_row *row, struct ra_err *err)
{
	struct gov *gov = ctx;
	struct import_cursor here = { gov->part, gov->source->at };
	if (here.part == gov->from.part && here.at <= gov->from.at)
		return 0;
	parts[gov->part - 2].take(gov, row);
	import_share(gov->import, gov->source->share);
	return import_checkpoint(gov->import, here, err);
}

/* Part 1 are the settings, then the parts above. */
static int read_all(struct gov *gov, struct ra_err *err)
{
	int rc = learn(gov, err);
	if (rc == 0 && gov->from.part < 1) {
		gov_propose(gov);
		rc = import_checkpoint(gov->import, (struct import_cursor){ 1, 0 }, err);
	}
	for (size_t i = 0; i < RA_COUNT(parts) && rc == 0; i++) {
		gov->part = (int64_t)i + 2;
		if (gov->part >= gov->from.part)
			rc = gov->source->each(gov->source, parts[i].kind, on_row, gov, err);
	}
	return rc;
}

static ssize_t bytes(void *ctx, void *to, size_t len, struct ra_err *err)
{
	return import_read(ctx, to, len, err);
}

static bool is_postgres(const char *location)
{
	return strncasecmp(location, "postgres", 8) == 0 && strstr(location, "://");
}

static bool is_mysql(const char *location)
{
	return (strncasecmp(location, "mysql", 5) == 0 ||
		strncasecmp(location, "mariadb", 7) == 0) &&
	       strstr(location, "://");
}

static bool is_my_address(const char *location)
{
	return is_postgres(location) || is_mysql(location);
}

static struct gov_source *open_source(struct import *import, struct ra_err *err)
{
	const char *location = import_location(import);
	if (is_postgres(location))
		return gov_pg_open(location, err);
	if (is_mysql(location))
		return gov_mysql_open(location, err);
	return gov_file_open(location, bytes, import, err);
}

static int read_source(struct import *import, struct ra_err *err)
{
	struct gov *gov = ra_new(struct gov);
	*gov = (struct gov){
		.import = import,
		.now_ms = ra_wall_ms(),
		.from = import_cursor(import),
		.servers = RA_TABLE_OF(struct gov_server, int64_t),
		.people = RA_TABLE_OF(struct gov_person, int64_t),
		.channels = RA_TABLE_OF(struct place, uint64_t),
	};
	gov->source = open_source(import, err);
	int rc = gov->source ? read_all(gov, err) : err->code;
	if (gov->source)
		gov->source->close(&gov->source);
	for (size_t i = 0; i < gov->level_count; i++)
		gov_row_fini(&gov->levels[i]);
	ra_free(gov->levels);
	gov_row_fini(&gov->notices);
	gov_row_fini(&gov->points);
	ra_table_fini(&gov->servers);
	ra_table_fini(&gov->people);
	ra_table_fini(&gov->channels);
	ra_arena_fini(&gov->arena);
	ra_free(gov);
	return rc;
}

const struct import_source import_govtracker = {
	.name = "govtracker",
	.is_mine = gov_file_is_ours,
	.read = read_source,
};

const struct import_source import_govtracker_database = {
	.name = "govtracker",
	.is_my_address = is_my_address,
	.read = read_source,
};

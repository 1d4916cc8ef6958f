/* desk_seed: see the header. One DO block a town; a town without staff has no desk. */
#include "services/discord-sim/desk_seed.h"
#include "services/discord-sim/community.h"
#include "services/discord-sim/player.h"
#include "services/discord-sim/sim.h"
#include "services/discord-sim/town.h"

#define DAY_MIN    1440
#define LONG_SINCE "2015-01-01" /* so that everything the town ever asked has its hours */

/* One town, as it is written. */
struct desk {
	struct town *t; /* borrowed */
	FILE *out;      /* borrowed */
	unsigned long long guild;
};

/* 'it''s' */
static void put_text(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; text && *text; text++) {
		if (*text == '\'')
			fputc('\'', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

/* Local time without clock changes is lived (plan.h); where one lives so all year, and where not.
 */
static const char *zone_of(const struct town *t)
{
	static const struct {
		int minutes;
		const char *name;
	} zones[] = {
		{ -300, "America/New_York" },  { 0, "Etc/UTC" },
		{ 60, "Europe/Berlin" },       { 180, "Europe/Moscow" },
		{ 300, "Asia/Yekaterinburg" },
	};
	for (size_t i = 0; i < RA_COUNT(zones); i++)
		if (zones[i].minutes == t->plan->zone_min)
			return zones[i].name;
	return "Etc/UTC";
}

static unsigned long long channel_of(const struct town *t, enum room_kind kind)
{
	for (size_t i = 0; i < t->planned_rooms; i++)
		if (t->rooms[i].kind == kind)
			return t->rooms[i].channel_id;
	return 0;
}

/* '{1,2}' of the rooms of these kinds. */
static void put_rooms(const struct desk *d, enum room_kind a, enum room_kind b)
{
	const char *between = "";
	fputs("'{", d->out);
	for (size_t i = 0; i < d->t->planned_rooms; i++) {
		const struct room *room = &d->t->rooms[i];
		if (room->kind != a && room->kind != b)
			continue;
		fprintf(d->out, "%s%llu", between, (unsigned long long)room->channel_id);
		between = ",";
	}
	fputs("}'", d->out);
}

/* --- what is a request --- */

static void put_requests(const struct desk *d)
{
	bool is_russian = d->t->plan->lang == LANG_RU;
	fprintf(d->out,
		"\tINSERT INTO app.desk_settings (guild_id, is_enabled, staff_roles, "
		"allowed_channels) "
		"VALUES (%llu, true, '{%llu}', ",
		d->guild, (unsigned long long)d->t->staff_role);
	put_rooms(d, ROOM_HELP, ROOM_FORUM);
	fprintf(d->out,
		");\n\tINSERT INTO app.request_rule (guild_id, name, kind, is_enabled, priority, "
		"words, "
		"stems, position) VALUES\n"
		"\t\t(%llu, '%s', 'mention', true, 3, '{}', '{}', 0),\n"
		"\t\t(%llu, '%s', 'keyword', true, 2, '{%s}', '{%s}', 1),\n"
		"\t\t(%llu, '%s', 'forum', true, 2, '{}', '{}', 2);\n",
		d->guild, is_russian ? "Отметили роль" : "Staff was mentioned", d->guild,
		is_russian ? "Просьба о помощи" : "Asked for help",
		is_russian ? "помощь,помогите,куратор,подскажите" : "help,tutor,officer",
		is_russian ? "вопрос" : "question", d->guild,
		is_russian ? "Тема на форуме" : "Forum post");
}

static void put_tasks(const struct desk *d)
{
	if (!channel_of(d->t, ROOM_REPORTS))
		return;
	fprintf(d->out,
		"\tINSERT INTO app.task_settings (guild_id, is_enabled, channels, keywords, "
		"needs_call) "
		"VALUES (%llu, true, ",
		d->guild);
	put_rooms(d, ROOM_REPORTS, ROOM_REPORTS);
	fprintf(d->out, ", '{%s}', true);\n",
		d->t->plan->lang == LANG_RU ? "отчёт,проверить,проверку" : "report,review");
}

/* --- by when, and who is told --- */

static void put_targets(const struct desk *d)
{
	fprintf(d->out,
		"\tINSERT INTO app.response_target (guild_id, channel_id, priority, "
		"first_response_s, "
		"is_business) VALUES\n"
		"\t\t(%llu, 0, 0, 900, true), (%llu, 0, 3, 300, false)",
		d->guild, d->guild);
	if (channel_of(d->t, ROOM_FORUM))
		fprintf(d->out, ", (%llu, %llu, 0, 3600, true)", d->guild,
			channel_of(d->t, ROOM_FORUM));
	fputs(";\n", d->out);
}

/* Told where our bot may write: the staff's own room is closed to it. */
static void put_notices(const struct desk *d)
{
	unsigned long long channel = channel_of(d->t, ROOM_BOTS);
	fprintf(d->out,
		"\tINSERT INTO app.notice_settings (guild_id, is_enabled, delay_s, channel_id, "
		"channel_guild_id, set_by, roles, zone) VALUES (%llu, true, 600, %llu, %llu, %llu, "
		"'{%llu}', '%s');\n"
		"\tINSERT INTO app.escalation (guild_id, step, wait_s, kind) VALUES "
		"(%llu, 1, 900, 'on_call'), (%llu, 2, 3600, 'lead');\n",
		d->guild, channel ? channel : channel_of(d->t, ROOM_HELP), d->guild,
		(unsigned long long)d->t->community->accounts[ACCOUNT_OWNER],
		(unsigned long long)d->t->staff_role, zone_of(d->t), d->guild, d->guild);
}

/* --- when somebody is there --- */

/* '{[600,1320), ...}': these minutes of each day that `days` has a bit for, Monday the lowest. */
static void put_week(FILE *out, unsigned days, int from_min, int to_min)
{
	const char *between = "";
	for (int day = 0; day < 7; day++) {
		if (!(days & 1U << day))
			continue;
		fprintf(out, "%s[%d,%d)", between, day * DAY_MIN + from_min,
			day * DAY_MIN + to_min);
		between = ",";
	}
}

static void put_version(const struct desk *d, const char *since, int from_min, int to_min)
{
	fprintf(d->out, "\t\t(%llu, %s, '%s', '{", d->guild, since, zone_of(d->t));
	put_week(d->out, 0x1f, from_min, to_min);
	fputc(',', d->out);
	put_week(d->out, 0x60, from_min + 120, to_min - 60);
	fputs("}')", d->out);
}

/* The local date of a day of its history. */
static void format_day(const struct desk *d, int64_t day, char out[24])
{
	struct tm date;
	time_t at = (time_t)((d->t->community->epoch_ms + day * DAY_MS +
			      d->t->plan->zone_min * MINUTE_MS) /
			     SECOND_MS);
	gmtime_r(&at, &date);
	strftime(out, 24, "'%Y-%m-%d'", &date);
}

/* Two versions, as hours change; one holiday is free, on another some hours are worked. */
static void put_schedule(const struct desk *d)
{
	bool is_russian = d->t->plan->lang == LANG_RU;
	char later[24], free_day[24], short_day[24];
	format_day(d, 20, later);
	format_day(d, 13, free_day);
	format_day(d, 25, short_day);
	fputs("\tINSERT INTO app.schedule (guild_id, valid_from, zone, week) VALUES\n", d->out);
	put_version(d, "'" LONG_SINCE "'", 600, 1320);
	fputs(",\n", d->out);
	put_version(d, later, 540, DAY_MIN);
	fprintf(d->out,
		";\n\tINSERT INTO app.holiday (guild_id, day, name, open) VALUES\n"
		"\t\t(%llu, %s, '%s', '{}'), (%llu, %s, '%s', '{[720,960)}');\n",
		d->guild, free_day, is_russian ? "Выходной" : "Day off", d->guild, short_day,
		is_russian ? "Короткий день" : "Short day");
}

/* Mornings, days and evenings in turn, four days of the week each. */
static void put_shift(const struct desk *d, size_t index)
{
	static const int hours[][2] = { { 8 * 60, 14 * 60 },
					{ 13 * 60, 19 * 60 },
					{ 18 * 60, DAY_MIN } };
	unsigned days = 0;
	for (size_t i = 0; i < 4; i++)
		days |= 1U << (index * 2 + i + i / 2) % 7;
	fprintf(d->out,
		"\tINSERT INTO app.shift (guild_id, user_id, zone, week, valid_from, is_on_call) "
		"VALUES (%llu, %llu, '%s', '{",
		d->guild, (unsigned long long)d->t->people[d->t->staff[index]].user_id,
		zone_of(d->t));
	put_week(d->out, days, hours[index % 3][0], hours[index % 3][1]);
	fprintf(d->out, "}', '" LONG_SINCE "', %s);\n", index < 3 ? "true" : "false");
}

/* --- who --- */

static const char *division_of(const struct town *t, size_t index)
{
	size_t seen = 0, count = 0;
	for (size_t i = 0; i < t->plan->role_count; i++)
		count += t->plan->roles[i].kind == ROLE_DIVISION;
	for (size_t i = 0; i < t->plan->role_count; i++)
		if (t->plan->roles[i].kind == ROLE_DIVISION && seen++ == index % count)
			return t->plan->roles[i].name;
	return "";
}

static void put_curator(const struct desk *d, size_t index)
{
	static const char *const kinds[] = { "government", "crime", "government_crimea" };
	const struct town *t = d->t;
	uint64_t id = t->people[t->staff[index]].user_id;
	const struct user *user = world_user(town_world(t), id);
	fprintf(d->out,
		"\tINSERT INTO app.curator (guild_id, user_id, name, kind, subdivision, is_lead) "
		"VALUES (%llu, %llu, ",
		d->guild, (unsigned long long)id);
	put_text(d->out, user->global_name ? user->global_name : user->username);
	fprintf(d->out, ", '%s', ", t->plan->theme == THEME_ROLEPLAY ? kinds[index % 3] : "");
	put_text(d->out, division_of(t, index));
	fprintf(d->out, ", %s);\n", index == 0 ? "true" : "false");
}

/* --- all of it --- */

static void put_desk(struct town *t, FILE *out)
{
	struct desk d = { t, out, t->guild_id };
	if (t->staff_count == 0 || t->plan->has_no_bot)
		return;
	fprintf(out,
		"DO $$ BEGIN\n"
		"\tIF EXISTS (SELECT FROM app.desk_settings WHERE guild_id = %llu) THEN\n"
		"\t\tRETURN;\n\tEND IF;\n",
		d.guild);
	put_requests(&d);
	put_tasks(&d);
	put_targets(&d);
	put_notices(&d);
	put_schedule(&d);
	for (size_t i = 0; i < t->staff_count; i++) {
		put_curator(&d, i);
		put_shift(&d, i);
	}
	fputs("END $$;\n", out);
}

int desk_seed(const struct conf *conf, FILE *out)
{
	struct ra_err err = { 0 };
	struct sim sim = { .conf = conf };
	struct community *community = player_build(&sim, &err);
	if (!community) {
		fprintf(stderr, "discord-sim: %s\n  %s\n", err.msg, err.hint);
		return 1;
	}
	for (size_t i = 0; i < community->town_count; i++)
		put_desk(&community->towns[i], out);
	community_free(&community);
	world_free(&sim.world);
	return fflush(out) == 0 ? 0 : 1;
}

/* notify_text: see notify_text.h. */
#include "services/response-tracker/notify_text.h"
#include "libshared/base/buf.h"
#include <assert.h>

#define NAME_MAX     60
#define EXCERPT_MAX  200
#define COLOUR_QUIET 0x8a8f98 /* answered: nothing to do */

/* --- words --- */

char *text_wait(const struct lang *lang, struct ra_arena *arena, int64_t ms)
{
	static const struct {
		const char *key, *smaller;
		int64_t seconds, of_smaller;
	} units[] = {
		{ "days", "hours", 86400, 3600 },
		{ "hours", "minutes", 3600, 60 },
		{ "minutes", NULL, 60, 0 },
		{ "seconds", NULL, 1, 0 },
	};
	int64_t seconds = ms < 1000 ? 1 : ms / 1000;
	size_t i = 0;
	while (seconds < units[i].seconds)
		i++;
	char *whole = lang_count(lang, arena, units[i].key, seconds / units[i].seconds);
	int64_t rest = units[i].smaller ? seconds % units[i].seconds / units[i].of_smaller : 0;
	if (rest == 0)
		return whole;
	return ra_arena_format(arena, "%s %s", whole,
			       lang_count(lang, arena, units[i].smaller, rest));
}

char *text_link(struct ra_arena *arena, const struct text_request *r)
{
	char *channel =
		ra_arena_format(arena, "https://discord.com/channels/%llu/%llu",
				(unsigned long long)r->guild, (unsigned long long)r->channel);
	return r->is_message ? ra_arena_format(arena, "%s/%llu", channel, (unsigned long long)r->id)
			     : channel;
}

static char *person(struct ra_arena *arena, uint64_t user)
{
	return ra_arena_format(arena, "<@%llu>", (unsigned long long)user);
}

static const char *mentions_of(struct ra_arena *arena, const struct text_to *to)
{
	struct ra_buf out = { 0 };
	assert((to->roles || to->role_count == 0) && (to->users || to->user_count == 0));
	if (to->is_here)
		ra_buf_add_text(&out, "@here ");
	for (size_t i = 0; i < to->role_count; i++)
		ra_buf_printf(&out, "<@&%llu> ", (unsigned long long)to->roles[i]);
	for (size_t i = 0; i < to->user_count; i++)
		ra_buf_printf(&out, "<@%llu> ", (unsigned long long)to->users[i]);
	char *text = ra_arena_strdup(arena, ra_buf_str(&out));
	ra_buf_fini(&out);
	return text;
}

static json_t *ids_of(const uint64_t *ids, size_t count)
{
	json_t *list = json_array();
	assert(ids || count == 0);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_sprintf("%llu", (unsigned long long)ids[i]));
	return list;
}

/* --- parts of a message --- */

/* `line` after the mentions; below it the embed, taken. */
static json_t *message_to(struct ra_arena *arena, const struct text_to *to, const char *line,
			  json_t *embed)
{
	json_t *message = embed_message(embed);
	char *content = ra_arena_format(arena, "%s%s", mentions_of(arena, to), line);
	json_object_set_new(message, "content", json_string(content));
	json_t *parse = to->is_here ? json_pack("[s]", "everyone") : json_array();
	json_object_set_new(message, "allowed_mentions",
			    json_pack("{s:o, s:o, s:o}", "parse", parse, "roles",
				      ids_of(to->roles, to->role_count), "users",
				      ids_of(to->users, to->user_count)));
	return message;
}

static char *asks(const struct lang *lang, struct ra_arena *arena, const struct text_request *r,
		  const struct text_to *to)
{
	char *name = embed_name(arena, r->author_name ? r->author_name : "", NAME_MAX);
	char *channel = embed_name(arena, r->channel_name ? r->channel_name : "", NAME_MAX);
	const struct lang_arg args[] = {
		{ "who", to->is_elsewhere ? ra_arena_format(arena, "**%s**", name)
					  : person(arena, r->author) },
		{ "where", to->is_elsewhere ? ra_arena_format(arena, "#%s", channel)
					    : ra_arena_format(arena, "<#%llu>",
							      (unsigned long long)r->channel) },
		{ "guild", embed_name(arena, r->guild_name ? r->guild_name : "", NAME_MAX) },
		{ "when", ra_arena_format(arena, "<t:%lld:R>", (long long)(r->asked_ms / 1000)) },
	};
	return lang_say(lang, arena, to->is_elsewhere ? "asks_elsewhere" : "asks", args,
			RA_COUNT(args));
}

static json_t *details(const struct lang *lang, struct ra_arena *arena,
		       const struct text_request *r, const struct text_to *to, const char *note,
		       int colour)
{
	struct ra_buf out = { 0 };
	ra_buf_add_text(&out, asks(lang, arena, r, to));
	if (r->priority != 2) {
		char *key = ra_arena_format(arena, "priority.%d", r->priority);
		ra_buf_printf(&out, "\n**%s**", lang_text(lang, key));
	}
	if (r->claimed_by) {
		const struct lang_arg who = { "who", person(arena, r->claimed_by) };
		ra_buf_printf(&out, "\n%s", lang_say(lang, arena, "claimed", &who, 1));
	}
	if (r->excerpt && *r->excerpt)
		ra_buf_printf(&out, "\n> %s", embed_name(arena, r->excerpt, EXCERPT_MAX));
	if (note)
		ra_buf_printf(&out, "\n*%s*", lang_text(lang, note));
	json_t *embed = embed_new(NULL, NULL, ra_buf_text(&out));
	embed_colour(embed, r->priority >= 4 ? TEXT_ERROR : colour);
	ra_buf_fini(&out);
	return embed;
}

/* What a click does is carried out in the guild it is made in, hence none in another one. */
static void add_buttons(json_t *message, const struct lang *lang, struct ra_arena *arena,
			const struct text_request *r, const struct text_to *to)
{
	static const struct {
		const char *kind;
		enum embed_style style;
	} actions[] = {
		{ "claim", EMBED_PRIMARY },
		{ "resolve", EMBED_SUCCESS },
		{ "not_a_request", EMBED_SECONDARY },
		{ "snooze", EMBED_SECONDARY },
	};
	for (size_t i = 0; !to->is_elsewhere && i < RA_COUNT(actions); i++) {
		char *key = ra_arena_format(arena, "button.%s", actions[i].kind);
		char *id = ra_arena_format(arena, "desk:%s:%llu", actions[i].kind,
					   (unsigned long long)r->id);
		embed_action(message, actions[i].style, lang_text(lang, key), id);
	}
	embed_button(message, lang_text(lang, "button.open"), text_link(arena, r));
}

/* --- messages --- */

json_t *text_reminder(const struct lang *lang, struct ra_arena *arena, const struct text_request *r,
		      const struct text_to *to, int nth)
{
	const struct lang_arg args[] = {
		{ "wait", text_wait(lang, arena, r->waited_ms) },
		{ "link", text_link(arena, r) },
	};
	const char *key = nth > 0 ? "repeat" : r->is_reopened ? "reopened" : "reminder";
	json_t *message = message_to(arena, to, lang_say(lang, arena, key, args, RA_COUNT(args)),
				     details(lang, arena, r, to, NULL, TEXT_WARNING));
	add_buttons(message, lang, arena, r, to);
	return message;
}

json_t *text_escalation(const struct lang *lang, struct ra_arena *arena,
			const struct text_request *r, const struct text_to *to, int step,
			const char *note)
{
	const struct lang_arg args[] = {
		{ "step", lang_number(lang, arena, step) },
		{ "wait", text_wait(lang, arena, r->waited_ms) },
		{ "link", text_link(arena, r) },
	};
	char *line = lang_say(lang, arena, "escalation", args, RA_COUNT(args));
	json_t *message =
		message_to(arena, to, line, details(lang, arena, r, to, note, TEXT_ERROR));
	add_buttons(message, lang, arena, r, to);
	return message;
}

json_t *text_digest(const struct lang *lang, struct ra_arena *arena,
		    const struct text_request *requests, size_t count, const struct text_to *to,
		    int step)
{
	struct ra_buf list = { 0 };
	for (size_t i = 0; i < count && i < TEXT_LISTED_MAX; i++) {
		const struct text_request *r = &requests[i];
		const struct lang_arg line[] = {
			{ "link", text_link(arena, r) },
			{ "wait", text_wait(lang, arena, r->waited_ms) },
			{ "who", to->is_elsewhere
					 ? embed_name(arena, r->author_name ? r->author_name : "",
						      NAME_MAX)
					 : person(arena, r->author) },
		};
		ra_buf_printf(&list, "%s%s", i ? "\n" : "",
			      lang_say(lang, arena, "storm_line", line, RA_COUNT(line)));
	}
	if (count > TEXT_LISTED_MAX) {
		const struct lang_arg more = { "requests",
					       lang_count(lang, arena, "requests",
							  (int64_t)(count - TEXT_LISTED_MAX)) };
		ra_buf_printf(&list, "\n%s", lang_say(lang, arena, "storm_more", &more, 1));
	}
	json_t *embed = embed_new(NULL, NULL, ra_buf_text(&list));
	embed_colour(embed, TEXT_ERROR);
	ra_buf_fini(&list);
	const struct lang_arg args[] = {
		{ "step", lang_number(lang, arena, step) },
		{ "requests", lang_count(lang, arena, "requests", (int64_t)count) },
		{ "wait", text_wait(lang, arena, requests[0].waited_ms) },
	};
	return message_to(
		arena, to,
		lang_say(lang, arena, step ? "storm_escalation" : "storm", args, RA_COUNT(args)),
		embed);
}

json_t *text_answered(const struct lang *lang, struct ra_arena *arena, const struct text_request *r,
		      uint64_t by, bool is_elsewhere)
{
	const struct text_to nobody = { .is_elsewhere = is_elsewhere };
	const struct lang_arg args[] = {
		{ "wait", text_wait(lang, arena, r->waited_ms) },
		{ "who", person(arena, by) },
		{ "link", text_link(arena, r) },
	};
	char *line = lang_say(lang, arena, by ? "answered" : "closed", args, RA_COUNT(args));
	json_t *embed = embed_new(NULL, NULL, asks(lang, arena, r, &nobody));
	embed_colour(embed, by ? TEXT_SUCCESS : COLOUR_QUIET);
	json_t *message = message_to(arena, &nobody, line, embed);
	embed_button(message, lang_text(lang, "button.open"), text_link(arena, r));
	return message;
}

json_t *text_system(enum text_colour colour, const char *title, const char *text)
{
	json_t *embed = embed_new(title, NULL, text);
	embed_colour(embed, (int)colour);
	return embed_message(embed);
}

static void add_number(json_t *embed, const struct lang *lang, struct ra_arena *arena,
		       const char *key, int64_t value)
{
	embed_field(embed, lang_text(lang, key), lang_number(lang, arena, value));
}

static void add_best(json_t *embed, const struct lang *lang, struct ra_arena *arena,
		     const struct text_report *r)
{
	const struct lang_arg args[] = {
		{ "who", person(arena, r->best) },
		{ "points", lang_count(lang, arena, "points", r->best_points) },
	};
	if (r->best)
		embed_field(embed, lang_text(lang, "report.best"),
			    lang_say(lang, arena, "report.best_value", args, RA_COUNT(args)));
}

static const char *median_of(const struct lang *lang, struct ra_arena *arena,
			     const struct text_report *r)
{
	if (r->is_too_few)
		return lang_text(lang, "report.few");
	return r->median_ms < 0 ? lang_text(lang, "report.slower")
				: text_wait(lang, arena, r->median_ms);
}

json_t *text_report(const struct lang *lang, struct ra_arena *arena, const struct text_report *r)
{
	const struct lang_arg date = { "date", lang_date(lang, arena, r->day, false) };
	const struct lang_arg time = { "time", r->time };
	bool is_empty = r->activities == 0 && r->requests == 0;
	const char *lead = lang_say(lang, arena, "report.lead", &time, 1);
	if (is_empty)
		lead = ra_arena_format(arena, "%s %s", lead, lang_text(lang, "report.nothing"));
	json_t *embed = embed_new(lang_say(lang, arena, "report.title", &date, 1), NULL, lead);
	if (r->activities > 0) {
		add_number(embed, lang, arena, "report.activities", r->activities);
		add_number(embed, lang, arena, "report.curators", r->curators);
		add_number(embed, lang, arena, "report.points", r->points);
		add_best(embed, lang, arena, r);
	}
	if (r->requests > 0) {
		add_number(embed, lang, arena, "report.requests", r->requests);
		add_number(embed, lang, arena, "report.answered", r->answered);
		embed_field(embed, lang_text(lang, "report.median"), median_of(lang, arena, r));
	}
	add_number(embed, lang, arena, "report.waiting", r->waiting);
	return embed_message(embed);
}

json_t *text_test(const struct lang *lang, struct ra_arena *arena, const struct text_request *r,
		  const struct text_to *to, int64_t now_ms)
{
	static const struct text_to nobody = { .roles = NULL };
	json_t *sample = text_reminder(lang, arena, r, &nobody, 0);
	json_object_del(sample, "embeds");
	const struct lang_arg time = { "time", ra_arena_format(arena, "<t:%lld:T>",
							       (long long)(now_ms / 1000)) };
	char *content = ra_arena_format(arena, "%s\n%s%s", lang_say(lang, arena, "test", &time, 1),
					mentions_of(arena, to),
					json_string_value(json_object_get(sample, "content")));
	json_object_set_new(sample, "content", json_string(content));
	json_object_del(sample, "components"); /* there is no request to act upon */
	return sample;
}

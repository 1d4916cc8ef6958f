/* command_figures: the guild's figures in Discord: /analytics (and /stats), /top. */
#include "libshared/base/buf.h"
#include "services/api/chart.h"
#include "services/api/command.h"
#include "services/api/question.h"
#include <stdlib.h>

#define PERIOD "7d"
#define ROWS   10
#define NAME   60 /* characters of a name */

/* What a use of /analytics has got together. */
struct analytics {
	const char *period;
	struct days days;
	json_t *overview, *timeseries, *channels; /* owned; NULL: not to be had */
	int asked;
};

static struct question question_of(const struct command *c, const char *path, const char *query)
{
	return (struct question){
		.path = path, .query = query, .access = c->access, .now_ms = c->now_ms
	};
}

static const char *say(const struct command *c, const char *key)
{
	return lang_text(c->lang, key);
}

static const char *lead_of(struct command *c, const char *period, const struct days *days)
{
	char *key = ra_arena_format(&c->arena, "period.%s", period);
	const struct lang_arg args[] = {
		{ "period", say(c, key) },
		{ "range", embed_days(c->lang, &c->arena, days->first, days->end) },
	};
	return lang_say(c->lang, &c->arena, "analytics.lead", args, RA_COUNT(args));
}

/* The days asked for; false after refusing. */
static bool read_days(struct command *c, const char **period, struct days *days)
{
	*period = command_option(c, "period", PERIOD);
	if (chart_days(&c->access->guild, *period, days) == 0)
		return true;
	command_refuse(c, "analytics.nothing");
	return false;
}

/* --- /analytics --- */

static const struct shown {
	const char *key;
	bool is_time, is_signed;
} shown[] = {
	{ .key = "messages" },
	{ .key = "active_members" },
	{ .key = "communicators" },
	{ .key = "voice", .is_time = true },
	{ .key = "net_growth", .is_signed = true },
	{ .key = "members" },
};

static const json_t *figure_of(const json_t *overview, const char *key)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(overview, "figures"), i, one)
	{
		const char *name = json_string_value(json_object_get(one, "key"));
		if (name && strcmp(name, key) == 0)
			return one;
	}
	return NULL;
}

static void add_figure(struct command *c, json_t *embed, const json_t *overview,
		       const struct shown *what)
{
	const json_t *figure = figure_of(overview, what->key);
	const json_t *value = json_object_get(figure, "value");
	const json_t *previous = json_object_get(figure, "previous");
	if (!json_is_number(value))
		return;
	int64_t number = (int64_t)json_number_value(value);
	const char *text = what->is_time ? lang_duration(c->lang, &c->arena, number)
					 : lang_number(c->lang, &c->arena, number);
	if (what->is_signed && number > 0)
		text = ra_arena_format(&c->arena, "+%s", text);
	const char *change = json_is_number(previous) && !what->is_signed
				     ? lang_change(c->lang, &c->arena, json_number_value(value),
						   json_number_value(previous))
				     : "";
	char *key = ra_arena_format(&c->arena, "figure.%s", what->key);
	char *line = *change ? ra_arena_format(&c->arena, "**%s**\u2002%s", text, change)
			     : ra_arena_format(&c->arena, "**%s**", text);
	embed_field(embed, say(c, key), line);
}

static const char *channel_text(struct command *c, const json_t *channel)
{
	const char *id = json_string_value(json_object_get(channel, "id"));
	const char *name = json_string_value(json_object_get(channel, "name"));
	if (json_is_true(json_object_get(channel, "is_deleted")) || !id)
		return embed_name(&c->arena, name ? name : "", NAME);
	return ra_arena_format(&c->arena, "<#%s>", id);
}

static void add_top_channel(struct command *c, json_t *embed, const json_t *channels)
{
	const json_t *channel = json_array_get(json_object_get(channels, "channels"), 0);
	if (!channel)
		return;
	int64_t messages = json_integer_value(json_object_get(channel, "messages"));
	embed_field(embed, say(c, "figure.top_channel"),
		    ra_arena_format(&c->arena, "%s\u2002%s", channel_text(c, channel),
				    lang_count(c->lang, &c->arena, "messages", messages)));
}

/* What the bot did not watch is said, never guessed. */
static const char *coverage_text(struct command *c, const json_t *overview)
{
	double coverage =
		json_number_value(json_object_get(json_object_get(overview, "range"), "coverage"));
	if (coverage <= 0 || coverage >= 0.995)
		return "";
	const struct lang_arg share = { "share",
					ra_arena_format(&c->arena, "%d%%", (int)(coverage * 100)) };
	return lang_say(c->lang, &c->arena, "analytics.coverage", &share, 1);
}

static json_t *analytics_message(struct command *c, const struct analytics *a)
{
	const struct access_guild *guild = &c->access->guild;
	const char *query = ra_arena_format(&c->arena, "?period=%s", a->period);
	const char *url = command_url(c, query);
	const char *lead = lead_of(c, a->period, &a->days);
	if (a->days.shift > 0) {
		const struct lang_arg before = { "range", embed_days(c->lang, &c->arena,
								     a->days.first - a->days.shift,
								     a->days.end - a->days.shift) };
		lead = ra_arena_format(
			&c->arena, "%s\n%s", lead,
			lang_say(c->lang, &c->arena, "analytics.compared", &before, 1));
	}
	json_t *embed = embed_new(embed_name(&c->arena, guild->name, NAME), url, lead);
	for (size_t i = 0; i < RA_COUNT(shown); i++)
		add_figure(c, embed, a->overview, &shown[i]);
	add_top_channel(c, embed, a->channels);
	const struct lang_arg zone = { "zone", guild->timezone };
	const char *coverage = coverage_text(c, a->overview);
	embed_footer(embed,
		     ra_arena_format(&c->arena, "%s%s%s",
				     lang_say(c->lang, &c->arena, "analytics.zone", &zone, 1),
				     *coverage ? "\n" : "", coverage));
	json_t *message = embed_message(embed);
	embed_button(message, say(c, "help.open"), url);
	return message;
}

static void finish_analytics(struct command *c, struct analytics *a)
{
	struct picture *picture =
		chart_read(c->lang, &c->arena, a->timeseries, "messages", a->days.first);
	if (picture) {
		picture->legend = say(c, "chart.messages");
		picture->legend_before = say(c, "chart.before");
	}
	json_t *message = a->overview ? analytics_message(c, a) : NULL;
	json_decref(a->overview);
	json_decref(a->timeseries);
	json_decref(a->channels);
	if (message)
		command_reply(c, message, picture);
	else
		command_refuse(c, "refused.trouble");
}

static void keep(struct command *c, json_t **where, int status, json_t *body)
{
	struct analytics *a = c->state;
	if (status == 200)
		*where = json_incref(body);
	json_decref(body);
	if (--a->asked == 0)
		finish_analytics(c, a);
}

static void on_overview(void *ctx, int status, json_t *body)
{
	struct command *c = ctx;
	keep(c, &((struct analytics *)c->state)->overview, status, body);
}

static void on_timeseries(void *ctx, int status, json_t *body)
{
	struct command *c = ctx;
	keep(c, &((struct analytics *)c->state)->timeseries, status, body);
}

static void on_channels(void *ctx, int status, json_t *body)
{
	struct command *c = ctx;
	keep(c, &((struct analytics *)c->state)->channels, status, body);
}

void command_analytics(struct command *c)
{
	struct analytics *a = c->state = ra_arena_new(&c->arena, struct analytics);
	if (!read_days(c, &a->period, &a->days))
		return;
	const struct {
		const char *path, *more;
		question_cb done;
	} questions[] = {
		{ "/overview", "", on_overview },
		{ "/timeseries", "&metric=messages", on_timeseries },
		{ "/channels/top", "&limit=1", on_channels },
	};
	a->asked = RA_COUNT(questions) + 1; /* 1: this loop */
	for (size_t i = 0; i < RA_COUNT(questions); i++) {
		struct question q = question_of(
			c, questions[i].path,
			ra_arena_format(&c->arena, "period=%s%s", a->period, questions[i].more));
		question_ask(c->api, &q, questions[i].done, c);
	}
	if (--a->asked == 0)
		finish_analytics(c, a);
}

/* --- /top --- */

struct top {
	const char *what, *period;
	struct days days;
};

static const char *const whats[] = { "channels", "members", "voice" };

static const char *what_of(const struct command *c)
{
	const char *asked = command_option(c, "what", whats[0]);
	for (size_t i = 0; i < RA_COUNT(whats); i++)
		if (strcmp(asked, whats[i]) == 0)
			return whats[i];
	return whats[0];
}

static bool is_of_people(const struct top *top)
{
	return strcmp(top->what, "channels") != 0;
}

static const char *member_text(struct command *c, const json_t *member)
{
	const char *name = json_string_value(json_object_get(member, "name"));
	const char *safe = embed_name(&c->arena, name && *name ? name : "?", NAME);
	if (!json_is_true(json_object_get(member, "has_left")))
		return safe;
	return ra_arena_format(&c->arena, "%s (%s)", safe, say(c, "top.left"));
}

static const char *amount_text(struct command *c, const struct top *top, const json_t *row)
{
	const json_t *previous = json_object_get(row, "previous_messages");
	int64_t messages = json_integer_value(json_object_get(row, "messages"));
	if (strcmp(top->what, "voice") == 0)
		return lang_duration(c->lang, &c->arena,
				     json_integer_value(json_object_get(row, "voice_ms")));
	const char *count = lang_count(c->lang, &c->arena, "messages", messages);
	const char *change = json_is_integer(previous)
				     ? lang_change(c->lang, &c->arena, (double)messages,
						   (double)json_integer_value(previous))
				     : "";
	return *change ? ra_arena_format(&c->arena, "%s (%s)", count, change) : count;
}

static void add_rows(struct command *c, const struct top *top, const json_t *rows,
		     struct ra_buf *out)
{
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
		ra_buf_printf(out, "\n**%zu.** %s \u00b7 %s", i + 1,
			      is_of_people(top) ? member_text(c, row) : channel_text(c, row),
			      amount_text(c, top, row));
	if (json_array_size(rows) == 0)
		ra_buf_printf(out, "\n%s", say(c, "top.nothing"));
}

static int64_t value_of(const json_t *row, const char *key)
{
	const json_t *value = json_object_get(row, key);
	return json_is_integer(value) ? json_integer_value(value) : PICTURE_UNKNOWN;
}

/* Bars in the order of the list, under its numbers: names of people may hold anything. */
static struct picture *top_picture(struct command *c, const struct top *top, const json_t *rows)
{
	bool is_voice = strcmp(top->what, "voice") == 0;
	size_t i, count = json_array_size(rows);
	json_t *row;
	if (count == 0)
		return NULL;
	struct picture *picture = ra_arena_new(&c->arena, struct picture);
	*picture = (struct picture){
		.lang = c->lang,
		.legend = say(c, ra_arena_format(&c->arena, "what.%s", top->what)),
		.legend_before = say(c, "chart.before"),
		.is_time = is_voice,
		.count = count,
		.now = ra_arena_alloc(&c->arena, count * sizeof(*picture->now)),
		.before = ra_arena_alloc(&c->arena, count * sizeof(*picture->before)),
		.labels = ra_arena_alloc(&c->arena, count * sizeof(*picture->labels)),
	};
	json_array_foreach(rows, i, row)
	{
		picture->now[i] = value_of(row, is_voice ? "voice_ms" : "messages");
		picture->before[i] =
			is_voice ? PICTURE_UNKNOWN : value_of(row, "previous_messages");
		picture->has_before |= picture->before[i] != PICTURE_UNKNOWN;
		picture->labels[i] = ra_arena_format(&c->arena, "%zu.", i + 1);
	}
	return picture;
}

static void on_top(void *ctx, int status, json_t *body)
{
	struct command *c = ctx;
	const struct top *top = c->state;
	if (status != 200) {
		json_decref(body);
		command_refuse(c, "refused.trouble");
		return;
	}
	struct ra_buf text = { 0 };
	ra_buf_printf(&text, "%s\n", lead_of(c, top->period, &top->days));
	const json_t *rows = json_object_get(body, is_of_people(top) ? "members" : "channels");
	add_rows(c, top, rows, &text);
	struct picture *picture = top_picture(c, top, rows);
	json_decref(body);
	char *key = ra_arena_format(&c->arena, "what.%s", top->what);
	const char *url = command_url(c, ra_arena_format(&c->arena, "?period=%s", top->period));
	json_t *message = embed_message(embed_new(say(c, key), url, ra_buf_text(&text)));
	embed_button(message, say(c, "help.open"), url);
	ra_buf_fini(&text);
	command_reply(c, message, picture);
}

/* Members only for those who may see them (metrics), and then for their eyes alone. */
void command_top(struct command *c)
{
	struct top *top = c->state = ra_arena_new(&c->arena, struct top);
	top->what = what_of(c);
	if (is_of_people(top) && !c->access->guild.can_see_people) {
		command_refuse(c, "refused.people");
		return;
	}
	c->is_hidden = c->is_hidden || is_of_people(top);
	if (!read_days(c, &top->period, &top->days))
		return;
	bool is_voice = strcmp(top->what, "voice") == 0;
	struct question q =
		question_of(c, is_of_people(top) ? "/members/top" : "/channels/top",
			    ra_arena_format(&c->arena, "period=%s&limit=%d%s", top->period, ROWS,
					    is_voice ? "&by=voice" : ""));
	question_ask(c->api, &q, on_top, c);
}

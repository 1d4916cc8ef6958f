/* digest_post: see digest_post.h. */
#include "services/api/digest_post.h"
#include "libshared/base/buf.h"
#include "libshared/discord/snowflake.h"
#include "services/api/access.h"
#include "services/api/chart.h"
#include "services/api/digest_text.h"
#include "services/api/discord.h"
#include "libshared/discord/embed.h"
#include "services/api/multipart.h"
#include "services/api/question.h"
#include <stdio.h>
#include <stdlib.h>

#define STEP_DAYS    7 /* a day is compared with the same weekday, a week with a week */
#define FINDINGS_MAX 4
#define NAME         60
#define LOOK_BACK_MS 120000 /* Discord's clock and ours need not agree */

/* $1 post, $2 now */
const char sql_digest_attempt[] =
	"UPDATE app.digest_post SET attempted_at = coalesce(attempted_at, public.ms_to_ts($2)) "
	"WHERE digest_post_id = $1";

enum answer { OVERVIEW, CHART, CHANNELS, MESSAGES, VOICE, MEMBERS, ANSWERS };

struct post {
	struct api *api; /* borrowed */
	struct digest_row row;
	struct ra_arena arena;
	const struct lang *lang;     /* borrowed */
	const struct access *access; /* in the arena */
	int first, end;              /* the days it is about */
	int64_t now_ms;
	json_t *answers[ANSWERS]; /* owned */
	int asked;
	json_t *message; /* owned */
	struct ra_buf png;
	digest_done_cb done;
	void *ctx; /* borrowed */
};

struct asking {
	struct post *post;
	enum answer which;
};

static void finish(struct post *p, const struct digest_result *result)
{
	p->done(p->ctx, &p->row, result);
	for (size_t i = 0; i < ANSWERS; i++)
		json_decref(p->answers[i]);
	json_decref(p->message);
	ra_buf_fini(&p->png);
	ra_arena_fini(&p->arena);
	ra_free(p);
}

static void fail(struct post *p, const char *why)
{
	finish(p, &(struct digest_result){ .outcome = DIGEST_FAILED, .why = why });
}

static void put_off(struct post *p, const char *why, uint64_t retry_ms)
{
	finish(p, &(struct digest_result){
			  .outcome = DIGEST_LATER, .why = why, .retry_ms = retry_ms });
}

/* --- to Discord --- */

static const char *url_of(struct post *p)
{
	int y, m, d, y2, m2, d2;
	day_split(p->first, &y, &m, &d);
	day_split(p->end - 1, &y2, &m2, &d2);
	return ra_arena_format(&p->arena,
			       "%s/guilds/%llu?period=custom&from=%04d-%02d-%02d&to=%04d-%02d-%02d"
			       "&digest=%lld",
			       p->api->urls.public_url, (unsigned long long)p->row.guild, y, m, d,
			       y2, m2, d2, (long long)p->row.id);
}

/* What Discord says no to will not be better tomorrow; all else may be. */
static void on_refused(struct post *p, int status, const struct ra_rest_answer *rest)
{
	if (status == RA_EFORBIDDEN)
		fail(p, "forbidden");
	else if (status == RA_ENOTFOUND)
		fail(p, "no_channel");
	else if (status == RA_EINVAL)
		fail(p, "refused");
	else
		put_off(p, rest->why, rest->retry_after_ms);
}

static void on_sent(void *ctx, int status, const struct ra_rest_answer *rest)
{
	struct post *p = ctx;
	if (status < 0) {
		on_refused(p, status, rest);
		return;
	}
	json_t *message = json_loadb(rest->body.ptr, rest->body.len, 0, NULL);
	uint64_t id = discord_id(message, "id");
	json_decref(message);
	finish(p, &(struct digest_result){ .outcome = DIGEST_SENT, .message_id = id });
}

static void on_noted(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct post *p = ctx;
	struct ra_buf body = { 0 };
	char nonce[26];
	(void)rows;
	(void)err;
	if (status < 0) {
		put_off(p, "the database is away", 0);
		return;
	}
	snprintf(nonce, sizeof(nonce), "digest:%lld", (long long)p->row.id);
	json_object_set_new(p->message, "nonce", json_string(nonce));
	json_object_set_new(p->message, "enforce_nonce", json_true());
	char *text = json_dumps(p->message, JSON_COMPACT);
	if (p->png.len > 0)
		multipart_write(&body, ra_str_of(text), EMBED_CHART, ra_buf_str(&p->png));
	else
		ra_buf_add_text(&body, text);
	free(text);
	ra_rest_send(p->api->rest,
		     &(struct ra_rest_call){ .route = "POST /channels/{channel.id}/messages",
					     .ids = { p->row.channel },
					     .body = ra_buf_str(&body),
					     .content_type = p->png.len > 0 ? MULTIPART_TYPE
									    : "application/json",
					     .priority = RA_REST_BACKGROUND,
					     .is_repeatable = true },
		     on_sent, p);
	ra_buf_fini(&body);
}

/* From here on nobody knows whether it was posted until somebody says so. */
static void note(struct post *p)
{
	struct ra_pg_params params = { .arena = &p->arena };
	ra_pg_i64(&params, p->row.id);
	ra_pg_i64(&params, p->api->now_ms());
	if (db_ask(p->api->db, STMT_digest_attempt, &params, on_noted, p) < 0)
		put_off(p, "the database is away", 0);
}

static void on_drawn(void *ctx, struct ra_str png)
{
	struct post *p = ctx;
	ra_buf_add_str(&p->png, png);
	if (png.len > 0)
		embed_expect_chart(p->message);
	note(p);
}

/* --- what it says --- */

static const json_t *named(const json_t *list, const char *key)
{
	size_t i;
	json_t *one;
	json_array_foreach(list, i, one)
	{
		const char *name = json_string_value(json_object_get(one, "key"));
		if (name && strcmp(name, key) == 0)
			return one;
	}
	return NULL;
}

static int64_t known(const json_t *value)
{
	return json_is_number(value) ? (int64_t)json_number_value(value) : DIGEST_UNKNOWN;
}

/* The sum over days; unknown when one of them is. */
static int64_t sum_of(const json_t *values, size_t from, size_t count)
{
	int64_t sum = 0;
	for (size_t i = from; i < from + count; i++) {
		if (known(json_array_get(values, i)) == DIGEST_UNKNOWN)
			return DIGEST_UNKNOWN;
		sum += known(json_array_get(values, i));
	}
	return sum;
}

/* Earlier periods, as long as all of them are known. */
static void read_history(const struct post *p, struct digest_figure *f, enum answer answer,
			 const char *series)
{
	const json_t *values = json_object_get(
		named(json_object_get(p->answers[answer], "series"), series), "values");
	size_t days = (size_t)(p->end - p->first), total = json_array_size(values);
	for (size_t back = STEP_DAYS; f->count < DIGEST_HISTORY; back += STEP_DAYS) {
		int64_t sum = total >= days + back ? sum_of(values, total - days - back, days)
						   : DIGEST_UNKNOWN;
		if (sum == DIGEST_UNKNOWN)
			return;
		f->history[f->count++] = sum;
	}
}

static const struct told {
	const char *key;
	bool is_time;
	enum answer history; /* ANSWERS: its periods can not be added up */
	const char *series;
} told[] = {
	{ "messages", false, MESSAGES, "messages" },   { "active_members", false, ANSWERS, NULL },
	{ "communicators", false, ANSWERS, NULL },     { "voice", true, VOICE, "present_ms" },
	{ "joins", false, MEMBERS, "joins" },          { "leaves", false, MEMBERS, "leaves" },
	{ "reactions", false, MESSAGES, "reactions" },
};

static struct digest_figure read_figure(const struct post *p, const struct told *what)
{
	const json_t *figure = named(json_object_get(p->answers[OVERVIEW], "figures"), what->key);
	struct digest_figure f = {
		.key = what->key,
		.is_time = what->is_time,
		.value = known(json_object_get(figure, "value")),
		.before = known(json_object_get(figure, "previous")),
	};
	if (what->history != ANSWERS)
		read_history(p, &f, what->history, what->series);
	return f;
}

static void add_line(struct ra_buf *out, const char *line)
{
	ra_buf_printf(out, "\n\u2022 %s", line);
}

/* Those that stand out most, the strongest first. */
static bool add_findings(struct post *p, struct ra_buf *out)
{
	struct digest_figure figures[RA_COUNT(told)];
	struct digest_finding findings[RA_COUNT(told)];
	bool has_any = false;
	for (size_t i = 0; i < RA_COUNT(told); i++) {
		figures[i] = read_figure(p, &told[i]);
		findings[i] = digest_judge(&figures[i]);
	}
	for (int n = 0; n < FINDINGS_MAX; n++) {
		size_t best = 0;
		for (size_t i = 1; i < RA_COUNT(told); i++)
			if (findings[i].weight > findings[best].weight)
				best = i;
		if (findings[best].kind == DIGEST_NOTHING)
			break;
		add_line(out, digest_say(p->lang, &p->arena, &figures[best], findings[best].kind,
					 p->row.every));
		findings[best] = (struct digest_finding){ DIGEST_NOTHING, 0 };
		has_any = true;
	}
	return has_any;
}

/* Why: the channel whose messages moved most, when it is most of the move. */
static bool add_channel(struct post *p, struct ra_buf *out)
{
	const json_t *messages =
		named(json_object_get(p->answers[OVERVIEW], "figures"), "messages");
	int64_t now = known(json_object_get(messages, "value"));
	int64_t before = known(json_object_get(messages, "previous")), most = 0;
	const char *id = NULL;
	size_t i;
	json_t *one;
	if (now == DIGEST_UNKNOWN || before == DIGEST_UNKNOWN || now == before)
		return false;
	json_array_foreach(json_object_get(p->answers[CHANNELS], "channels"), i, one)
	{
		int64_t was = known(json_object_get(one, "previous_messages"));
		int64_t moved =
			was == DIGEST_UNKNOWN ? 0 : known(json_object_get(one, "messages")) - was;
		bool is_same_way = (moved > 0) == (now > before);
		if (is_same_way && llabs(moved) > llabs(most)) {
			most = moved;
			id = json_string_value(json_object_get(one, "id"));
		}
	}
	if (!id || llabs(most) < 5 || llabs(most) * 2 < llabs(now - before))
		return false;
	const char *count = lang_number(p->lang, &p->arena, llabs(most));
	const struct lang_arg args[] = {
		{ "channel", ra_arena_format(&p->arena, "<#%s>", id) },
		{ most > 0 ? "more" : "less", count },
	};
	add_line(out, lang_say(p->lang, &p->arena,
			       most > 0 ? "digest.channel_up" : "digest.channel_down", args,
			       RA_COUNT(args)));
	return true;
}

static bool add_busiest(struct post *p, struct ra_buf *out)
{
	const json_t *values = json_object_get(
		named(json_object_get(p->answers[CHART], "series"), "messages"), "values");
	size_t best = 0;
	char key[16];
	if (p->end - p->first != STEP_DAYS || json_array_size(values) != STEP_DAYS)
		return false;
	for (size_t i = 1; i < STEP_DAYS; i++)
		if (known(json_array_get(values, i)) > known(json_array_get(values, best)))
			best = i;
	if (known(json_array_get(values, best)) <= 0)
		return false;
	snprintf(key, sizeof(key), "weekday.%d", day_weekday(p->first + (int)best));
	const struct lang_arg args[] = {
		{ "day", lang_text(p->lang, key) },
		{ "messages",
		  lang_count(p->lang, &p->arena, "messages", known(json_array_get(values, best))) },
	};
	add_line(out, lang_say(p->lang, &p->arena, "digest.busiest", args, RA_COUNT(args)));
	return true;
}

static const char *lead_of(struct post *p)
{
	const json_t *figure = named(json_object_get(p->answers[OVERVIEW], "figures"), "messages");
	int64_t now = known(json_object_get(figure, "value"));
	int64_t before = known(json_object_get(figure, "previous"));
	const struct lang_arg args[] = {
		{ "messages",
		  lang_count(p->lang, &p->arena, "messages", now == DIGEST_UNKNOWN ? 0 : now) },
		{ "change", lang_change(p->lang, &p->arena, (double)now, (double)before) },
	};
	const char *key = before == DIGEST_UNKNOWN || before <= 0 ? "digest.lead"
			  : now == before                         ? "digest.lead_same"
								  : "digest.lead_up";
	return lang_say(p->lang, &p->arena, key, args, RA_COUNT(args));
}

/* Too low because nobody watched is said first of all. */
static void add_coverage(struct post *p, struct ra_buf *out)
{
	double coverage = json_number_value(
		json_object_get(json_object_get(p->answers[OVERVIEW], "range"), "coverage"));
	if (coverage >= 0.995)
		return;
	const struct lang_arg share = { "share",
					ra_arena_format(&p->arena, "%d%%", (int)(coverage * 100)) };
	ra_buf_printf(out, "\n\n\u26a0\ufe0f %s",
		      lang_say(p->lang, &p->arena, "digest.coverage", &share, 1));
}

static const char *text_of(struct post *p)
{
	struct ra_buf out = { 0 };
	if (p->row.is_test)
		ra_buf_printf(&out, "*%s*\n\n", lang_text(p->lang, "digest.test"));
	ra_buf_add_text(&out, lead_of(p));
	add_coverage(p, &out);
	ra_buf_printf(&out, "\n\n**%s**", lang_text(p->lang, "digest.stands_out"));
	bool has_any = add_findings(p, &out);
	has_any |= add_channel(p, &out);
	has_any |= add_busiest(p, &out);
	if (!has_any)
		add_line(&out, lang_text(p->lang, "digest.usual"));
	char *text = ra_arena_strdup(&p->arena, ra_buf_str(&out));
	ra_buf_fini(&out);
	return text;
}

static void compose(struct post *p)
{
	const char *url = url_of(p);
	char *key = ra_arena_format(&p->arena, "digest.title_%s", p->row.every);
	const struct lang_arg args[] = {
		{ "guild", embed_name(&p->arena, p->access->guild.name, NAME) },
		{ "range", embed_days(p->lang, &p->arena, p->first, p->end) },
	};
	const char *title = lang_say(p->lang, &p->arena, key, args, RA_COUNT(args));
	p->message = embed_message(embed_new(title, url, text_of(p)));
	embed_button(p->message, lang_text(p->lang, "digest.open"), url);
	struct picture *picture =
		chart_read(p->lang, &p->arena, p->answers[CHART], "messages", p->first);
	if (!picture) {
		note(p);
		return;
	}
	picture->legend = lang_text(p->lang, "chart.messages");
	picture->legend_before = lang_text(p->lang, "chart.before");
	picture_start(p->api->loop, picture, on_drawn, p);
}

/* --- the figures --- */

static void on_all(struct post *p)
{
	for (size_t i = 0; i < ANSWERS; i++)
		if (!p->answers[i]) {
			put_off(p, "the figures are not to be had", 0);
			return;
		}
	compose(p);
}

static void on_figures(void *ctx, int status, json_t *body)
{
	struct asking *asking = ctx;
	struct post *p = asking->post;
	if (status == 200)
		p->answers[asking->which] = json_incref(body);
	json_decref(body);
	if (--p->asked == 0)
		on_all(p);
}

static char *range_query(struct post *p, int first, const char *more)
{
	int y, m, d, y2, m2, d2;
	day_split(first, &y, &m, &d);
	day_split(p->end - 1, &y2, &m2, &d2);
	return ra_arena_format(&p->arena, "period=custom&from=%04d-%02d-%02d&to=%04d-%02d-%02d%s",
			       y, m, d, y2, m2, d2, more);
}

static void ask_figures(struct post *p)
{
	int back = p->first - STEP_DAYS * DIGEST_HISTORY;
	const struct {
		const char *path, *query;
	} questions[ANSWERS] = {
		[OVERVIEW] = { "/overview", range_query(p, p->first, "") },
		[CHART] = { "/timeseries", range_query(p, p->first, "&metric=messages") },
		[CHANNELS] = { "/channels/top", range_query(p, p->first, "&limit=100") },
		[MESSAGES] = { "/timeseries", range_query(p, back,
							  "&metric=messages&bucket=day"
							  "&compare=none") },
		[VOICE] = { "/timeseries",
			    range_query(p, back, "&metric=voice&bucket=day&compare=none") },
		[MEMBERS] = { "/timeseries",
			      range_query(p, back, "&metric=members&bucket=day&compare=none") },
	};
	p->asked = ANSWERS + 1; /* 1: this loop */
	for (size_t i = 0; i < ANSWERS; i++) {
		struct asking *asking = ra_arena_new(&p->arena, struct asking);
		*asking = (struct asking){ p, (enum answer)i };
		question_ask(p->api,
			     &(struct question){ .path = questions[i].path,
						 .query = questions[i].query,
						 .access = p->access,
						 .now_ms = p->now_ms },
			     on_figures, asking);
	}
	if (--p->asked == 0)
		on_all(p);
}

/* --- was it posted before? --- */

static bool is_ours(struct post *p, const json_t *message)
{
	const json_t *embed = json_array_get(json_object_get(message, "embeds"), 0);
	const char *url = json_string_value(json_object_get(embed, "url"));
	return url && strcmp(url, url_of(p)) == 0;
}

static void on_looked(void *ctx, int status, const struct ra_rest_answer *rest)
{
	struct post *p = ctx;
	size_t i;
	json_t *message;
	uint64_t found = 0;
	if (status < 0) {
		on_refused(p, status, rest);
		return;
	}
	json_t *list = json_loadb(rest->body.ptr, rest->body.len, 0, NULL);
	json_array_foreach(list, i, message) if (is_ours(p, message)) found =
		discord_id(message, "id");
	json_decref(list);
	if (found)
		finish(p, &(struct digest_result){ .outcome = DIGEST_SENT, .message_id = found });
	else
		ask_figures(p);
}

static void look(struct post *p)
{
	char query[64];
	snprintf(query, sizeof(query), "limit=100&after=%llu",
		 (unsigned long long)ra_snowflake_at(p->row.attempted_ms - LOOK_BACK_MS));
	ra_rest_send(p->api->rest,
		     &(struct ra_rest_call){ .route = "GET /channels/{channel.id}/messages",
					     .ids = { p->row.channel },
					     .query = query,
					     .priority = RA_REST_BACKGROUND },
		     on_looked, p);
}

/* --- the beginning --- */

static void on_guild(void *ctx, int status, const struct access *access)
{
	struct post *p = ctx;
	if (status == RA_ENOTFOUND) {
		fail(p, "no_guild");
		return;
	}
	if (status < 0) {
		put_off(p, "the database is away", 0);
		return;
	}
	p->access = access;
	if (p->row.attempted_ms)
		look(p);
	else
		ask_figures(p);
}

void digest_post(struct api *api, const struct digest_row *row, digest_done_cb done, void *ctx)
{
	struct post *p = ra_new(struct post);
	*p = (struct post){ .api = api,
			    .row = *row,
			    .lang = lang_of(api->langs, ra_str_of(row->locale)),
			    .now_ms = api->now_ms(),
			    .end = row->due_day,
			    .done = done,
			    .ctx = ctx };
	p->first = p->end - (strcmp(row->every, "week") == 0 ? STEP_DAYS : 1);
	access_guest(api, &p->arena, row->guild, on_guild, p);
}

/* command_me: what somebody did in this guild, for their eyes alone: /me. */
#include "services/api/chart.h"
#include "services/api/command.h"

#define PERIOD "28d"
#define NAME   60
#define RANKED 20000 /* members: of more, places would be counted too long */

/* $1 guild, $2 member, $3 first day, $4 end day, $5 the most members a guild may have for places to
 * be told. A row a day on which there was something of them; in each, too, their place among those
 * who wrote. */
const char sql_command_me[] =
	"WITH span AS (SELECT date '1970-01-01' + $3::int AS first, "
	"  date '1970-01-01' + $4::int AS past"
	"), writer AS ("
	" SELECT user_id, sum(messages) AS messages FROM analytics.member_daily, span "
	" WHERE guild_id = $1 AND day >= first AND day < past AND NOT is_bot "
	"  AND (SELECT member_count <= $5 FROM analytics.guild WHERE guild_id = $1) "
	" GROUP BY 1 HAVING sum(messages) > 0"
	"), place AS ("
	" SELECT count(*) AS of, 1 + count(*) FILTER (WHERE messages > "
	"  (SELECT messages FROM writer WHERE user_id = $2)) AS rank FROM writer"
	") "
	"SELECT day - date '1970-01-01', messages, replies, reactions_given, reactions_received, "
	" present_ms, (SELECT of FROM place), (SELECT rank FROM place) "
	"FROM analytics.member_daily, span "
	"WHERE guild_id = $1 AND user_id = $2 AND day >= first AND day < past ORDER BY day";

enum column { DAY, MESSAGES, REPLIES, GIVEN, RECEIVED, VOICE, WRITERS, RANK, SUMS = VOICE + 1 };

struct mine {
	const char *period;
	struct days days;
	int64_t sums[SUMS];
	int64_t active_days, writers, rank;
	int64_t *messages; /* a day each */
};

static const char *say(const struct command *c, const char *key)
{
	return lang_text(c->lang, key);
}

static const char *number(struct command *c, int64_t value)
{
	return lang_number(c->lang, &c->arena, value);
}

static void read_rows(struct command *c, struct mine *m, const PGresult *rows)
{
	m->messages =
		ra_arena_alloc(&c->arena, (size_t)(m->days.end - m->days.first) * sizeof(int64_t));
	for (int row = 0; row < PQntuples(rows); row++) {
		int64_t day = ra_pg_get_i64(rows, row, DAY);
		if (day >= m->days.first && day < m->days.end)
			m->messages[day - m->days.first] = ra_pg_get_i64(rows, row, MESSAGES);
		for (int i = MESSAGES; i < SUMS; i++)
			m->sums[i] += ra_pg_get_i64(rows, row, i);
		m->writers = ra_pg_get_i64(rows, row, WRITERS);
		m->rank = ra_pg_get_i64(rows, row, RANK);
	}
	m->active_days = PQntuples(rows);
}

static struct picture *draw(struct command *c, const struct mine *m)
{
	size_t count = (size_t)(m->days.end - m->days.first);
	struct picture *picture = ra_arena_new(&c->arena, struct picture);
	const char **labels = ra_arena_alloc(&c->arena, count * sizeof(*labels));
	for (size_t i = 0; i < count; i++)
		labels[i] = lang_date(c->lang, &c->arena, m->days.first + (int)i, false);
	*picture = (struct picture){ .lang = c->lang,
				     .legend = say(c, "chart.mine"),
				     .count = count,
				     .now = m->messages,
				     .labels = labels };
	return m->sums[MESSAGES] > 0 && count > 1 && count <= PICTURE_MAX ? picture : NULL;
}

static void add_fields(struct command *c, json_t *embed, const struct mine *m)
{
	embed_field(embed, say(c, "me.messages"), number(c, m->sums[MESSAGES]));
	embed_field(embed, say(c, "me.replies"), number(c, m->sums[REPLIES]));
	embed_field(embed, say(c, "me.voice"), lang_duration(c->lang, &c->arena, m->sums[VOICE]));
	embed_field(embed, say(c, "me.reactions_given"), number(c, m->sums[GIVEN]));
	embed_field(embed, say(c, "me.reactions_received"), number(c, m->sums[RECEIVED]));
	embed_field(embed, say(c, "me.days"), number(c, m->active_days));
	if (m->sums[MESSAGES] == 0 || m->writers == 0)
		return;
	const struct lang_arg args[] = { { "rank", number(c, m->rank) },
					 { "of", number(c, m->writers) } };
	embed_field(embed, say(c, "me.rank"),
		    lang_say(c->lang, &c->arena, "me.rank_of", args, RA_COUNT(args)));
}

static const char *lead_of(struct command *c, const struct mine *m)
{
	char *key = ra_arena_format(&c->arena, "period.%s", m->period);
	const struct lang_arg args[] = {
		{ "period", say(c, key) },
		{ "range", embed_days(c->lang, &c->arena, m->days.first, m->days.end) },
	};
	return lang_say(c->lang, &c->arena, "analytics.lead", args, RA_COUNT(args));
}

static void on_rows(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct command *c = ctx;
	struct mine *m = c->state;
	(void)err;
	if (status < 0) {
		command_refuse(c, "refused.trouble");
		return;
	}
	read_rows(c, m, rows);
	const struct lang_arg guild = { "guild",
					embed_name(&c->arena, c->access->guild.name, NAME) };
	const char *title = lang_say(c->lang, &c->arena, "me.title", &guild, 1);
	const char *lead = lead_of(c, m);
	if (PQntuples(rows) == 0)
		lead = ra_arena_format(&c->arena, "%s\n\n%s", lead, say(c, "me.nothing"));
	json_t *embed = embed_new(title, NULL, lead);
	if (PQntuples(rows) > 0)
		add_fields(c, embed, m);
	json_t *message = embed_message(embed);
	embed_button(message, say(c, "me.privacy"),
		     ra_arena_format(&c->arena, "%s/me", c->api->urls.public_url));
	command_reply(c, message, PQntuples(rows) > 0 ? draw(c, m) : NULL);
}

void command_me(struct command *c)
{
	struct mine *m = c->state = ra_arena_new(&c->arena, struct mine);
	struct ra_pg_params p = { .arena = &c->arena };
	m->period = command_option(c, "period", PERIOD);
	if (chart_days(&c->access->guild, m->period, &m->days) < 0) {
		command_refuse(c, "analytics.nothing");
		return;
	}
	ra_pg_i64(&p, (int64_t)c->it.guild);
	ra_pg_i64(&p, (int64_t)c->it.user);
	ra_pg_i64(&p, m->days.first);
	ra_pg_i64(&p, m->days.end);
	ra_pg_i64(&p, RANKED);
	if (db_ask(c->api->db, STMT_command_me, &p, on_rows, c) < 0)
		command_refuse(c, "refused.trouble");
}

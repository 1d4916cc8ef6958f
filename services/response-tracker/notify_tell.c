/*
 * notify_tell: WRITE of a look (notify.h). What notify_plan.h says of each row
 * that is due, as statements: forgotten, dropped, held, or told - one message
 * about each, or one about all that go to the same place.
 */
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/response-tracker/notify_look.h"

RA_COUNTER_BY(notices_planned, "rations_notices_planned_total", "kind",
	      "notices written into the outbox");

/* clang-format off */
/* What was read, if it still is so: $1 guild, $2 request, $3 kind, $4 step, $5 due time */
#define SQL_STILL                                                                                  \
	"guild_id = $1 AND request_id = $2 AND kind = $3 AND step = $4::bigint "                   \
	"AND public.ts_to_ms(due_at) = $5"

const char sql_notify_forget[] = "DELETE FROM response.due WHERE " SQL_STILL;

/* ... $6 until when */
const char sql_notify_hold[] =
	"UPDATE response.due SET due_at = public.ms_to_ts($6) WHERE " SQL_STILL;

/* ... $6 now, $7 nonce, $8 why */
const char sql_notify_drop[] =
	"WITH gone AS (DELETE FROM response.due WHERE " SQL_STILL " RETURNING 1) "
	"INSERT INTO response.notice (guild_id, kind, requests, step, payload, nonce, state, why, "
	" created_at, finished_at) "
	"SELECT $1, $3, ARRAY[$2::bigint], $4, '{}', $7, 'dropped', $8, public.ms_to_ts($6), "
	" public.ms_to_ts($6) FROM gone";

/* One message, and what its requests do next; nothing at all when one of them was answered meanwhile
 * or taken by another replica.
 * $1 guild, $2 kind, $3 now, $4 requests, $5 steps, $6 due times, $7 next steps (-1: none), $8 their
 * times, $9 first steps of an escalation that begins (0: none), $10 their times, $11 kind of the
 * notice, $12 its step, $13 channel or 0, $14 webhook or 0, $15 payload, $16 nonce, $17 state, $18 why */
const char sql_notify_tell[] =
	"WITH want AS ("
	" SELECT * FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], "
	"  $9::bigint[], $10::bigint[]) "
	"  u (request_id, step, due_ms, next_step, next_ms, first_step, first_ms)"
	"), still AS ("
	" SELECT 1 FROM response.due d JOIN want w USING (request_id) "
	" JOIN response.request r USING (guild_id, request_id) "
	" WHERE d.guild_id = $1 AND d.kind = $2 AND d.step = w.step "
	"  AND public.ts_to_ms(d.due_at) = w.due_ms AND r.state = 'open' FOR UPDATE OF d SKIP LOCKED"
	"), all_are AS ("
	" SELECT WHERE (SELECT count(*) FROM still) = (SELECT count(*) FROM want)"
	"), ended AS ("
	" DELETE FROM response.due d USING want w, all_are WHERE d.guild_id = $1 AND d.kind = $2 "
	"  AND d.request_id = w.request_id AND w.next_step < 0"
	"), moved AS ("
	" UPDATE response.due d SET step = w.next_step, due_at = public.ms_to_ts(w.next_ms) "
	" FROM want w, all_are WHERE d.guild_id = $1 AND d.kind = $2 "
	"  AND d.request_id = w.request_id AND w.next_step >= 0"
	"), escalates AS ("
	" INSERT INTO response.due (guild_id, request_id, kind, step, due_at) "
	" SELECT $1, request_id, 'escalation', first_step, public.ms_to_ts(first_ms) "
	" FROM want, all_are WHERE first_step > 0 ON CONFLICT DO NOTHING"
	") "
	"INSERT INTO response.notice (guild_id, kind, requests, step, channel_id, webhook_id, payload, "
	" nonce, state, why, created_at, finished_at) "
	"SELECT $1, $11, $4, $12::bigint, nullif($13::bigint, 0), nullif($14::bigint, 0), $15::jsonb, $16, "
	" $17, $18, public.ms_to_ts($3), CASE WHEN $17 <> 'waiting' THEN public.ms_to_ts($3) END FROM all_are";
/* clang-format on */

/* --- statements --- */

/* A lost connection is noticed when the group is synced. */
static void send_stmt(struct notify_look *look, enum notify_sql stmt, const struct ra_pg_params *p)
{
	int rc = ra_pg_send(look->notify->pg, (int)stmt, p, NULL, NULL);
	(void)rc;
}

static struct ra_pg_params still(struct notify_look *look, const struct look_row *row)
{
	struct ra_pg_params p = { .arena = &look->arena };
	ra_pg_i64(&p, (int64_t)row->guild);
	ra_pg_i64(&p, (int64_t)row->request.id);
	ra_pg_text(&p, ra_str_of(row->due.kind == PLAN_REMINDER ? "reminder" : "escalation"));
	ra_pg_i64(&p, row->due.step);
	ra_pg_i64(&p, row->due.due_ms);
	return p;
}

static void hold(struct notify_look *look, const struct look_row *row, int64_t until_ms)
{
	struct ra_pg_params p = still(look, row);
	ra_pg_i64(&p, until_ms);
	send_stmt(look, NOTIFY_hold, &p);
}

static void drop(struct notify_look *look, const struct look_row *row)
{
	struct ra_pg_params p = still(look, row);
	char nonce[26];
	notify_nonce(nonce);
	ra_pg_i64(&p, look->now_ms);
	ra_pg_text(&p, ra_str_of(nonce));
	ra_pg_text(&p, RA_STR("late"));
	send_stmt(look, NOTIFY_drop, &p);
}

/* --- where to, and whom it mentions --- */

/* Where one message goes. */
struct place {
	uint64_t channel, webhook;
	struct text_to to;
	const char *note;
};

static void mention_roles(const struct look_guild *guild, struct text_to *to)
{
	to->roles = guild->roles;
	to->role_count = guild->role_count;
	to->is_here = guild->role_count == 0;
}

static bool mention_users(struct text_to *to, const uint64_t *users, size_t count)
{
	to->users = users;
	to->user_count = count < TEXT_MENTIONS_MAX ? count : TEXT_MENTIONS_MAX;
	return count > 0;
}

/* When nobody is on call the leads are told, and when there are none, whoever a reminder tells. */
static struct place place_of_step(const struct look_guild *guild, const struct plan_step *step)
{
	struct place place = { .channel = guild->channel, .to.is_elsewhere = guild->is_elsewhere };
	bool is_told = true;
	switch (step->way) {
	case PLAN_ON_CALL:
		is_told = mention_users(&place.to, guild->on_call, guild->on_call_count);
		if (is_told)
			break;
		place.note = "nobody_on_call";
		is_told = mention_users(&place.to, guild->leads, guild->lead_count);
		break;
	case PLAN_LEAD:
		is_told = mention_users(&place.to, guild->leads, guild->lead_count);
		place.note = is_told ? NULL : "no_lead";
		break;
	case PLAN_ROLE:
		place.to.roles = &step->target;
		place.to.role_count = 1;
		break;
	case PLAN_CHANNEL:
		place.channel = step->target;
		place.to.is_elsewhere = !guild->steps_here[step - guild->plan.steps];
		/* roles are those of the guild that reminders go to */
		place.to.is_here = place.to.is_elsewhere != guild->is_elsewhere;
		is_told = place.to.is_here;
		break;
	case PLAN_WEBHOOK:
		place.channel = 0;
		place.webhook = step->target;
		break;
	}
	if (!is_told)
		mention_roles(guild, &place.to);
	return place;
}

static struct place place_of(const struct look_guild *guild, const struct look_row *row)
{
	struct place place = { .channel = guild->channel, .to.is_elsewhere = guild->is_elsewhere };
	if (row->due.kind == PLAN_ESCALATION)
		return place_of_step(guild, plan_step(&guild->plan, row->due.step));
	mention_roles(guild, &place.to);
	return place;
}

/* --- what it says --- */

/* What a webhook is told: `content` and `text` are what chats show. */
static json_t *webhook_body(struct notify_look *look, const struct look_guild *guild,
			    struct look_row *const *rows, size_t count, int step,
			    const json_t *message)
{
	const json_t *content = json_object_get(message, "content");
	json_t *requests = json_array();
	char at[33];
	ra_iso8601_format(look->now_ms, at);
	for (size_t i = 0; i < count; i++) {
		const struct text_request *r = &rows[i]->request;
		json_array_append_new(
			requests,
			json_pack("{s:o, s:o, s:i, s:I, s:s}", "id",
				  json_sprintf("%llu", (unsigned long long)r->id), "channel_id",
				  json_sprintf("%llu", (unsigned long long)r->channel), "priority",
				  r->priority, "waited_s", (json_int_t)(r->waited_ms / 1000), "url",
				  text_link(&look->arena, r)));
	}
	return json_pack("{s:s, s:s, s:{s:o, s:s}, s:i, s:o, s:O, s:O, s:{s:[]}}", "event",
			 "request.escalated", "at", at, "guild", "id",
			 json_sprintf("%llu", (unsigned long long)guild->id), "name",
			 guild->name ? guild->name : "", "step", step, "requests", requests, "text",
			 content, "content", content, "allowed_mentions", "parse");
}

/* The message about `rows`, all of one kind and step where it is an escalation. */
static json_t *compose(struct notify_look *look, const struct look_guild *guild,
		       struct look_row *const *rows, size_t count, const struct place *place)
{
	const struct look_row *first = rows[0];
	bool is_reminder = first->due.kind == PLAN_REMINDER;
	int step = is_reminder ? 0 : plan_step(&guild->plan, first->due.step)->step;
	struct ra_arena *arena = &look->arena;
	json_t *message;
	if (count > 1) {
		struct text_request *all = ra_arena_alloc(arena, count * sizeof(*all));
		for (size_t i = 0; i < count; i++)
			all[i] = rows[i]->request;
		message = text_digest(guild->lang, arena, all, count, &place->to, step);
	} else if (is_reminder) {
		message = text_reminder(guild->lang, arena, &first->request, &place->to,
					first->due.step);
	} else {
		message = text_escalation(guild->lang, arena, &first->request, &place->to, step,
					  place->note);
	}
	if (!place->webhook)
		return message;
	json_t *body = webhook_body(look, guild, rows, count, step, message);
	json_decref(message);
	return body;
}

/* --- one message --- */

/* What each of the requests does next, as the columns of `tell`. */
static void add_steps(struct notify_look *look, struct ra_pg_params *p,
		      const struct look_guild *guild, struct look_row *const *rows, size_t count)
{
	struct step {
		int64_t request, step, due_ms, next_step, next_ms, first_step, first_ms;
	} *steps = ra_arena_alloc(&look->arena, count * sizeof(*steps));
	for (size_t i = 0; i < count; i++) {
		const struct plan_due *due = &rows[i]->due;
		struct plan_due next = { .step = -1 }, first = { .step = 0 };
		if (!plan_next(due, &guild->plan, look->now_ms, &next))
			next.step = -1;
		if (due->kind == PLAN_REMINDER && due->step == 0 &&
		    !plan_escalate(&guild->plan, look->now_ms, &first))
			first.step = 0;
		steps[i] = (struct step){ (int64_t)rows[i]->request.id,
					  due->step,
					  due->due_ms,
					  next.step,
					  next.due_ms,
					  first.step,
					  first.due_ms };
	}
	ra_pg_i64_array(p, &steps->request, count, sizeof(*steps));
	ra_pg_i64_array(p, &steps->step, count, sizeof(*steps));
	ra_pg_i64_array(p, &steps->due_ms, count, sizeof(*steps));
	ra_pg_i64_array(p, &steps->next_step, count, sizeof(*steps));
	ra_pg_i64_array(p, &steps->next_ms, count, sizeof(*steps));
	ra_pg_i64_array(p, &steps->first_step, count, sizeof(*steps));
	ra_pg_i64_array(p, &steps->first_ms, count, sizeof(*steps));
}

static void tell(struct notify_look *look, const struct look_guild *guild,
		 struct look_row *const *rows, size_t count)
{
	bool is_reminder = rows[0]->due.kind == PLAN_REMINDER;
	const char *due_kind = is_reminder ? "reminder" : "escalation";
	const char *kind = count > 1 ? "storm" : due_kind;
	int step =
		is_reminder ? rows[0]->due.step : plan_step(&guild->plan, rows[0]->due.step)->step;
	struct place place = place_of(guild, rows[0]);
	json_t *message = compose(look, guild, rows, count, &place);
	char *payload = json_dumps(message, JSON_COMPACT), nonce[26];
	bool is_placed = place.channel || place.webhook;
	struct ra_pg_params p = { .arena = &look->arena };
	notify_nonce(nonce);
	ra_pg_i64(&p, (int64_t)guild->id);
	ra_pg_text(&p, ra_str_of(due_kind));
	ra_pg_i64(&p, look->now_ms);
	add_steps(look, &p, guild, rows, count);
	ra_pg_text(&p, ra_str_of(kind));
	ra_pg_i64(&p, is_reminder && count > 1 ? 0 : step);
	ra_pg_i64(&p, (int64_t)place.channel);
	ra_pg_i64(&p, (int64_t)place.webhook);
	ra_pg_text(&p, ra_str_of(payload));
	ra_pg_text(&p, ra_str_of(nonce));
	ra_pg_text(&p, ra_str_of(is_placed ? "waiting" : "failed"));
	ra_pg_text(&p, ra_str_of(is_placed ? "" : "no_channel"));
	send_stmt(look, NOTIFY_tell, &p);
	look->has_told = true;
	ra_count_by(&notices_planned, kind, 1);
	free(payload);
	json_decref(message);
}

/* --- all of a guild --- */

/* Those that go to one place, as many messages as plan_form says. */
static void tell_all(struct notify_look *look, const struct look_guild *guild,
		     struct look_row **rows, size_t count)
{
	int64_t until_ms = 0;
	enum plan_form form = plan_form(&guild->plan, count, &until_ms);
	for (size_t i = 0; form == PLAN_SINGLE && i < count; i++)
		tell(look, guild, &rows[i], 1);
	for (size_t i = 0; form == PLAN_WAIT && i < count; i++)
		hold(look, rows[i], until_ms);
	if (form == PLAN_DIGEST)
		tell(look, guild, rows, count);
}

/* Reminders go to one place, an escalation to that of its step. */
static bool is_same_place(const struct look_row *a, const struct look_row *b)
{
	return a->due.kind == b->due.kind &&
	       (a->due.kind == PLAN_REMINDER || a->due.step == b->due.step);
}

/* `rows`: to be sent, of one guild, the oldest first. */
static void tell_by_place(struct notify_look *look, const struct look_guild *guild,
			  struct look_row **rows, size_t count)
{
	struct look_row **same = ra_arena_alloc(&look->arena, count * sizeof(struct look_row *));
	while (count > 0) {
		size_t taken = 0, left = 0;
		const struct look_row *first = rows[0];
		for (size_t i = 0; i < count; i++) {
			struct look_row *row = rows[i];
			if (is_same_place(first, row))
				same[taken++] = row;
			else
				rows[left++] = row;
		}
		tell_all(look, guild, same, taken);
		count = left;
	}
}

static void write_guild(struct notify_look *look, const struct look_guild *guild)
{
	struct look_row **sent =
		ra_arena_alloc(&look->arena, look->row_count * sizeof(struct look_row *));
	size_t count = 0;
	for (size_t i = 0; i < look->row_count; i++) {
		struct look_row *row = &look->rows[i];
		if (row->guild != guild->id)
			continue;
		struct plan_verdict verdict = plan_judge(&row->due, &guild->plan, look->now_ms);
		struct ra_pg_params p = still(look, row);
		switch (verdict.act) {
		case PLAN_FORGET: send_stmt(look, NOTIFY_forget, &p); break;
		case PLAN_DROP: drop(look, row); break;
		case PLAN_HOLD: hold(look, row, verdict.until_ms); break;
		case PLAN_SEND: sent[count++] = row; break;
		}
	}
	tell_by_place(look, guild, sent, count);
}

static void on_synced(void *ctx, int status, const struct ra_err *err)
{
	struct notify_look *look = ctx;
	if (status < 0)
		ra_warn(look->notify->conf.log, "notices not written", ra_f_text("why", err->msg));
	if (--look->unsynced == 0)
		notify_look_end(look);
}

void notify_look_write(struct notify_look *look)
{
	look->unsynced = 1; /* this loop */
	for (size_t i = 0; i < look->guild_count; i++) {
		write_guild(look, &look->guilds[i]);
		if (ra_pg_sync(look->notify->pg, on_synced, look) == 0)
			look->unsynced++;
	}
	if (--look->unsynced == 0)
		notify_look_end(look);
}

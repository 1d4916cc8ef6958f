/* The telling half of the oracle. */
#include "libshared/base/clock.h"
#include "services/discord-sim/oracle_state.h"
#include <stdio.h>

#define MINUTE_MS         60000
#define COMMUNICATOR_MANY 3

/* What a person did in the interval, or in a day of it. */
struct sum {
	struct sum_key {
		uint64_t user_id;
		int64_t day_ms; /* -1: the interval */
	} key;
	uint64_t messages, reactions;
	int64_t voice_ms[VOICE_RULES];
	UT_hash_handle hh;
};

static bool is_within(const struct oracle_query *q, int64_t hour_ms)
{
	return hour_ms >= q->from_ms && (q->to_ms == 0 || hour_ms < q->to_ms);
}

static void set_int(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

static const char *id_text(uint64_t id, char out[24])
{
	snprintf(out, 24, "%llu", (unsigned long long)id);
	return out;
}

static json_t *types_json(const struct type_count *types)
{
	json_t *object = json_object();
	for (const struct type_count *t = types; t; t = t->hh.next)
		set_int(object, t->type, t->count);
	return object;
}

static json_t *voice_json(const int64_t voice_ms[VOICE_RULES])
{
	static const char *const names[] = { "raw_ms", "present_ms", "engaged_ms", "talking_ms" };
	json_t *object = json_object();
	for (int rule = 0; rule < VOICE_RULES; rule++)
		set_int(object, names[rule], (uint64_t)voice_ms[rule]);
	return object;
}

static json_t *hour_json(const struct counts *counts, const int64_t voice_ms[VOICE_RULES])
{
	json_t *out = json_object();
#define X(name) set_int(out, #name, counts->name);
	ORACLE_COUNTS(X)
#undef X
	json_object_set_new(out, "voice", voice_json(voice_ms));
	return out;
}

static void add_hours(json_t *out, const struct guild_truth *g, const struct oracle_query *q)
{
	json_t *hours = json_object();
	for (const struct hour_count *h = g->hours; h; h = h->hh.next) {
		char hour[24];
		if (is_within(q, h->hour_ms))
			json_object_set_new(hours, id_text((uint64_t)h->hour_ms, hour),
					    hour_json(&h->counts, h->voice_ms));
	}
	json_object_set_new(out, "hours", hours);
}

static void add_totals(json_t *out, const struct guild_truth *g, const struct oracle_query *q)
{
	struct counts total = { 0 };
	int64_t voice_ms[VOICE_RULES] = { 0 };
	for (const struct hour_count *h = g->hours; h; h = h->hh.next) {
		if (!is_within(q, h->hour_ms))
			continue;
#define X(name) total.name += h->counts.name;
		ORACLE_COUNTS(X)
#undef X
		for (int rule = 0; rule < VOICE_RULES; rule++)
			voice_ms[rule] += h->voice_ms[rule];
	}
	json_t *sums = hour_json(&total, voice_ms);
	json_object_update(out, sums);
	json_decref(sums);
}

/* --- people --- */

static void add_to_sum(struct sum **sums, uint64_t user_id, int64_t day_ms,
		       const struct person_hour *p)
{
	struct sum *s;
	struct sum_key key = { user_id, day_ms };
	/* the analyzer does not follow a word's bytes */
	// NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
	HASH_FIND(hh, *sums, &key, sizeof(key), s);
	if (!s) {
		s = ra_new(struct sum);
		s->key = key;
		HASH_ADD(hh, *sums, key, sizeof(key), s);
	}
	s->messages += p->messages;
	s->reactions += p->reactions;
	for (int rule = 0; rule < VOICE_RULES; rule++)
		s->voice_ms[rule] += p->voice_ms[rule];
}

static struct sum *sum_people(const struct guild_truth *g, const struct oracle_query *q)
{
	struct sum *sums = NULL;
	for (const struct person_hour *p = g->people; p; p = p->hh.next) {
		if (!is_within(q, p->key.hour_ms))
			continue;
		add_to_sum(&sums, p->key.user_id, -1, p);
		add_to_sum(&sums, p->key.user_id, p->key.hour_ms - p->key.hour_ms % DAY_MS, p);
	}
	return sums;
}

static bool is_active(const struct sum *s)
{
	return s->messages || s->reactions || s->voice_ms[VOICE_PRESENT] >= MINUTE_MS;
}

static bool is_communicator(const struct sum *s, uint64_t at_least)
{
	return s->messages >= at_least || s->voice_ms[VOICE_TALKING] >= MINUTE_MS;
}

static void count_day(json_t *days, int64_t day_ms)
{
	char day[33];
	ra_iso8601_format(day_ms, day);
	day[10] = '\0';
	json_int_t before = json_integer_value(json_object_get(days, day));
	json_object_set_new(days, day, json_integer(before + 1));
}

static json_t *person_json(const struct sum *s)
{
	json_t *person = json_object();
	set_int(person, "messages", s->messages);
	set_int(person, "reactions", s->reactions);
	json_object_set_new(person, "voice", voice_json(s->voice_ms));
	return person;
}

static void add_people(json_t *out, const struct guild_truth *g, const struct oracle_query *q)
{
	uint64_t active = 0, communicators = 0, communicators_1 = 0;
	json_t *days = json_object(), *people = json_object();
	struct sum *sums = sum_people(g, q), *s, *next;
	HASH_ITER(hh, sums, s, next)
	{
		char id[24];
		if (s->key.day_ms >= 0) {
			if (is_active(s))
				count_day(days, s->key.day_ms);
		} else {
			active += is_active(s);
			communicators += is_communicator(s, COMMUNICATOR_MANY);
			communicators_1 += is_communicator(s, 1);
			if (q->with_rows)
				json_object_set_new(people, id_text(s->key.user_id, id),
						    person_json(s));
		}
		HASH_DEL(sums, s);
		ra_free(s);
	}
	set_int(out, "active", active);
	set_int(out, "communicators", communicators);
	set_int(out, "communicators_1", communicators_1);
	json_object_set_new(out, "active_days", days);
	if (q->with_rows)
		json_object_set(out, "people", people);
	json_decref(people);
}

static void add_rows(json_t *out, const struct guild_truth *g, const struct oracle_query *q)
{
	json_t *rows = json_array();
	for (const struct message_row *row = g->rows; row; row = row->hh.next) {
		char channel[24], user[24];
		if (is_within(q, row->key.hour_ms))
			json_array_append_new(
				rows,
				json_pack("[ssIIIIIII]", id_text(row->key.channel_id, channel),
					  id_text(row->key.user_id, user),
					  (json_int_t)row->key.hour_ms, (json_int_t)row->messages,
					  (json_int_t)row->replies, (json_int_t)row->attachments,
					  (json_int_t)row->characters, (json_int_t)row->edits,
					  (json_int_t)row->reactions));
	}
	json_object_set_new(out, "rows", rows);
}

/* Who talked, by hour. */
static void add_voice_rows(json_t *out, const struct guild_truth *g, const struct oracle_query *q)
{
	json_t *rows = json_array();
	for (const struct person_hour *p = g->people; p; p = p->hh.next) {
		char user[24];
		if (is_within(q, p->key.hour_ms) && p->voice_ms[VOICE_RAW] > 0)
			json_array_append_new(rows,
					      json_pack("[sIIIII]", id_text(p->key.user_id, user),
							(json_int_t)p->key.hour_ms,
							(json_int_t)p->voice_ms[VOICE_RAW],
							(json_int_t)p->voice_ms[VOICE_PRESENT],
							(json_int_t)p->voice_ms[VOICE_ENGAGED],
							(json_int_t)p->voice_ms[VOICE_TALKING]));
	}
	json_object_set_new(out, "voice_rows", rows);
}

static json_t *guild_json(struct oracle *o, struct guild_truth *g, const struct oracle_query *q)
{
	json_t *out = json_object();
	oracle_settle(o, g, q->now_ms ? q->now_ms : o->heard_ms);
	json_object_set_new(out, "dispatches", types_json(g->types));
	set_int(out, "member_count", g->member_count);
	add_totals(out, g, q);
	if (!o->conf.totals_only)
		add_people(out, g, q);
	if (q->with_rows) {
		add_rows(out, g, q);
		add_hours(out, g, q);
		add_voice_rows(out, g, q);
	}
	return out;
}

json_t *oracle_json(struct oracle *oracle, const struct oracle_query *query)
{
	json_t *guilds = json_object();
	for (struct guild_truth *g = oracle->guilds; g; g = g->hh.next) {
		char id[24];
		if (query->guild_id == 0 || query->guild_id == g->guild_id)
			json_object_set_new(guilds, id_text(g->guild_id, id),
					    guild_json(oracle, g, query));
	}
	return json_pack("{s:o,s:o}", "dispatches", types_json(oracle->types), "guilds", guilds);
}

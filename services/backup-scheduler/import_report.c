/*
 * import_report: what an import found, from when to when, and what it leaves
 * out and why; the same for the dry run and after.
 *
 *	{ "kinds":   { "messages": { "count": 9, "from": ms, "to": ms } },
 *	  "guilds":  { "<id>": { "messages": { ... } } },
 *	  "skipped": { "live": { "count": 2, "samples": [ "..." ] } },
 *	  "notes":   [ "voice_raw" ] }
 *
 * It is written with every transaction that stages rows, and read again when
 * another process goes on.
 */
#include "services/backup-scheduler/import_internal.h"
#include <stdio.h>

struct counted_key {
	uint64_t guild;
	char name[24];
};

struct import_counted {
	struct counted_key key;
	int64_t count, from, to;
};

void import_report_init(struct import_report *r)
{
	*r = (struct import_report){ .counts = RA_TABLE_OF(struct import_counted,
							   struct counted_key) };
}

void import_report_fini(struct import_report *r)
{
	ra_table_fini(&r->counts);
}

static void stretch(struct import_counted *row, int64_t from, int64_t to)
{
	if (from != 0 && (row->from == 0 || from < row->from))
		row->from = from;
	if (to > row->to)
		row->to = to;
}

static void add(struct import_report *r, const char *name, uint64_t guild, int64_t count,
		int64_t from, int64_t to)
{
	struct counted_key key = { .guild = guild };
	snprintf(key.name, sizeof key.name, "%s", name);
	struct import_counted *row = ra_table_row(&r->counts, &key, NULL);
	row->count += count;
	stretch(row, from, to);
}

void import_report_count(struct import_report *r, const char *name, uint64_t guild, int64_t at_ms,
			 int64_t how_many)
{
	add(r, name, guild, how_many, at_ms, at_ms);
}

static struct import_reason *reason_of(struct import_report *r, const char *why)
{
	for (size_t i = 0; i < r->reason_count; i++)
		if (strcmp(r->reasons[i].why, why) == 0)
			return &r->reasons[i];
	if (r->reason_count == IMPORT_REASONS_MAX)
		return &r->reasons[IMPORT_REASONS_MAX - 1];
	struct import_reason *reason = &r->reasons[r->reason_count++];
	snprintf(reason->why, sizeof reason->why, "%s", why);
	return reason;
}

/* What is shown of somebody else's file: one line, and no half characters. */
static void keep_sample(struct import_reason *reason, struct ra_str sample)
{
	char *to = reason->sample[reason->samples++];
	size_t room = sizeof reason->sample[0] - 1, len = 0;
	for (size_t i = 0; i < sample.len && len < room; i++) {
		unsigned char c = (unsigned char)sample.ptr[i];
		to[len++] = c >= 0x20 && c < 0x7F ? (char)c : '?';
	}
	to[len] = '\0';
}

void import_report_skip(struct import_report *r, const char *why, int64_t how_many,
			struct ra_str sample)
{
	struct import_reason *reason = reason_of(r, why);
	reason->count += how_many;
	if (sample.len == 0 || reason->samples == IMPORT_SAMPLES)
		return;
	keep_sample(reason, sample);
	for (int i = 0; i < reason->samples - 1; i++)
		if (strcmp(reason->sample[i], reason->sample[reason->samples - 1]) == 0) {
			reason->samples--;
			return;
		}
}

void import_report_note(struct import_report *r, const char *word)
{
	for (size_t i = 0; i < r->note_count; i++)
		if (strcmp(r->notes[i], word) == 0)
			return;
	if (r->note_count < RA_COUNT(r->notes))
		snprintf(r->notes[r->note_count++], sizeof r->notes[0], "%s", word);
}

/* --- as JSON --------------------------------------------------------------------------- */

static json_t *member(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	if (!value) {
		value = json_object();
		json_object_set_new(object, key, value);
	}
	return value;
}

static void put(json_t *kinds, const struct import_counted *row)
{
	json_t *kind = member(kinds, row->key.name);
	struct import_counted sum = {
		.count = json_integer_value(json_object_get(kind, "count")),
		.from = json_integer_value(json_object_get(kind, "from")),
		.to = json_integer_value(json_object_get(kind, "to")),
	};
	sum.count += row->count;
	stretch(&sum, row->from, row->to);
	json_object_set_new(kind, "count", json_integer(sum.count));
	if (sum.from != 0) {
		json_object_set_new(kind, "from", json_integer(sum.from));
		json_object_set_new(kind, "to", json_integer(sum.to));
	}
}

static json_t *skipped_json(const struct import_report *r)
{
	json_t *skipped = json_object();
	for (size_t i = 0; i < r->reason_count; i++) {
		json_t *samples = json_array();
		for (int s = 0; s < r->reasons[i].samples; s++)
			json_array_append_new(samples, json_string(r->reasons[i].sample[s]));
		json_object_set_new(skipped, r->reasons[i].why,
				    json_pack("{s:I, s:o}", "count",
					      (json_int_t)r->reasons[i].count, "samples", samples));
	}
	return skipped;
}

json_t *import_report_json(const struct import_report *r)
{
	json_t *kinds = json_object(), *guilds = json_object(), *notes = json_array();
	const struct import_counted *rows = (const struct import_counted *)(void *)r->counts.rows;
	for (size_t i = 0; i < r->counts.count; i++) {
		char id[24];
		snprintf(id, sizeof id, "%llu", (unsigned long long)rows[i].key.guild);
		put(kinds, &rows[i]);
		put(member(guilds, id), &rows[i]);
	}
	for (size_t i = 0; i < r->note_count; i++)
		json_array_append_new(notes, json_string(r->notes[i]));
	return json_pack("{s:o, s:o, s:o, s:o}", "kinds", kinds, "guilds", guilds, "skipped",
			 skipped_json(r), "notes", notes);
}

static void load_guild(struct import_report *r, uint64_t guild, json_t *kinds)
{
	const char *name;
	json_t *kind;
	json_object_foreach(kinds, name, kind)
		add(r, name, guild, json_integer_value(json_object_get(kind, "count")),
		    json_integer_value(json_object_get(kind, "from")),
		    json_integer_value(json_object_get(kind, "to")));
}

static void load_reason(struct import_report *r, const char *why, const json_t *told)
{
	struct import_reason *reason = reason_of(r, why);
	size_t i;
	json_t *sample;
	reason->count = json_integer_value(json_object_get(told, "count"));
	json_array_foreach(json_object_get(told, "samples"), i, sample)
		import_report_skip(r, why, 0, ra_str_of(json_string_value(sample)));
}

void import_report_load(struct import_report *r, const json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;
	json_object_foreach(json_object_get(json, "guilds"), key, value)
	{
		uint64_t guild = 0;
		if (ra_str_to_u64(ra_str_of(key), &guild) == 0)
			load_guild(r, guild, value);
	}
	json_object_foreach(json_object_get(json, "skipped"), key, value)
		load_reason(r, key, value);
	json_array_foreach(json_object_get(json, "notes"), i, value)
		import_report_note(r, json_string_value(value));
}

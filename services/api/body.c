/* body: see body.h. */
#include "services/api/body.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define WORDS_MAX_BYTES 200

void body_fail(struct body *body, const char *hint, const char *fmt, ...)
{
	char msg[sizeof(body->err.msg)];
	va_list args;
	va_start(args, fmt);
	vsnprintf(msg, sizeof(msg), fmt, args);
	va_end(args);
	if (body->rc == 0)
		body->rc = ra_fail(&body->err, RA_EINVAL, hint, "%s", msg);
	if (!body->mistakes)
		body->mistakes = json_array();
	json_array_append_new(body->mistakes, json_sprintf("%s. %s", msg, hint));
}

void body_take_mistakes(struct body *body, struct body *part)
{
	if (part->rc < 0 && body->rc == 0) {
		body->rc = part->rc;
		body->err = part->err;
	}
	if (!body->mistakes)
		body->mistakes = json_array();
	json_array_extend(body->mistakes, part->mistakes);
	json_decref(part->mistakes);
	part->mistakes = NULL;
}

void body_reply_mistakes(struct visit *visit, json_t *mistakes)
{
	json_t *problem = json_pack("{s:s, s:s, s:i, s:O, s:o}", "type", "/problems/argument",
				    "title", "The question has a mistake", "status", 400, "detail",
				    json_array_get(mistakes, 0), "errors", mistakes);
	char *text = json_dumps(problem, JSON_COMPACT);
	json_decref(problem);
	ra_http_set_header(visit->req, "cache-control", "no-store");
	ra_http_reply(visit->req, 400, "application/problem+json", ra_str_of(text));
	free(text);
}

void body_open(struct body *body, struct visit *visit)
{
	struct ra_str text = ra_http_body(visit->req);
	*body = (struct body){ .visit = visit };
	body->json = json_loadb(text.ptr ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(body->json))
		body_fail(body, "Send an object like {\"name\":\"...\"}.",
			  "the body is not a JSON object");
}

bool body_close(struct body *body)
{
	const char *name = json_object_iter_key(json_object_iter(body->json));
	if (name)
		body_fail(body, "Leave it out.", "%.40s is not a member we know", name);
	json_decref(body->json);
	body->json = NULL;
	if (json_array_size(body->mistakes) > 1) {
		body_reply_mistakes(body->visit, body->mistakes);
	} else {
		if (body->rc < 0)
			reply_bad_argument(body->visit->req, &body->err);
		json_decref(body->mistakes);
	}
	return body->rc == 0;
}

/* Takes the member out; yours to json_decref. NULL when it is missing or null. */
static json_t *take(struct body *body, const char *name)
{
	json_t *value = json_object_get(body->json, name);
	json_incref(value);
	json_object_del(body->json, name);
	if (!json_is_null(value))
		return value;
	json_decref(value);
	return NULL;
}

bool body_has(const struct body *body, const char *name)
{
	const json_t *value = json_object_get(body->json, name);
	return value && !json_is_null(value);
}

static struct ra_str trim(struct ra_str text)
{
	while (text.len > 0 && text.ptr[0] == ' ') {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && text.ptr[text.len - 1] == ' ')
		text.len--;
	return text;
}

/* Characters of one line; 0 when a control character is among them. */
static size_t line_length(struct ra_str text)
{
	size_t length = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c < ' ' || c == 0x7f)
			return 0;
		length += (c & 0xc0) != 0x80;
	}
	return length;
}

const char *body_text(struct body *body, const char *name, size_t max)
{
	json_t *value = take(body, name);
	struct ra_str text =
		trim((struct ra_str){ json_string_value(value), json_string_length(value) });
	size_t length = line_length(text);
	char hint[64];
	const char *copy = "";
	snprintf(hint, sizeof(hint), "Use one line of 1 to %zu characters.", max);
	if (!json_is_string(value) || length == 0 || length > max)
		body_fail(body, hint, "%s is missing or not such a text", name);
	else
		copy = ra_arena_strdup(body->visit->arena, text);
	json_decref(value);
	return copy;
}

static bool is_line(const json_t *value, size_t max)
{
	size_t length =
		line_length((struct ra_str){ json_string_value(value), json_string_length(value) });
	return json_is_string(value) && length > 0 && length <= max;
}

json_t *body_texts(struct body *body, const char *name, size_t most, size_t max)
{
	json_t *value = take(body, name);
	char hint[80];
	size_t i;
	const json_t *text;
	if (!value)
		return json_array();
	snprintf(hint, sizeof(hint), "Use an array of up to %zu lines of 1 to %zu characters.",
		 most, max);
	if (!json_is_array(value) || json_array_size(value) > most)
		body_fail(body, hint, "%s is no such array", name);
	json_array_foreach(value, i, text)
	{
		if (!is_line(text, max))
			body_fail(body, hint, "%s holds something else", name);
	}
	return value;
}

int64_t body_number(struct body *body, const char *name, int64_t least, int64_t most,
		    int64_t fallback)
{
	json_t *value = take(body, name);
	int64_t number = value ? json_integer_value(value) : fallback;
	char hint[96];
	bool is_fallback = !value && fallback != BODY_REQUIRED;
	snprintf(hint, sizeof(hint), "Use a whole number from %lld to %lld.", (long long)least,
		 (long long)most);
	if (!is_fallback && (!json_is_integer(value) || number < least || number > most))
		body_fail(body, hint, "%s is out of range", name);
	json_decref(value);
	return number;
}

double body_real(struct body *body, const char *name, double least, double most)
{
	json_t *value = take(body, name);
	double number = json_number_value(value);
	char hint[96];
	snprintf(hint, sizeof(hint), "Use a number from %g to %g.", least, most);
	if (!json_is_number(value) || !(number >= least && number <= most))
		body_fail(body, hint, "%s is out of range", name);
	json_decref(value);
	return number;
}

bool body_bool(struct body *body, const char *name, bool fallback)
{
	json_t *value = take(body, name);
	bool is_true = value ? json_is_true(value) : fallback;
	if (value && !json_is_boolean(value))
		body_fail(body, "Use true or false.", "%s is neither", name);
	json_decref(value);
	return is_true;
}

static size_t find_word(const json_t *value, const char *const *words, size_t count)
{
	size_t i = 0;
	while (i < count &&
	       (!json_is_string(value) || strcmp(json_string_value(value), words[i]) != 0))
		i++;
	return i;
}

static void list_words(char out[WORDS_MAX_BYTES], const char *const *words, size_t count)
{
	size_t len = (size_t)snprintf(out, WORDS_MAX_BYTES, "Use");
	for (size_t i = 0; i < count && len < WORDS_MAX_BYTES; i++)
		len += (size_t)snprintf(out + len, WORDS_MAX_BYTES - len, "%s %s",
					i == 0 ? "" : ",", words[i]);
}

size_t body_choice(struct body *body, const char *name, const char *const *words, size_t count)
{
	json_t *value = take(body, name);
	size_t found = find_word(value, words, count);
	char hint[WORDS_MAX_BYTES];
	list_words(hint, words, count);
	json_decref(value);
	if (found < count)
		return found;
	body_fail(body, hint, "%s is missing or not one we know", name);
	return 0;
}

unsigned body_choices(struct body *body, const char *name, const char *const *words, size_t count)
{
	json_t *value = take(body, name);
	unsigned chosen = 0;
	char hint[WORDS_MAX_BYTES];
	size_t i;
	const json_t *word;
	list_words(hint, words, count);
	json_array_foreach(value, i, word)
	{
		size_t found = find_word(word, words, count);
		if (found < count)
			chosen |= 1u << found;
		else
			body_fail(body, hint, "%s holds something we do not know", name);
	}
	if (chosen == 0)
		body_fail(body, hint, "%s must be an array with one of them at least", name);
	json_decref(value);
	return chosen;
}

static bool is_id(const json_t *value)
{
	uint64_t id;
	return json_is_string(value) &&
	       ra_str_to_u64(ra_str_of(json_string_value(value)), &id) == 0 && id > 0 &&
	       id <= INT64_MAX;
}

uint64_t body_id(struct body *body, const char *name)
{
	json_t *value = take(body, name);
	uint64_t id = 0;
	if (value && (!is_id(value) || ra_str_to_u64(ra_str_of(json_string_value(value)), &id) < 0))
		body_fail(body, "Use an id, as text, or null.", "%s is no id", name);
	json_decref(value);
	return id;
}

json_t *body_ids(struct body *body, const char *name, size_t most)
{
	json_t *value = take(body, name);
	char hint[64];
	size_t i;
	const json_t *id;
	if (!value)
		return NULL;
	snprintf(hint, sizeof(hint), "Use an array of up to %zu ids, as texts.", most);
	if (!json_is_array(value) || json_array_size(value) > most)
		body_fail(body, hint, "%s is no such array", name);
	json_array_foreach(value, i, id)
	{
		if (!is_id(id))
			body_fail(body, hint, "%s holds something that is no id", name);
	}
	return value;
}

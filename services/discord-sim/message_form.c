#include "services/discord-sim/message_form.h"
#include "services/discord-sim/rest.h"
#include <stdio.h>

#define TEXT_MAX      2000
#define EMBEDS_MAX    10
#define EMBED_TOTAL   6000
#define FIELDS_MAX    25
#define ROWS_MAX      5
#define ROW_MAX       5
#define STICKERS_MAX  3
#define NONCE_MAX     25
#define CUSTOM_ID_MAX 100
#define LABEL_MAX     80
#define FLAGS_ALLOWED ((1U << 2) | (1U << 12) | (1U << 13) | (1U << 15))
#define TYPE_ROW      1
#define TYPE_BUTTON   2

/* Characters, not bytes; what is sent is UTF-8, jansson has made sure. */
static size_t count_chars(const json_t *text)
{
	const char *at = json_string_value(text);
	size_t count = 0;
	for (; at && *at; at++)
		count += (*at & 0xc0) != 0x80;
	return count;
}

static void check_length(struct form *form, const char *path, const json_t *text, size_t max)
{
	char message[64];
	if (count_chars(text) <= max)
		return;
	snprintf(message, sizeof(message), "Must be %zu or fewer in length.", max);
	form_error(form, path, "BASE_TYPE_MAX_LENGTH", message);
}

static void check_count(struct form *form, const char *path, const json_t *list, size_t max)
{
	char message[64];
	if (list && !json_is_null(list) && !json_is_array(list))
		form_error(form, path, "LIST_TYPE_CONVERT", "Only iterables may be used.");
	if (json_array_size(list) <= max)
		return;
	snprintf(message, sizeof(message), "Must be %zu or fewer in length.", max);
	form_error(form, path, "BASE_TYPE_MAX_LENGTH", message);
}

/* ---- embeds ---- */

static const struct {
	const char *outer, *key; /* outer NULL: of the embed itself */
	size_t max;
} embed_texts[] = {
	{ NULL, "title", 256 },
	{ NULL, "description", 4096 },
	{ "footer", "text", 2048 },
	{ "author", "name", 256 },
};

static size_t check_fields(struct form *form, const char *path, const json_t *fields)
{
	size_t total = 0;
	char where[128];
	snprintf(where, sizeof(where), "%s.fields", path);
	check_count(form, where, fields, FIELDS_MAX);
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *field = json_array_get(fields, i);
		const json_t *name = json_object_get(field, "name");
		const json_t *value = json_object_get(field, "value");
		snprintf(where, sizeof(where), "%s.fields.%zu.name", path, i);
		check_length(form, where, name, 256);
		snprintf(where, sizeof(where), "%s.fields.%zu.value", path, i);
		check_length(form, where, value, 1024);
		total += count_chars(name) + count_chars(value);
	}
	return total;
}

static size_t check_embed(struct form *form, size_t index, const json_t *embed)
{
	char path[64], where[96];
	snprintf(path, sizeof(path), "embeds.%zu", index);
	size_t total = check_fields(form, path, json_object_get(embed, "fields"));
	for (size_t i = 0; i < RA_COUNT(embed_texts); i++) {
		const char *outer = embed_texts[i].outer;
		const json_t *holder = outer ? json_object_get(embed, outer) : embed;
		const json_t *text = json_object_get(holder, embed_texts[i].key);
		snprintf(where, sizeof(where), "%s%s%s.%s", path, outer ? "." : "",
			 outer ? outer : "", embed_texts[i].key);
		check_length(form, where, text, embed_texts[i].max);
		total += count_chars(text);
	}
	return total;
}

static void check_embeds(struct form *form, const json_t *embeds)
{
	size_t total = 0;
	check_count(form, "embeds", embeds, EMBEDS_MAX);
	for (size_t i = 0; i < json_array_size(embeds); i++)
		total += check_embed(form, i, json_array_get(embeds, i));
	if (total > EMBED_TOTAL)
		form_error(form, "embeds", "MAX_EMBED_SIZE_EXCEEDED",
			   "Embed size exceeds maximum size of 6000");
}

/* ---- components ---- */

struct seen {
	json_t *ids; /* owned: custom_id -> true */
};

static void check_component(struct form *form, const char *path, const json_t *component,
			    struct seen *seen)
{
	char where[96];
	const json_t *id = json_object_get(component, "custom_id");
	snprintf(where, sizeof(where), "%s.custom_id", path);
	check_length(form, where, id, CUSTOM_ID_MAX);
	if (json_is_string(id) && json_object_get(seen->ids, json_string_value(id)))
		form_error(form, where, "COMPONENT_CUSTOM_ID_DUPLICATED",
			   "Component custom id cannot be duplicated");
	if (json_is_string(id))
		json_object_set_new(seen->ids, json_string_value(id), json_true());
	if (json_integer_value(json_object_get(component, "type")) != TYPE_BUTTON)
		return;
	snprintf(where, sizeof(where), "%s.label", path);
	check_length(form, where, json_object_get(component, "label"), LABEL_MAX);
	bool is_link = json_integer_value(json_object_get(component, "style")) == 5;
	bool is_complete =
		is_link ? json_is_string(json_object_get(component, "url")) : json_is_string(id);
	if (!is_complete)
		form_error(form, path, "BASE_TYPE_REQUIRED",
			   is_link ? "A url is required" : "A custom id is required");
}

static void check_row(struct form *form, size_t index, const json_t *row, struct seen *seen)
{
	char path[64];
	const json_t *inside = json_object_get(row, "components");
	snprintf(path, sizeof(path), "components.%zu.components", index);
	check_count(form, path, inside, ROW_MAX);
	for (size_t i = 0; i < json_array_size(inside); i++) {
		snprintf(path, sizeof(path), "components.%zu.components.%zu", index, i);
		check_component(form, path, json_array_get(inside, i), seen);
	}
}

static void check_components(struct form *form, const json_t *rows)
{
	struct seen seen = { json_object() };
	check_count(form, "components", rows, ROWS_MAX);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		char path[32];
		snprintf(path, sizeof(path), "components.%zu", i);
		if (json_integer_value(json_object_get(row, "type")) != TYPE_ROW)
			form_error(form, path, "UNION_TYPE_CHOICES",
				   "Value of field \"type\" must be one of (1,).");
		else
			check_row(form, i, row, &seen);
	}
	json_decref(seen.ids);
}

/* ---- who is pinged ---- */

struct allowed {
	bool everyone, users, roles, replied_user;
	const json_t *user_ids, *role_ids; /* borrowed; these only */
};

static bool holds(const json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *one = json_string_value(json_array_get(list, i));
		if (one && strcmp(one, text) == 0)
			return true;
	}
	return false;
}

static struct allowed read_allowed(struct form *form, const json_t *sent)
{
	const json_t *parse = json_object_get(sent, "parse");
	struct allowed allowed = { true, true, true, true, NULL, NULL };
	if (!json_is_object(sent))
		return allowed;
	allowed = (struct allowed){
		.everyone = holds(parse, "everyone"),
		.users = holds(parse, "users"),
		.roles = holds(parse, "roles"),
		.replied_user = json_is_true(json_object_get(sent, "replied_user")),
		.user_ids = json_object_get(sent, "users"),
		.role_ids = json_object_get(sent, "roles"),
	};
	if ((allowed.users && json_array_size(allowed.user_ids) > 0) ||
	    (allowed.roles && json_array_size(allowed.role_ids) > 0))
		form_error(form, "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
			   "parse:[\"users\"] and users: [ids...] are mutually exclusive.");
	return allowed;
}

static bool is_listed(const json_t *ids, uint64_t id)
{
	for (size_t i = 0; i < json_array_size(ids); i++)
		if (json_id(json_array_get(ids, i)) == id)
			return true;
	return false;
}

/* Keeps of what the text mentions only what may ping. */
static void filter_mentions(struct mentions *m, const struct allowed *allowed,
			    const struct guild *guild, bool may_ping_all)
{
	size_t users = 0, roles = 0;
	for (size_t i = 0; i < m->user_count; i++)
		if (allowed->users || is_listed(allowed->user_ids, m->users[i]))
			m->users[users++] = m->users[i];
	for (size_t i = 0; i < m->role_count; i++) {
		const struct role *role = world_role(guild, m->roles[i]);
		bool may_ping = may_ping_all || (role && role->is_mentionable);
		if (may_ping && (allowed->roles || is_listed(allowed->role_ids, m->roles[i])))
			m->roles[roles++] = m->roles[i];
	}
	m->user_count = users;
	m->role_count = roles;
	m->everyone = m->everyone && allowed->everyone && may_ping_all;
}

/* ---- the whole ---- */

static void read_nonce(struct message_form *m, struct form *form, const json_t *nonce)
{
	if (json_is_integer(nonce))
		snprintf(m->nonce, sizeof(m->nonce), "%lld", (long long)json_integer_value(nonce));
	else if (json_is_string(nonce) && json_string_length(nonce) <= NONCE_MAX)
		snprintf(m->nonce, sizeof(m->nonce), "%s", json_string_value(nonce));
	else if (json_is_string(nonce))
		form_error(form, "nonce", "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer in length.");
}

static void read_reference(struct message_form *m, const json_t *reference)
{
	const json_t *fail = json_object_get(reference, "fail_if_not_exists");
	m->reply_to = json_id(json_object_get(reference, "message_id"));
	m->reply_must_exist = !fail || json_is_true(fail);
}

static char *dump(const json_t *list)
{
	return json_array_size(list) > 0 ? json_dumps(list, JSON_COMPACT)
	       : json_is_array(list)     ? strdup("[]")
					 : NULL;
}

void message_form_read(struct message_form *m, struct form *form, const json_t *body,
		       const struct guild *guild, bool may_ping_all)
{
	const json_t *content = json_object_get(body, "content");
	const json_t *embeds = json_object_get(body, "embeds");
	const json_t *components = json_object_get(body, "components");
	const json_t *stickers = json_object_get(body, "sticker_ids");
	struct allowed allowed = read_allowed(form, json_object_get(body, "allowed_mentions"));

	*m = (struct message_form){ 0 };
	check_length(form, "content", content, TEXT_MAX);
	check_embeds(form, embeds);
	check_components(form, components);
	check_count(form, "sticker_ids", stickers, STICKERS_MAX);
	read_nonce(m, form, json_object_get(body, "nonce"));
	read_reference(m, json_object_get(body, "message_reference"));
	m->text = (struct ra_str){ json_string_value(content) ? json_string_value(content) : "",
				   json_string_length(content) };
	m->embeds = dump(embeds);
	m->components = dump(components);
	m->enforce_nonce = json_is_true(json_object_get(body, "enforce_nonce"));
	m->no_reply_ping = !allowed.replied_user;
	m->flags = (uint32_t)json_integer_value(json_object_get(body, "flags")) & FLAGS_ALLOWED;
	m->is_empty = m->text.len == 0 && json_array_size(embeds) == 0 &&
		      json_array_size(components) == 0 && json_array_size(stickers) == 0 &&
		      !json_is_object(json_object_get(body, "poll"));
	world_scan_mentions(guild, m->text, &m->mentions);
	filter_mentions(&m->mentions, &allowed, guild, may_ping_all);
}

void message_form_fini(struct message_form *m)
{
	free(m->embeds);
	free(m->components);
}

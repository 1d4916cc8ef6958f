/* rest_route: see the header. */
#include "libshared/discord/rest_route.h"
#include <sodium.h>
#include <stdio.h>

/* A {name} of a template and what stands for it. */
struct slot {
	struct ra_str name;
	uint64_t id;
	const char *text; /* NULL: the id */
};

struct walk {
	const struct ra_rest_call *call;
	const char *at;
	size_t ids, texts; /* taken so far */
};

static struct walk walk_path(const struct ra_rest_call *call)
{
	return (struct walk){ .call = call, .at = call->route + strcspn(call->route, "/") };
}

static bool ends_with(struct ra_str text, const char *end)
{
	size_t len = strlen(end);
	return text.len >= len && memcmp(text.ptr + text.len - len, end, len) == 0;
}

/* The literal run up to the next slot, and the slot; false when there is no other. */
static bool next_slot(struct walk *walk, struct ra_str *literal, struct slot *slot)
{
	size_t len = strcspn(walk->at, "{#");
	*literal = (struct ra_str){ walk->at, len };
	walk->at += len;
	if (*walk->at != '{')
		return false;
	*slot = (struct slot){ .name = { walk->at + 1, strcspn(walk->at + 1, "}") } };
	walk->at += slot->name.len + 1;
	walk->at += *walk->at == '}';
	if (ends_with(slot->name, ".id"))
		slot->id = walk->ids < RA_COUNT(walk->call->ids) ? walk->call->ids[walk->ids++] : 0;
	else
		slot->text =
			walk->texts < RA_COUNT(walk->call->texts) && walk->call->texts[walk->texts]
				? walk->call->texts[walk->texts++]
				: "";
	return true;
}

void rest_route_method(const char *route, char out[8])
{
	snprintf(out, 8, "%.*s", (int)strcspn(route, " "), route);
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~", c));
}

static void add_encoded(struct ra_buf *out, const char *text)
{
	for (; *text; text++) {
		if (is_plain(*text))
			ra_buf_add(out, text, 1);
		else
			ra_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

/* Dots alone would climb out of the path. */
static bool is_name(const char *text)
{
	return *text && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

int rest_route_path(const struct ra_rest_call *call, struct ra_buf *out)
{
	struct walk walk = walk_path(call);
	struct ra_str literal;
	struct slot slot;
	while (next_slot(&walk, &literal, &slot)) {
		ra_buf_add_str(out, literal);
		if (!slot.text)
			ra_buf_add_u64(out, slot.id);
		else if (is_name(slot.text))
			add_encoded(out, slot.text);
		else
			return RA_EINVAL;
	}
	ra_buf_add_str(out, literal);
	if (call->query && *call->query)
		ra_buf_printf(out, "?%s", call->query);
	return 0;
}

static bool is_major(struct ra_str name)
{
	return ra_str_is(name, "channel.id") || ra_str_is(name, "guild.id") ||
	       ra_str_is(name, "webhook.id");
}

void rest_route_major(const struct ra_rest_call *call, struct ra_buf *out)
{
	struct walk walk = walk_path(call);
	struct ra_str literal;
	struct slot slot;
	char hash[17];
	for (bool is_first = true; next_slot(&walk, &literal, &slot); is_first = false) {
		if (is_first && is_major(slot.name)) {
			ra_buf_add_u64(out, slot.id);
		} else if (ends_with(slot.name, ".token")) {
			rest_hash(ra_str_of(slot.text), hash);
			ra_buf_printf(out, "+%s", hash);
		}
	}
}

void rest_hash(struct ra_str secret, char out[17])
{
	static const unsigned char key[] = "rations: limits of Discord's REST";
	unsigned char hash[8], wide[crypto_generichash_BYTES_MIN];
	crypto_generichash(wide, sizeof(wide), (const unsigned char *)secret.ptr, secret.len, key,
			   sizeof(key) - 1);
	memcpy(hash, wide, sizeof(hash));
	sodium_bin2hex(out, 17, hash, sizeof(hash));
}

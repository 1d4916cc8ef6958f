/* proxies: see proxies.h. */
#include "libshared/http/proxies.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

#define SEPARATORS ", \t\n"

static const char private_ranges[] =
	"127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7";

/* --- addresses and networks --- */

static int read_address(struct ra_str text, unsigned char out[16], bool *is_v4)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char copy[INET6_ADDRSTRLEN];
	if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len))
		return RA_EINVAL;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	*is_v4 = inet_pton(AF_INET, copy, out + 12) == 1;
	if (*is_v4)
		memcpy(out, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, copy, out) != 1)
		return RA_EINVAL;
	return 0;
}

static void write_address(const unsigned char address[16], char out[INET6_ADDRSTRLEN])
{
	bool is_v4 = IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)address);
	if (is_v4)
		inet_ntop(AF_INET, address + 12, out, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, address, out, INET6_ADDRSTRLEN);
}

static bool holds(const struct ra_network *network, const unsigned char address[16])
{
	unsigned bytes = network->bits / 8, rest = network->bits % 8;
	if (memcmp(network->address, address, bytes) != 0)
		return false;
	return rest == 0 || (network->address[bytes] ^ address[bytes]) >> (8 - rest) == 0;
}

static bool have(const struct ra_proxies *proxies, const unsigned char address[16])
{
	for (size_t i = 0; proxies && i < proxies->count; i++)
		if (holds(&proxies->networks[i], address))
			return true;
	return false;
}

bool ra_proxies_have(const struct ra_proxies *proxies, const char *address)
{
	unsigned char bytes[16];
	bool is_v4;
	return read_address(ra_str_of(address), bytes, &is_v4) == 0 && have(proxies, bytes);
}

/* --- the list --- */

static int read_network(struct ra_str text, struct ra_network *network)
{
	const char *slash = memchr(text.ptr, '/', text.len);
	struct ra_str address = { text.ptr, slash ? (size_t)(slash - text.ptr) : text.len };
	bool is_v4;
	if (read_address(address, network->address, &is_v4) < 0)
		return RA_EINVAL;
	uint64_t most = is_v4 ? 32 : 128, bits = most;
	if (slash &&
	    ra_str_to_u64((struct ra_str){ slash + 1, text.len - address.len - 1 }, &bits) < 0)
		return RA_EINVAL;
	if (bits > most)
		return RA_EINVAL;
	network->bits = (unsigned)bits + (is_v4 ? 96 : 0);
	return 0;
}

static int add_one(struct ra_proxies *proxies, struct ra_str word, struct ra_err *err)
{
	if (ra_str_is(word, "private_ranges"))
		return ra_proxies_add(proxies, private_ranges, err);
	if (proxies->count == RA_COUNT(proxies->networks))
		return ra_fail(err, RA_ECONF, "Write networks instead of single addresses.",
			       "holds more than %zu networks", RA_COUNT(proxies->networks));
	if (read_network(word, &proxies->networks[proxies->count]) < 0)
		return ra_fail(err, RA_ECONF,
			       "Write addresses and networks like 10.0.0.0/8 or 2001:db8::/32, "
			       "separated by commas, or private_ranges.",
			       "\"%.*s\" is no network", (int)word.len, word.ptr);
	proxies->count++;
	return 0;
}

int ra_proxies_add(struct ra_proxies *proxies, const char *text, struct ra_err *err)
{
	int rc = 0;
	while (rc == 0) {
		text += strspn(text, SEPARATORS);
		size_t len = strcspn(text, SEPARATORS);
		if (len == 0)
			break;
		rc = add_one(proxies, (struct ra_str){ text, len }, err);
		text += len;
	}
	return rc;
}

/* --- what proxies say --- */

static struct ra_str trim(struct ra_str text)
{
	while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = (struct ra_str){ text.ptr + 1, text.len - 1 };
	while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/* Cuts the last element off *rest. What our proxies add has no comma in quotes, and what others
 * wrote before it can not reach beyond its comma. */
static struct ra_str take_last(struct ra_str *rest)
{
	const char *comma = rest->len ? memrchr(rest->ptr, ',', rest->len) : NULL;
	size_t before = comma ? (size_t)(comma - rest->ptr) : 0;
	struct ra_str last = comma ? (struct ra_str){ comma + 1, rest->len - before - 1 } : *rest;
	rest->len = before;
	return trim(last);
}

/* RFC 7239, section 4: name=value pairs between semicolons, values as tokens or in quotes. */
static struct ra_str parameter(struct ra_str element, const char *name)
{
	size_t name_len = strlen(name);
	while (element.len > 0) {
		const char *end = memchr(element.ptr, ';', element.len);
		size_t len = end ? (size_t)(end - element.ptr) : element.len;
		struct ra_str pair = trim((struct ra_str){ element.ptr, len });
		size_t used = len + (end ? 1 : 0);
		element = (struct ra_str){ element.ptr + used, element.len - used };
		if (pair.len <= name_len || pair.ptr[name_len] != '=' ||
		    strncasecmp(pair.ptr, name, name_len) != 0)
			continue;
		struct ra_str value = { pair.ptr + name_len + 1, pair.len - name_len - 1 };
		if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
			value = (struct ra_str){ value.ptr + 1, value.len - 2 };
		return value;
	}
	return RA_STR("");
}

struct ra_str ra_forwarded_last(struct ra_str value, const char *name)
{
	return parameter(take_last(&value), name);
}

/* An address, which may be in brackets and have a port: 192.0.2.1:80, [2001:db8::1]:80. */
static int read_node(struct ra_str node, unsigned char out[16])
{
	bool is_v4;
	const char *colon = node.len ? memchr(node.ptr, ':', node.len) : NULL;
	if (node.len > 0 && node.ptr[0] == '[') {
		const char *end = memchr(node.ptr, ']', node.len);
		if (!end)
			return RA_EINVAL;
		node = (struct ra_str){ node.ptr + 1, (size_t)(end - node.ptr) - 1 };
		return read_address(node, out, &is_v4) == 0 && !is_v4 ? 0 : RA_EINVAL;
	}
	if (colon && !memchr(colon + 1, ':', node.len - (size_t)(colon + 1 - node.ptr)))
		node.len = (size_t)(colon - node.ptr);
	return read_address(node, out, &is_v4);
}

void ra_proxies_client(const struct ra_proxies *proxies, const char *peer,
		       const struct ra_str *lines, size_t count, char client[INET6_ADDRSTRLEN])
{
	unsigned char at[16], next[16];
	bool is_v4;
	snprintf(client, INET6_ADDRSTRLEN, "%s", peer);
	if (read_address(ra_str_of(peer), at, &is_v4) < 0)
		return;
	struct ra_str rest = count ? lines[--count] : RA_STR("");
	while (have(proxies, at)) {
		while (trim(rest).len == 0 && count > 0)
			rest = lines[--count];
		struct ra_str node = take_last(&rest);
		if (proxies->use_forwarded)
			node = parameter(node, "for");
		if (read_node(node, next) < 0)
			break;
		memcpy(at, next, sizeof(at));
	}
	write_address(at, client);
}

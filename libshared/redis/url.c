/* url: see the header. */
#include "libshared/redis/url.h"

#define DEFAULT_PORT 6379
#define HINT                                                                                       \
	"Write redis://user:password@host:port/db, redis://:password@host, "                       \
	"redis://host:port,host:port for a cluster, or unix:///path/to/socket."

/* Takes what stands before the first `stop` off `rest`, and the stop; false when there is none. */
static bool split(struct ra_str *rest, char stop, struct ra_str *before)
{
	const char *at = rest->len ? memchr(rest->ptr, stop, rest->len) : NULL;
	if (!at)
		return false;
	*before = (struct ra_str){ rest->ptr, (size_t)(at - rest->ptr) };
	*rest = (struct ra_str){ at + 1, rest->len - before->len - 1 };
	return true;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) % 16 : -1;
}

/* NULL when a % is not followed by two digits, or hides a NUL. Yours to ra_free. */
static char *percent_decode(struct ra_str text)
{
	char *out = ra_alloc(text.len + 1);
	for (size_t i = 0, len = 0; i < text.len; i++, len++) {
		out[len] = text.ptr[i];
		if (text.ptr[i] != '%')
			continue;
		int high = text.len - i > 2 ? hex_digit(text.ptr[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
		if (low < 0 || high + low == 0) {
			ra_free(out);
			return NULL;
		}
		out[len] = (char)(high << 4 | low);
		i += 2;
	}
	return out;
}

static int parse_number(struct ra_str text, uint64_t min, uint64_t max, int *out)
{
	uint64_t value = 0;
	if (ra_str_to_u64(text, &value) < 0 || value < min || value > max)
		return RA_EINVAL;
	*out = (int)value;
	return 0;
}

/* "user:password", ":password" or nothing. A lone word could be either, so it is neither. */
static int parse_login(struct redis_url *url, struct ra_str login)
{
	struct ra_str user;
	if (login.len == 0)
		return 0;
	if (!split(&login, ':', &user))
		return RA_EINVAL;
	if (user.len > 0 && !(url->user = percent_decode(user)))
		return RA_EINVAL;
	if (login.len > 0 && !(url->password = percent_decode(login)))
		return RA_EINVAL;
	return url->user && !url->password ? RA_EINVAL : 0;
}

static struct redis_node *add_seed(struct redis_url *url, char *host, int port)
{
	size_t count = url->seed_count++;
	url->seeds = ra_realloc(url->seeds, url->seed_count * sizeof(*url->seeds));
	url->seeds[count] = (struct redis_node){ host, port };
	return &url->seeds[count];
}

/* "host", "host:port" or "[v6]:port". */
static int parse_host(struct redis_url *url, struct ra_str text)
{
	struct ra_str host = text, port = { "", 0 };
	if (text.len > 0 && text.ptr[0] == '[') {
		text = (struct ra_str){ text.ptr + 1, text.len - 1 };
		if (!split(&text, ']', &host))
			return RA_EINVAL;
		if (text.len > 0 && text.ptr[0] != ':')
			return RA_EINVAL;
		port = text.len > 0 ? (struct ra_str){ text.ptr + 1, text.len - 1 } : text;
	} else if (split(&text, ':', &host)) {
		port = text;
	}
	if (host.len == 0)
		return RA_EINVAL;
	struct redis_node *seed = add_seed(url, ra_str_dup(host), DEFAULT_PORT);
	return port.len > 0 ? parse_number(port, 1, 65535, &seed->port) : 0;
}

static int parse_tcp(struct redis_url *url, struct ra_str rest)
{
	struct ra_str hosts = rest, host, db = { "", 0 };
	if (split(&rest, '/', &hosts))
		db = rest;
	while (split(&hosts, ',', &host))
		if (parse_host(url, host) < 0)
			return RA_EINVAL;
	if (parse_host(url, hosts) < 0)
		return RA_EINVAL;
	return db.len > 0 ? parse_number(db, 0, INT32_MAX, &url->db) : 0;
}

static int parse_unix(struct redis_url *url, struct ra_str rest)
{
	struct ra_str path = rest;
	if (split(&rest, '?', &path)) {
		if (!ra_str_starts(rest, "db="))
			return RA_EINVAL;
		struct ra_str db = { rest.ptr + 3, rest.len - 3 };
		if (parse_number(db, 0, INT32_MAX, &url->db) < 0)
			return RA_EINVAL;
	}
	if (!ra_str_starts(path, "/"))
		return RA_EINVAL;
	char *decoded = percent_decode(path);
	if (decoded)
		add_seed(url, decoded, 0);
	return decoded ? 0 : RA_EINVAL;
}

static int parse(struct redis_url *url, struct ra_str rest)
{
	bool is_unix = ra_str_starts(rest, "unix://");
	if (!is_unix && !ra_str_starts(rest, "redis://"))
		return RA_EINVAL;
	size_t skip = strlen(is_unix ? "unix://" : "redis://");
	rest = (struct ra_str){ rest.ptr + skip, rest.len - skip };

	struct ra_str login;
	if (split(&rest, '@', &login) && parse_login(url, login) < 0)
		return RA_EINVAL;
	return is_unix ? parse_unix(url, rest) : parse_tcp(url, rest);
}

int redis_url_parse(struct redis_url *url, const char *text, struct ra_err *err)
{
	*url = (struct redis_url){ 0 };
	if (ra_str_starts(ra_str_of(text), "rediss://"))
		return ra_fail(
			err, RA_EINVAL,
			"Use redis:// on a private network, or put a TLS tunnel in front of Redis.",
			"Redis over TLS (rediss://) is not supported");
	if (parse(url, ra_str_of(text)) == 0)
		return 0;
	redis_url_fini(url);
	return ra_fail(err, RA_EINVAL, HINT, "malformed Redis URL");
}

void redis_url_fini(struct redis_url *url)
{
	for (size_t i = 0; i < url->seed_count; i++)
		ra_free(url->seeds[i].host);
	ra_free(url->seeds);
	ra_free(url->user);
	ra_free(url->password);
	*url = (struct redis_url){ 0 };
}

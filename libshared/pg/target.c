/* target: see the header. */
#include "libshared/pg/target.h"
#include "libshared/base/buf.h"
#include <arpa/inet.h>

#define MAX_KEYWORDS 64

/* One address of one host. */
struct pg_place {
	const char *host;
	const char *address; /* "": a Unix socket, `host` is its folder */
	const char *port;
	struct pg_place *next;
};

/* "a,b,c" to an array of its items; returns their number. */
static size_t split_list(struct ra_arena *arena, const char *text, const char ***items)
{
	size_t count = 1;
	for (const char *c = text; *c; c++)
		count += *c == ',';
	*items = ra_arena_alloc(arena, count * sizeof(**items));
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(text, ",");
		(*items)[i] = ra_arena_strdup(arena, (struct ra_str){ text, len });
		text += len + 1;
	}
	return count;
}

static const char *option(const struct pg_target *target, const char *keyword)
{
	for (const PQconninfoOption *o = target->options; o->keyword; o++)
		if (strcmp(o->keyword, keyword) == 0)
			return o->val && *o->val ? o->val : NULL;
	return NULL;
}

/* libpq finds out when it connects, and that is waited for: too late to say what is wrong. */
static bool is_port(const char *text)
{
	uint64_t port = 1;
	if (*text && ra_str_to_u64(ra_str_of(text), &port) < 0)
		return false;
	return port > 0 && port <= UINT16_MAX;
}

/* One port goes for every host, as libpq has it. */
static int split_hosts(struct pg_target *target)
{
	const char *hosts = option(target, "host"), *ports = option(target, "port");
	if (!hosts || option(target, "hostaddr"))
		return 0;
	target->host_count = split_list(&target->names, hosts, &target->hosts);
	const char **given;
	size_t given_count = split_list(&target->names, ports ? ports : "", &given);
	if (given_count != 1 && given_count != target->host_count)
		return RA_EINVAL;
	target->ports = ra_arena_alloc(&target->names, target->host_count * sizeof(*target->ports));
	for (size_t i = 0; i < target->host_count; i++) {
		target->ports[i] = given[given_count == 1 ? 0 : i];
		if (!is_port(target->ports[i]))
			return RA_EINVAL;
	}
	return 0;
}

int pg_target_parse(struct pg_target *target, const char *url, struct ra_err *err)
{
	struct ra_str text = ra_str_of(url);
	bool is_url = ra_str_starts(text, "postgres://") || ra_str_starts(text, "postgresql://");

	*target = (struct pg_target){ 0 };
	/* libpq's own words about a mistake may quote the password, so they are not asked for */
	target->options = is_url ? PQconninfoParse(url, NULL) : NULL;
	if (target->options && split_hosts(target) == 0)
		return 0;
	pg_target_fini(target);
	return ra_fail(
		err, RA_EINVAL,
		"Write postgresql://user:password@host:port/database, with special characters "
		"percent-encoded.",
		"malformed PostgreSQL URL");
}

void pg_target_fini(struct pg_target *target)
{
	PQconninfoFree(target->options);
	ra_arena_fini(&target->names);
	ra_arena_fini(&target->arena);
	*target = (struct pg_target){ 0 };
}

static void add_place(struct pg_target *target, size_t host, const char *address)
{
	struct pg_place *place = ra_arena_new(&target->arena, struct pg_place);
	*place = (struct pg_place){
		.host = target->hosts[host],
		.address = ra_arena_strdup(&target->arena, ra_str_of(address)),
		.port = target->ports[host],
	};
	*target->last = place;
	target->last = &place->next;
	target->place_count++;
}

void pg_target_rewind(struct pg_target *target)
{
	ra_arena_reset(&target->arena);
	target->at = 0;
	target->places = NULL;
	target->last = &target->places;
	target->place_count = 0;
}

/* '@' begins the name of an abstract socket; an empty host is the default socket. */
static bool is_socket(const char *host)
{
	return *host == '\0' || *host == '/' || *host == '@';
}

static bool is_numeric(const char *host)
{
	struct in6_addr any;
	return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

const char *pg_target_next(struct pg_target *target)
{
	while (target->at < target->host_count) {
		const char *host = target->hosts[target->at++];
		if (is_socket(host))
			add_place(target, target->at - 1, "");
		else if (is_numeric(host))
			add_place(target, target->at - 1, host);
		else
			return host;
	}
	return NULL;
}

void pg_target_add(struct pg_target *target, const char *address)
{
	add_place(target, target->at - 1, address);
}

static void add_to_list(struct ra_buf *list, const char *text, bool is_first)
{
	if (!is_first)
		ra_buf_add_text(list, ",");
	ra_buf_add_text(list, text);
}

/* Keywords for PQconnectStartParams; of a repeated one the last counts. */
struct keywords {
	const char *names[MAX_KEYWORDS], *values[MAX_KEYWORDS];
	size_t count;
};

static void set(struct keywords *keywords, const char *name, const char *value)
{
	if (keywords->count == MAX_KEYWORDS - 1 || !value)
		return;
	keywords->names[keywords->count] = name;
	keywords->values[keywords->count++] = value;
}

PGconn *pg_target_connect(const struct pg_target *target, unsigned attempt,
			  const char *application_name)
{
	struct keywords keywords = { 0 };
	struct ra_buf hosts = { 0 }, addresses = { 0 }, ports = { 0 };

	if (target->host_count > 0 && target->place_count == 0)
		return NULL;
	set(&keywords, "application_name", application_name);
	set(&keywords, "gssencmode", "disable"); /* or libpq asks Kerberos, blocking */
	set(&keywords, "keepalives_idle", "30");
	set(&keywords, "keepalives_interval", "10");
	set(&keywords, "keepalives_count", "3");
	for (const PQconninfoOption *o = target->options; o->keyword; o++)
		set(&keywords, o->keyword, o->val);
	set(&keywords, "client_encoding", "UTF8");

	/* Begin elsewhere with every attempt: libpq goes on to the next place when one refuses, but
	 * not when one never answers. */
	size_t skip = target->place_count ? attempt % target->place_count : 0;
	const struct pg_place *place = target->places;
	for (size_t i = 0; i < target->place_count + skip; i++) {
		if (i >= skip) {
			add_to_list(&hosts, place->host, i == skip);
			add_to_list(&addresses, place->address, i == skip);
			add_to_list(&ports, place->port, i == skip);
		}
		place = place->next ? place->next : target->places;
	}
	if (target->place_count > 0) {
		set(&keywords, "host", ra_buf_text(&hosts));
		set(&keywords, "hostaddr", ra_buf_text(&addresses));
		set(&keywords, "port", ra_buf_text(&ports));
	}
	PGconn *conn = PQconnectStartParams(keywords.names, keywords.values, 0);
	ra_buf_fini(&hosts);
	ra_buf_fini(&addresses);
	ra_buf_fini(&ports);
	return conn;
}

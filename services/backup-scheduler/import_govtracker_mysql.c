/*
 * import_govtracker_mysql: a MySQL or MariaDB database of GovTracker2 as a
 * source. One transaction that may only read and sees one moment; rows come
 * one at a time (mysql_use_result), none is kept.
 *
 * The server may be anybody's: it is never given a file of ours (LOCAL INFILE
 * is off), and what it sends at once is bounded.
 *
 *	mysql://user:password@host:3306/name?ssl_mode=VERIFY_IDENTITY
 *
 * ssl_mode: DISABLED, PREFERRED (when nothing is said), REQUIRED (TLS or
 * nothing), VERIFY_CA and VERIFY_IDENTITY (and its certificate is looked at); ssl_ca: by whom it is
 * signed; unix_socket: a path in the place of a host.
 */
#include "services/backup-scheduler/import_govtracker_source.h"
#include <curl/curl.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <sodium.h>
#include <stdlib.h>
#include <strings.h>

#define PACKET_MAX (16UL << 20)
#define CA_SYSTEM  "/etc/ssl/certs/ca-certificates.crt"

struct mysql {
	struct gov_source source;
	MYSQL *conn; /* owned */
	struct gov_row row;
	int64_t done, total;
};

static int fail_mysql(MYSQL *conn, struct ra_err *err, const char *what)
{
	return ra_fail(err, RA_EPROTO, "Check the address, and that its user may read the tables.",
		       "%s: %s", what, mysql_error(conn));
}

/* --- rows --- */

static int tell(struct mysql *mysql, MYSQL_RES *result, MYSQL_ROW values, gov_row_cb cb, void *ctx,
		struct ra_err *err)
{
	const MYSQL_FIELD *fields = mysql_fetch_fields(result);
	const unsigned long *lengths = mysql_fetch_lengths(result);
	gov_row_clear(&mysql->row);
	for (unsigned i = 0; i < mysql_num_fields(result); i++)
		if (values[i])
			gov_row_add(&mysql->row, RA_STR(""), ra_str_of(fields[i].name),
				    (struct ra_str){ values[i], lengths[i] });
	if (!gov_number(&mysql->row, "id", &mysql->source.at))
		mysql->source.at++;
	mysql->done++;
	mysql->source.share = mysql->total > 0 ? (double)mysql->done / (double)mysql->total : 0;
	return cb(ctx, &mysql->row, err);
}

/* Freeing a result reads what is left of it. */
static int tell_all(struct mysql *mysql, gov_row_cb cb, void *ctx, struct ra_err *err)
{
	MYSQL_RES *result = mysql_use_result(mysql->conn);
	MYSQL_ROW values;
	int rc = 0;
	if (!result)
		return fail_mysql(mysql->conn, err, "cannot read the database");
	while (rc == 0 && (values = mysql_fetch_row(result)) != NULL)
		rc = tell(mysql, result, values, cb, ctx, err);
	if (rc == 0 && mysql_errno(mysql->conn) != 0)
		rc = fail_mysql(mysql->conn, err, "cannot read the database");
	mysql_free_result(result);
	return rc;
}

static int each(struct gov_source *source, enum gov_kind kind, gov_row_cb cb, void *ctx,
		struct ra_err *err)
{
	struct mysql *mysql = ra_container_of(source, struct mysql, source);
	char *sql = ra_format("SELECT * FROM `%s` ORDER BY id", gov_tables[kind]);
	int failed = mysql_query(mysql->conn, sql);
	ra_free(sql);
	source->at = 0;
	if (failed && mysql_errno(mysql->conn) == ER_NO_SUCH_TABLE)
		return 0;
	return failed ? fail_mysql(mysql->conn, err, "cannot read the database")
		      : tell_all(mysql, cb, ctx, err);
}

/* About how many rows there are; below 0: no such table. */
static int64_t rows_of(struct mysql *mysql, const char *table)
{
	int64_t rows = -1;
	char *sql = ra_format("SELECT coalesce(table_rows, 0) FROM information_schema.tables "
			      "WHERE table_schema = database() AND table_name = '%s'",
			      table);
	MYSQL_RES *result =
		mysql_query(mysql->conn, sql) == 0 ? mysql_store_result(mysql->conn) : NULL;
	MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
	if (row && row[0])
		rows = strtoll(row[0], NULL, 10);
	mysql_free_result(result);
	ra_free(sql);
	return rows;
}

/* --- the address --- */

struct address {
	char *host, *user, *password, *name; /* owned, as are the rest; NULL: not said */
	char *ssl_mode, *ssl_ca, *socket;
	unsigned port;
};

static void forget(char **text)
{
	if (*text)
		sodium_memzero(*text, strlen(*text));
	ra_free(*text);
	*text = NULL;
}

static void address_fini(struct address *a)
{
	char **const texts[] = { &a->host,     &a->user,   &a->password, &a->name,
				 &a->ssl_mode, &a->ssl_ca, &a->socket };
	for (size_t i = 0; i < RA_COUNT(texts); i++)
		forget(texts[i]);
}

static char *part(CURLU *url, CURLUPart what)
{
	char *text = NULL;
	if (curl_url_get(url, what, &text, what == CURLUPART_HOST ? 0 : CURLU_URLDECODE) !=
	    CURLUE_OK)
		return NULL;
	char *copy = ra_strdup(text);
	sodium_memzero(text, strlen(text));
	curl_free(text);
	return copy;
}

static void read_option(struct address *a, const char *text, size_t len)
{
	const struct {
		const char *name;
		char **to;
	} options[] = { { "ssl_mode=", &a->ssl_mode },
			{ "ssl-mode=", &a->ssl_mode },
			{ "ssl_ca=", &a->ssl_ca },
			{ "ssl-ca=", &a->ssl_ca },
			{ "unix_socket=", &a->socket } };
	for (size_t i = 0; i < RA_COUNT(options); i++) {
		size_t name = strlen(options[i].name);
		if (len <= name || strncasecmp(text, options[i].name, name) != 0)
			continue;
		int decoded;
		char *value = curl_easy_unescape(NULL, text + name, (int)(len - name), &decoded);
		ra_free(*options[i].to);
		*options[i].to = ra_strdup(value);
		curl_free(value);
	}
}

/* For curl, which knows no driver behind a "+" and wants a host. */
static char *plain_url(const char *text)
{
	const char *rest = strstr(text, "://");
	rest = rest ? rest : "";
	const char *nowhere = strstr(rest, "@/");
	return nowhere ? ra_format("mysql%.*s@localhost%s", (int)(nowhere - rest), rest,
				   nowhere + 1)
		       : ra_format("mysql%s", rest);
}

/* "[::1]" */
static void strip_brackets(char *host)
{
	size_t len = host ? strlen(host) : 0;
	if (len < 2 || *host != '[')
		return;
	memmove(host, host + 1, len - 2);
	host[len - 2] = '\0';
}

static int read_address(const char *text, struct address *a, struct ra_err *err)
{
	char *plain = plain_url(text);
	CURLU *url = curl_url();
	CURLUcode rc = curl_url_set(url, CURLUPART_URL, plain, CURLU_NON_SUPPORT_SCHEME);
	forget(&plain);
	if (rc == CURLUE_OK) {
		*a = (struct address){ .host = part(url, CURLUPART_HOST),
				       .user = part(url, CURLUPART_USER),
				       .password = part(url, CURLUPART_PASSWORD),
				       .name = part(url, CURLUPART_PATH) };
		char *port = part(url, CURLUPART_PORT), *query = NULL;
		strip_brackets(a->host);
		a->port = port ? (unsigned)strtoul(port, NULL, 10) : 3306;
		ra_free(port);
		if (curl_url_get(url, CURLUPART_QUERY, &query, 0) == CURLUE_OK)
			for (const char *at = query; *at; at += strcspn(at, "&"), at += *at == '&')
				read_option(a, at, strcspn(at, "&"));
		curl_free(query);
	}
	curl_url_cleanup(url);
	if (rc == CURLUE_OK && a->host && a->name && strlen(a->name) > 1)
		return 0;
	return ra_fail(err, RA_EINVAL, "Write mysql://user:password@host:3306/name.",
		       "the address of the database makes no sense");
}

/* --- life --- */

static void close_mysql(struct gov_source **source)
{
	struct mysql *mysql = ra_container_of(*source, struct mysql, source);
	mysql_close(mysql->conn);
	gov_row_fini(&mysql->row);
	ra_free(mysql);
	*source = NULL;
}

static bool is_mode(const struct address *a, const char *mode)
{
	return a->ssl_mode && strcasecmp(a->ssl_mode, mode) == 0;
}

static bool is_verified(const struct address *a)
{
	return is_mode(a, "VERIFY_CA") || is_mode(a, "VERIFY_IDENTITY");
}

/* "Enforce" is what it is called, but the library goes on without where the server has no TLS. */
static void choose_tls(MYSQL *conn, const struct address *a)
{
	my_bool is_wanted = !is_mode(a, "DISABLED"), verify = is_verified(a);
	if (verify || a->ssl_ca)
		mysql_options(conn, MYSQL_OPT_SSL_CA, a->ssl_ca ? a->ssl_ca : CA_SYSTEM);
	mysql_options(conn, MYSQL_OPT_SSL_ENFORCE, &is_wanted);
	mysql_options(conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

static int check_tls(MYSQL *conn, const struct address *a, struct ra_err *err)
{
	if (mysql_get_ssl_cipher(conn) || !(is_verified(a) || is_mode(a, "REQUIRED")))
		return 0;
	return ra_fail(err, RA_EPROTO, "Leave ssl_mode out to go without.",
		       "the database does not encrypt what it says");
}

static int connect_to(struct mysql *mysql, const struct address *a, struct ra_err *err)
{
	unsigned connect_s = 10, read_s = 120, write_s = 30, local_infile = 0;
	unsigned protocol =
		a->socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP; /* "localhost" too */
	unsigned long packet = PACKET_MAX;
	mysql_options(mysql->conn, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(mysql->conn, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_options(mysql->conn, MYSQL_OPT_READ_TIMEOUT, &read_s);
	mysql_options(mysql->conn, MYSQL_OPT_WRITE_TIMEOUT, &write_s);
	mysql_options(mysql->conn, MYSQL_OPT_LOCAL_INFILE, &local_infile);
	mysql_options(mysql->conn, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	mysql_options(mysql->conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	choose_tls(mysql->conn, a);
	if (!mysql_real_connect(mysql->conn, a->socket ? "localhost" : a->host, a->user,
				a->password, a->name + 1, a->port, a->socket, 0))
		return fail_mysql(mysql->conn, err, "cannot reach the database");
	return check_tls(mysql->conn, a, err);
}

static int begin(struct mysql *mysql, struct ra_err *err)
{
	static const char *const statements[] = {
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
		"SET SESSION time_zone = '+00:00', SESSION net_write_timeout = 600",
		"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
	};
	for (size_t i = 0; i < RA_COUNT(statements); i++)
		if (mysql_query(mysql->conn, statements[i]))
			return fail_mysql(mysql->conn, err, "cannot read the database");
	for (int kind = 0; kind < GOV_KINDS; kind++) {
		int64_t rows = rows_of(mysql, gov_tables[kind]);
		mysql->total += rows > 0 ? rows : 0;
	}
	if (rows_of(mysql, gov_tables[GOV_CURATORS]) < 0)
		return ra_fail(err, RA_EINVAL, "Check the address: it is another database.",
			       "there is no table of GovTracker2 in the database");
	return 0;
}

struct gov_source *gov_mysql_open(const char *url, struct ra_err *err)
{
	struct mysql *mysql = ra_new(struct mysql);
	struct gov_source *source = &mysql->source;
	struct address address = { 0 };
	*source = (struct gov_source){ .each = each, .close = close_mysql };
	mysql->conn = mysql_init(NULL);
	int rc = read_address(url, &address, err);
	if (rc == 0)
		rc = connect_to(mysql, &address, err);
	if (rc == 0)
		rc = begin(mysql, err);
	address_fini(&address);
	if (rc < 0)
		source->close(&source);
	return source;
}

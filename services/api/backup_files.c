/*
 * backup_files: see the header.
 *
 *	down: is there such a backup? -> ticket -> piece -> written -> the reader took it -> ticket
 *... up:   ticket -> piece -> its answer is ours
 *
 * A download lives while a piece is being asked for or somebody reads. One
 * that fails half way cuts the connection: half a file must not look like one.
 */
#include "services/api/backup_files.h"
#include "libshared/http/client.h"
#include "services/api/url.h"
#include "services/api/visit.h"
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#define TIMEOUT_MS 60000 /* a piece may have to come from S3 */
#define UPLOAD_MAX ((uint64_t)1 << 50)

/* clang-format off */
/* $1 hash, $2 action, $3 account. Those nobody came with go. */
const char sql_backup_ticket[] =
	"WITH old AS (DELETE FROM app.backup_ticket WHERE made_at < now() - interval '1 minute') "
	"INSERT INTO app.backup_ticket (ticket_hash, action, account_id, made_at) VALUES ($1, $2, $3, now())";
/* clang-format on */

struct backup_files {
	struct api *api;               /* borrowed */
	struct ra_http_client *client; /* owned */
};

/* --- a ticket -------------------------------------------------------------------------- */

struct ticket {
	char text[RA_TRANSFER_TICKET_CHARS + 1], header[96];
	const char *lines[3];
};

static int make_ticket(struct api *api, struct ticket *ticket, const char *action, uint64_t account,
		       ra_pg_result_cb made, void *ctx)
{
	unsigned char bytes[RA_TRANSFER_TICKET_CHARS / 2], hash[crypto_hash_sha256_BYTES];
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(ticket->text, sizeof(ticket->text), bytes, sizeof(bytes));
	crypto_hash_sha256(hash, (const unsigned char *)ticket->text, strlen(ticket->text));
	snprintf(ticket->header, sizeof(ticket->header), "%s: %s", RA_TRANSFER_TICKET,
		 ticket->text);
	ticket->lines[0] = ticket->header;
	ticket->lines[1] = "Content-Type: application/octet-stream";
	ticket->lines[2] = NULL;
	ra_pg_bytes(&p, (struct ra_str){ (const char *)hash, sizeof(hash) });
	ra_pg_text(&p, ra_str_of(action));
	ra_pg_i64(&p, (int64_t)account);
	int rc = db_ask(api->db, STMT_backup_ticket, &p, made, ctx);
	ra_arena_fini(&arena);
	return rc;
}

static void reply_away(struct ra_http_request *req)
{
	ra_http_problem(req, 503, "backup", "backup-scheduler is away",
			"Is it running, and is BACKUP_URL right?");
}

/* --- down ------------------------------------------------------------------------------- */

struct download {
	struct api *api;             /* borrowed */
	struct ra_http_request *req; /* borrowed; NULL once the file has begun */
	struct ra_http_stream *file; /* NULL: not begun, or nobody reads any more */
	char backup_id[32];
	uint64_t account, offset, size;
	struct ticket ticket;
	bool is_asking, is_begun;
};

static void ask_piece(struct download *d);

static void release(struct download *d)
{
	if (!d->is_asking && !d->file && !d->req)
		ra_free(d);
}

static void fail_download(struct download *d, int status)
{
	if (d->file)
		ra_http_file_abort(d->file);
	else if (d->req && status == 404)
		ra_http_problem(d->req, 404, "backup", "No such backup",
				"Its file is at no place that is configured.");
	else if (d->req)
		reply_away(d->req);
	d->file = NULL;
	d->req = NULL;
	release(d);
}

static void on_drained(void *ctx)
{
	struct download *d = ctx;
	if (d->offset < d->size && !d->is_asking)
		ask_piece(d);
}

static void on_gone(void *ctx)
{
	struct download *d = ctx;
	d->file = NULL;
	release(d);
}

/* An export in open formats is a ZIP. */
static void begin_file(struct download *d, struct ra_str body)
{
	char disposition[80];
	bool is_zip = body.len > 4 && memcmp(body.ptr, "PK\3\4", 4) == 0;
	snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s.%s\"", d->backup_id,
		 is_zip ? "zip" : "rations");
	ra_http_set_header(d->req, "content-disposition", disposition);
	ra_http_set_header(d->req, "cache-control", "no-store");
	d->file = ra_http_file_start(d->req, "application/octet-stream", on_drained, on_gone, d);
	d->req = NULL;
	d->is_begun = true;
}

static void take_piece(struct download *d, const struct ra_http_answer *answer)
{
	struct ra_str size = ra_http_find_header(answer->headers, RA_TRANSFER_SIZE);
	if (ra_str_to_u64(size, &d->size) < 0 || answer->body.len == 0 ||
	    d->offset + answer->body.len > d->size) {
		fail_download(d, 0);
		return;
	}
	if (!d->is_begun)
		begin_file(d, answer->body);
	d->offset += answer->body.len;
	if (d->file)
		ra_http_file_write(d->file, answer->body);
	if (d->file && d->offset == d->size) {
		ra_http_stream_end(d->file);
		d->file = NULL;
	}
	release(d);
}

static void on_piece(void *ctx, int status, const struct ra_http_answer *answer,
		     const struct ra_err *err)
{
	struct download *d = ctx;
	(void)err;
	d->is_asking = false;
	if (d->is_begun && !d->file)
		release(d); /* nobody reads any more */
	else if (status < 0 || answer->status != 200)
		fail_download(d, status < 0 ? 0 : answer->status);
	else
		take_piece(d, answer);
}

static void on_down_ticket(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct download *d = ctx;
	(void)rows;
	(void)err;
	if (status < 0) {
		d->is_asking = false;
		fail_download(d, 0);
		return;
	}
	char *url = ra_format("%s/transfer/%s?offset=%" PRIu64, d->api->conf->backup_url,
			      d->backup_id, d->offset);
	const struct ra_http_call call = { .method = "GET",
					   .url = url,
					   .headers = d->ticket.lines,
					   .timeout_ms = TIMEOUT_MS,
					   .max_body = RA_TRANSFER_DOWN_BYTES };
	ra_http_send(d->api->backup_files->client, &call, on_piece, d);
	ra_free(url);
}

static void ask_piece(struct download *d)
{
	d->is_asking = make_ticket(d->api, &d->ticket, "read", d->account, on_down_ticket, d) == 0;
	if (!d->is_asking)
		fail_download(d, 0);
}

void backup_file_get(struct visit *visit)
{
	struct ra_str id = ra_http_param(visit->req, "backup_id");
	struct download *d = ra_new(struct download);
	if (id.len >= sizeof(d->backup_id) || strspn(id.ptr, "0123456789abcdefTZ-") < id.len) {
		ra_free(d);
		ra_http_problem(visit->req, 404, "backup", "No such backup", NULL);
		return;
	}
	*d = (struct download){ .api = visit->api,
				.req = visit->req,
				.account = visit->access->user_id };
	snprintf(d->backup_id, sizeof(d->backup_id), "%.*s", (int)id.len, id.ptr);
	ask_piece(d);
}

/* --- up ----------------------------------------------------------------------------------- */

struct piece {
	struct visit *visit; /* borrowed */
	char upload[RA_TRANSFER_UPLOAD_CHARS + 1];
	uint64_t offset, size;
	struct ticket ticket;
};

static json_t *with_upload(const struct piece *piece, const struct ra_http_answer *answer)
{
	json_t *json =
		json_loadb(answer->body.ptr ? answer->body.ptr : "", answer->body.len, 0, NULL);
	if (json_is_object(json))
		json_object_set_new(json, "upload", json_string(piece->upload));
	return json;
}

static void on_taken(void *ctx, int status, const struct ra_http_answer *answer,
		     const struct ra_err *err)
{
	struct piece *piece = ctx;
	struct ra_http_request *req = piece->visit->req;
	(void)err;
	json_t *json = status < 0 ? NULL : with_upload(piece, answer);
	if (!json_is_object(json)) {
		json_decref(json);
		reply_away(req);
	} else if (answer->status == 200 || answer->status == 409) {
		ra_http_reply_json(req, answer->status, json);
	} else {
		const char *detail = json_string_value(json_object_get(json, "detail"));
		ra_http_problem(req, answer->status, "upload", "That file was not taken", detail);
		json_decref(json);
	}
}

static void on_up_ticket(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct piece *piece = ctx;
	struct api *api = piece->visit->api;
	(void)rows;
	(void)err;
	if (status < 0) {
		reply_failure(api, piece->visit->req, status);
		return;
	}
	struct ra_buf url = { 0 };
	const char *import = ra_http_query(piece->visit->req, "import");
	ra_buf_printf(&url, "%s/transfer/%s?offset=%" PRIu64 "&size=%" PRIu64,
		      api->conf->backup_url, piece->upload, piece->offset, piece->size);
	if (import)
		url_add_arg(&url, "import", ra_str_of(import));
	const struct ra_http_call call = { .method = "PUT",
					   .url = ra_buf_text(&url),
					   .headers = piece->ticket.lines,
					   .body = ra_http_body(piece->visit->req),
					   .timeout_ms = TIMEOUT_MS };
	ra_http_send(api->backup_files->client, &call, on_taken, piece);
	ra_buf_fini(&url);
}

static bool read_number(struct visit *visit, const char *name, uint64_t *value)
{
	const char *text = ra_http_query(visit->req, name);
	return text && ra_str_to_u64(ra_str_of(text), value) == 0 && *value < UPLOAD_MAX;
}

/* Its first piece names no upload, and is told the name it got. */
static bool read_upload(struct visit *visit, struct piece *piece)
{
	unsigned char bytes[RA_TRANSFER_UPLOAD_CHARS / 2];
	const char *text = ra_http_query(visit->req, "upload");
	if (!text) {
		randombytes_buf(bytes, sizeof(bytes));
		sodium_bin2hex(piece->upload, sizeof(piece->upload), bytes, sizeof(bytes));
		return piece->offset == 0;
	}
	snprintf(piece->upload, sizeof(piece->upload), "%s", text);
	return strlen(text) == RA_TRANSFER_UPLOAD_CHARS &&
	       strspn(text, "0123456789abcdef") == RA_TRANSFER_UPLOAD_CHARS;
}

void backup_file_put(struct visit *visit)
{
	struct piece *piece = ra_arena_new(visit->arena, struct piece);
	size_t len = ra_http_body(visit->req).len;
	piece->visit = visit;
	if (!read_number(visit, "offset", &piece->offset) ||
	    !read_number(visit, "size", &piece->size) || !read_upload(visit, piece) || len == 0 ||
	    piece->offset + len > piece->size) {
		ra_http_problem(visit->req, 400, "argument", "That is no piece of a file",
				"Send ?offset= and &size= of the file, and its bytes from there.");
		return;
	}
	if (make_ticket(visit->api, &piece->ticket, "write", visit->access->user_id, on_up_ticket,
			piece) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- life ----------------------------------------------------------------------------------- */

struct backup_files *backup_files_start(struct api *api)
{
	struct backup_files *files = ra_new(struct backup_files);
	files->api = api;
	files->client = ra_http_client_open(api->loop, "rations-api", api->log);
	return files;
}

struct stopping {
	struct backup_files *files;
	void (*stopped)(void *ctx);
	void *ctx; /* borrowed */
};

static void on_closed(void *ctx)
{
	struct stopping *stopping = ctx;
	stopping->stopped(stopping->ctx);
	ra_free(stopping->files);
	ra_free(stopping);
}

void backup_files_stop(struct backup_files *files, void (*stopped)(void *ctx), void *ctx)
{
	struct stopping *stopping = ra_new(struct stopping);
	*stopping = (struct stopping){ files, stopped, ctx };
	ra_http_client_close(files->client, on_closed, stopping);
}

/*
 * transfer: see the header.
 *
 *	request -> ticket, and where the backup lies -> the disk, beside the loop -> answer
 *	                                                the last piece -> its job -> answer
 */
#include "services/backup-scheduler/transfer.h"
#include "libshared/base/utf8.h"
#include "libshared/http/server.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"
#include "services/backup-scheduler/transfer_file.h"
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

/* Uploads whose job has not come to them yet are waited for, too. */
enum { IMPORT_NAME_MAX = 400, SWEEP_EVERY_MS = 60 * 1000, IDLE_MS = 60 * 60 * 1000 };

RA_COUNTER_BY(pieces, "rations_backup_transfer_pieces_total", "outcome",
	      "pieces of files asked for or sent by api")

enum { SQL_TICKET, SQL_COPY, SQL_JOB, SQL_COUNT };

/* clang-format off */
static const struct ra_pg_stmt stmts[] = {
	/* $1 hash, $2 action */
	[SQL_TICKET] = {
		"DELETE FROM app.backup_ticket WHERE ticket_hash = $1 AND action = $2 AND made_at > now() - interval '1 minute' "
		"RETURNING account_id", 2 },
	/* $1 backup */
	[SQL_COPY] = {
		"SELECT c.place, c.key FROM backup.copy c JOIN backup.backup b USING (backup_id) "
		"WHERE backup_id = $1 AND b.state IN ('ready', 'damaged') AND c.state <> 'missing' "
		"ORDER BY c.state <> 'good', c.place LIMIT 1", 1 },
	/* $1 upload, $2 account, $3 null, or what a file of another system is called. Told twice, it is begun once. */
	[SQL_JOB] = {
		"INSERT INTO backup.job (command_id, kind, parameters, asked_by, created_at) "
		"SELECT $1, CASE WHEN $3::text IS NULL THEN 'upload' ELSE 'import' END, CASE WHEN $3 IS NULL "
		" THEN jsonb_build_object('upload', $1::text) ELSE jsonb_build_object('do', 'read', 'file', $1::text, 'name', $3) END, "
		" $2, now() ON CONFLICT (command_id) DO NOTHING", 3 },
};
/* clang-format on */

struct transfer {
	uv_loop_t *loop;
	const struct conf *conf; /* borrowed */
	struct ra_pg *pg;        /* owned */
	uv_timer_t timer;
	uv_work_t sweep;
	bool is_sweeping, is_stopped;
};

/* A request under way. */
struct piece {
	struct transfer *transfer;   /* borrowed */
	struct ra_http_request *req; /* borrowed until it is answered */
	uv_work_t work;
	bool is_write, has_ticket, has_copy;
	char name[64];        /* a backup, or an upload */
	struct ra_buf import; /* owned; what its owner calls it, when it is to be imported */
	uint64_t offset, size, received;
	uint64_t account;
	char place[16], key[160];
	struct ra_buf data;
	int rc;
	struct ra_err err;
};

static void end(struct piece *piece, const char *outcome)
{
	ra_count_by(&pieces, outcome, 1);
	ra_buf_fini(&piece->data);
	ra_buf_fini(&piece->import);
	ra_free(piece);
}

static void refuse(struct piece *piece, int status, const char *why)
{
	ra_http_problem(piece->req, status, "transfer", "Not transferred", why);
	end(piece, status == 403 ? "denied" : "failed");
}

/* --- answers --------------------------------------------------------------------------- */

static void reply_received(struct piece *piece, int status)
{
	ra_http_reply_json(piece->req, status,
			   json_pack("{s:I}", "received", (json_int_t)piece->received));
	end(piece, status == 200 ? "received" : "refused");
}

static void reply_data(struct piece *piece)
{
	char size[24];
	snprintf(size, sizeof(size), "%" PRIu64, piece->size);
	ra_http_set_header(piece->req, RA_TRANSFER_SIZE, size);
	ra_http_reply(piece->req, 200, "application/octet-stream", ra_buf_str(&piece->data));
	end(piece, "sent");
}

static void on_job(void *ctx, int status, const struct ra_err *err)
{
	struct piece *piece = ctx;
	(void)err;
	if (status < 0)
		refuse(piece, 503, "the database is away");
	else
		reply_received(piece, 200);
}

static void begin_job(struct piece *piece)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_text(&p, ra_str_of(piece->name));
	ra_pg_i64(&p, (int64_t)piece->account);
	if (piece->import.len)
		ra_pg_text(&p, ra_buf_str(&piece->import));
	else
		ra_pg_null(&p);
	int rc = ra_pg_send(piece->transfer->pg, SQL_JOB, &p, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(piece->transfer->pg, on_job, piece);
	ra_arena_fini(&arena);
	if (rc < 0)
		refuse(piece, 503, "the database is away");
}

/* --- the disk ----------------------------------------------------------------------------- */

static void work(uv_work_t *work)
{
	struct piece *p = ra_container_of(work, struct piece, work);
	const struct conf *conf = p->transfer->conf;
	p->rc = p->is_write ? transfer_write(conf, p->name, p->offset, p->size,
					     ra_http_body(p->req), &p->received, &p->err)
			    : transfer_read(conf, p->place, p->key, p->offset, &p->data, &p->size,
					    &p->err);
}

static void on_worked(uv_work_t *work, int status)
{
	struct piece *p = ra_container_of(work, struct piece, work);
	if (status < 0)
		refuse(p, 503, "stopping");
	else if (p->rc == 0 && !p->is_write)
		reply_data(p);
	else if (p->rc == 0 && p->received == p->size)
		begin_job(p);
	else if (p->rc == 0)
		reply_received(p, 200);
	else if (p->rc == RA_EINVAL)
		reply_received(p, 409);
	else
		refuse(p,
		       p->rc == RA_ETOOBIG     ? 413
		       : p->rc == RA_ENOTFOUND ? 404
					       : 503,
		       p->err.msg);
}

/* --- the ticket ----------------------------------------------------------------------------- */

static void on_ticket(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct piece *piece = ctx;
	(void)err;
	piece->has_ticket = status == 0 && PQntuples(rows) == 1;
	if (piece->has_ticket)
		piece->account = ra_pg_get_u64(rows, 0, 0);
}

static void on_copy(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct piece *piece = ctx;
	(void)err;
	piece->has_copy = status == 0 && PQntuples(rows) == 1;
	if (!piece->has_copy)
		return;
	struct ra_str place = ra_pg_get_str(rows, 0, 0), key = ra_pg_get_str(rows, 0, 1);
	snprintf(piece->place, sizeof(piece->place), "%.*s", (int)place.len, place.ptr);
	snprintf(piece->key, sizeof(piece->key), "%.*s", (int)key.len, key.ptr);
}

static void on_asked(void *ctx, int status, const struct ra_err *err)
{
	struct piece *piece = ctx;
	(void)err;
	if (status < 0)
		refuse(piece, 503, "the database is away");
	else if (!piece->has_ticket)
		refuse(piece, 403, "no ticket");
	else if (!piece->is_write && !piece->has_copy)
		refuse(piece, 404, "no such backup");
	else
		uv_queue_work(piece->transfer->loop, &piece->work, work, on_worked);
}

static int ask(struct piece *piece)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	struct ra_str ticket = ra_http_header(piece->req, RA_TRANSFER_TICKET);
	struct ra_arena *arena = ra_http_arena(piece->req);
	struct ra_pg_params p = { .arena = arena }, name = { .arena = arena };
	struct ra_pg *pg = piece->transfer->pg;
	crypto_hash_sha256(hash, (const unsigned char *)ticket.ptr, ticket.len);
	ra_pg_bytes(&p, (struct ra_str){ (const char *)hash, sizeof(hash) });
	ra_pg_text(&p, piece->is_write ? RA_STR("write") : RA_STR("read"));
	ra_pg_text(&name, ra_str_of(piece->name));
	int rc = ra_pg_send(pg, SQL_TICKET, &p, on_ticket, piece);
	if (rc == 0)
		rc = ra_pg_send(pg, SQL_COPY, &name, on_copy, piece);
	return rc == 0 ? ra_pg_sync(pg, on_asked, piece) : rc;
}

static bool read_number(struct ra_http_request *req, const char *name, uint64_t *value)
{
	const char *text = ra_http_query(req, name);
	return text && ra_str_to_u64(ra_str_of(text), value) == 0 && *value <= INT64_MAX;
}

static bool read_name(struct piece *piece)
{
	struct ra_str name = ra_http_param(piece->req, "name");
	const char *alphabet = piece->is_write ? "0123456789abcdef" : "0123456789abcdefTZ-";
	snprintf(piece->name, sizeof(piece->name), "%.*s", (int)name.len, name.ptr);
	return name.len < sizeof(piece->name) && strspn(piece->name, alphabet) == name.len &&
	       (!piece->is_write || name.len == RA_TRANSFER_UPLOAD_CHARS);
}

static void begin(struct ra_http_request *req, struct transfer *transfer, bool is_write)
{
	struct piece *piece = ra_new(struct piece);
	*piece = (struct piece){ .transfer = transfer, .req = req, .is_write = is_write };
	size_t len = ra_http_body(req).len;
	struct ra_str import = ra_str_of(ra_http_query(req, "import"));
	ra_utf8_add_clean(&piece->import, import.len > IMPORT_NAME_MAX ? RA_STR("?") : import);
	bool is_good = read_name(piece) && read_number(req, "offset", &piece->offset);
	if (is_write)
		is_good = is_good && read_number(req, "size", &piece->size) && len > 0 &&
			  len <= piece->size && piece->offset <= piece->size - len;
	if (!is_good)
		refuse(piece, 400, "that is no piece of a file");
	else if (ra_http_header(req, RA_TRANSFER_TICKET).len != RA_TRANSFER_TICKET_CHARS)
		refuse(piece, 403, "no ticket");
	else if (ask(piece) < 0)
		refuse(piece, 503, "the database is away");
}

static void on_get(struct ra_http_request *req, void *ctx)
{
	begin(req, ctx, false);
}

static void on_put(struct ra_http_request *req, void *ctx)
{
	begin(req, ctx, true);
}

/* --- life ------------------------------------------------------------------------------------- */

static void sweep(uv_work_t *work)
{
	struct transfer *t = ra_container_of(work, struct transfer, sweep);
	transfer_sweep(t->conf, IDLE_MS);
}

static void on_swept(uv_work_t *work, int status)
{
	struct transfer *t = ra_container_of(work, struct transfer, sweep);
	(void)status;
	t->is_sweeping = false;
}

static void on_timer(uv_timer_t *timer)
{
	struct transfer *t = ra_container_of(timer, struct transfer, timer);
	if (!t->is_sweeping)
		t->is_sweeping = uv_queue_work(t->loop, &t->sweep, sweep, on_swept) == 0;
}

struct transfer *transfer_start(struct ra_service *service)
{
	static const struct ra_pg_ops ops = { .on_up = NULL };
	const struct conf *conf = service->conf;
	struct transfer *t = ra_new(struct transfer);
	*t = (struct transfer){ .loop = service->loop, .conf = conf };
	/* The URL was checked when the program started: opening can not fail. */
	t->pg = ra_pg_open(service->loop, conf->database_url, "rations-backup-transfer", stmts,
			   SQL_COUNT, NULL, &ops, t, NULL);
	uv_timer_init(service->loop, &t->timer);
	uv_timer_start(&t->timer, on_timer, 0, SWEEP_EVERY_MS);
	ra_http_route(service->admin, "GET", "/transfer/{name}", on_get, t);
	ra_http_route(service->admin, "PUT", "/transfer/{name}", on_put, t);
	return t;
}

void transfer_stop(struct transfer *t)
{
	if (t->is_stopped)
		return;
	t->is_stopped = true;
	ra_pg_close(t->pg, NULL, NULL);
	uv_close((uv_handle_t *)&t->timer, NULL);
}

void transfer_free(struct transfer **transfer)
{
	ra_free(*transfer);
	*transfer = NULL;
}

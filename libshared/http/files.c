#include "libshared/http/server_internal.h"
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <zlib.h>

/*
 * A directory of files. They are small (a dashboard's), so each is read whole;
 * h2o's own file handler knows no fallback and no headers of ours.
 */

struct http_files {
	const char *dir, *fallback; /* borrowed */
	const char *const *headers; /* borrowed */
	const char *base_path;      /* borrowed; "": none */
	char *pattern;              /* owned: the route's path */
	struct http_files *next;
};

struct file {
	int fd; /* -1: there is none */
	struct stat stat;
	bool is_gzip;
};

static const struct {
	const char *extension, *type;
} types[] = {
	{ "html", "text/html; charset=utf-8" },
	{ "js", "text/javascript; charset=utf-8" },
	{ "css", "text/css; charset=utf-8" },
	{ "json", "application/json" },
	{ "map", "application/json" },
	{ "webmanifest", "application/manifest+json" },
	{ "txt", "text/plain; charset=utf-8" },
	{ "svg", "image/svg+xml" },
	{ "png", "image/png" },
	{ "jpg", "image/jpeg" },
	{ "webp", "image/webp" },
	{ "gif", "image/gif" },
	{ "ico", "image/x-icon" },
	{ "woff2", "font/woff2" },
	{ "wasm", "application/wasm" },
};

static const char *type_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < RA_COUNT(types); i++)
		if (strcmp(dot + 1, types[i].extension) == 0)
			return types[i].type;
	return "application/octet-stream";
}

/* name-XXXXXXXX.ext, as bundlers write it. Eight letters of lower case may be a word: not a hash.
 */
static bool is_hashed(const char *path)
{
	const char *dot = strrchr(path, '.');
	bool is_word = true;

	if (!dot || dot - path < 10 || dot[-9] != '-')
		return false;
	for (const char *c = dot - 8; c < dot; c++) {
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
			return false;
		is_word &= !isdigit((unsigned char)*c) && !isupper((unsigned char)*c);
	}
	return !is_word;
}

/* h2o has resolved "..". Hidden files and NULs stay out. */
static bool is_servable(struct ra_str path)
{
	if (path.len == 0 || path.ptr[0] == '.' || memchr(path.ptr, '\0', path.len))
		return false;
	return !memmem(path.ptr, path.len, "/.", 2);
}

static bool open_regular(struct file *file, const char *path)
{
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return false;
	if (fstat(file->fd, &file->stat) == 0 && S_ISREG(file->stat.st_mode))
		return true;
	close(file->fd);
	file->fd = -1;
	return false;
}

static struct file open_file(struct ra_http_request *req, const char *path, bool takes_gzip)
{
	struct file file = { .fd = -1 };

	file.is_gzip =
		takes_gzip && open_regular(&file, ra_arena_format(&req->arena, "%s.gz", path));
	if (!file.is_gzip)
		open_regular(&file, path);
	return file;
}

static h2o_iovec_t read_whole(h2o_req_t *h2o, const struct file *file)
{
	size_t size = (size_t)file->stat.st_size;
	h2o_iovec_t body = h2o_iovec_init(h2o_mem_alloc_pool(&h2o->pool, size + 1), 0);

	while (body.len < size) {
		ssize_t got = read(file->fd, body.base + body.len, size - body.len);
		if (got <= 0)
			break;
		body.len += (size_t)got;
	}
	return body;
}

static bool has_current(const struct ra_http_request *req, const char *etag)
{
	struct ra_str seen = ra_http_header(req, "if-none-match");

	return seen.len > 0 && memmem(seen.ptr, seen.len, etag, strlen(etag)) != NULL;
}

/* The page names its files from the root (="/assets/..."), because it is sent for addresses of any
 * depth; under a base path the root is there. */
static h2o_iovec_t below_base(h2o_req_t *h2o, h2o_iovec_t page, const char *base)
{
	static const char mark[] = "=\"/";
	const char *at = page.base, *end = page.base + page.len, *hit;
	struct ra_buf out = { 0 };

	while ((hit = memmem(at, (size_t)(end - at), mark, strlen(mark)))) {
		const char *root = hit + strlen(mark) - 1;
		ra_buf_add(&out, at, (size_t)(root - at));
		ra_buf_add_text(&out, base);
		ra_buf_add(&out, "/", 1);
		at = root + 1;
	}
	ra_buf_add(&out, at, (size_t)(end - at));
	page = h2o_strdup(&h2o->pool, out.ptr, out.len);
	ra_buf_fini(&out);
	return page;
}

/* The ETag comes from the content: the time of a file says little after a reproducible build, and
 * differs between replicas. */
static void send_file(struct ra_http_request *req, const char *name, const struct file *file,
		      const char *base)
{
	h2o_iovec_t body = read_whole(req->h2o, file);
	if (*base)
		body = below_base(req->h2o, body, base);
	const char *etag =
		ra_arena_format(&req->arena, "\"%08lx-%zx\"",
				crc32(0, (const Bytef *)body.base, (uInt)body.len), body.len);

	ra_http_set_header(req, "etag", etag);
	ra_http_set_header(req, "vary", "accept-encoding");
	ra_http_set_header(req, "cache-control",
			   is_hashed(name) ? "public, max-age=31536000, immutable" : "no-cache");
	if (has_current(req, etag)) {
		http_reply_send(req, 304, h2o_iovec_init(NULL, 0));
		return;
	}
	ra_http_set_header(req, "content-type", type_of(name));
	if (file->is_gzip)
		ra_http_set_header(req, "content-encoding", "gzip");
	http_reply_send(req, 200, body);
}

static void on_file_request(struct ra_http_request *req, void *ctx)
{
	const struct http_files *files = ctx;
	struct ra_str rest = ra_http_param(req, "*");
	bool takes_gzip = h2o_get_compressible_types(&req->h2o->headers) & H2O_COMPRESSIBLE_GZIP;
	const char *name = ra_arena_strdup(&req->arena, rest);
	const char *base = "";
	struct file file = { .fd = -1 };

	for (const char *const *header = files->headers; header && *header; header += 2)
		ra_http_set_header(req, header[0], header[1]);
	if (is_servable(rest))
		file = open_file(req, ra_arena_format(&req->arena, "%s/%s", files->dir, name),
				 takes_gzip);
	if (file.fd < 0 && files->fallback && !memchr(rest.ptr, '.', rest.len)) {
		name = files->fallback;
		base = files->base_path;
		file = open_file(req, ra_arena_format(&req->arena, "%s/%s", files->dir, name),
				 takes_gzip && !*base);
	}
	if (file.fd < 0) {
		ra_http_problem(req, 404, NULL, "Not found", NULL);
		return;
	}
	if (http_reply_begin(req))
		send_file(req, name, &file, base);
	close(file.fd);
}

void ra_http_route_files(struct ra_http_server *server, const char *prefix, const char *dir,
			 const char *fallback, const char *const *headers)
{
	struct http_files *files = ra_new(struct http_files);

	*files = (struct http_files){
		.dir = dir,
		.fallback = fallback,
		.headers = headers,
		.base_path = server->base_path,
		.pattern = ra_format("%s*", prefix),
		.next = server->files,
	};
	server->files = files;
	ra_http_route(server, "GET", files->pattern, on_file_request, files);
}

void http_files_free(struct http_files *files)
{
	while (files) {
		struct http_files *next = files->next;
		ra_free(files->pattern);
		ra_free(files);
		files = next;
	}
}

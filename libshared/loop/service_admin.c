/*
 * service_admin: the port for whoever runs us: /healthz (the loop turns),
 * /readyz (what we depend on answers), /metrics (Prometheus).
 */
#include "libshared/base/buf.h"
#include "libshared/http/client.h"
#include "libshared/loop/service_internal.h"
#include "libshared/metrics/metrics.h"
#include <stdio.h>

#define HEALTH_TIMEOUT_MS 3000

RA_GAUGE_BY(ready, "rations_ready", "check", "1 where what /readyz asks about is fine")

static struct service_skeleton *skeleton_of(const struct ra_service *service)
{
	return ra_container_of(service, struct service_skeleton, service);
}

static void add_check(struct ra_service *service, struct service_check check)
{
	struct service_skeleton *skeleton = skeleton_of(service);
	size_t count = skeleton->check_count + 1;

	skeleton->checks = ra_realloc(skeleton->checks, count * sizeof(*skeleton->checks));
	skeleton->checks[skeleton->check_count++] = check;
}

void ra_service_ready_check(struct ra_service *service, const char *name, ra_ready_cb check,
			    void *ctx)
{
	add_check(service, (struct service_check){ name, check, ctx, false });
}

void ra_service_ready_note(struct ra_service *service, const char *name, ra_ready_cb check,
			   void *ctx)
{
	add_check(service, (struct service_check){ name, check, ctx, true });
}

bool ra_service_is_ready(struct ra_service *service, struct ra_buf *json)
{
	const struct service_skeleton *skeleton = skeleton_of(service);
	bool is_ready = true;

	ra_buf_add_text(json, "{");
	for (size_t i = 0; i < skeleton->check_count; i++) {
		const struct service_check *check = &skeleton->checks[i];
		char why[128] = "";
		bool is_fine = check->is_ready(check->ctx, why);
		is_ready &= is_fine || check->is_note;
		ra_buf_add_text(json, i ? "," : "");
		ra_buf_add_json_string(json, ra_str_of(check->name));
		ra_buf_add_text(json, ":");
		if (is_fine)
			ra_buf_add_text(json, "true");
		else
			ra_buf_add_json_string(json, ra_str_of(why));
	}
	ra_buf_add_text(json, "}");
	return is_ready;
}

static void on_healthz(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	ra_http_reply(req, 200, "text/plain; charset=utf-8", RA_STR("ok\n"));
}

static void on_readyz(struct ra_http_request *req, void *ctx)
{
	struct ra_buf json = { 0 };
	bool is_ready = ra_service_is_ready(ctx, &json);

	ra_http_set_header(req, "cache-control", "no-store");
	ra_http_reply(req, is_ready ? 200 : 503, "application/json", ra_buf_str(&json));
	ra_buf_fini(&json);
}

static void on_metrics(struct ra_http_request *req, void *ctx)
{
	const struct service_skeleton *skeleton = skeleton_of(ctx);
	struct ra_buf text = { 0 };

	for (size_t i = 0; i < skeleton->check_count; i++) {
		const struct service_check *check = &skeleton->checks[i];
		char why[128];
		if (!check->is_note)
			ra_gauge_set_by(&ready, check->name, check->is_ready(check->ctx, why));
	}
	ra_metrics_render(&text);
	ra_http_reply(req, 200, "text/plain; version=0.0.4; charset=utf-8", ra_buf_str(&text));
	ra_buf_fini(&text);
}

int service_admin_start(struct service_skeleton *skeleton, struct ra_err *err)
{
	struct ra_http_options options = {
		.host = skeleton->conf.admin_host,
		.port = (uint16_t)skeleton->conf.admin_port,
		.max_body = skeleton->spec->admin_body,
	};

	if (!skeleton->spec->admin_port)
		return 0;
	struct ra_http_server *admin = ra_http_server_start(&skeleton->loop, &options, NULL, err);
	if (!admin) {
		snprintf(err->hint, sizeof(err->hint),
			 "Set ADMIN_PORT to a free port and ADMIN_HOST to an address of this "
			 "machine, "
			 "or stop the program that uses them.");
		return err->code;
	}
	ra_http_route(admin, "GET", "/healthz", on_healthz, NULL);
	ra_http_route(admin, "GET", "/readyz", on_readyz, &skeleton->service);
	ra_http_route(admin, "GET", "/metrics", on_metrics, &skeleton->service);
	skeleton->service.admin = admin;
	return 0;
}

struct health {
	struct ra_http_client *client;
	int exit_code;
};

static void on_client_closed(void *ctx)
{
	(void)ctx;
}

static void on_health(void *ctx, int status, const struct ra_http_answer *answer,
		      const struct ra_err *err)
{
	struct health *health = ctx;

	health->exit_code = status == 0 && answer->status == 200 ? 0 : 1;
	if (status < 0)
		fprintf(stderr, "not healthy: %s\n", err->msg);
	ra_http_client_close(health->client, on_client_closed, NULL);
}

/* Where to reach what listens on `host`. */
static const char *reachable(const char *host)
{
	if (strcmp(host, "0.0.0.0") == 0)
		return "127.0.0.1";
	return strcmp(host, "::") == 0 ? "::1" : host;
}

int service_admin_ask(const struct conf *conf)
{
	uv_loop_t loop;
	const char *host = reachable(conf->admin_host);
	bool is_ipv6 = strchr(host, ':') != NULL;
	char *url = ra_format("http://%s%s%s:%u/healthz", is_ipv6 ? "[" : "", host,
			      is_ipv6 ? "]" : "", (unsigned)conf->admin_port);
	struct ra_http_call call = { .method = "GET", .url = url, .timeout_ms = HEALTH_TIMEOUT_MS };
	struct health health = { .exit_code = 1 };

	uv_loop_init(&loop);
	health.client = ra_http_client_open(&loop, "rations-health", NULL);
	ra_http_send(health.client, &call, on_health, &health);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	ra_free(url);
	return health.exit_code;
}

#include "services/launcher/launch.h"
#include "libshared/base/clock.h"
#include "libshared/http/client.h"
#include "services/launcher/plan.h"
#include <stdio.h>

enum {
	POLL_MS = 250,
	SERVICE_GRACE_MS = 15000,
	SERVER_GRACE_MS = 20000,
};

enum step { INITDB, SERVERS, MIGRATE, SERVICES, READY, STOP_SERVICES, STOP_SERVERS, GONE };

struct launch {
	struct ra_service *service; /* borrowed */
	const struct conf *conf;    /* borrowed */
	struct place place;
	struct plan plan;
	enum step step;
	struct child *servers[2]; /* PostgreSQL, Redis; NULL when not ours or gone */
	struct child *services[PLAN_MAX_SERVICES];
	struct child *one_shot;
	struct ra_http_client *http;
	uv_timer_t timer;
	size_t asking; /* the service whose /readyz is asked now */
	uint64_t started_ms;
	bool is_late; /* and it was said */
};

static void enter(struct launch *l, enum step step);

static uv_loop_t *loop_of(struct launch *l)
{
	return l->service->loop;
}

/* --- one-shots ------------------------------------------------------------------ */

static void on_one_shot(void *ctx, struct child *child, int64_t exit_status)
{
	struct launch *l = ctx;
	l->one_shot = NULL;
	if (l->step >= STOP_SERVICES) {
		enter(l, l->step);
	} else if (exit_status == 0) {
		enter(l, l->step + 1);
	} else {
		ra_error(NULL, "cannot go on", ra_f_text("failed", child_name(child)),
			 ra_f_int("exit_status", exit_status));
		ra_service_stop(l->service, 1);
	}
}

static void enter_initdb(struct launch *l)
{
	if (*l->conf->database_url || l->place.has_database) {
		enter(l, SERVERS);
		return;
	}
	ra_info(NULL, "creating the database", ra_f_text("folder", l->place.postgres));
	l->one_shot = child_start(loop_of(l), &l->plan.initdb, on_one_shot, l);
}

static void enter_migrate(struct launch *l)
{
	l->one_shot = child_start(loop_of(l), &l->plan.migrate, on_one_shot, l);
}

/* --- servers and services ---------------------------------------------------------- */

static bool forget(struct child **list, size_t count, const struct child *child)
{
	bool is_any_left = false;
	for (size_t i = 0; i < count; i++) {
		if (list[i] == child)
			list[i] = NULL;
		is_any_left |= list[i] != NULL;
	}
	return is_any_left;
}

/* They only end when stopped: until then they are started again. */
static void on_server_gone(void *ctx, struct child *child, int64_t exit_status)
{
	struct launch *l = ctx;
	(void)exit_status;
	if (!forget(l->servers, RA_COUNT(l->servers), child) && l->step == STOP_SERVERS)
		enter(l, GONE);
}

static void on_service_gone(void *ctx, struct child *child, int64_t exit_status)
{
	struct launch *l = ctx;
	(void)exit_status;
	if (!forget(l->services, PLAN_MAX_SERVICES, child) && l->step == STOP_SERVICES)
		enter(l, STOP_SERVERS);
}

static void enter_servers(struct launch *l)
{
	if (!*l->conf->database_url)
		l->servers[0] = child_start(loop_of(l), &l->plan.postgres, on_server_gone, l);
	if (!*l->conf->redis_url)
		l->servers[1] = child_start(loop_of(l), &l->plan.redis, on_server_gone, l);
	enter(l, MIGRATE);
}

static void ask_ready(struct launch *l);

static void on_timer(uv_timer_t *timer)
{
	ask_ready(ra_container_of(timer, struct launch, timer));
}

static void complain_once(struct launch *l, struct ra_str why)
{
	if (l->is_late || ra_monotonic_ms() - l->started_ms < (uint64_t)l->conf->ready_timeout)
		return;
	l->is_late = true;
	ra_warn(NULL, "still not ready", ra_f_text("service", l->plan.services[l->asking].name),
		ra_f_str("why", why));
}

static void on_ready_answer(void *ctx, int status, const struct ra_http_answer *answer,
			    const struct ra_err *err)
{
	struct launch *l = ctx;
	if (l->step != SERVICES)
		return;
	if (status == 0 && answer->status == 200) {
		l->asking++;
		ask_ready(l);
		return;
	}
	complain_once(l, status == 0 ? answer->body : ra_str_of(err ? err->msg : "no answer"));
	uv_timer_start(&l->timer, on_timer, POLL_MS, 0);
}

static void ask_ready(struct launch *l)
{
	if (l->asking == l->plan.service_count) {
		enter(l, READY);
		return;
	}
	struct ra_http_call call = { .method = "GET",
				     .url = l->plan.ready_urls[l->asking],
				     .timeout_ms = 5000 };
	ra_http_send(l->http, &call, on_ready_answer, l);
}

static void enter_services(struct launch *l)
{
	for (size_t i = 0; i < l->plan.service_count; i++)
		l->services[i] = child_start(loop_of(l), &l->plan.services[i], on_service_gone, l);
	ask_ready(l);
}

static void enter_ready(struct launch *l)
{
	fprintf(stderr, "\n  Rations is ready: %s\n", l->plan.public_url);
	if (l->place.is_demo)
		fprintf(stderr, "  This is a demo: the communities are simulated. For your own, "
				"set DISCORD_BOT_TOKEN,\n"
				"  DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET and start again.\n");
	fprintf(stderr, "  Ctrl-C stops everything; the data stays in %s.\n\n", l->place.var);
	fflush(stderr);
	printf("rations: ready %s\n", l->plan.public_url);
	fflush(stdout);
}

/* --- down ---------------------------------------------------------------------------- */

static bool stop_all(struct child **list, size_t count, uint64_t grace_ms)
{
	bool is_any = false;
	for (size_t i = 0; i < count; i++) {
		if (!list[i])
			continue;
		is_any = true;
		child_stop(list[i], grace_ms);
	}
	return is_any;
}

static void enter_stop_services(struct launch *l)
{
	if (l->one_shot) {
		child_stop(l->one_shot, SERVICE_GRACE_MS);
		return; /* on_one_shot comes back here */
	}
	if (!stop_all(l->services, PLAN_MAX_SERVICES, SERVICE_GRACE_MS))
		enter(l, STOP_SERVERS);
}

static void enter_stop_servers(struct launch *l)
{
	if (!stop_all(l->servers, RA_COUNT(l->servers), SERVER_GRACE_MS))
		enter(l, GONE);
}

static void enter_gone(struct launch *l)
{
	uv_close((uv_handle_t *)&l->timer, NULL);
	ra_http_client_close(l->http, NULL, NULL);
	ra_info(NULL, "everything is stopped");
}

static void enter(struct launch *l, enum step step)
{
	static void (*const steps[])(struct launch * l) = {
		[INITDB] = enter_initdb,
		[SERVERS] = enter_servers,
		[MIGRATE] = enter_migrate,
		[SERVICES] = enter_services,
		[READY] = enter_ready,
		[STOP_SERVICES] = enter_stop_services,
		[STOP_SERVERS] = enter_stop_servers,
		[GONE] = enter_gone,
	};
	l->step = step;
	steps[step](l);
}

int launch_start(struct ra_service *service, struct launch **launch)
{
	struct launch *l = ra_new(struct launch);
	*launch = l;
	l->service = service;
	l->conf = service->conf;
	l->started_ms = ra_monotonic_ms();
	struct ra_err err;
	if (place_init(&l->place, l->conf, &err) < 0) {
		fprintf(stderr, "rations: %s\n  %s\n", err.msg, err.hint);
		return 1;
	}
	plan_init(&l->plan, l->conf, &l->place);
	if (l->place.is_demo)
		ra_info(NULL, "no DISCORD_BOT_TOKEN: starting the demo on a simulated Discord");
	uv_timer_init(service->loop, &l->timer);
	l->http = ra_http_client_open(service->loop, "rations-launcher", NULL);
	enter(l, INITDB);
	return 0;
}

void launch_stop(struct launch *l)
{
	uv_timer_stop(&l->timer);
	enter(l, STOP_SERVICES);
}

void launch_free(struct launch **launch)
{
	struct launch *l = *launch;
	if (!l)
		return;
	plan_fini(&l->plan);
	place_fini(&l->place);
	ra_free(l);
	*launch = NULL;
}

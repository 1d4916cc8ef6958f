/*
 * launch: see launch.h. A server is PostgreSQL or Redis, a service is ours.
 */
#include "services/launcher/launch.h"
#include "libshared/base/clock.h"
#include "libshared/base/json.h"
#include "libshared/http/client.h"
#include "services/launcher/plan.h"
#include "services/launcher/terminal.h"
#include <stdio.h>
#include <sysexits.h>

enum {
	POLL_MS = 250,
	TELL_MS = 1000,
	SERVICE_GRACE_MS = 15000,
	SERVER_GRACE_MS = 20000,
	READY_TIMEOUT_MS = 5000,
};

enum step { INITDB, SERVERS, MIGRATE, SERVICES, READY, STOP_SERVICES, STOP_SERVERS, GONE };

struct launch {
	struct ra_service *service; /* borrowed */
	const struct conf *conf;    /* borrowed */
	struct place place;
	struct data data;
	struct plan plan;
	enum step step;
	struct child *servers[2]; /* PostgreSQL, Redis; NULL when not ours or gone */
	struct child *services[CONF_ADMIN_PORTS];
	struct child *one_shot;
	struct ra_http_client *http; /* owned */
	uv_timer_t timer;
	size_t asking;                /* the service whose /readyz is asked now */
	char waiting[400], told[400]; /* for what; "": all are ready */
	uint64_t told_at_ms;
};

static void enter(struct launch *l, enum step step);

static uv_loop_t *loop_of(struct launch *l)
{
	return l->service->loop;
}

/* 78 stays 78: whoever started us learns that trying again is no use. */
static void give_up(struct launch *l, const struct child *child, int64_t exit_status)
{
	ra_error(NULL, "cannot go on", ra_f_text("failed", child_name(child)),
		 ra_f_int("exit_status", exit_status));
	ra_service_stop(l->service, exit_status == EX_CONFIG ? EX_CONFIG : 1);
}

/* --- one-shots ------------------------------------------------------------------ */

static void on_one_shot(void *ctx, struct child *child, int64_t exit_status)
{
	struct launch *l = ctx;
	l->one_shot = NULL;
	if (l->step >= STOP_SERVICES)
		enter(l, l->step);
	else if (exit_status == 0)
		enter(l, l->step + 1);
	else
		give_up(l, child, exit_status);
}

static void enter_initdb(struct launch *l)
{
	if (!l->data.postgres || l->data.has_database) {
		enter(l, SERVERS);
		return;
	}
	terminal_say("creating the database in %s", l->data.postgres);
	l->one_shot = child_start(loop_of(l), &l->plan.initdb, on_one_shot, l);
}

static void enter_migrate(struct launch *l)
{
	l->one_shot = child_start(loop_of(l), &l->plan.migrate, on_one_shot, l);
}

/* --- servers and services ---------------------------------------------------------- */

/* True when it was the last. */
static bool forget(struct child **list, size_t count, const struct child *child)
{
	bool is_any_left = false;
	for (size_t i = 0; i < count; i++) {
		if (list[i] == child)
			list[i] = NULL;
		is_any_left |= list[i] != NULL;
	}
	return !is_any_left;
}

static void on_server_gone(void *ctx, struct child *child, int64_t exit_status)
{
	struct launch *l = ctx;
	bool is_last = forget(l->servers, RA_COUNT(l->servers), child);
	if (l->step < STOP_SERVICES)
		give_up(l, child, exit_status);
	else if (is_last && l->step == STOP_SERVERS)
		enter(l, GONE);
}

static void on_service_gone(void *ctx, struct child *child, int64_t exit_status)
{
	struct launch *l = ctx;
	bool is_last = forget(l->services, RA_COUNT(l->services), child);
	if (l->step < STOP_SERVICES)
		give_up(l, child, exit_status);
	else if (is_last && l->step == STOP_SERVICES)
		enter(l, STOP_SERVERS);
}

static void enter_servers(struct launch *l)
{
	if (l->data.postgres)
		l->servers[0] = child_start(loop_of(l), &l->plan.postgres, on_server_gone, l);
	if (l->data.redis)
		l->servers[1] = child_start(loop_of(l), &l->plan.redis, on_server_gone, l);
	enter(l, MIGRATE);
}

/* --- ready? Rounds of asking everybody, until a round finds nobody waiting ----------- */

static void ask(struct launch *l);

static void on_next_round(uv_timer_t *timer)
{
	ask(ra_container_of(timer, struct launch, timer));
}

/* The first check in a /readyz that is a reason and not `true`. */
static void find_reason(struct ra_str body, struct ra_buf *reason)
{
	struct ra_json j;
	struct ra_str key;
	ra_json_init(&j, body);
	if (!ra_json_enter_object(&j))
		return;
	while (reason->len == 0 && ra_json_next_key(&j, &key))
		ra_json_unescape(reason, ra_json_string(&j));
}

static void note_waiting(struct launch *l, struct ra_str body)
{
	struct ra_buf reason = { 0 };
	size_t len = strlen(l->waiting);
	find_reason(body, &reason);
	snprintf(l->waiting + len, sizeof(l->waiting) - len, "%s%s: %s", len ? "; " : "",
		 l->plan.services[l->asking].name, reason.len ? ra_buf_text(&reason) : "starting");
	ra_buf_fini(&reason);
}

static void tell_waiting(struct launch *l)
{
	uint64_t now_ms = ra_monotonic_ms();
	if (strcmp(l->waiting, l->told) == 0 || now_ms - l->told_at_ms < TELL_MS)
		return;
	terminal_say("%s", l->waiting);
	memcpy(l->told, l->waiting, sizeof(l->told));
	l->told_at_ms = now_ms;
}

static void end_round(struct launch *l)
{
	if (!*l->waiting) {
		enter(l, READY);
		return;
	}
	tell_waiting(l);
	l->waiting[0] = '\0';
	l->asking = 0;
	uv_timer_start(&l->timer, on_next_round, POLL_MS, 0);
}

static void on_answer(void *ctx, int status, const struct ra_http_answer *answer,
		      const struct ra_err *err)
{
	struct launch *l = ctx;
	(void)err;
	if (l->step != SERVICES)
		return;
	bool is_ready = status == 0 && answer->status == 200;
	if (!is_ready)
		note_waiting(l, status == 0 ? answer->body : RA_STR(""));
	if (++l->asking < l->plan.service_count)
		ask(l);
	else
		end_round(l);
}

static void ask(struct launch *l)
{
	struct ra_http_call call = { .method = "GET",
				     .url = l->plan.ready_urls[l->asking],
				     .timeout_ms = READY_TIMEOUT_MS };
	ra_http_send(l->http, &call, on_answer, l);
}

static void enter_services(struct launch *l)
{
	for (size_t i = 0; i < l->plan.service_count; i++)
		l->services[i] = child_start(loop_of(l), &l->plan.services[i], on_service_gone, l);
	l->told_at_ms = ra_monotonic_ms();
	ask(l);
}

static void enter_ready(struct launch *l)
{
	terminal_say("Rations is ready: %s", l->plan.public_url);
	if (conf_is_demo(l->conf)) {
		terminal_say("This is a demo: the communities are simulated. For your own, set");
		terminal_say("DISCORD_BOT_TOKEN and DISCORD_CLIENT_SECRET.");
	}
	terminal_say("Ctrl-C stops everything; the data stays in %s.", l->place.var);
	printf("rations: ready %s\n", l->plan.public_url);
	fflush(stdout);
}

/* --- down ---------------------------------------------------------------------------- */

/* False when there is nothing to stop. */
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
	uv_timer_stop(&l->timer);
	if (l->one_shot)
		child_stop(l->one_shot, SERVICE_GRACE_MS); /* on_one_shot comes back here */
	else if (!stop_all(l->services, RA_COUNT(l->services), SERVICE_GRACE_MS))
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

/* --- life ------------------------------------------------------------------------------ */

static int prepare(struct launch *l)
{
	struct ra_err err;
	int rc = place_init(&l->place, l->conf, &err);
	if (rc == 0)
		rc = data_init(&l->data, l->conf, l->place.var, &err);
	if (rc < 0)
		terminal_fail(&err);
	return rc;
}

static void free_parts(struct launch *l)
{
	plan_fini(&l->plan);
	data_fini(&l->data);
	place_fini(&l->place);
	ra_free(l);
}

struct launch *launch_start(struct ra_service *service)
{
	struct launch *l = ra_new(struct launch);
	l->service = service;
	l->conf = service->conf;
	if (prepare(l) < 0) {
		free_parts(l);
		return NULL;
	}
	plan_init(&l->plan, l->conf, &l->place, &l->data);
	if (conf_is_demo(l->conf))
		terminal_say("no DISCORD_BOT_TOKEN: starting the demo on a simulated Discord");
	uv_timer_init(service->loop, &l->timer);
	l->http = ra_http_client_open(service->loop, "rations-launcher", NULL);
	enter(l, INITDB);
	return l;
}

void launch_stop(struct launch *l)
{
	enter(l, STOP_SERVICES);
}

void launch_free(struct launch **launch)
{
	free_parts(*launch);
	*launch = NULL;
}

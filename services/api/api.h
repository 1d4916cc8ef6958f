/*
 * api: the web side. Lets people log in with Discord, asks on every request
 * what they may see, answers with figures, and serves the dashboard.
 *
 * One `struct api` a process. api_open builds everything and listens;
 * api_close drains: requests end first, then what they lean on.
 */
#pragma once
#include "libshared/discord/rest.h"
#include "libshared/http/server.h"
#include "libshared/loop/service.h"
#include "services/api/conf.h"
#include "services/api/db.h"
#include "services/api/seal.h"
#include "services/api/throttle.h"

/* What every file of the dashboard is sent with: name, value pairs. Shared pages are not for search
 * engines, and those that may be embedded are for any frame. */
struct site_headers {
	char *csp, *embed_csp; /* owned */
	const char *pairs[11], *share_pairs[13], *embed_pairs[13];
};

/* A shared page as it was last made (share_page.h); a zeroed one is empty. */
struct share_cache {
	int64_t id, made_ms;
	json_t *guild, *widgets; /* owned */
};
#define SHARE_CACHE 64

struct api {
	const struct conf *conf;    /* borrowed */
	struct ra_service *service; /* borrowed; NULL: /readyz lists nothing */
	uv_loop_t *loop;            /* borrowed */
	const struct ra_log *log;   /* borrowed; NULL is the root */
	int64_t (*now_ms)(void);    /* the wall clock */
	struct urls urls;
	struct ra_proxies proxies;
	bool has_noted_origin; /* that people ask for another address than ours */
	struct seal_keys keys;
	struct throttle throttle;
	int exports; /* files being made */
	struct share_cache shares[SHARE_CACHE];
	struct db *db;                       /* owned */
	struct standby *standby;             /* owned; NULL: there is no replica */
	struct settled *settled;             /* owned, with the replica (reads.h) */
	struct ra_rest *rest;                /* owned */
	struct ra_http_server *server;       /* owned */
	struct roster *roster;               /* owned */
	struct live *live;                   /* owned */
	struct system *system;               /* owned */
	struct owners *owners;               /* owned */
	struct checkup *checkup;             /* owned */
	struct bot *bot;                     /* owned */
	struct langs *langs;                 /* owned; what is said in Discord */
	struct commands *commands;           /* owned */
	struct alerts *alerts;               /* owned */
	struct courier *courier;             /* owned */
	struct digests *digests;             /* owned */
	struct desk_orders *orders;          /* owned */
	struct desk_feed *desk_feed;         /* owned */
	struct backup_orders *backup_orders; /* owned */
	struct backup_files *backup_files;   /* owned */
	struct route *routes;                /* owned */
	struct site_headers site_headers;
	int pending; /* parts still closing */
	void (*closed)(void *ctx);
	void *closed_ctx; /* borrowed */
};

/* Fills what is left of *api: the caller set conf, service, loop, log and now_ms. 0 when it
 * listens. On failure *err says why; api_close is still due. */
int api_open(struct api *api, struct ra_err *err) RA_MUST_CHECK;
/* `closed` comes from the loop when nothing of *api is left on it. */
void api_close(struct api *api, void (*closed)(void *ctx), void *ctx);

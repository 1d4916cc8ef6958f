/*
 * api: see api.h. The table below is the whole of /api/v1.
 *
 *	open:  database, Discord, live, then the server: nobody is let in before the rest stands
 *	close: commands and digests are finished, the server drains, then the rest closes at once
 */
#include "services/api/api.h"
#include "libshared/http/public_url.h"
#include "services/api/alerts.h"
#include "services/api/backup_files.h"
#include "services/api/backup_order.h"
#include "services/api/bearer.h"
#include "services/api/bot.h"
#include "services/api/checkup.h"
#include "services/api/commands.h"
#include "services/api/cors.h"
#include "services/api/desk_feed.h"
#include "services/api/desk_order.h"
#include "services/api/digests.h"
#include "libshared/discord/lang.h"
#include "services/api/courier.h"
#include "services/api/live.h"
#include "services/api/oauth.h"
#include "services/api/owners.h"
#include "services/api/picture.h"
#include "services/api/roster.h"
#include "services/api/reads.h"
#include "services/api/share_page.h"
#include "services/api/site.h"
#include "services/api/standby.h"
#include "services/api/system.h"
#include "services/api/visit.h"
#include <sodium.h>
#include <stdio.h>

#define DRAIN_MS 5000

#define GUILD "/api/v1/guilds/{guild_id}"

const struct endpoint api_endpoints[] = {
	{ "POST", "/logout", ACCESS_ACCOUNT, true, logout },
	{ "GET", "/api/v1/me", ACCESS_ACCOUNT, false, me_get },
	{ "GET", "/api/v1/me/sessions", ACCESS_ACCOUNT, false, sessions_list },
	{ "DELETE", "/api/v1/me/sessions", ACCESS_ACCOUNT, true, sessions_end },
	{ "DELETE", "/api/v1/me/sessions/{session_id}", ACCESS_ACCOUNT, true, session_end },
	{ "DELETE", "/api/v1/me", ACCESS_ACCOUNT, true, my_account_end },
	{ "GET", "/api/v1/me/guilds", ACCESS_GUILDS, false, my_guilds },
	{ "GET", "/api/v1/guilds", ACCESS_GUILDS, false, guilds_list },
	{ "GET", GUILD, ACCESS_ANY, false, guild_get },
	{ "PATCH", GUILD, ACCESS_MANAGER, true, guild_patch },
	{ "GET", GUILD "/settings", ACCESS_MANAGER, false, settings_get },
	{ "GET", GUILD "/audit", ACCESS_MANAGER, false, audit_list },
	{ "GET", GUILD "/leaving", ACCESS_LEAVING, false, leaving_get },
	{ "PUT", GUILD "/leaving", ACCESS_LEAVING, true, leaving_put },
	{ "GET", GUILD "/me", ACCESS_MEMBER, false, my_data },
	{ "GET", GUILD "/me/export", ACCESS_MEMBER, false, my_export },
	{ "PUT", GUILD "/me/opt-out", ACCESS_MEMBER, true, my_opt_out },
	{ "DELETE", GUILD "/me/opt-out", ACCESS_MEMBER, true, my_opt_in },
	{ "POST", GUILD "/me/erasure", ACCESS_MEMBER, true, my_erasure },
	{ "GET", GUILD "/overview", ACCESS_GUILD, false, overview_get },
	{ "GET", GUILD "/timeseries", ACCESS_GUILD, false, timeseries_get },
	{ "GET", GUILD "/channels/top", ACCESS_GUILD, false, top_channels },
	{ "GET", GUILD "/members/top", ACCESS_PEOPLE, false, top_members },
	{ "GET", GUILD "/heatmap", ACCESS_GUILD, false, heatmap_get },
	{ "GET", GUILD "/messages", ACCESS_GUILD, false, messages_get },
	{ "GET", GUILD "/channels", ACCESS_GUILD, false, channels_list },
	{ "GET", GUILD "/channels/{channel_id}", ACCESS_GUILD, false, channel_get },
	{ "GET", GUILD "/members", ACCESS_PEOPLE, false, members_list },
	{ "GET", GUILD "/rows", ACCESS_PEOPLE, false, rows_get },
	{ "GET", GUILD "/directory", ACCESS_GUILD, false, directory_get },
	{ "GET", GUILD "/filters", ACCESS_GUILD, false, saved_list },
	{ "POST", GUILD "/filters", ACCESS_GUILD, true, saved_add },
	{ "PATCH", GUILD "/filters/{filter_id}", ACCESS_GUILD, true, saved_rename },
	{ "DELETE", GUILD "/filters/{filter_id}", ACCESS_GUILD, true, saved_remove },
	{ "GET", GUILD "/coverage", ACCESS_GUILD, false, coverage_get },
	{ "GET", GUILD "/growth", ACCESS_GUILD, false, growth_get },
	{ "GET", GUILD "/growth/activation", ACCESS_GUILD, false, activation_get },
	{ "GET", GUILD "/growth/retention", ACCESS_GUILD, false, retention_get },
	{ "GET", GUILD "/growth/lifecycle", ACCESS_GUILD, false, lifecycle_get },
	{ "GET", GUILD "/growth/stickiness", ACCESS_GUILD, false, stickiness_get },
	{ "GET", GUILD "/digest", ACCESS_MANAGER, false, digest_get },
	{ "PUT", GUILD "/digest", ACCESS_MANAGER, true, digest_put },
	{ "DELETE", GUILD "/digest", ACCESS_MANAGER, true, digest_delete },
	{ "POST", GUILD "/digest/test", ACCESS_MANAGER, true, digest_test },
	{ "GET", GUILD "/desk", ACCESS_MANAGER, false, desk_get },
	{ "PUT", GUILD "/desk", ACCESS_MANAGER, true, desk_put },
	{ "GET", GUILD "/rules", ACCESS_MANAGER, false, request_rules_list },
	{ "POST", GUILD "/rules", ACCESS_MANAGER, true, request_rule_create },
	{ "POST", GUILD "/rules/try", ACCESS_MANAGER, true, request_rule_try },
	{ "PUT", GUILD "/rules/order", ACCESS_MANAGER, true, request_rules_order },
	{ "PUT", GUILD "/rules/{rule_id}", ACCESS_MANAGER, true, request_rule_put },
	{ "DELETE", GUILD "/rules/{rule_id}", ACCESS_MANAGER, true, request_rule_delete },
	{ "GET", GUILD "/task-reports", ACCESS_STAFF, false, task_reports_list },
	{ "GET", GUILD "/task-reports/summary", ACCESS_STAFF, false, task_summary_get },
	{ "POST", GUILD "/task-reports/{report_id}/claim", ACCESS_STAFF, true, task_claim },
	{ "POST", GUILD "/task-reports/{report_id}/verify", ACCESS_STAFF, true, task_verify },
	{ "PUT", GUILD "/task-reports/{report_id}/state", ACCESS_STAFF, true, task_state_put },
	{ "GET", GUILD "/task-settings", ACCESS_MANAGER, false, task_settings_get },
	{ "PUT", GUILD "/task-settings", ACCESS_MANAGER, true, task_settings_put },
	{ "GET", GUILD "/annotations", ACCESS_GUILD, false, annotations_list },
	{ "POST", GUILD "/annotations", ACCESS_MANAGER, true, annotation_create },
	{ "PATCH", GUILD "/annotations/{annotation_id}", ACCESS_MANAGER, true, annotation_patch },
	{ "DELETE", GUILD "/annotations/{annotation_id}", ACCESS_MANAGER, true, annotation_delete },
	{ "GET", GUILD "/community", ACCESS_GUILD, false, community_get },
	{ "GET", GUILD "/desk/file", ACCESS_MANAGER, false, desk_file_get },
	{ "PUT", GUILD "/desk/file", ACCESS_MANAGER, true, desk_file_put },
	{ "POST", GUILD "/desk/file/check", ACCESS_MANAGER, true, desk_file_check },
	{ "GET", GUILD "/curators", ACCESS_MANAGER, false, curators_list },
	{ "GET", GUILD "/curators/{user_id}", ACCESS_STAFF, false, curator_get },
	{ "PUT", GUILD "/curators/{user_id}", ACCESS_MANAGER, true, curator_put },
	{ "DELETE", GUILD "/curators/{user_id}", ACCESS_MANAGER, true, curator_delete },
	{ "GET", GUILD "/curator-exclusions", ACCESS_MANAGER, false, exclusions_list },
	{ "PUT", GUILD "/curator-exclusions/{user_id}", ACCESS_MANAGER, true, exclusion_put },
	{ "DELETE", GUILD "/curator-exclusions/{user_id}", ACCESS_MANAGER, true, exclusion_delete },
	{ "GET", GUILD "/curator-archives", ACCESS_MANAGER, false, archives_list },
	{ "GET", GUILD "/curator-archives/{archive_id}", ACCESS_MANAGER, false, archive_file },
	{ "DELETE", GUILD "/curator-archives/{archive_id}", ACCESS_MANAGER, true, archive_delete },
	{ "POST", GUILD "/curator-archives/{archive_id}/restore", ACCESS_MANAGER, true,
	  archive_restore },
	{ "GET", GUILD "/activities", ACCESS_STAFF, false, activities_list },
	{ "GET", GUILD "/activities/summary", ACCESS_STAFF, false, activities_summary },
	{ "GET", GUILD "/rating", ACCESS_STAFF, false, rating_get },
	{ "PUT", GUILD "/rating", ACCESS_MANAGER, true, rating_put },
	{ "DELETE", GUILD "/rating", ACCESS_MANAGER, true, rating_reset },
	{ "POST", GUILD "/rating/preview", ACCESS_MANAGER, true, rating_preview },
	{ "GET", "/api/v1/leaderboard", ACCESS_GUILDS, false, leaderboard_get },
	{ "GET", GUILD "/moderation", ACCESS_PEOPLE, false, facts_list },
	{ "GET", GUILD "/boosts", ACCESS_PEOPLE, false, facts_list },
	{ "GET", GUILD "/commands", ACCESS_GUILD, false, facts_list },
	{ "GET", GUILD "/events", ACCESS_GUILD, false, facts_list },
	{ "GET", GUILD "/games", ACCESS_GUILD, false, facts_list },
	{ "GET", GUILD "/invites", ACCESS_PEOPLE, false, facts_list },
	{ "GET", GUILD "/hours", ACCESS_GUILD, false, hours_get },
	{ "GET", GUILD "/voice", ACCESS_GUILD, false, voice_get },
	{ "GET", GUILD "/voice/now", ACCESS_GUILD, false, voice_now },
	{ "GET", GUILD "/live", ACCESS_GUILD, false, live_stream },
	{ "GET", GUILD "/now", ACCESS_GUILD, false, now_get },
	{ "GET", GUILD "/setup", ACCESS_GUILD, false, setup_get },
	{ "GET", GUILD "/checkup", ACCESS_MANAGER, false, checkup_of_guild },
	{ "POST", GUILD "/checkup", ACCESS_MANAGER, true, checkup_of_guild },
	{ "GET", GUILD "/history", ACCESS_GUILD, false, history_get },
	{ "PUT", GUILD "/history", ACCESS_MANAGER, true, history_put },
	{ "DELETE", GUILD "/history", ACCESS_MANAGER, true, history_delete },
	{ "GET", GUILD "/members/joined", ACCESS_GUILD, false, joined_get },
	{ "GET", GUILD "/alerts", ACCESS_GUILD, false, rules_list },
	{ "POST", GUILD "/alerts", ACCESS_MANAGER, true, rule_create },
	{ "PUT", GUILD "/alerts/{rule_id}", ACCESS_MANAGER, true, rule_put },
	{ "DELETE", GUILD "/alerts/{rule_id}", ACCESS_MANAGER, true, rule_delete },
	{ "GET", GUILD "/alert-episodes", ACCESS_GUILD, false, episodes_list },
	{ "GET", GUILD "/webhooks", ACCESS_MANAGER, false, webhooks_list },
	{ "POST", GUILD "/webhooks", ACCESS_MANAGER, true, webhook_create },
	{ "PATCH", GUILD "/webhooks/{webhook_id}", ACCESS_MANAGER, true, webhook_patch },
	{ "DELETE", GUILD "/webhooks/{webhook_id}", ACCESS_MANAGER, true, webhook_delete },
	{ "POST", GUILD "/webhooks/{webhook_id}/test", ACCESS_MANAGER, true, webhook_test },
	{ "GET", GUILD "/webhooks/{webhook_id}/deliveries", ACCESS_MANAGER, false,
	  deliveries_list },
	{ "GET", GUILD "/notifications", ACCESS_MANAGER, false, notices_get },
	{ "PUT", GUILD "/notifications", ACCESS_MANAGER, true, notices_put },
	{ "GET", GUILD "/notifications/deliveries", ACCESS_MANAGER, false, notice_log },
	{ "GET", GUILD "/notifications/trouble", ACCESS_MANAGER, false, notice_trouble },
	{ "POST", GUILD "/notifications/test", ACCESS_MANAGER, true, notice_test },
	{ "GET", GUILD "/shares", ACCESS_MANAGER, false, shares_list },
	{ "POST", GUILD "/shares", ACCESS_MANAGER, true, share_create },
	{ "DELETE", GUILD "/shares/{share_id}", ACCESS_MANAGER, true, share_revoke },
	{ "GET", GUILD "/tokens", ACCESS_MANAGER, false, tokens_list },
	{ "POST", GUILD "/tokens", ACCESS_MANAGER, true, token_create },
	{ "DELETE", GUILD "/tokens/{token_id}", ACCESS_MANAGER, true, token_revoke },
	{ "GET", GUILD "/members/{user_id}", ACCESS_PEOPLE, false, member_get },
	{ "GET", GUILD "/request-figures", ACCESS_STAFF, false, request_figures },
	{ "GET", GUILD "/requests", ACCESS_STAFF, false, requests_list },
	{ "GET", GUILD "/requests/{request_id}", ACCESS_STAFF, false, request_get },
	{ "GET", GUILD "/schedule", ACCESS_STAFF, false, schedule_get },
	{ "PUT", GUILD "/schedule/versions/{day}", ACCESS_MANAGER, true, schedule_version_put },
	{ "DELETE", GUILD "/schedule/versions/{day}", ACCESS_MANAGER, true,
	  schedule_version_delete },
	{ "PUT", GUILD "/schedule/holidays/{day}", ACCESS_MANAGER, true, holiday_put },
	{ "DELETE", GUILD "/schedule/holidays/{day}", ACCESS_MANAGER, true, holiday_delete },
	{ "PUT", GUILD "/schedule/shifts/{user_id}", ACCESS_MANAGER, true, shifts_put },
	{ "PUT", GUILD "/schedule/targets", ACCESS_MANAGER, true, targets_put },
	{ "GET", GUILD "/cover", ACCESS_STAFF, false, cover_get },
	{ "GET", "/api/v1/inbox", ACCESS_GUILDS, false, inbox_get },
	{ "GET", "/api/v1/inbox/count", ACCESS_GUILDS, false, inbox_count },
	{ "GET", "/api/v1/inbox/live", ACCESS_GUILDS, false, inbox_live },
	{ "POST", GUILD "/requests/acts", ACCESS_STAFF, true, request_acts },
	{ "POST", GUILD "/requests/{request_id}/claim", ACCESS_STAFF, true, request_act },
	{ "POST", GUILD "/requests/{request_id}/unclaim", ACCESS_STAFF, true, request_act },
	{ "POST", GUILD "/requests/{request_id}/resolve", ACCESS_STAFF, true, request_act },
	{ "POST", GUILD "/requests/{request_id}/reopen", ACCESS_STAFF, true, request_act },
	{ "POST", GUILD "/requests/{request_id}/not-a-request", ACCESS_STAFF, true, request_act },
	{ "POST", GUILD "/requests/{request_id}/snooze", ACCESS_STAFF, true, request_act },
	{ "GET", "/api/v1/system/shards", ACCESS_OWNER, false, system_shards },
	{ "GET", "/api/v1/system/database", ACCESS_OWNER, false, system_database },
	{ "GET", "/api/v1/system/checkup", ACCESS_OWNER, false, checkup_of_all },
	{ "POST", "/api/v1/system/checkup", ACCESS_OWNER, true, checkup_of_all },
	{ "GET", "/api/v1/imports", ACCESS_OWNER, false, imports_list },
	{ "POST", "/api/v1/imports", ACCESS_OWNER, true, import_read_order },
	{ "DELETE", "/api/v1/imports/{import_id}", ACCESS_OWNER, true, import_drop_order },
	{ "POST", "/api/v1/imports/{import_id}/run", ACCESS_OWNER, true, import_merge_order },
	{ "GET", "/api/v1/maintenance", ACCESS_OWNER, false, maintenance_list },
	{ "POST", "/api/v1/maintenance/{task}", ACCESS_OWNER, true, maintenance_now },
	{ "GET", "/api/v1/backups", ACCESS_OWNER, false, backups_list },
	{ "POST", "/api/v1/backups", ACCESS_OWNER, true, backup_now },
	{ "GET", "/api/v1/backups/settings", ACCESS_OWNER, false, backup_settings_get },
	{ "PUT", "/api/v1/backups/settings", ACCESS_OWNER, true, backup_settings_put },
	{ "POST", "/api/v1/backups/settings/preview", ACCESS_OWNER, true, backup_settings_preview },
	{ "PUT", "/api/v1/backups/file", ACCESS_OWNER, true, backup_file_put },
	{ "DELETE", "/api/v1/backups/aside/{name}", ACCESS_OWNER, true, backup_drop_aside },
	{ "GET", "/api/v1/backups/{backup_id}", ACCESS_OWNER, false, backup_get },
	{ "DELETE", "/api/v1/backups/{backup_id}", ACCESS_OWNER, true, backup_delete },
	{ "POST", "/api/v1/backups/{backup_id}/verify", ACCESS_OWNER, true, backup_verify },
	{ "POST", "/api/v1/backups/{backup_id}/drill", ACCESS_OWNER, true, backup_drill },
	{ "POST", "/api/v1/backups/{backup_id}/restore", ACCESS_OWNER, true, backup_restore },
	{ "POST", "/api/v1/backups/{backup_id}/guild", ACCESS_OWNER, true, backup_guild_restore },
	{ "POST", "/api/v1/backups/export", ACCESS_OWNER, true, backup_export },
	{ "GET", GUILD "/files", ACCESS_MANAGER, false, guild_files_list },
	{ "POST", GUILD "/files", ACCESS_MANAGER, true, guild_file_make },
	{ "GET", GUILD "/files/{backup_id}", ACCESS_MANAGER, false, guild_file_get },
	{ "POST", GUILD "/files/{backup_id}/restore", ACCESS_MANAGER, true, guild_file_restore },
	{ "GET", "/api/v1/backups/{backup_id}/file", ACCESS_OWNER, false, backup_file_get },
	{ "GET", "/api/v1/jobs/{job_id}", ACCESS_OWNER, false, backup_job_get },
	{ "POST", "/api/v1/jobs/{job_id}/cancel", ACCESS_OWNER, true, backup_job_cancel },
};
const size_t api_endpoint_count = RA_COUNT(api_endpoints);

static void add_routes(struct api *api)
{
	struct ra_http_server *server = api->server;
	ra_http_route(server, "GET", "/healthz", site_health, api);
	ra_http_route(server, "GET", "/readyz", site_ready, api);
	ra_http_route(server, "GET", "/login", oauth_login, api);
	ra_http_route(server, "GET", "/callback", oauth_callback, api);
	ra_http_route(server, "GET", "/api/v1/instance", site_instance, api);
	ra_http_route(server, "GET", "/api/v1/shares/{token}", share_page, api);
	api->routes = ra_alloc(api_endpoint_count * sizeof(*api->routes));
	for (size_t i = 0; i < api_endpoint_count; i++) {
		api->routes[i] = (struct route){ api, &api_endpoints[i] };
		ra_http_route(server, api_endpoints[i].method, api_endpoints[i].path, visit_begin,
			      &api->routes[i]);
	}
	ra_http_route(server, "OPTIONS", "/api/*", cors_preflight, api);
	ra_http_route(server, NULL, "/api/*", site_no_endpoint, api);
	site_headers_init(&api->site_headers, &api->urls);
	ra_http_route_files(server, "/share/", api->conf->dashboard_dir, "index.html",
			    api->site_headers.share_pairs);
	ra_http_route_files(server, "/embed/", api->conf->dashboard_dir, "index.html",
			    api->site_headers.embed_pairs);
	ra_http_route_files(server, "/", api->conf->dashboard_dir, "index.html",
			    api->site_headers.pairs);
}

/* As long as a new replica may take to reach its database before it says that it is away. */
#define FIRST_CONNECTION_MS 10000

static void on_database_up(void *ctx)
{
	struct api *api = ctx;
	ra_http_server_release(api->server);
}

/* What is not for people: databases, Discord, webhooks, files. */
#define FILES_OF_OURS 256

static size_t most_connections(const struct api *api)
{
	size_t wanted = (size_t)api->conf->max_connections, files = ra_file_limit();
	if (files > FILES_OF_OURS && wanted > files - FILES_OF_OURS) {
		ra_warn(api->log, "fewer connections than MAX_CONNECTIONS",
			ra_f_u64("connections", files - FILES_OF_OURS),
			ra_f_text("hint", "Raise the limit of open files (LimitNOFILE, ulimits)."));
		return files - FILES_OF_OURS;
	}
	return wanted;
}

static int listen_for_people(struct api *api, struct ra_err *err)
{
	struct ra_http_options options = {
		.host = ra_listen_host(api->conf->host),
		.port = (uint16_t)api->conf->port,
		.max_body = RA_TRANSFER_UP_BYTES,
		.base_path = api->urls.base,
		.max_conns = most_connections(api),
		.max_per_address = (size_t)api->conf->max_per_address,
		.proxies = &api->proxies,
	};
	api->server = ra_http_server_start(api->loop, &options, api->log, err);
	if (api->server)
		return 0;
	snprintf(err->hint, sizeof(err->hint),
		 "Set PORT and HOST to an address that is free, or stop what uses this one.");
	return err->code;
}

static int open_parts(struct api *api, struct ra_err *err)
{
	const struct conf *conf = api->conf;
	api->db = db_open(api->loop, conf->database_url, (int)conf->database_pool, api->log, err);
	if (!api->db || reads_open(api, err) < 0)
		return RA_ECONF;
	api->live = live_start(api, err);
	if (!api->live)
		return RA_ECONF;
	api->system = system_start(api, err);
	if (!api->system)
		return RA_ECONF;
	api->orders = desk_orders_start(api, err);
	if (!api->orders)
		return RA_ECONF;
	api->desk_feed = desk_feed_start(api, err);
	if (!api->desk_feed)
		return RA_ECONF;
	api->backup_orders = backup_orders_start(api, err);
	if (!api->backup_orders)
		return RA_ECONF;
	api->backup_files = backup_files_start(api);
	api->langs = langs_load(conf->locales_dir, "discord", err);
	api->commands = api->langs ? commands_start(api, err) : NULL;
	if (!api->commands)
		return RA_ECONF;
	api->digests = digests_start(api);
	api->checkup = checkup_start(api);
	if (listen_for_people(api, err) < 0)
		return err->code;
	ra_http_server_hold(api->server, FIRST_CONNECTION_MS);
	db_on_up(api->db, on_database_up, api);
	api->alerts = alerts_start(api);
	api->courier = courier_start(api);
	return 0;
}

int api_open(struct api *api, struct ra_err *err)
{
	if (sodium_init() < 0)
		return ra_fail(err, RA_ECONF, "Check that the kernel gives random bytes.",
			       "libsodium does not start");
	int rc = conf_proxies(api->conf, &api->proxies, err);
	if (rc < 0)
		return rc;
	urls_init(&api->urls, api->conf);
	seal_keys_init(&api->keys, api->conf->session_secret);
	throttle_init(&api->throttle, api->conf);
	api->roster = roster_new(api);
	const struct ra_rest_options rest = {
		.base_url = api->urls.api_base,
		.token = api->conf->discord_bot_token,
		.redis_url = api->conf->redis_url,
		.log = api->log,
	};
	api->rest = ra_rest_open(api->loop, &rest, err);
	if (!api->rest)
		return RA_ECONF;
	api->bot = bot_start(api);
	api->owners = owners_start(api);
	rc = open_parts(api, err);
	if (rc == 0)
		add_routes(api);
	return rc;
}

static void api_fini(struct api *api)
{
	roster_free(api->roster);
	share_cache_clear(api);
	ra_free(api->settled);
	langs_free(api->langs);
	picture_forget_fonts();
	site_headers_fini(&api->site_headers);
	ra_free(api->routes);
	urls_fini(&api->urls);
	sodium_memzero(&api->keys, sizeof(api->keys));
}

static void on_part_closed(void *ctx)
{
	struct api *api = ctx;
	if (--api->pending > 0)
		return;
	api_fini(api);
	if (api->closed)
		api->closed(api->closed_ctx);
}

static void close_parts(void *ctx)
{
	struct api *api = ctx;
	/* 1: this function, so that a closing with nothing to close ends as well */
	api->pending = 1 + (api->live != NULL) + (api->system != NULL) + (api->db != NULL) +
		       (api->orders != NULL) + (api->desk_feed != NULL) +
		       (api->backup_orders != NULL) + (api->backup_files != NULL) +
		       (api->standby != NULL) + (api->checkup != NULL);
	if (api->rest) {
		api->pending += 3;
		ra_rest_close(api->rest, on_part_closed, api);
		bot_stop(api->bot, on_part_closed, api);
		owners_stop(api->owners, on_part_closed, api);
	}
	if (api->alerts) {
		api->pending += 2;
		alerts_stop(api->alerts, on_part_closed, api);
		courier_stop(api->courier, on_part_closed, api);
	}
	if (api->live)
		live_stop(api->live, on_part_closed, api);
	if (api->system)
		system_stop(api->system, on_part_closed, api);
	if (api->orders)
		desk_orders_stop(api->orders, on_part_closed, api);
	if (api->backup_orders)
		backup_orders_stop(api->backup_orders, on_part_closed, api);
	if (api->backup_files)
		backup_files_stop(api->backup_files, on_part_closed, api);
	if (api->desk_feed)
		desk_feed_stop(api->desk_feed, on_part_closed, api);
	if (api->checkup)
		checkup_stop(api->checkup, on_part_closed, api);
	if (api->standby)
		standby_close(api->standby, on_part_closed, api);
	if (api->db)
		db_close(api->db, on_part_closed, api);
	on_part_closed(api);
}

static void close_server(void *ctx)
{
	struct api *api = ctx;
	if (--api->pending > 0)
		return;
	if (api->server)
		ra_http_server_stop(api->server, DRAIN_MS, close_parts, api);
	else
		close_parts(api);
}

void api_close(struct api *api, void (*closed)(void *ctx), void *ctx)
{
	api->closed = closed;
	api->closed_ctx = ctx;
	/* 1: this function */
	api->pending = 1 + (api->commands != NULL) + (api->digests != NULL);
	if (api->commands)
		commands_stop(api->commands, close_server, api);
	if (api->digests)
		digests_stop(api->digests, close_server, api);
	close_server(api);
}

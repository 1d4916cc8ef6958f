/*
 * visit: one request to /api/v1 that has passed the door. What the door
 * checks stands in the table of endpoints (api.c): session, guild, CSRF
 * token. A visit lives in the request's arena, until the answer.
 */
#pragma once
#include "services/api/access.h"
#include "services/api/api.h"
#include "services/api/reply.h"

struct visit {
	struct api *api;             /* borrowed */
	struct ra_http_request *req; /* borrowed */
	struct ra_arena *arena;      /* the request's */
	const struct endpoint *endpoint;
	int64_t now_ms; /* one now for all of an answer */
	unsigned char hash[TOKEN_HASH_BYTES];
	const struct access *access;
	int64_t export_rows; /* how many rows a page of an export has; 0: it is no export */
	void *state;         /* what a handler keeps between its steps; in the arena */
};

struct endpoint {
	const char *method, *path;
	enum access_need need;
	bool is_change; /* needs X-CSRF-Token */
	void (*handle)(struct visit *visit);
};

/* The whole of /api/v1 (api.c). */
extern const struct endpoint api_endpoints[];
extern const size_t api_endpoint_count;

/* The handler of every endpoint's route; `ctx` is its struct route. */
struct route {
	struct api *api;
	const struct endpoint *endpoint;
};
void visit_begin(struct ra_http_request *req, void *ctx);
/* Past the door, for a part of this program that asks in somebody's place. `as`: all but arena and
 * hash are set; the request is from ra_http_inside. */
void visit_inside(const struct visit *as);

/* A ra_pg_result_cb whose `ctx` is the visit: the answer is what PostgreSQL wrote as JSON in the
 * first column of its one row. */
void visit_reply_row(void *ctx, int status, const PGresult *rows, const struct ra_err *err);

/* The handlers, one or more a noun. */
void me_get(struct visit *visit);
void logout(struct visit *visit);
void sessions_list(struct visit *visit);
void session_end(struct visit *visit);
void sessions_end(struct visit *visit);
void guilds_list(struct visit *visit);
void guild_get(struct visit *visit);
void guild_patch(struct visit *visit);
void settings_get(struct visit *visit);
void audit_list(struct visit *visit);
void leaving_get(struct visit *visit);
void leaving_put(struct visit *visit);
void my_guilds(struct visit *visit);
void my_data(struct visit *visit);
void my_export(struct visit *visit);
void my_opt_out(struct visit *visit);
void my_opt_in(struct visit *visit);
void my_erasure(struct visit *visit);
void my_account_end(struct visit *visit);
void overview_get(struct visit *visit);
void timeseries_get(struct visit *visit);
void top_channels(struct visit *visit);
void top_members(struct visit *visit);
void heatmap_get(struct visit *visit);
void coverage_get(struct visit *visit);
void messages_get(struct visit *visit);
void channels_list(struct visit *visit);
void channel_get(struct visit *visit);
void members_list(struct visit *visit);
void member_get(struct visit *visit);
void rows_get(struct visit *visit);
void directory_get(struct visit *visit);
void saved_list(struct visit *visit);
void saved_add(struct visit *visit);
void saved_rename(struct visit *visit);
void saved_remove(struct visit *visit);
void growth_get(struct visit *visit);
void activation_get(struct visit *visit);
void retention_get(struct visit *visit);
void lifecycle_get(struct visit *visit);
void stickiness_get(struct visit *visit);
void digest_get(struct visit *visit);
void digest_put(struct visit *visit);
void digest_delete(struct visit *visit);
void digest_test(struct visit *visit);
void desk_get(struct visit *visit);
void desk_put(struct visit *visit);
void request_rules_list(struct visit *visit);
void request_rules_order(struct visit *visit);
void request_rule_try(struct visit *visit);
void request_rule_create(struct visit *visit);
void request_rule_put(struct visit *visit);
void request_rule_delete(struct visit *visit);
void task_reports_list(struct visit *visit);
void task_summary_get(struct visit *visit);
void task_claim(struct visit *visit);
void task_verify(struct visit *visit);
void task_state_put(struct visit *visit);
void task_settings_get(struct visit *visit);
void task_settings_put(struct visit *visit);
void annotations_list(struct visit *visit);
void annotation_create(struct visit *visit);
void annotation_patch(struct visit *visit);
void annotation_delete(struct visit *visit);
void community_get(struct visit *visit);
void facts_list(struct visit *visit);
void desk_file_get(struct visit *visit);
void desk_file_check(struct visit *visit);
void desk_file_put(struct visit *visit);
void curators_list(struct visit *visit);
void curator_get(struct visit *visit);
void curator_put(struct visit *visit);
void curator_delete(struct visit *visit);
void exclusions_list(struct visit *visit);
void exclusion_put(struct visit *visit);
void exclusion_delete(struct visit *visit);
void archives_list(struct visit *visit);
void archive_file(struct visit *visit);
void archive_delete(struct visit *visit);
void archive_restore(struct visit *visit);
void activities_list(struct visit *visit);
void activities_summary(struct visit *visit);
void rating_get(struct visit *visit);
void rating_put(struct visit *visit);
void rating_reset(struct visit *visit);
void rating_preview(struct visit *visit);
void leaderboard_get(struct visit *visit);
void hours_get(struct visit *visit);
void live_stream(struct visit *visit);
void now_get(struct visit *visit);
void setup_get(struct visit *visit);
void voice_get(struct visit *visit);
void voice_now(struct visit *visit);
void history_get(struct visit *visit);
void history_put(struct visit *visit);
void history_delete(struct visit *visit);
void joined_get(struct visit *visit);
void system_shards(struct visit *visit);
void system_database(struct visit *visit);
void checkup_of_all(struct visit *visit);
void checkup_of_guild(struct visit *visit);
void guild_files_list(struct visit *visit);
void guild_file_make(struct visit *visit);
void guild_file_get(struct visit *visit);
void guild_file_restore(struct visit *visit);
void backup_guild_restore(struct visit *visit);
void backup_export(struct visit *visit);
void imports_list(struct visit *visit);
void import_read_order(struct visit *visit);
void import_merge_order(struct visit *visit);
void import_drop_order(struct visit *visit);
void maintenance_list(struct visit *visit);
void maintenance_now(struct visit *visit);
void backups_list(struct visit *visit);
void backup_now(struct visit *visit);
void backup_get(struct visit *visit);
void backup_delete(struct visit *visit);
void backup_verify(struct visit *visit);
void backup_drill(struct visit *visit);
void backup_restore(struct visit *visit);
void backup_drop_aside(struct visit *visit);
void backup_job_get(struct visit *visit);
void backup_job_cancel(struct visit *visit);
void backup_settings_get(struct visit *visit);
void backup_settings_put(struct visit *visit);
void backup_settings_preview(struct visit *visit);
void backup_file_get(struct visit *visit);
void backup_file_put(struct visit *visit);
void rules_list(struct visit *visit);
void rule_create(struct visit *visit);
void rule_put(struct visit *visit);
void rule_delete(struct visit *visit);
void episodes_list(struct visit *visit);
void notices_get(struct visit *visit);
void notices_put(struct visit *visit);
void notice_log(struct visit *visit);
void notice_trouble(struct visit *visit);
void notice_test(struct visit *visit);
void webhooks_list(struct visit *visit);
void webhook_create(struct visit *visit);
void webhook_patch(struct visit *visit);
void webhook_delete(struct visit *visit);
void webhook_test(struct visit *visit);
void deliveries_list(struct visit *visit);
void shares_list(struct visit *visit);
void share_create(struct visit *visit);
void share_revoke(struct visit *visit);
void tokens_list(struct visit *visit);
void token_create(struct visit *visit);
void token_revoke(struct visit *visit);
void request_figures(struct visit *visit);
void requests_list(struct visit *visit);
void request_get(struct visit *visit);
void schedule_get(struct visit *visit);
void schedule_version_put(struct visit *visit);
void schedule_version_delete(struct visit *visit);
void holiday_put(struct visit *visit);
void holiday_delete(struct visit *visit);
void shifts_put(struct visit *visit);
void targets_put(struct visit *visit);
void cover_get(struct visit *visit);
void inbox_get(struct visit *visit);
void inbox_count(struct visit *visit);
void inbox_live(struct visit *visit);
void request_act(struct visit *visit);
void request_acts(struct visit *visit);

/*
 * dashboards: writes deploy/grafana/dashboards/*.json, which Grafana reads. What a panel shows is a line here; the rest
 * of what Grafana wants is the same for all of them. tests/scenario/alerts_test.mjs checks that what lies there is what
 * this writes, and that every figure asked for exists.
 *
 *	node deploy/grafana/dashboards.mjs
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const rate = (metric, by = "") => `sum${by && ` by (${by})`} (rate(${metric}[$__rate_interval]))`;
const quantile = (q, metric, by = "job") => `histogram_quantile(${q}, sum by (le, ${by}) (rate(${metric}_bucket[$__rate_interval])))`;

/* [title, unit, [[expression, legend] ...], what a number is judged by] */
const BOARDS = {
	overview: {
		title: "Rations: overview",
		stats: [
			["Alerts", "none", 'count(ALERTS{alertstate="firing"}) or vector(0)', 1],
			["Replicas that do not answer", "none", 'count(up{job!="prometheus"} == 0) or vector(0)', 1],
			["Shards not connected", "none", "count(rations_shard_live == 0) or vector(0)", 1],
			["Slowest reader is behind", "s", "max(rations_stream_behind_seconds) or vector(0)", 300],
			["Events lost", "none", "sum(rations_stream_discarded_entries_total) or vector(0)", 1],
			["Newest backup", "s", "time() - max(rations_backup_last_success_timestamp_seconds > 0)", 129600],
		],
		graphs: [
			["Events a second", "none", [[rate("rations_ingest_published_events_total", "type"), "{{type}}"]]],
			["From Discord to the table, 90 %", "s", [[quantile(0.9, "rations_event_to_commit_seconds"), "{{job}}"]]],
			["Servers", "none", [["sum(rations_shard_guilds)", "there"], ["sum(rations_shard_unavailable_guilds)", "away"]]],
			["What each depends on", "bool", [["rations_ready", "{{job}} {{check}}"]]],
			["Processor", "percentunit", [["rate(process_cpu_seconds_total[$__rate_interval])", "{{instance}}"]]],
			["Memory", "bytes", [["process_resident_memory_bytes", "{{instance}}"]]],
			["Connections to PostgreSQL that are missing", "none", [["rations_postgres_connections - rations_postgres_connections_up", "{{instance}}"]]],
			["Connections to Redis that are missing", "none", [["rations_redis_connections - rations_redis_connections_up", "{{instance}}"]]],
		],
	},
	pipeline: {
		title: "Rations: pipeline",
		stats: [
			["Identifies left today", "none", "min(rations_identifies_remaining)"],
			["Refusals left before we stop", "none", "min(rations_discord_refusals_left)"],
			["Gaps healed", "none", "sum(rations_gateway_healed_gaps_total)"],
			["Gaps not healed", "none", "sum(rations_gateway_gaps_total)", 1],
			["Shards that wait for Redis", "none", "sum(rations_ingest_paused)", 1],
			["Notices that wait", "none", "max(rations_notices_waiting)", 50],
		],
		graphs: [
			["Events a second, by shard", "none", [["rations_shard_events_per_second", "{{shard}}"]]],
			["Heartbeat", "s", [["rations_shard_heartbeat_seconds", "{{shard}}"]]],
			["Connections that ended", "none", [["sum by (cause) (increase(rations_gateway_disconnects_total[$__rate_interval]))", "{{cause}}"]]],
			["From the frame to Redis, 99 %", "s", [[quantile(0.99, "rations_ingest_publish_seconds"), "{{job}}"]]],
			["Entries in the stream", "none", [["rations_stream_entries", "{{shard}}"]]],
			["Slowest reader is behind", "s", [["rations_stream_behind_seconds", "{{shard}}"]]],
			["Events folded a second", "none", [[rate("rations_events_folded_total", "job"), "{{job}}"]]],
			["Events a transaction", "none", [[`${rate("rations_events_folded_total", "job")} / ${rate("rations_batches_committed_total", "job")}`, "{{job}}"]]],
			["Time to commit, 95 %", "s", [[quantile(0.95, "rations_commit_seconds"), "{{job}}"]]],
			["Transactions that failed", "none", [[rate("rations_batches_failed_total", "job"), "{{job}}"]]],
			["Skipped as repeated", "none", [[rate("rations_events_duplicate_total", "job"), "{{job}} by seq"], [rate("rations_events_repeated_total", "job"), "{{job}} by identity"]]],
			["Messages read from history", "none", [[rate("rations_history_messages_total"), "a second"]]],
		],
	},
	"api-and-backups": {
		title: "Rations: API & backups",
		stats: [
			["Requests that fail", "percentunit", 'sum(rate(rations_http_requests_total{job="api",status="5xx"}[5m])) / sum(rate(rations_http_requests_total{job="api"}[5m])) or vector(0)', 0.05],
			["Live dashboards", "none", "sum(rations_live_listeners) + sum(rations_desk_readers)"],
			["Newest backup", "s", "time() - max(rations_backup_last_success_timestamp_seconds > 0)", 129600],
			["Last drill that passed", "s", "time() - max(rations_backup_drill_last_success_timestamp_seconds > 0)", 3888000],
			["Backups kept", "none", "max(rations_backup_kept)"],
			["Room left for backups", "percentunit", "min(rations_backup_disk_free_bytes / rations_backup_disk_size_bytes)"],
		],
		graphs: [
			["Requests a second", "none", [[rate('rations_http_requests_total{job="api"}', "status"), "{{status}}"]]],
			["Slowest routes, 95 %", "s", [['topk(10, histogram_quantile(0.95, sum by (le, route) (rate(rations_http_request_seconds_bucket{job="api"}[$__rate_interval]))))', "{{route}}"]]],
			["Errors, by route", "none", [['sum by (route) (increase(rations_http_errors_total{job="api"}[$__rate_interval]))', "{{route}}"]]],
			["Transactions, 95 %", "s", [[quantile(0.95, "rations_postgres_group_seconds"), "{{job}}"]]],
			["Slash commands", "none", [["sum by (outcome) (increase(rations_commands_ended_total[$__rate_interval]))", "{{outcome}}"]]],
			["Slash commands, 95 %", "s", [[quantile(0.95, "rations_command_seconds"), "{{job}}"]]],
			["Calls of Discord", "none", [[rate("rations_discord_answers_total", "class"), "{{class}}"]]],
			["Discord said: slower", "none", [["sum by (scope) (increase(rations_discord_limited_total[$__rate_interval]))", "{{scope}}"]]],
			["Calls wait for their turn, 95 %", "s", [[quantile(0.95, "rations_discord_wait_seconds"), "{{job}}"]]],
			["Notices and webhooks", "none", [["sum by (outcome) (increase(rations_notices_total[$__rate_interval]))", "notices {{outcome}}"], ["sum by (outcome) (increase(rations_api_webhook_attempts_total[$__rate_interval]))", "webhooks {{outcome}}"]]],
			["Database and backups", "bytes", [["max(rations_database_size_bytes)", "database"], ["max(rations_backup_last_size_bytes)", "newest backup"], ["max(rations_backup_disk_free_bytes)", "room left"]]],
			["Workers of backups", "none", [["sum by (outcome) (increase(rations_backup_workers_total[$__rate_interval]))", "{{outcome}}"]]],
		],
	},
};

const datasource = { type: "prometheus", uid: "prometheus" };
const target = ([expr, legendFormat], i) => ({ datasource, expr, legendFormat, refId: "ABCD"[i] });

const stat = ([title, unit, expr, bad], i) => ({
	id: i + 1, type: "stat", title, datasource, gridPos: { x: i * 4, y: 0, w: 4, h: 4 }, targets: [{ ...target([expr, ""], 0), instant: true }],
	fieldConfig: {
		defaults: {
			unit, color: { mode: "thresholds" },
			thresholds: { mode: "absolute", steps: [{ color: bad === undefined ? "blue" : "green", value: null }, ...(bad === undefined ? [] : [{ color: "red", value: bad }])] },
		},
		overrides: [],
	},
	options: { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "value", graphMode: "none" },
});

const graph = ([title, unit, targets], i) => ({
	id: i + 11, type: "timeseries", title, datasource, gridPos: { x: (i % 2) * 12, y: 4 + Math.floor(i / 2) * 8, w: 12, h: 8 }, targets: targets.map(target),
	fieldConfig: { defaults: { unit, min: 0, custom: { lineWidth: 1, fillOpacity: 10, showPoints: "never" } }, overrides: [] },
	options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
});

/* [file, its text] */
export const files = Object.entries(BOARDS).map(([name, { title, stats, graphs }]) => [`${name}.json`, `${JSON.stringify({
	uid: `rations-${name}`, title, tags: ["rations"], editable: false, schemaVersion: 39, version: 1, refresh: "30s",
	time: { from: "now-6h", to: "now" }, timezone: "browser", templating: { list: [] }, annotations: { list: [] },
	links: [{ type: "dashboards", tags: ["rations"], title: "Rations", asDropdown: false, includeVars: false, keepTime: true, icon: "external link", targetBlank: false, tooltip: "", url: "" }],
	panels: [...stats.map(stat), ...graphs.map(graph)],
}, null, "\t")}\n`]);

if (process.argv[1] === import.meta.filename)
	for (const [name, text] of files) writeFileSync(join(import.meta.dirname, "dashboards", name), text);

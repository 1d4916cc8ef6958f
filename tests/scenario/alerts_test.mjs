/*
 * A story of alerts: hours of a healthy installation raise none of deploy/prometheus/alerts.yml; and for each
 * of them one thing goes wrong, and it is raised, and no other. promtool plays the hours in a moment.
 * What alerts and Grafana's dashboards ask for, some service tells.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { files } from "../../deploy/grafana/dashboards.mjs";
import { root, tap } from "../harness/stack.mjs";

const alertsFile = join(root, "deploy/prometheus/alerts.yml");
const alerts = readFileSync(alertsFile, "utf8");
const questions = files.flatMap(([, text]) => JSON.parse(text).panels.flatMap((panel) => panel.targets.map(({ expr }) => expr)));
const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);

/* Looks that are taken, a minute apart; time begins at 0, 1970. Backups are a matter of days: looks at them are half
 * an hour apart. */
const LOOKS = 74;
const BY_DAYS = ["BackupTooOld", "BackupMissing"];
const steady = (value) => `${value}x${LOOKS}`;
const rising = (step) => `0+${step}x${LOOKS}`;
/* as it was for half of the time, then otherwise */
const turning = (before, after) => `${before}x${LOOKS / 2} ${after}x${LOOKS / 2}`;
const buckets = (name, labels, quick, slow) => Object.fromEntries([["0.1", quick], ["10", quick], ["60", quick + slow], ["+Inf", quick + slow]]
	.map(([le, step]) => [`${name}_bucket{${labels},le="${le}"}`, rising(step)]));

const JOBS = ["gateway-ingest", "analytics", "api", "response-tracker", "backup-scheduler"];
const each = (name, value) => Object.fromEntries(JOBS.map((job) => [`${name}{job="${job}",instance="${job}:1"}`, value]));
const GATEWAY = 'job="gateway-ingest",instance="gateway-ingest:1"', ANALYTICS = 'job="analytics",instance="analytics:1"';
const API = 'job="api",instance="api:1"', BACKUP = 'job="backup-scheduler",instance="backup-scheduler:1"';
const TRACKER = 'job="response-tracker",instance="response-tracker:1"', ROUTE = 'route="GET /api/v1/guilds"';
const lastBackup = `rations_backup_last_success_timestamp_seconds{${BACKUP}}`;
const shard = (name) => `${name}{${GATEWAY},shard="1.0"}`;

const healthy = {
	...each("up", steady(1)), ...each("process_start_time_seconds", steady(1)),
	...each("rations_postgres_connections", steady(2)), ...each("rations_postgres_connections_up", steady(2)),
	...each("rations_redis_connections", steady(2)), ...each("rations_redis_connections_up", steady(2)),
	...each("rations_discord_refusals_left", steady(1000)), ...each("rations_discord_limits_shared", steady(1)),
	...each("rations_discord_token_denied_total", steady(0)), ...each("rations_discord_bans_total", steady(0)),
	...buckets("rations_postgres_group_seconds", ANALYTICS, 60, 0),
	[shard("rations_shard_live")]: steady(1), [shard("rations_shard_last_event_timestamp_seconds")]: rising(60),
	[shard("rations_stream_behind_seconds")]: steady(2),
	[`rations_fleet_held_shards{${GATEWAY}}`]: steady(1), [`rations_gateway_gaps_total{${GATEWAY}}`]: steady(3),
	[`rations_identifies_spent{${GATEWAY}}`]: steady(0), [`rations_gateway_identifies_total{${GATEWAY}}`]: `0+0.01x${LOOKS}`,
	[`rations_gateway_disconnects_total{${GATEWAY},cause="reconnect"}`]: `0+0.02x${LOOKS}`,
	[`rations_gateway_withheld_intents{${GATEWAY}}`]: steady(0), [`rations_ingest_paused{${GATEWAY}}`]: steady(0),
	[`rations_stream_discarded_entries_total{${GATEWAY}}`]: steady(0), [`rations_stream_cut_entries_total{${ANALYTICS}}`]: steady(0),
	...buckets("rations_event_to_commit_seconds", ANALYTICS, 60, 0),
	[`rations_batches_failed_total{${ANALYTICS}}`]: steady(1), [`rations_entries_malformed_total{${ANALYTICS}}`]: steady(0),
	[`rations_discord_answers_total{${ANALYTICS},class="2xx"}`]: rising(60), [`rations_discord_answers_total{${ANALYTICS},class="5xx"}`]: rising(1),
	[`rations_http_requests_total{${API},status="2xx"}`]: rising(100), [`rations_http_requests_total{${API},status="5xx"}`]: rising(1),
	...buckets("rations_http_request_seconds", `${API},${ROUTE}`, 60, 0), [`rations_http_request_seconds_count{${API},${ROUTE}}`]: rising(60),
	[`rations_interactions_dropped_total{${API}}`]: steady(2), [`rations_notices_oldest_seconds{${TRACKER}}`]: steady(4),
	[`rations_backup_leader{${BACKUP}}`]: steady(1), [lastBackup]: rising(60),
	...Object.fromEntries(["backup_failed", "drill_failed", "no_space"].map((kind) => [`rations_backup_alarm{${BACKUP},kind="${kind}"}`, steady(0)])),
	[`rations_backup_disk_free_bytes{${BACKUP}}`]: steady(50e9), [`rations_backup_disk_size_bytes{${BACKUP}}`]: steady(100e9),
	[`rations_database_size_bytes{${BACKUP}}`]: steady(10e9), [`rations_upkeep_failures_total{${BACKUP},task="vacuum"}`]: steady(1),
};

/* What goes wrong, and which series then tells what. */
const troubles = {
	ServiceDown: { [`up{${API}}`]: turning(1, 0) },
	ServiceMissing: { [`up{${TRACKER}}`]: turning(1, "_") },
	ServiceRestarting: { [`process_start_time_seconds{${ANALYTICS}}`]: rising(60) },
	PostgresAway: { [`rations_postgres_connections_up{${API}}`]: turning(2, 1) },
	ReplicaNotUsed: { [`rations_replica_connections{${API}}`]: steady(4), [`rations_replica_connections_used{${API}}`]: turning(4, 0) },
	RedisAway: { [`rations_redis_connections_up{${TRACKER}}`]: turning(2, 0) },
	DatabaseSlow: buckets("rations_postgres_group_seconds", ANALYTICS, 50, 10),
	ShardDown: { [shard("rations_shard_live")]: turning(1, 0) },
	NoShards: { [`rations_fleet_held_shards{${GATEWAY}}`]: turning(1, 0) },
	NoEvents: { [shard("rations_shard_last_event_timestamp_seconds")]: steady(1) },
	GapNotHealed: { [`rations_gateway_gaps_total{${GATEWAY}}`]: turning(3, 4) },
	IdentifyBudgetSpent: { [`rations_identifies_spent{${GATEWAY}}`]: turning(0, 1) },
	IdentifyingOften: { [`rations_gateway_identifies_total{${GATEWAY}}`]: rising(1) },
	GatewayFlapping: { [`rations_gateway_disconnects_total{${GATEWAY},cause="reconnect"}`]: rising(1) },
	IntentsWithheld: { [`rations_gateway_withheld_intents{${GATEWAY}}`]: steady(2) },
	EventsLost: { [`rations_stream_cut_entries_total{${ANALYTICS}}`]: turning(0, 12) },
	ReaderBehind: { [shard("rations_stream_behind_seconds")]: turning(2, 900) },
	EventsLate: buckets("rations_event_to_commit_seconds", ANALYTICS, 40, 20),
	PublishingPaused: { [`rations_ingest_paused{${GATEWAY}}`]: turning(0, 1) },
	BatchesFailing: { [`rations_batches_failed_total{${ANALYTICS}}`]: rising(1) },
	EntriesMalformed: { [`rations_entries_malformed_total{${ANALYTICS}}`]: rising(1) },
	TokenRefused: { [`rations_discord_token_denied_total{${API}}`]: rising(0.2) },
	InvalidRequestsHigh: { [`rations_discord_refusals_left{${TRACKER}}`]: turning(1000, 320) },
	AddressBlocked: { [`rations_discord_bans_total{${ANALYTICS}}`]: rising(0.1) },
	DiscordFailing: { [`rations_discord_answers_total{${ANALYTICS},class="5xx"}`]: rising(30) },
	LimitsNotShared: {
		'rations_discord_limits_shared{job="api",instance="api:2"}': steady(1), [`rations_discord_limits_shared{${API}}`]: turning(1, 0),
	},
	ApiErrors: { [`rations_http_requests_total{${API},status="5xx"}`]: rising(10) },
	ApiSlow: buckets("rations_http_request_seconds", `${API},${ROUTE}`, 40, 20),
	CommandsUnanswered: { [`rations_interactions_dropped_total{${API}}`]: rising(1) },
	NoticesStuck: { [`rations_notices_oldest_seconds{${TRACKER}}`]: turning(4, 3600) },
	BackupNobody: { [`rations_backup_leader{${BACKUP}}`]: turning(1, 0) },
	BackupTooOld: { [lastBackup]: steady(60) },
	BackupMissing: { [lastBackup]: steady(0) },
	BackupFailed: { [`rations_backup_alarm{${BACKUP},kind="backup_failed"}`]: turning(0, 1) },
	DrillFailed: { [`rations_backup_alarm{${BACKUP},kind="drill_failed"}`]: turning(0, 1) },
	BackupNoSpace: { [`rations_backup_alarm{${BACKUP},kind="no_space"}`]: turning(0, 1) },
	DiskAlmostFull: { [`rations_backup_disk_free_bytes{${BACKUP}}`]: turning(50e9, 9e9) },
	UpkeepFailing: { [`rations_upkeep_failures_total{${BACKUP},task="vacuum"}`]: rising(1) },
};

/* Exactly these fire at the end. */
const ends = (series, firing, interval) => ({
	interval,
	input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
	promql_expr_test: [{
		expr: 'count by (alertname) (ALERTS{alertstate="firing"})', eval_time: interval === "1m" ? `${LOOKS}m` : `${LOOKS / 2}h`,
		exp_samples: firing.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
	}],
});

const dir = mkdtempSync(join(tmpdir(), "rations-alerts-"));

/* tests: [series, firing] */
function play(interval, ...tests) {
	const file = join(dir, "test.yml");
	writeFileSync(file, JSON.stringify({
		rule_files: [alertsFile], evaluation_interval: interval, tests: tests.map(([series, firing]) => ends(series, firing, interval)),
	}));
	const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", file], { encoding: "utf8" });
	if (status !== 0) throw new Error(stdout + stderr);
}

/* All that the services tell, as their sources name it; histograms under the names Prometheus gives their parts. */
function told() {
	const sources = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "services/*.c", "libshared/*.c"],
		{ cwd: root, encoding: "utf8" }).trim().split("\n");
	const found = new Set(["up", "ALERTS"]);
	for (const source of sources) {
		const text = readFileSync(join(root, source), "utf8");
		for (const [, kind, name] of text.matchAll(/\bRA_(COUNTER|GAUGE|HISTOGRAM)(?:_BY)?\(\s*\w+,\s*"(\w+)"/g))
			for (const part of kind === "HISTOGRAM" ? ["_bucket", "_sum", "_count"] : [""]) found.add(name + part);
		for (const [name] of text.matchAll(/(?<=")process_\w+(?=")/g)) found.add(name);
	}
	return found;
}

const { test, end } = tap();

await test("rules and configuration are what Prometheus takes", async () => {
	execFileSync("promtool", ["check", "rules", alertsFile], { stdio: "pipe" });
	execFileSync("promtool", ["check", "config", "--syntax-only", join(root, "deploy/prometheus/prometheus.yml")], { stdio: "pipe" });
	for (const rule of alerts.split("- alert: ").slice(1))
		if (!/summary: ".+"/.test(rule) || !/fix: ".+"/.test(rule) || !/severity: (critical|warning)\}/.test(rule))
			throw new Error(`what is wrong, what to do or how bad it is lacks: ${rule}`);
});

await test("while all is well there are no alerts", async () => play("1m", [healthy, []]));

await test("each alert is raised by its trouble, and by no other", async () => {
	const without = names.filter((name) => !troubles[name]);
	if (without.length) throw new Error(`no trouble raises ${without.join(", ")}`);
	const of = (name) => [{ ...healthy, ...troubles[name] }, [name]];
	play("1m", ...names.filter((name) => !BY_DAYS.includes(name)).map(of));
	const rests = Object.entries(healthy).filter(([name]) => name.startsWith("up{") || name.startsWith("rations_backup_"));
	const backups = { ...Object.fromEntries(rests), [lastBackup]: rising(1800) };
	play("30m", [backups, []], ...BY_DAYS.map((name) => [{ ...backups, ...troubles[name] }, [name]]));
});

await test("dashboards are as written, and their questions are what Prometheus takes", async () => {
	for (const [name, text] of files)
		if (readFileSync(join(root, "deploy/grafana/dashboards", name), "utf8") !== text)
			throw new Error(`${name} is another: node deploy/grafana/dashboards.mjs`);
	const rules = questions.map((expr, i) => ({ record: `question_${i}`, expr: expr.replaceAll("$__rate_interval", "5m") }));
	const file = join(dir, "questions.yml");
	writeFileSync(file, JSON.stringify({ groups: [{ name: "questions", rules }] }));
	execFileSync("promtool", ["check", "rules", file], { stdio: "pipe" });
});

await test("alerts and dashboards ask for what is told", async () => {
	const known = told();
	const asked = [alerts, ...questions].flatMap((text) => [...text.matchAll(/\b(?:rations|process)_[a-z0-9_]+\b/g)].map(([name]) => name));
	const missing = asked.filter((name) => !known.has(name));
	if (missing.length) throw new Error(`nobody tells ${[...new Set(missing)].join(", ")}`);
});

rmSync(dir, { recursive: true, force: true });
end();

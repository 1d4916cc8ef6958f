/*
 * The questions of the Overview page, over HTTP, to a real api and a PostgreSQL with three years of 2,000 guilds, one of
 * them with 500,000 members and 200 million messages (overview_fill.sql; OVERVIEW_SCALE=0.1 for a smaller one):
 *
 *	overview_p95_ms      how long the big guild waits for an answer, every question of every period, an api that has just started
 *	overview_cold_database_p95_ms  the same, of a PostgreSQL that has just started, too
 *	overview_growth_10x  the same of questions about the last weeks, with three years behind them against a tenth of that
 *
 * and, to compare, the last 30 days of that guild asked of a table with a row a message.
 *
 * Filling takes ten minutes; OVERVIEW_DIR=somewhere keeps what was filled, and finds it the next time (today moves on,
 * so on the same day).
 */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Postgres, Program, Redis } from "../harness/parts.mjs";
import { freePorts, root, until } from "../harness/stack.mjs";
import { machine, note, say } from "./measure.mjs";

const DAYS = Number(process.env.OVERVIEW_DAYS ?? 1095), ROUNDS = 3;
const SCALE = Number(process.env.OVERVIEW_SCALE ?? 1);
const TOKEN = "a-token-of-the-bench-that-is-32-bytes-long.";
const BIG = String(1n << 40n), SMALL = String(7n << 40n);
const RECENT = ["today", "yesterday", "24h", "7d", "28d", "30d"];
const PERIODS = [...RECENT, "91d", "month", "last_month", "ytd", "12mo", "all"];

const percentile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
const sum = (list) => list.reduce((a, b) => a + b, 0);

const KEPT = process.env.OVERVIEW_DIR;
const dir = KEPT ?? mkdtempSync(join(tmpdir(), "rations-bench-"));
mkdirSync(dir, { recursive: true });
chmodSync(dir, 0o755);
const isFilled = existsSync(join(dir, "postgres", "data"));
const [port, adminPort, migratePort] = await freePorts(3);
const redis = new Redis(dir);
const postgres = new Postgres(dir);
postgres.command.push("-c", "shared_buffers=1GB", "-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "max_wal_size=16GB", "-c", "autovacuum=off", "-c", "jit=off");

/* What was kept may be of an earlier schema. */
async function migrated(name) {
	const migrate = new Program(dir, `migrate-${name}`, "migrate", {
		DATABASE_URL: url("rations", name), MIGRATIONS_DIR: join(root, "migrations"), ADMIN_PORT: String(migratePort),
	}).start();
	if ((await migrate.ended) !== 0) throw new Error(migrate.log());
}

/* A database with so many days of history. */
async function fill(name, days) {
	const started = Date.now();
	postgres.run(`CREATE DATABASE ${name}`, "postgres");
	await migrated(name);
	execFileSync("psql", ["-X", "-q", "-h", postgres.dir, "-U", "rations", "-d", name, "-v", `days=${days}`, "-v", `scale=${SCALE}`,
		"-v", `token=${TOKEN}`, "-f", join(root, "tests/bench/overview_fill.sql")], { stdio: ["ignore", "ignore", "inherit"] });
	const [told] = JSON.parse(query(name, `SELECT json_agg(q) FROM (SELECT sum(messages)::bigint AS messages, count(*) AS days,
		(SELECT count(*) FROM analytics.member_daily) AS members, pg_size_pretty(pg_database_size('${name}')) AS size
		FROM analytics.guild_daily WHERE guild_id = ${BIG}) q`));
	note(`${name}: ${told.days} days, ${told.messages} messages in the big guild, ${told.members} days of members, ${told.size}, filled in ${Math.round((Date.now() - started) / 1000)} s`);
}

const url = (role, name) => postgres.url(role).replace("/rations?", `/${name}?`);
const query = (name, text) => execFileSync("psql", ["-X", "-q", "-A", "-t", "-h", postgres.dir, "-U", "rations", "-d", name, "-c", text], { encoding: "utf8" });

function questions(guild, periods) {
	const ask = (path) => `/api/v1/guilds/${guild}/${path}`;
	return periods.flatMap((period) => [
		`overview?period=${period}`, `timeseries?metric=messages&period=${period}`, `timeseries?metric=members&period=${period}`,
		`timeseries?metric=voice&period=${period}`, `channels/top?period=${period}`, `members/top?period=${period}`,
		`members/top?by=voice&period=${period}`, `heatmap?period=${period}`, `heatmap?metric=voice&period=${period}`,
	].map(ask));
}

/* Every question, so many times, by an api that knows nothing yet each time; -> milliseconds by question. */
async function ask(name, paths, rounds = ROUNDS) {
	const times = new Map(paths.map((path) => [path, []]));
	for (let round = 0; round < rounds; round++) {
		const api = new Program(dir, `api-${name}`, "api", {
			DATABASE_URL: url("rations_api", name), REDIS_URL: redis.url, PORT: String(port), ADMIN_PORT: String(adminPort),
			RATE_ADDRESS: "0", RATE_ACCOUNT: "0", SESSION_SECRET: "a-secret-that-is-long-enough-for-it", DISCORD_CLIENT_ID: "42", DISCORD_CLIENT_SECRET: "hush", LOG_LEVEL: "error",
			DASHBOARD_DIR: dir, LOCALES_DIR: join(root, "locales"), PUBLIC_URL: `http://127.0.0.1:${port}`, DISCORD_API_BASE: "http://127.0.0.1:1/api",
		}).start();
		await until("api", () => api.isReady()).catch((error) => { throw new Error(`${error.message}\n${api.log().slice(-3000)}`); });
		for (const path of paths) {
			const started = performance.now();
			const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie: `rations_session=${TOKEN}` } });
			const body = await answer.text();
			times.get(path).push(performance.now() - started);
			if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${body}\n${api.log().slice(-2000)}`);
		}
		await api.end("SIGTERM");
	}
	return times;
}

const short = (path) => path.slice(path.indexOf("guilds/") + 7).replace(/^\d+\//, "");
const worst = (times) => [...times].map(([path, list]) => [short(path), percentile(list, 0.5)]).sort((a, b) => b[1] - a[1]);

/* As a bot that writes a row a message would answer. */
function events() {
	const started = Date.now();
	query("years", `DROP TABLE IF EXISTS message_event; CREATE TABLE message_event AS
		SELECT guild_id, guild_id + user_id % 50 AS channel_id, user_id, (day + random() * interval '1 day') AT TIME ZONE 'UTC' AS created_at
		FROM analytics.member_daily CROSS JOIN LATERAL generate_series(1, messages) WHERE guild_id = ${BIG} AND day >= current_date - 30;
		CREATE INDEX ON message_event (guild_id, created_at); ANALYZE message_event`);
	note(`a row a message, of 30 days only: ${query("years", "SELECT count(*) FROM message_event").trim()} rows, filled in ${Math.round((Date.now() - started) / 1000)} s`);
	const of = `FROM message_event WHERE guild_id = ${BIG} AND created_at >= current_date - 30`;
	const times = [
		`SELECT date_trunc('day', created_at), count(*), count(DISTINCT user_id) ${of} GROUP BY 1`,
		`SELECT count(*), count(DISTINCT user_id) ${of}`,
		`SELECT channel_id, count(*), count(DISTINCT user_id) ${of} GROUP BY 1 ORDER BY 2 DESC LIMIT 10`,
		`SELECT user_id, count(*) ${of} GROUP BY 1 ORDER BY 2 DESC LIMIT 10`,
		`SELECT extract(isodow FROM created_at), extract(hour FROM created_at), count(*) ${of} GROUP BY 1, 2`,
	].map((text) => Number(/Time: ([\d.]+)/.exec(execFileSync("psql", ["-X", "-q", "-h", postgres.dir, "-U", "rations", "-d", "years", "-c", "\\timing", "-c", text], { encoding: "utf8" }))[1]));
	say("overview_events_table_30d_ms", Math.round(sum(times)), "ms (cards, top channels, top members, heatmap; the slowest " + Math.round(Math.max(...times)) + ")");
}

note(`overview: ${machine()}`);
try {
	redis.start();
	if (!isFilled) postgres.init();
	await postgres.up();
	await redis.up();
	if (!isFilled) {
		await fill("years", DAYS);
		await fill("tenth", Math.round(DAYS / 10));
	}
	for (const name of ["years", "tenth"]) await migrated(name);
	const cold = await ask("years", questions(BIG, PERIODS), 1);
	const big = await ask("years", questions(BIG, PERIODS));
	const small = await ask("years", questions(SMALL, PERIODS));
	for (const [path, ms] of worst(big).slice(0, 8)) note(`${ms.toFixed(0).padStart(5)} ms  ${path}`);
	const all = (times, share) => percentile([...times.values()].flat(), share).toFixed(1);
	say("overview_p50_ms", all(big, 0.5), "ms");
	say("overview_p95_ms", all(big, 0.95), "ms");
	say("overview_cold_database_p95_ms", all(cold, 0.95), "ms");
	say("overview_small_guild_p95_ms", all(small, 0.95), "ms");
	const paths = questions(BIG, RECENT);
	const [years, tenth] = [await ask("years", paths), await ask("tenth", paths)];
	const typical = (times) => sum(worst(times).map(([, ms]) => ms));
	say("overview_growth_10x", (typical(years) / typical(tenth)).toFixed(2), "ratio");
	events();
} finally {
	await postgres.end("SIGINT");
	await redis.end("SIGTERM");
	if (!KEPT) rmSync(dir, { recursive: true, force: true });
}
note(`overview: ${machine()}`);
process.exit(0);

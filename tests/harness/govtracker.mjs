/*
 * govtracker: a history as GovTracker2 has kept it, in the four forms its users hold: full-backup.json and PostgreSQL (the
 * Node version), a packed backup and MySQL / MariaDB (the Python version). The same facts in each, and what they add up
 * to, counted here.
 */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Part } from "./parts.mjs";
import { until } from "./stack.mjs";

const MIN = 60_000, DAY = 24 * 60 * MIN;
const idAt = (ms, n = 0) => String((BigInt(ms - 1420070400000) << 22n) | BigInt(n));

/* Numbers that look like chance and are the same every time. */
function dice(seed) {
	return (sides) => {
		seed = (seed * 1103515245 + 12345) % 2147483648;
		return Math.floor((seed / 2147483648) * sides);
	};
}

/* `guilds`: known to us, two of them, `channel` one of the first; everything lies in the `days` before `before`. `extra`: so
 * many reactions on top. `late`: a moment, with an act and a request of the second guild in it. */
export function makeHistory({ guilds, channel, before, days = 40, extra = 0, late = null }) {
	const roll = dice(7);
	const start = before - days * DAY;
	let n = 0;
	const next = (ms) => idAt(ms, ++n);
	const role = next(start), tasksChannel = next(start + 1);
	const servers = [
		{ id: 1, guild: guilds[0], name: "LSPD", role, tasksChannel },
		{ id: 2, guild: guilds[1], name: "Weazel News", role: next(start + 3), tasksChannel: null },
		{ id: 3, guild: idAt(1500000000000), name: "FIB", role: null, tasksChannel: null }, /* the bot is not there */
	];
	const curators = [
		{ id: 11, user: next(start), name: "Мия 'O\\; DROP TABLE", servers: [1], type: "government", isActive: true },
		{ id: 12, user: next(start), name: "Noa", servers: [1, 2], type: "crime", isActive: true },
		{ id: 13, user: next(start), name: "Old", servers: [1], type: "crime", isActive: false },
		{ id: 14, user: next(start), name: "Wanders", servers: [], type: "government", isActive: true },
		{ id: 15, user: next(start), name: "Reacted once", servers: [1], type: "auto_created", isActive: true },
	];
	const excluded = [{ user: next(start), name: "Never", reason: "бот" }];
	const activities = [], requests = [], reports = [];
	const act = (curator, server, type, ms, more = {}) =>
		activities.push({ id: activities.length + 1, curator, server, type, ms, channel, message: next(ms), target: null, emoji: null, text: null, ...more });
	const when = () => start + MIN + roll(days * 24 * 60 - 10) * MIN;
	for (let i = 0; i < 60; i++) act(curators[i % 4], servers[i % 4 === 1 ? i % 2 : 0], "message", when(), { text: `сообщение ${i} 😀` });
	for (let i = 0; i < 30; i++) act(curators[i % 2], servers[0], "reaction", when(), { emoji: "👍" });
	for (let i = 0; i < extra; i++) act(curators[0], servers[0], "reaction", start + MIN + i * 1000, { emoji: "🔥" });
	act(curators[4], servers[0], "reaction", when(), { emoji: "👍" });
	act(curators[0], servers[2], "message", when(), { channel: next(start) });
	for (let i = 0; i < 40; i++) {
		const curator = curators[i % 3 === 0 ? 0 : 1], asked = when(), wait = [20, 59, 60, 61, 299, 300, 900][i % 7] * 1000;
		const request = { id: i + 1, server: servers[0], message: next(asked), asked, curator: null };
		if (i % 8 !== 7) {
			const type = i % 5 === 4 ? "reaction" : "reply";
			Object.assign(request, { curator, type, wait, answered: asked + wait, answer: type === "reply" ? idAt(asked + wait, 1 << 20 | i) : null });
			if (type === "reply") act(curator, servers[0], "reply", asked + wait, { message: request.answer, target: request.message, text: "ok" });
			else act(curator, servers[0], "reaction", asked + wait, { message: request.message, emoji: "👀" });
		}
		requests.push(request);
	}
	for (let i = 0; i < 12; i++) {
		const ms = when(), message = next(ms), status = ["pending", "verified", "verified", "reviewing"][i % 4];
		const report = { id: i + 1, server: servers[0], author: idAt(start, 5000 + i % 3), message, ms, tasks: 2 + i, status, curator: null, approved: null, checked: null };
		if (status !== "pending") report.curator = curators[i % 2];
		if (status === "verified") {
			Object.assign(report, { approved: 1 + i, checked: ms + 5 * MIN });
			act(report.curator, servers[0], "task_verification", report.checked, { message: next(report.checked), target: message });
		}
		reports.push(report);
	}
	if (late) {
		act(curators[1], servers[1], "message", late);
		requests.push({ id: 1000, server: servers[1], message: next(late), asked: late, curator: null });
	}
	const settings = { notificationDelay: "300", keywordDetection: "true", customKeywords: "куратор,help", repeatNotifications: "false" };
	return { servers, curators, excluded, activities, requests, reports, settings, channel, start };
}

const iso = (ms) => (ms === null || ms === undefined ? null : new Date(ms).toISOString());
/* As Python writes it: no zone. */
const naive = (ms) => iso(ms)?.replace("Z", "") ?? null;
const words = (ms) => iso(ms)?.replace("T", " ").replace("Z", "") ?? null;

/* --- the Node version --- */

function nodeTables(h) {
	return {
		discord_servers: h.servers.map((s) => ({ id: s.id, serverId: s.guild, name: s.name, roleTagId: s.role, completedTasksChannelId: s.tasksChannel, isActive: true })),
		curators: h.curators.map((c) => ({ id: c.id, discordId: c.user, name: c.name, factions: c.servers.map((id) => h.servers[id - 1].name),
			curatorType: c.type, subdivision: null, isActive: c.isActive, createdAt: iso(h.start) })),
		excluded_curators: h.excluded.map((e, i) => ({ id: i + 1, discordId: e.user, name: e.name, reason: e.reason, excludedAt: iso(h.start) })),
		activities: h.activities.map((a) => ({ id: a.id, curatorId: a.curator.id, serverId: a.server.id, type: a.type, channelId: a.channel, channelName: "chat",
			messageId: a.type === "reaction" ? null : a.message, content: a.text, reactionEmoji: a.emoji,
			targetMessageId: a.type === "reaction" ? a.message : a.target, targetMessageContent: null, timestamp: iso(a.ms) })),
		response_tracking: h.requests.map((r) => ({ id: r.id, serverId: r.server.id, curatorId: r.curator?.id ?? null, mentionMessageId: r.message,
			mentionTimestamp: iso(r.asked), responseMessageId: r.answer ?? (r.curator ? `reaction_${r.message}_${r.curator.user}` : null),
			responseTimestamp: iso(r.answered), responseType: r.type ?? null, responseTimeSeconds: r.wait ? r.wait / 1000 : null })),
		task_reports: h.reports.map((t) => ({ id: t.id, serverId: t.server.id, authorId: t.author, authorName: "leader", messageId: t.message, channelId: h.channel,
			content: `${t.tasks} задач`, taskCount: t.tasks, submittedAt: iso(t.ms), curatorId: t.curator?.id ?? null, curatorDiscordId: t.curator?.user ?? null,
			curatorName: t.curator?.name ?? null, checkedAt: iso(t.checked), approvedTasks: t.approved, status: t.status, weekStart: iso(t.ms) })),
	};
}

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function fullBackup(h) {
	const tables = nodeTables(h);
	const sections = Object.fromEntries(Object.entries(tables).map(([name, rows]) => [camel(name), rows]));
	return JSON.stringify({ botSettings: Object.entries(h.settings).map(([key, value]) => ({ key, value })), notificationSettings: [], ratingSettings: [],
		globalRatingConfig: [], ...sections, users: [{ username: "admin", password: "$2b$10$secret" }] }, null, 2);
}

/* What one curator's archive holds: servers by number only. */
export function curatorArchive(h, curator) {
	const tables = nodeTables(h);
	const mine = (rows) => rows.filter((row) => row.curatorId === curator.id);
	return JSON.stringify({ archivedAt: iso(h.start), type: "curator", curator: tables.curators.find((c) => c.id === curator.id),
		activities: mine(tables.activities), taskReports: mine(tables.task_reports), responseTracking: mine(tables.response_tracking), stats: {} });
}

/* --- the Python version --- */

function pythonTables(h) {
	return {
		curators: h.curators.map((c) => ({ id: c.id, discord_id: c.user, name: c.name, assigned_servers: c.servers, curator_type: c.type, subdivision: null,
			total_points: 4711, rating_level: "Великолепно", is_active: c.isActive, created_at: h.start })),
		discord_servers: h.servers.map((s) => ({ id: s.id, server_id: s.guild, name: s.name, curator_role_id: s.role, notification_channel_id: null,
			tasks_channel_id: s.tasksChannel, reminder_interval_seconds: 300, auto_reminder_enabled: true, is_active: true, created_at: h.start })),
		excluded_curators: h.excluded.map((e, i) => ({ id: i + 1, discord_id: e.user, name: e.name, reason: e.reason, excluded_at: h.start })),
		/* a reply is a message as well, there */
		activities: h.activities.flatMap((a) => {
			const row = { id: 2 * a.id, curator_id: a.curator.id, server_id: a.server.id, type: a.type, points: 9, message_id: a.message, channel_id: a.channel,
				target_message_id: a.type === "task_verification" ? a.target : null, content: a.type === "reaction" ? `Reacted with ${a.emoji}` : a.text, timestamp: a.ms };
			return a.type === "reply" ? [row, { ...row, id: 2 * a.id + 1, type: "message" }] : [row];
		}),
		response_tracking: h.requests.map((r) => ({ id: r.id, curator_id: r.curator?.id ?? null, server_id: r.server.id, mention_timestamp: r.asked,
			response_timestamp: r.answered ?? null, response_time_seconds: r.wait ? r.wait / 1000 : null, mention_message_id: r.message,
			response_message_id: r.answer ?? (r.curator ? r.message : null), channel_id: h.channel, trigger_keywords: "" })),
		task_reports: h.reports.map((t) => ({ id: t.id, discord_user_id: t.author, discord_username: "leader", discord_server_id: t.server.guild,
			discord_channel_id: h.channel, discord_message_id: t.message, title: `${t.tasks} задач`, description: "сделано", approved_tasks: t.approved,
			status: { pending: "pending", verified: "completed", reviewing: "in_review" }[t.status], reviewer_name: t.curator?.name ?? null,
			review_started_at: null, reviewed_at: t.checked, report_date: t.ms, created_at: t.ms })),
	};
}

const times = new Set(["created_at", "excluded_at", "timestamp", "mention_timestamp", "response_timestamp", "review_started_at", "reviewed_at", "report_date"]);
const timed = (row, write) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, times.has(key) ? write(value) : value]));

export function pythonBackup(h) {
	const data = Object.fromEntries(Object.entries(pythonTables(h)).map(([name, rows]) => [name, rows.map((row) => timed(row, naive))]));
	return gzipSync(JSON.stringify({ metadata: { id: "e39b", version: "1.0", source: "GovTracker2 Python Migration" }, data }, null, 2));
}

/* --- databases --- */

const text = (value) => `'${String(value).replaceAll("'", "''")}'`;

/* CREATE and INSERT of tables, column types by what stands in them. */
function dump(tables, typeOf, valueOf) {
	return Object.entries(tables).map(([name, rows]) => {
		const columns = Object.keys(rows[0]);
		return `CREATE TABLE ${name} (${columns.map((c) => `${c} ${typeOf(c, rows)}`).join(", ")});\n`
			+ Array.from({ length: Math.ceil(rows.length / 1000) }, (_, i) => `INSERT INTO ${name} VALUES ${rows.slice(1000 * i, 1000 * (i + 1))
				.map((row) => `(${columns.map((c) => valueOf(c, row[c])).join(", ")})`).join(",\n")};\n`).join("");
	}).join("");
}

export function postgresDump(h) {
	const rename = (rows) => rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [snake(key), value])));
	const tables = Object.fromEntries(Object.entries(nodeTables(h)).map(([name, rows]) => [name, rename(rows)]));
	tables.bot_settings = Object.entries(h.settings).map(([setting_key, setting_value], i) => ({ id: i + 1, setting_key, setting_value }));
	const isTime = (c) => /(_at|timestamp|_start)$/.test(c);
	const typeOf = (c, rows) => (c === "factions" ? "text[]" : c === "is_active" ? "boolean" : isTime(c) ? "timestamp"
		: rows.some((row) => typeof row[c] === "number") ? "integer" : "text");
	return dump(tables, typeOf, (c, value) => (value === null ? "NULL" : Array.isArray(value) ? `ARRAY[${value.map(text)}]::text[]`
		: isTime(c) ? text(value.replace("T", " ").replace("Z", "")) : typeof value === "string" ? text(value) : value));
}

export function mysqlDump(h) {
	const typeOf = (c, rows) => (times.has(c) ? "datetime(3)" : c === "assigned_servers" ? "json" : c.startsWith("is_") || c === "auto_reminder_enabled" ? "tinyint(1)"
		: rows.some((row) => typeof row[c] === "number") ? "int" : ["content", "description"].includes(c) ? "text" : "varchar(255)");
	const quote = (value) => text(String(value).replaceAll("\\", "\\\\"));
	return "SET NAMES utf8mb4;\n" + dump(pythonTables(h), typeOf, (c, value) => (value === null ? "NULL" : times.has(c) ? quote(words(value))
		: Array.isArray(value) ? quote(JSON.stringify(value)) : typeof value === "string" ? quote(value) : value));
}

/* --- MariaDB --- */

export const hasMariadb = () => existsSync("/usr/sbin/mariadbd");
/* MariaDB refuses to be root. Its own user comes with a package that would begin a server of its own. */
const NOBODY = 65534;
const isRoot = () => process.getuid() === 0;
const asNobody = () => (isRoot() ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : []);

/* On a port of its own, small; database govtracker is user rations's, with a password. */
export class Mariadb extends Part {
	constructor(parent, port) {
		const dir = join(parent, "mariadb");
		super(dir, "mariadb", ["mariadbd", "--no-defaults", `--datadir=${dir}/data`, `--socket=${dir}/sock`, `--port=${port}`, "--bind-address=127.0.0.1",
			"--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0", "--performance-schema=OFF", "--skip-log-bin"], {}, asNobody());
		mkdirSync(dir);
		if (isRoot()) chownSync(dir, NOBODY, NOBODY);
		this.port = port;
	}

	init() {
		execFileSync("setpriv", [...asNobody(), "--", "mariadb-install-db", "--no-defaults", `--datadir=${this.dir}/data`, "--skip-test-db",
			"--auth-root-authentication-method=normal", "--innodb-log-file-size=4M"], { cwd: this.dir, stdio: "pipe" });
		return this;
	}

	run(statements) {
		return execFileSync("mariadb", ["--no-defaults", "-u", "root", `--socket=${this.dir}/sock`, "--batch"], { input: statements, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
	}

	async up() {
		this.start();
		await until("MariaDB", () => this.run("SELECT 1"));
		this.run("CREATE DATABASE govtracker CHARACTER SET utf8mb4; CREATE USER rations@'127.0.0.1' IDENTIFIED BY 'p@ss/w:rd'; GRANT SELECT ON govtracker.* TO rations@'127.0.0.1'");
	}

	url(password = "p@ss/w:rd") {
		return `mysql+pymysql://rations:${encodeURIComponent(password)}@127.0.0.1:${this.port}/govtracker`;
	}
}

/* --- what it adds up to, in one of the servers --- */

/* By the rules of metrics.md and heritage.md, from the facts and nothing else. */
export function expected(h, server) {
	const requests = h.requests.filter((r) => r.server === server), answered = requests.filter((r) => r.curator);
	const waits = answered.map((r) => r.wait).sort((a, b) => a - b);
	const quantile = (share) => waits[Math.ceil(share * requests.length) - 1] ?? null;
	const board = h.curators.filter((c) => c.type !== "auto_created").map((c) => {
		const count = (type) => h.activities.filter((a) => a.curator === c && a.server === server && a.type === type).length;
		const mine = answered.filter((r) => r.curator === c), good = mine.filter((r) => r.wait <= 60_000).length, poor = mine.filter((r) => r.wait >= 300_000).length;
		const bonus = mine.length === 0 ? 0 : Math.max(-mine.length, good - poor + (5 * good >= 4 * mine.length ? Math.floor(mine.length / 5)
			: 2 * poor >= mine.length ? -Math.floor((3 * mine.length) / 10) : 0));
		const figures = { messages: count("message"), replies: count("reply"), reactions: count("reaction"), tasks: count("task_verification"), responses: mine.length, good, poor };
		return { id: c.user, ...figures, score: 3 * figures.messages + 2 * figures.replies + figures.reactions + 5 * figures.tasks + bonus };
	}).filter((row) => row.messages + row.replies + row.reactions + row.tasks + row.responses > 0);
	const reports = h.reports.filter((t) => t.server === server), sum = (name) => reports.reduce((total, t) => total + (t[name] ?? 0), 0);
	return {
		requests: { n: requests.length, answered: answered.length, closed: requests.length - answered.length, unanswered: requests.length - answered.length,
			p50_ms: quantile(0.5), p75_ms: quantile(0.75), mean_ms: waits.length ? Math.floor(waits.reduce((a, b) => a + b, 0) / waits.length) : null,
			good: waits.filter((w) => w <= 60_000).length, poor: waits.filter((w) => w >= 300_000).length },
		board: board.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)),
		reports: { reports: reports.length, tasks: sum("tasks"), approved: sum("approved"), verified: reports.filter((t) => t.status === "verified").length,
			reviewing: reports.filter((t) => t.status === "reviewing").length, pending: reports.filter((t) => t.status === "pending").length },
	};
}

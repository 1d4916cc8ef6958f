/*
 * Moving in from GovTracker2: the same history in MariaDB, PostgreSQL, full-backup.json and a packed backup gives the same
 * figures, counted another way here; what was read is not there before it is wanted; twice is once; killed is resumed;
 * nobody is told of the past; what happens live goes on beside it.
 */
import { deepEqual, equal, ok } from "node:assert";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DAY, Desk, HOUR, MIN } from "../harness/desk.mjs";
import { Mariadb, curatorArchive, expected, fullBackup, hasMariadb, makeHistory, mysqlDump, postgresDump, pythonBackup } from "../harness/govtracker.mjs";
import { bin, freePorts, root, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const desk = await Desk.start({ api: true });
const owner = new Visitor(desk);
const folder = join(desk.dir, "backups", "import");
const env = { PATH: process.env.PATH, LC_ALL: "C.UTF-8", ...desk.env, DATABASE_URL: desk.postgres.url("rations_backup"),
	ADMIN_DATABASE_URL: desk.postgres.url("rations"), REDIS_URL: desk.redis.url, BACKUP_DIR: join(desk.dir, "backups") };
mkdirSync(folder, { recursive: true });

/* --- a job, as backup-scheduler lets one be done --- */

const newJob = (parameters) => Number(desk.sql(`INSERT INTO backup.job (kind, parameters, asked_by, created_at) VALUES ('import',
	'${JSON.stringify(parameters).replaceAll("'", "''")}', 4711, now()) RETURNING job_id`).trim());
const worker = (job) => spawnSync(join(root, bin, "bin/backup-scheduler"), ["--worker", String(job)], { env, encoding: "utf8" });
const rowOf = (job) => desk.rows(`SELECT state, why, parameters, detail FROM backup.job WHERE job_id = ${job}`)[0];
function work(parameters) {
	const job = newJob(parameters), { stderr } = worker(job), row = rowOf(job);
	return { job, log: stderr, ...row };
}
function read(parameters) {
	const done = work({ do: "read", name: "x", ...parameters });
	equal(done.state, "done", `${done.why}\n${done.log}`);
	return { import: done.detail.import, report: done.detail };
}
function merge(id) {
	const done = work({ do: "merge", import: id });
	equal(done.state, "done", `${done.why}\n${done.log}`);
}

/* kill -9 when it waits for that table; and what the queue does about it. */
async function dieAt(job, table) {
	const lock = desk.postgres.runLater(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE; SELECT pg_sleep(600)`);
	const holder = await until("the lock", () => desk.rows("SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND wait_event = 'PgSleep'")[0]?.pid);
	const child = spawn(join(root, bin, "bin/backup-scheduler"), ["--worker", String(job)], { env, stdio: "ignore" });
	const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
	await until("it to wait", () => desk.rows(`SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '${table}'::regclass`).length > 0);
	child.kill("SIGKILL");
	equal(await ended, "SIGKILL");
	desk.sql(`SELECT pg_terminate_backend(${holder})`);
	await lock;
	desk.sql(`UPDATE backup.job SET state = 'waiting' WHERE job_id = ${job}`);
}
function again(job) {
	const { stderr } = worker(job);
	equal(rowOf(job).state, "done", `${rowOf(job).why}\n${stderr}`);
}

/* --- what the pages show --- */

const RANGE = "period=custom&from=2020-01-01&to=2035-01-01";
async function figures(guild) {
	const path = `/api/v1/guilds/${guild}`;
	const { figures: sums } = await owner.get(`${path}/request-figures?${RANGE}`);
	const board = await owner.get(`/api/v1/leaderboard?guilds=${guild}&${RANGE}&limit=100&former=true`);
	const { totals: reports } = await owner.get(`${path}/task-reports/summary?${RANGE}`);
	const pick = (from, like) => Object.fromEntries(Object.keys(like).map((key) => [key, from[key]]));
	return {
		requests: { n: sums.n, answered: sums.answered, closed: sums.closed, unanswered: sums.unanswered, p50_ms: sums.calendar.p50_ms, p75_ms: sums.calendar.p75_ms,
			mean_ms: sums.plain.mean_ms, good: sums.bands.good, poor: sums.bands.poor },
		board: board.rows.map((row) => pick(row, { id: 0, messages: 0, replies: 0, reactions: 0, tasks: 0, responses: 0, good: 0, poor: 0, score: 0 }))
			.filter((row) => row.messages + row.replies + row.reactions + row.tasks + row.responses > 0).sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)),
		reports: pick(reports, { reports: 0, tasks: 0, approved: 0, verified: 0, reviewing: 0, pending: 0 }),
	};
}
const rowOfBoard = (all, curator) => all.board.find((row) => row.id === curator.user);
const curatorsOf = async (guild) => (await owner.get(`/api/v1/guilds/${guild}/curators?limit=100`)).rows
	.map(({ id, name, kind, is_active, by_hand, since }) => ({ id, name, kind, is_active, by_hand, since })).filter((row) => row.by_hand);

/* Everything that can change, but the clock's own columns. */
const state = () => desk.rows(`SELECT (SELECT json_agg(q ORDER BY q.request_id) FROM (SELECT guild_id, request_id, state, channel_id, answered_at, answered_by, source FROM response.request) q) AS requests,
	(SELECT json_agg(h ORDER BY h.hour, h.user_id) FROM response.activity_hourly h WHERE messages + replies + reactions + tasks > 0) AS hours,
	(SELECT count(*) FROM response.activity) AS activities, (SELECT json_agg(r ORDER BY r.report_id) FROM (SELECT report_id, state, approved, curator_id FROM response.task_report) r) AS reports,
	(SELECT json_agg(c ORDER BY c.guild_id, c.user_id) FROM (SELECT guild_id, user_id, name, kind, is_active FROM app.curator) c) AS curators,
	(SELECT json_agg(s ORDER BY s.guild_id) FROM app.desk_settings s) AS settings, (SELECT count(*) FROM app.request_rule) AS rules`);

/* As it was before anything was imported. */
function moveOut() {
	desk.sql(`DELETE FROM response.activity_hourly h USING (SELECT DISTINCT guild_id, date_trunc('hour', at, 'UTC') AS hour, user_id FROM response.activity WHERE source = 2) a
		WHERE h.guild_id = a.guild_id AND h.hour = a.hour AND h.user_id = a.user_id;
		DELETE FROM response.activity WHERE source = 2; DELETE FROM response.request WHERE source = 2; DELETE FROM response.task_report WHERE source = 2;
		DELETE FROM app.curator; DELETE FROM app.curator_excluded; DELETE FROM response.staff WHERE source = 2; DELETE FROM backup.import`);
	for (const table of ["desk_settings", "request_rule", "task_settings", "notice_settings", "rating_settings"])
		desk.sql(`DELETE FROM app.${table} WHERE guild_id <> ${desk.guild}`);
}

const guild = (await desk.control("GET", "world")).guilds.map((one) => one.id).find((id) => id !== desk.guild);
const inject = async (act, more) => (await desk.control("POST", "inject", { act, guild_id: guild, at_ms: desk.clock.now(), ...more })).id;
const channel = await inject("create_channel", { name: "desk", type: 0 });
await until("its channel", () => desk.rows(`SELECT 1 FROM analytics.channel WHERE channel_id = ${channel}`).length > 0);
const facts = { guilds: [guild, desk.guild], channel, before: desk.clock.now() - 2 * DAY };
const history = makeHistory(facts);
const wanted = expected(history, history.servers[0]);
/* Uploaded anew each time: what was imported needs its file no more. */
const upload = (name, content) => {
	writeFileSync(join(folder, name), content);
	return { file: name };
};
const sources = {
	"full-backup.json": () => upload("full-backup.json", fullBackup(history)),
	"{uuid}.json.gz": () => upload("e39b600e.json.gz", pythonBackup(history)),
};
let mariadb, untouched, live;

try {
	await owner.logIn("owns every server");

	await t.test("the databases it lies in", async () => {
		desk.postgres.run("CREATE DATABASE govtracker", "postgres");
		execFileSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", desk.postgres.dir, "-U", "rations", "-d", "govtracker"], { input: postgresDump(history) });
		sources.PostgreSQL = () => ({ url: `postgresql+psycopg2://rations:secret-word@/govtracker?host=${encodeURIComponent(desk.postgres.dir)}` });
		if (!hasMariadb()) return;
		const [port] = await freePorts(1);
		mariadb = new Mariadb(desk.dir, port).init();
		await mariadb.up();
		mariadb.run(`USE govtracker; ${mysqlDump(history)}`);
		sources.MariaDB = () => ({ url: mariadb.url() });
	});
	if (!hasMariadb()) t.skip("MariaDB", "mariadbd is not installed: apt install mariadb-server-core");

	await t.test("a live desk beside it", async () => {
		desk.sql(`INSERT INTO app.notice_settings (guild_id, is_enabled, delay_s, channel_id, system_channel_id) VALUES (${desk.guild}, true, 30, ${desk.channels.get("notices")}, ${desk.channels.get("notices")})`);
		live = await desk.ask("Ann", "help", "нужна помощь");
		await desk.opens(live);
		await desk.reply("Kim", live, "иду");
		await desk.becomes(live, { state: "answered" });
		untouched = state();
	});

	await t.test("reading changes nothing, and says what there is and what is left out", async () => {
		const { report } = read(sources["full-backup.json"]());
		deepEqual(state(), untouched);
		equal(report.state, "ready");
		equal(report.kinds.requests.count, history.requests.length);
		equal(report.kinds.task_reports.count, history.reports.length);
		equal(report.skipped.auto_created.count, 2, JSON.stringify(report.skipped));
		equal(report.skipped.guild_unknown.count > 0, true);
		ok(!JSON.stringify(report).includes("$2b$10$"));
	});

	for (const [name, source] of Object.entries(sources))
		await t.test(`${name}: the same figures`, async () => {
			const { import: id } = read(source());
			merge(id);
			deepEqual(await figures(guild), wanted);
			deepEqual((await curatorsOf(guild)).map(({ name, kind, is_active }) => ({ name, kind, is_active })), [
				{ name: "Noa", kind: "crime", is_active: true }, { name: "Old", kind: "crime", is_active: false },
				{ name: "Wanders", kind: "government", is_active: true }, { name: history.curators[0].name, kind: "government", is_active: true }]);
			equal(desk.rows("SELECT count(*)::int AS n FROM app.curator_excluded")[0].n, 2);
			moveOut();
		});

	await t.test("what it was set to is proposed where nothing was decided; reminders are off", async () => {
		merge(read(sources["full-backup.json"]()).import);
		const [desks] = desk.rows(`SELECT d.is_enabled, d.staff_roles::text[], d.good_s, n.is_enabled AS reminds, n.delay_s, k.channels::text[] FROM app.desk_settings d
			JOIN app.notice_settings n USING (guild_id) JOIN app.task_settings k USING (guild_id) WHERE d.guild_id = ${guild}`);
		const [server] = history.servers;
		deepEqual(desks, { is_enabled: true, staff_roles: [server.role], good_s: 60, reminds: false, delay_s: 300, channels: [server.tasksChannel] });
		deepEqual(desk.rows(`SELECT kind, words, roles::text[] FROM app.request_rule WHERE guild_id = ${guild} ORDER BY position`),
			[{ kind: "mention", words: [], roles: [server.role] }, { kind: "keyword", words: ["куратор", "help"], roles: [] }]);
		deepEqual(desk.rows(`SELECT staff_roles::text[] FROM app.desk_settings WHERE guild_id = ${desk.guild}`), [{ staff_roles: [desk.roles.get("staff")] }]);
	});

	await t.test("a request of then is told from one of now", async () => {
		const { rows, total } = await owner.get(`/api/v1/guilds/${guild}/requests?${RANGE}&limit=100`);
		equal(total, history.requests.length);
		ok(rows.every((row) => row.is_imported && row.author.id === "1" && (row.url === null) === (row.channel.id === "0")));
		const [mine] = (await owner.get(`/api/v1/guilds/${desk.guild}/requests?${RANGE}`)).rows;
		deepEqual([mine.id, mine.is_imported], [live, false]);
	});

	await t.test("twice is once, from whichever copy", async () => {
		const once = state();
		for (const source of Object.values(sources)) {
			const { import: id, report } = read(source());
			ok(report.skipped.settings_kept.count > 0);
			merge(id);
			deepEqual(state(), once);
		}
	});

	await t.test("nobody is told of the past, not even of what is opened again", async () => {
		const open = history.requests.find((request) => !request.curator);
		desk.sql(`UPDATE app.notice_settings SET is_enabled = true, channel_id = ${desk.channels.get("notices")}, channel_guild_id = ${desk.guild}, set_by = 1 WHERE guild_id = ${guild}`);
		desk.pass(3 * DAY);
		equal(desk.rows("SELECT count(*)::int AS n FROM response.request WHERE source = 2 AND state = 'open'")[0].n, 0);
		const id = desk.send("reopen", { actor: owner.id ?? history.curators[0].user, guild, target: open.message });
		await desk.outcome(id);
		desk.pass(2 * HOUR);
		await desk.told();
		deepEqual(desk.rows("SELECT request_id FROM response.due"), []);
		deepEqual(desk.rows("SELECT kind, requests FROM response.notice"), []);
		deepEqual(await desk.posted("notices"), []);
	});

	await t.test("what happens live counts beside it, without a restart", async () => {
		const curator = history.curators[0], now = await figures(guild);
		await inject("user", { user_id: curator.user, username: "mia" });
		await inject("join", { user_id: curator.user, roles: [] });
		await inject("message", { channel_id: channel, user_id: curator.user, content: "я здесь" });
		await until("her message to count", async () => rowOfBoard(await figures(guild), curator).messages === rowOfBoard(now, curator).messages + 1);
		equal((await figures(guild)).requests.answered, now.requests.answered);
	});
	await t.test("an archive of one curator: servers by number, found by their channels", async () => {
		moveOut();
		const [curator] = history.curators, alone = wanted.board.find((row) => row.id === curator.user);
		const { import: id, report } = read(upload("curator_1.json", curatorArchive(history, curator)));
		merge(id);
		deepEqual(rowOfBoard(await figures(guild), curator), { ...alone, messages: alone.messages + 1, score: alone.score + 3 }); /* and the live one */
		equal(report.skipped.server_unknown.count, 1);
		const [staff] = desk.rows(`SELECT source FROM response.staff WHERE guild_id = ${guild} AND user_id = ${curator.user} AND ended_at IS NULL`);
		equal(staff.source, 2);
	});

	await t.test("who opted out does not come back with a file", async () => {
		moveOut();
		const curator = history.curators[1];
		desk.sql(`INSERT INTO app.opt_out (guild_id, user_id) VALUES (${guild}, ${curator.user})`);
		const { import: id, report } = read(sources["full-backup.json"]());
		ok(report.skipped.opted_out.count > 0);
		merge(id);
		const now = await figures(guild);
		equal(rowOfBoard(now, curator), undefined);
		deepEqual(now.requests, wanted.requests);
		equal(now.board.find((row) => row.id === "1").responses, wanted.board.find((row) => row.id === curator.user).responses);
		desk.sql(`DELETE FROM app.opt_out WHERE user_id = ${curator.user}`);
	});

	await t.test("killed while it reads, killed while it writes: all of it, once; nothing of what we saw ourselves", async () => {
		moveOut();
		const late = Number(desk.rows("SELECT public.ts_to_ms(min(asked_at)) AS ms FROM response.request WHERE source = 0")[0].ms) + MIN;
		const large = makeHistory({ ...facts, extra: 12_000, late });
		const mine = await figures(desk.guild), job = newJob({ do: "read", name: "x", ...upload("large.json", fullBackup(large)) });
		await dieAt(job, "backup.import_task_report");
		const [half] = desk.rows("SELECT import_id, part, at, state FROM backup.import ORDER BY 1 DESC LIMIT 1");
		ok(half.part > 1 && half.at > 0, JSON.stringify(half));
		again(job);
		const { import: id, kinds, skipped } = rowOf(job).detail;
		equal(kinds.activities.count, large.activities.length - 3, JSON.stringify(skipped)); /* nobody's, elsewhere, late */
		equal(skipped.live.count, 2);
		const writes = newJob({ do: "merge", import: id });
		await dieAt(writes, "response.task_report");
		ok(desk.rows("SELECT count(*)::int AS n FROM response.request WHERE source = 2")[0].n > 0);
		again(writes);
		const all = expected(large, large.servers[0]), now = await figures(guild), [curator] = large.curators;
		deepEqual(now.requests, all.requests);
		deepEqual(now.reports, all.reports);
		deepEqual(rowOfBoard(now, large.curators[1]), all.board.find((row) => row.id === large.curators[1].user));
		equal(rowOfBoard(now, curator).reactions, all.board.find((row) => row.id === curator.user).reactions);
		deepEqual((await figures(desk.guild)).requests, mine.requests);
	});

	await t.test("what can not be read is refused, and no password is told or kept", async () => {
		const untold = state(), packed = pythonBackup(history);
		const bad = [upload("cut.json.gz", packed.subarray(0, packed.length >> 1)), upload("odd.json", fullBackup(history).replace('"curatorId": 11', '"curatorId": ]')),
			{ url: join(folder, upload("elsewhere.json", fullBackup(history)).file) }, /* a file is none of our business there */
			{ url: `postgresql://rations:secret-word@127.0.0.1:1/govtracker` }, { url: sources.PostgreSQL().url.replace("/govtracker", "/nowhere") },
			...(mariadb ? [{ url: mariadb.url("secret-word") }, { url: `${mariadb.url()}?ssl_mode=REQUIRED` }, { url: mariadb.url().replace("/govtracker", "/mysql") }] : [])];
		for (const parameters of bad) {
			const done = work({ do: "read", name: "x", ...parameters });
			equal(done.state, "failed", JSON.stringify(parameters));
			ok(done.why.length > 20);
			ok(!/secret-word|p%40ss|p@ss/.test(done.why + done.log + JSON.stringify(done.detail)), done.why);
		}
		deepEqual(desk.rows("SELECT job_id FROM backup.job WHERE parameters ? 'url'"), []);
		deepEqual(desk.rows("SELECT import_id FROM backup.import WHERE file ~ '://' OR name ~ '://'"), []);
		deepEqual(state(), untold);
	});

	await t.test("everybody leaves in order", async () => {
		await mariadb?.end("SIGTERM");
		deepEqual(await desk.stop(), []);
	});
} finally {
	if (process.env.KEEP) console.log(`# logs and data: ${desk.dir}`);
	else desk.remove();
	t.end();
}

/*
 * Backups as an owner lives with them, on a real PostgreSQL: made while others write, by the clock and by hand; kept
 * as long as the ladder says; tried every night. Whoever makes them is killed, a file goes bad, the disk is full: what
 * is left is whole, or somebody is told.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeClock } from "../harness/clock.mjs";
import { Postgres, Program, Redis } from "../harness/parts.mjs";
import { Bucket } from "../harness/s3.mjs";
import { freePorts, killAll, root, tap, until } from "../harness/stack.mjs";

const dir = mkdtempSync(join(tmpdir(), "rations-backup-"));
chmodSync(dir, 0o755);
const folder = join(dir, "backups");
const clock = makeClock(dir);
const postgres = new Postgres(dir).initMigrated();
const redis = new Redis(dir).start();
await postgres.up();
await redis.up();
const rows = (query) => postgres.rows(query);
const run = (statement) => postgres.run(statement);

const [port, otherPort, trackerPort] = await freePorts(3);
const scheduler = (name, adminPort, env = {}) => new Program(dir, name, "backup-scheduler", {
	DATABASE_URL: postgres.url("rations_backup"), ADMIN_DATABASE_URL: postgres.url("rations"), REDIS_URL: redis.url,
	BACKUP_DIR: folder, ADMIN_PORT: String(adminPort), ...clock.env, ...env,
});
const service = scheduler("backup-scheduler", port);
const start = async (program = service) => {
	program.start();
	await until("backup-scheduler", () => program.isReady(), 20_000);
};

/* --- asking ------------------------------------------------------------------------------- */

const id = () => randomBytes(16).toString("hex");
function ask(kind, { backup = "", parameters = {}, command = id(), trace = "" } = {}) {
	redis.cli("XADD", "commands:backup", "*", "id", command, "kind", kind, "at", String(clock.now()), "actor", "42",
		"backup", backup, "parameters", JSON.stringify(parameters), "traceparent", trace && `00-${trace}-00000000000000a1-01`);
	return command;
}

const jobOf = (command) => rows(`SELECT * FROM backup.job WHERE command_id = '${command}'`)[0];
/* PostgreSQL looks, not a psql ten times a second. */
function over(command) {
	run(`DO $$ BEGIN FOR i IN 1..1200 LOOP
		EXIT WHEN EXISTS (SELECT FROM backup.job WHERE command_id = '${command}' AND state IN ('done', 'failed', 'cancelled'));
		PERFORM pg_sleep(0.05); END LOOP; END $$`);
	const job = jobOf(command);
	ok(["done", "failed", "cancelled"].includes(job?.state), `job ${command} does not end: ${JSON.stringify(job)}\n${service.log().slice(-2000)}`);
	return job;
}

function backup(parameters = {}) {
	const job = over(ask("backup", { parameters }));
	strictEqual(job.state, "done", job.why);
	return rows(`SELECT * FROM backup.backup WHERE backup_id = '${job.backup_id}'`)[0];
}

const files = () => readdirSync(folder).sort();
const fileOf = (made) => join(folder, `${made.backup_id}.rations`);
const scratch = () => rows("SELECT datname FROM pg_database WHERE datname LIKE 'rations\\_%'");
const openAlarms = () => rows("SELECT kind FROM backup.alarm WHERE ended_at IS NULL ORDER BY kind").map((row) => row.kind);
const settings = (list) => run(`UPDATE app.backup_settings SET ${list}`);

/* --- the stories -------------------------------------------------------------------------- */

const t = tap();
run(`INSERT INTO analytics.guild (guild_id, name, bot_joined_at) VALUES (1000, 'Старая', now() - interval '1 year'), (2000, 'New', now());
	INSERT INTO analytics.channel (guild_id, channel_id, kind, name) SELECT 1000, n, 0, 'канал ' || n FROM generate_series(1, 6000) n;
	INSERT INTO app.notice_settings (guild_id, system_channel_id) VALUES (2000, 22), (1000, 11)`);
settings("drill = 'never', alarm_guild_id = 1000");
await start();

await t.test("a backup made while others write is of one moment, and restores", async () => {
	let isWriting = true;
	const written = (async () => {
		for (let n = 0; isWriting; n++)
			await postgres.runLater(`DO $$ BEGIN FOR i IN 1..20 LOOP
				INSERT INTO analytics.guild (guild_id, name) VALUES (100000 + ${n} * 20 + i, 'g');
				INSERT INTO analytics.channel (guild_id, channel_id, kind, name) VALUES (100000 + ${n} * 20 + i, 1, 0, 'c');
				COMMIT; END LOOP; END $$`);
	})();
	const count = () => rows("SELECT count(*) FROM analytics.guild")[0].count;
	await until("some to be written", () => count() > 10);
	const before = count();
	const trace = id();
	const command = ask("backup", { parameters: { name: "under load" }, trace });
	await until("it to be made", () => jobOf(command)?.state === "done");
	const [made] = rows(`SELECT * FROM backup.backup WHERE backup_id = '${jobOf(command).backup_id}'`);
	isWriting = false;
	await written;
	const told = (name) => made.manifest.tables.find((table) => table.schema === "analytics" && table.name === name).rows;
	ok(told("guild") >= before, "some were written before the snapshot");
	ok(told("guild") < count(), "and some after it");
	strictEqual(told("channel") - 6000, told("guild") - 2, "each guild with its channel, none without");
	const drill = over(ask("drill", { backup: made.backup_id }));
	strictEqual(drill.state, "done", drill.why);
	strictEqual(drill.detail.different, 0);
	strictEqual(drill.detail.rows, made.manifest.rows);
	ok(drill.detail.tables > 90 && drill.detail.samples > 1000, JSON.stringify(drill.detail));
	const lines = service.log().split("\n").filter((line) => line.includes(trace));
	for (const said of ["command taken", "job begun", "backup made"]) ok(lines.some((line) => line.includes(said)), `${said}: ${lines}`);
	deepStrictEqual(files(), [`${made.backup_id}.rations`]);
	strictEqual(statSync(fileOf(made)).size, made.size_bytes);
	deepStrictEqual(scratch(), []);
});

await t.test("a command told twice is one job; one that makes no sense is none", async () => {
	const command = ask("verify", { backup: "nothing" });
	ask("verify", { backup: "nothing", command });
	redis.cli("XADD", "commands:backup", "*", "id", id(), "kind", "drop everything");
	redis.cli("XADD", "commands:backup", "*", "id", id(), "kind", "backup", "parameters", "[1");
	const job = over(command);
	strictEqual(rows(`SELECT count(*) FROM backup.job WHERE job_id >= ${job.job_id}`)[0].count, 1);
	await until("the stream to be read", () => redis.cli("XLEN", "commands:backup") === 0);
});

await t.test("what waits can be cancelled, and what runs", async () => {
	const locked = postgres.runLater("BEGIN; LOCK analytics.channel IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT");
	const first = ask("backup"), second = ask("drill");
	await until("the first to run", () => jobOf(first)?.state === "running");
	for (const command of [second, first])
		ask("cancel", { parameters: { job: (await until("the job", () => jobOf(command))).job_id } });
	strictEqual((over(second)).state, "cancelled");
	strictEqual((over(first)).state, "cancelled");
	await locked;
});

await t.test("the schedule calls by the clock, once, also for what was missed", async () => {
	settings("zone = 'Europe/Berlin', schedule = '30 2 * * *', drill = 'nightly', drill_minute = 240, keep_last = 20");
	const scheduled = () => rows("SELECT kind, state FROM backup.job WHERE command_id IS NULL ORDER BY job_id");
	const plan = () => Object.fromEntries(rows("SELECT kind, zone, extract(epoch FROM next_at) * 1000 AS next FROM backup.plan").map((row) => [row.kind, row]));
	const { backup: first, drill } = await until("a plan", () => {
		const made = plan();
		return made.backup?.zone === "Europe/Berlin" && made.drill && made;
	});
	const local = (ms) => new Date(ms).toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin" });
	strictEqual(local(first.next), "02:30:00");
	strictEqual(local(drill.next), "04:00:00");
	await service.end("SIGTERM");
	clock.advance(drill.next - clock.now() + 3 * 24 * 3600_000); /* nobody was there for three nights */
	await start();
	await until("both to be made up for", () => scheduled().length === 2 && scheduled().every((job) => job.state === "done"));
	deepStrictEqual(scheduled().map((job) => job.kind).sort(), ["backup", "drill"]);
	const [last] = rows("SELECT kind, drill_state FROM backup.backup ORDER BY started_at DESC LIMIT 1");
	strictEqual(last.kind, "scheduled");
	ok(plan().backup.next > clock.now() && plan().backup.next - clock.now() <= 25 * 3600_000);
	settings("zone = 'Nowhere/At_All'");
	await until("the plan to say what is wrong", () => rows("SELECT why FROM backup.plan WHERE kind = 'backup' AND next_at IS NULL AND why <> ''").length);
	settings("zone = 'UTC', is_enabled = false");
	await until("no plan", () => rows("SELECT 1 FROM backup.plan").length === 0);
});

await t.test("the ladder keeps what it should, and what has a name", async () => {
	settings("keep_last = 2, keep_daily = 0, keep_weekly = 0, keep_monthly = 0");
	const made = [];
	for (let i = 0; i < 3; i++) made.push(backup());
	const there = rows("SELECT backup_id, name FROM backup.backup WHERE state = 'ready' ORDER BY started_at");
	deepStrictEqual(there.map((row) => row.name || row.backup_id), ["under load", made[1].backup_id, made[2].backup_id]);
	deepStrictEqual(files(), there.map((row) => `${row.backup_id}.rations`).sort());
	const copies = rows("SELECT backup_id FROM backup.copy").map((row) => row.backup_id);
	deepStrictEqual(copies.sort(), there.map((row) => row.backup_id).sort()); /* two of one second are in no order */
	strictEqual((over(ask("delete", { backup: made[1].backup_id }))).state, "done");
	strictEqual(files().includes(`${made[1].backup_id}.rations`), false);
});

/* Whoever runs is killed at some moment of it; how the job ended is told. */
async function killed(kind, waitMs, whom) {
	const command = ask(kind);
	await until("it to run", () => jobOf(command)?.state === "running");
	await new Promise((resolve) => setTimeout(resolve, waitMs));
	if (whom === "worker") killAll(children(service.child.pid));
	else {
		await service.end("SIGKILL");
		await start();
	}
	return over(command);
}

const children = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);

await t.test("killed anywhere, a backup is made in the end, and nothing is left of the first tries", async () => {
	for (const [i, whom] of ["worker", "service", "worker"].entries()) {
		const job = await killed("backup", Math.random() * 350, whom);
		strictEqual(job.state, "done", `${i}: ${job.why}`);
	}
	await until("all to be swept", () => rows("SELECT 1 FROM backup.backup WHERE state = 'running'").length === 0);
	const ready = rows("SELECT backup_id FROM backup.backup WHERE state = 'ready'").map((row) => `${row.backup_id}.rations`).sort();
	deepStrictEqual(files(), ready);
	ok(rows("SELECT why FROM backup.backup WHERE state = 'failed'").every((row) => ["interrupted", "cancelled"].includes(row.why)));
});

await t.test("killed anywhere, a drill leaves no database behind", async () => {
	for (const whom of ["service", "worker"]) {
		const job = await killed("drill", 100 + Math.random() * 500, whom);
		strictEqual(job.state, "done", job.why);
	}
	deepStrictEqual(scratch(), []);
	deepStrictEqual(openAlarms(), []);
});

await t.test("a job whose workers are killed again and again fails, and that is an alarm", async () => {
	run(`INSERT INTO backup.job (command_id, kind, state, tries, created_at, started_at) VALUES ('hopeless', 'backup', 'running', 3, now(), now())`);
	await service.end("SIGKILL");
	await start();
	const job = over("hopeless");
	strictEqual(job.state, "failed");
	strictEqual(job.why, "interrupted");
	deepStrictEqual(openAlarms(), ["backup_failed"]);
	backup();
	deepStrictEqual(openAlarms(), []);
});

await t.test("of two replicas one works, and the other when that one dies", async () => {
	const other = scheduler("other", otherPort);
	await start(other);
	const leads = async (p) => /^rations_backup_leader (\d)/m.exec(await (await fetch(`http://127.0.0.1:${p}/metrics`)).text())[1];
	deepStrictEqual([await leads(port), await leads(otherPort)], ["1", "0"]);
	await service.end("SIGKILL");
	await until("the other to work", async () => (await leads(otherPort)) === "1");
	backup();
	await other.end("SIGTERM");
	await start();
});

const tracker = new Program(dir, "response-tracker", "response-tracker",
	{ DATABASE_URL: postgres.url("rations_response"), REDIS_URL: redis.url, LOCALES_DIR: join(root, "locales"),
		ADMIN_PORT: String(trackerPort), ...clock.env }).start();
await t.test("a file that went bad fails its drill: the page and Discord are told, once, and that it is over", async () => {
	const notices = () => rows("SELECT guild_id, channel_id, kind, payload, nonce FROM response.notice ORDER BY notice_id");
	const made = backup();
	const file = openSync(fileOf(made), "r+"), byte = Buffer.alloc(1), at = Math.floor(made.size_bytes * 0.6);
	readSync(file, byte, 0, 1, at);
	writeSync(file, Buffer.from([byte[0] ^ 1]), 0, 1, at);
	closeSync(file);
	const drill = over(ask("drill"));
	strictEqual(drill.state, "failed");
	strictEqual(rows(`SELECT drill_state FROM backup.backup WHERE backup_id = '${made.backup_id}'`)[0].drill_state, "failed");
	deepStrictEqual(scratch(), []);
	deepStrictEqual(openAlarms(), ["drill_failed"]);
	const [notice] = await until("the notice", () => notices().length > 0 && notices());
	deepStrictEqual([notice.guild_id, notice.channel_id, notice.kind], [1000, 11, "system"]);
	ok(JSON.stringify(notice.payload).includes("could not be restored"), JSON.stringify(notice.payload));
	over(ask("drill"));
	strictEqual(rows("SELECT times FROM backup.alarm WHERE ended_at IS NULL")[0].times, 2);
	backup();
	strictEqual((over(ask("drill"))).state, "done");
	deepStrictEqual(openAlarms(), []);
	await until("the good news", () => notices().length === 2);
	ok(JSON.stringify(notices()[1].payload).includes("restores again"));
});
await tracker.end("SIGTERM");

await t.test("no room, no program: it fails before it harms, and says so", async () => {
	run("UPDATE backup.backup SET size_bytes = 1e17 WHERE backup_id = (SELECT backup_id FROM backup.backup WHERE size_bytes IS NOT NULL ORDER BY started_at DESC LIMIT 1)");
	const before = files();
	const job = over(ask("backup"));
	strictEqual(job.state, "failed");
	ok(/MB left/.test(job.why), job.why);
	deepStrictEqual(openAlarms(), ["no_space"]);
	run("UPDATE backup.backup SET size_bytes = 1000 WHERE size_bytes > 1e16");
	await service.end("SIGTERM");
	const without = scheduler("without", otherPort, { PG_BIN_DIR: join(dir, "nowhere") });
	await start(without);
	const failed = over(ask("backup"));
	strictEqual(failed.state, "failed");
	ok(failed.why.includes("cannot run") && !failed.why.includes("postgresql://"), failed.why);
	deepStrictEqual(openAlarms(), ["backup_failed", "no_space"]);
	deepStrictEqual(files(), before);
	await without.end("SIGTERM");
	await start();
	backup();
	deepStrictEqual(openAlarms(), []);
	const metrics = await until("the metrics to say so", async () => {
		const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
		return /rations_backup_alarm\{kind="no_space"\} 0/.test(text) && text;
	});
	ok(/^rations_backup_last_success_timestamp_seconds [1-9]/m.test(metrics) && /^rations_backup_failures_total [1-9]/m.test(metrics));
});

await t.test("a place that fails is left out, the other has the backup, and somebody is told", async () => {
	const bucket = await Bucket.start(dir);
	await service.end("SIGTERM");
	/* S3 wants the time of day, so this one lives in the present; what has a name stays */
	const both = scheduler("both", otherPort, { ...bucket.env(), CLOCK_OFFSET_FILE: "" });
	bucket.hurt(() => ({ status: 403 }));
	await start(both);
	const places = (made) => rows(`SELECT place FROM backup.copy WHERE backup_id = '${made.backup_id}' ORDER BY 1`).map((row) => row.place);
	const named = async (name) => {
		const command = ask("backup", { parameters: { name } });
		await until("it to be made", () => jobOf(command)?.state === "done", 60_000);
		return rows(`SELECT * FROM backup.backup WHERE backup_id = '${jobOf(command).backup_id}'`)[0];
	};
	const lame = await named("lame");
	deepStrictEqual(places(lame), ["folder"]);
	ok(lame.why.startsWith("s3: "), lame.why);
	deepStrictEqual(openAlarms(), ["backup_failed"]);
	bucket.hurt();
	const whole = await named("whole");
	deepStrictEqual(places(whole), ["folder", "s3"]);
	deepStrictEqual(readFileSync(bucket.file(`${whole.backup_id}.rations`)), readFileSync(fileOf(whole)));
	deepStrictEqual(openAlarms(), []);
	await both.end("SIGTERM");
	await bucket.stop();
	await start();
});

strictEqual(await service.end("SIGTERM"), 0);
await postgres.end("SIGINT");
await redis.end("SIGTERM");
rmSync(dir, { recursive: true, force: true });
t.end();

/*
 * A backup takes the database's place: forced, under load, and killed half way; then on an empty cluster. Before and
 * after, the figures are the simulator's own. What is damaged, of another release or no backup at all changes nothing.
 */
import { deepEqual, equal, match, ok } from "node:assert";
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { Postgres, Program } from "../harness/parts.mjs";
import { Bucket } from "../harness/s3.mjs";
import { Stack, bin, freePorts, killAll, root, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const stack = await Stack.start();
const owner = new Visitor(stack);
const PIECE = 512 * 1024;
let backup, file;

async function settle() {
	await stack.control("POST", "clock", { paused: true });
	await hangUp(stack);
}

const jobOf = async (command) => (await owner.get("/api/v1/backups")).jobs.find((job) => job.command === command);

/* Asks, and waits for what comes of it; api may be between two databases meanwhile. */
async function ordered(method, path, body) {
	const { command } = await owner.change(method, path, body);
	return until(`${method} ${path} to end`, async () => {
		const job = await jobOf(command);
		return ["done", "failed", "cancelled"].includes(job?.state) && job;
	});
}

async function done(method, path, body) {
	const job = await ordered(method, path, body);
	equal(job.state, "done", `${path}: ${job.why}`);
	return job;
}

const backups = async () => (await owner.get("/api/v1/backups")).backups;
const restore = (id) => ordered("POST", `/api/v1/backups/${id}/restore`, { confirm: "restore" });
/* Processes of ours that work on a job. */
const workers = () => readdirSync("/proc").filter((pid) => {
	try {
		const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
		const parent = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
		return words[1] === "--worker" && stack.pids("backup-scheduler").includes(parent);
	} catch {
		return false; /* gone, or no process */
	}
}).map(Number);
const asides = () => stack.sql("SELECT datname FROM pg_database WHERE datname LIKE 'rations%old%' ORDER BY 1").map((row) => row.datname);
const scratch = () => stack.sql("SELECT datname FROM pg_database WHERE datname ~ '_(drill|restore)_'").length;

/* Everything the page could show of one guild that a restore must bring back. */
async function numbers(visitor, guild) {
	const range = "period=all&compare=none";
	const paths = ["overview", "messages", "channels", "members", "voice", "growth"];
	const answers = await Promise.all(paths.map((path) => visitor.get(`/api/v1/guilds/${guild}/${path}?${range}`)));
	return JSON.parse(JSON.stringify(answers, (key, value) => (["range", "now", "at", "generated_at", "last_seen_at"].includes(key) ? undefined : value)));
}

/* In pieces, as the page does; the answer that was not 200, or the job. */
async function upload(bytes, name) {
	let received = 0, id;
	while (received < bytes.length) {
		const query = new URLSearchParams({ offset: received, size: bytes.length, ...(id && { upload: id }) });
		const response = await owner.fetch(`/api/v1/backups/file?${query}`, {
			method: "PUT", body: bytes.subarray(received, received + PIECE),
			headers: { "content-type": "application/octet-stream", "x-csrf-token": owner.csrf },
		});
		const answer = await response.json();
		if (response.status !== 200) return { status: response.status, answer };
		({ upload: id, received } = answer);
	}
	return { job: await until(`the upload of ${name} to be judged`, async () => {
		const job = await jobOf(id);
		return ["done", "failed"].includes(job?.state) && job;
	}) };
}

/* As a release has them that knows one migration less. */
function earlierMigrations() {
	const folder = join(stack.dir, "earlier");
	mkdirSync(folder);
	for (const name of readdirSync(join(root, "migrations")).sort().slice(0, -1))
		copyFileSync(join(root, "migrations", name), join(folder, name));
	return folder;
}

/* And one more. */
function laterMigrations() {
	const folder = join(stack.dir, "later");
	cpSync(join(root, "migrations"), folder, { recursive: true });
	writeFileSync(join(folder, "9999_later.sql"), "CREATE TABLE app.later (id bigint);\n");
	return folder;
}

/* Puts the file into a bucket, and restores it from there: a machine that has nothing but the bucket. */
async function inBucket(bucket, env, file, id) {
	const run = (...args) => new Promise((resolve) => {
		const child = spawn(join(root, bin, "bin/backup-scheduler"), args, { cwd: root, env: { ...env, ...bucket.env(), BACKUP_DIR: "" } });
		let [stdout, stderr] = ["", ""];
		child.stdout.on("data", (data) => (stdout += data));
		child.stderr.on("data", (data) => (stderr += data));
		child.once("close", (status) => resolve({ status, stdout, stderr }));
	});
	const put = await run("--upload", file);
	equal(put.status, 0, put.stderr);
	return run("--restore", `${id}.rations`);
}

async function download(id) {
	const response = await owner.fetch(`/api/v1/backups/${id}/file`);
	equal(response.status, 200);
	return Buffer.from(await response.arrayBuffer());
}

try {
	await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
	await settle();
	await compare(stack);
	await owner.logIn("owns every server");

	await t.test("a backup is made, and its file can be had", async () => {
		stack.exec(`WITH hook AS (INSERT INTO app.webhook (guild_id, name, url_sealed, host, secret_sealed, created_by, created_at)
				SELECT min(guild_id), 'before', '', '', '', 1, now() FROM analytics.guild RETURNING *)
			INSERT INTO app.webhook_delivery (webhook_id, guild_id, event, body, created_at, due_at)
				SELECT webhook_id, guild_id, 'due then', '{}', now(), now() + interval '9 days' FROM hook`);
		const job = await done("POST", "/api/v1/backups", { name: "before" });
		backup = (await backups()).find((row) => row.id === job.backup);
		equal(backup.state, "ready");
		file = await download(backup.id);
		equal(file.length, backup.size_bytes);
		equal(createHash("sha256").update(file).digest("hex"), backup.sha256);
	});

	await t.test("nobody has a file without being an owner, or without a ticket", async () => {
		const [pid] = stack.pids("api");
		const [, at] = /BACKUP_URL=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, "utf8"));
		equal((await fetch(`${at}/transfer/${backup.id}?offset=0`)).status, 403);
		equal((await fetch(`${at}/transfer/${backup.id}?offset=0`, { headers: { "x-ticket": "0".repeat(64) } })).status, 403);
		equal((await fetch(`${stack.url}/api/v1/backups/${backup.id}/file`)).status, 401);
	});

	await t.test("garbage, half a file and one too large are no backups", async () => {
		const before = (await backups()).length;
		const half = await upload(file.subarray(0, file.length / 2), "half a file");
		equal(half.job.state, "failed");
		const garbage = await upload(randomBytes(PIECE + 1000), "garbage");
		equal(garbage.job.state, "failed");
		const large = await owner.fetch(`/api/v1/backups/file?offset=0&size=${30 * 2 ** 30}`, {
			method: "PUT", body: "x", headers: { "x-csrf-token": owner.csrf },
		});
		equal(large.status, 413);
		const damaged = Buffer.from(file);
		damaged[damaged.length >> 1] ^= 1;
		equal((await upload(damaged, "a damaged file")).job.state, "failed");
		const twice = await upload(file, "what is there already");
		equal(twice.job.state, "failed");
		match(twice.job.why, /already/);
		equal((await backups()).length, before);
	});

	await t.test("a schedule is checked, and shown for what it comes to", async () => {
		const path = "/api/v1/backups/settings";
		const put = async (settings, tail = "", method = "PUT") => owner.fetch(path + tail, { method, body: JSON.stringify(settings),
			headers: { "content-type": "application/json", "x-csrf-token": owner.csrf } });
		const settings = await owner.get(path);
		equal((await put({ ...settings, schedule: "61 * * * *" })).status, 400);
		equal((await put({ ...settings, zone: "Mars/Base" })).status, 400);
		equal((await put({ ...settings, keep_last: 0 })).status, 400);
		equal((await put({ ...settings, alarm_guild_id: "1" })).status, 400);
		equal((await put({ ...settings, alarm_guild_id: "x" })).status, 400);
		const { next, backups: ladder } = await (await put({ ...settings, schedule: "0 * * * *", zone: "Europe/Berlin" }, "/preview", "POST")).json();
		deepEqual(next.map((at) => Date.parse(at) - Date.parse(next[0])), [0, 3_600_000, 7_200_000]);
		deepEqual(ladder, [], "what has a name is not on the ladder");
		const [guild] = stack.sql("SELECT guild_id::text FROM analytics.guild WHERE removed_at IS NULL ORDER BY 1");
		const wished = { ...settings, schedule: "30 4 * * 1-5", zone: "Europe/Berlin", alarm_guild_id: guild.guild_id };
		equal((await put(wished)).status, 200);
		deepEqual(await owner.get(path), wished);
		equal((await put({ ...wished, alarm_guild_id: null })).status, 200);
	});

	let told;
	await t.test("a forced restore under load counts what followed, once", async () => {
		const [guild] = stack.sql("SELECT guild_id::text FROM analytics.guild WHERE removed_at IS NULL ORDER BY 1");
		told = guild.guild_id;
		stack.exec(`INSERT INTO response.notice (guild_id, kind, payload, nonce, state, created_at) VALUES (${told}, 'system', '{}', 'posted since', 'sent', now());
			INSERT INTO app.digest_post (guild_id, channel_id, every, due_at, state) VALUES (${told}, 1, 'day', '2026-01-01', 'sent');
			UPDATE app.webhook_delivery SET due_at = NULL, delivered_at = now(), attempts = 9 WHERE event = 'due then';
			WITH since AS (INSERT INTO app.webhook (guild_id, name, url_sealed, host, secret_sealed, created_by, created_at)
				VALUES (${told}, 'since', '', '', '', 1, now()) RETURNING *)
			INSERT INTO app.webhook_delivery (webhook_id, guild_id, event, body, created_at) SELECT webhook_id, guild_id, 'to one of since', '{}', now() FROM since`);
		await stack.control("POST", "burst", { events: 300 });
		await drained(stack);
		let isOver = false;
		const talk = (async () => {
			while (!isOver) {
				await stack.control("POST", "burst", { events: 20 });
				await new Promise((resolve) => setTimeout(resolve, 30));
			}
		})();
		const job = await restore(backup.id);
		isOver = true;
		await talk;
		equal(job.state, "done", job.why);
		equal(asides().length, 1);
		equal(scratch(), 0);
		await settle();
		await compare(stack);
		equal(stack.sql("SELECT FROM analytics.coverage_gap WHERE cause = 'restore'").length, 0);
		deepEqual(stack.sql(`SELECT (SELECT state FROM response.notice WHERE nonce = 'posted since') AS notice,
			(SELECT state FROM app.digest_post WHERE due_at = '2026-01-01') AS digest`), [{ notice: "sent", digest: "sent" }]);
		deepEqual(stack.sql("SELECT event, due_at, attempts FROM app.webhook_delivery"), [{ event: "due then", due_at: null, attempts: 9 }]);
	});

	await t.test("killed anywhere, it is the one database or the other, and no other lies about", async () => {
		for (const step of ["verifying", "restoring", "comparing", "migrating", "swapping"]) {
			const { command } = await owner.change("POST", `/api/v1/backups/${backup.id}/restore`, { confirm: "restore" });
			await until(`the step ${step}, or the end`, async () => {
				const job = await jobOf(command);
				return job && (job.step === step || job.step === "done" || job.state !== "running" && job.state !== "waiting");
			});
			killAll(workers());
			await until("the job to end", async () => ["done", "failed"].includes((await jobOf(command))?.state));
		}
		await until("nothing of them to be left", () => scratch() === 0);
		await settle();
		await compare(stack);
	});

	await t.test("who was erased since does not come back", async () => {
		const [person] = stack.sql("SELECT guild_id::text, user_id::text FROM analytics.member WHERE NOT is_bot AND user_id > 4194304 ORDER BY 2 LIMIT 1");
		const where = `guild_id = ${person.guild_id} AND user_id = ${person.user_id}`;
		stack.exec(`INSERT INTO app.erasure (guild_id, user_id) VALUES (${person.guild_id}, ${person.user_id})`);
		await until("them to be erased", () => stack.sql(`SELECT FROM app.erasure WHERE ${where}`).length === 0);
		const job = await restore(backup.id);
		equal(job.state, "done", job.why);
		ok(job.detail.erased >= 1);
		await until("them to be erased again", () => stack.sql(`SELECT FROM app.erasure WHERE ${where}`).length === 0);
		equal(stack.sql(`SELECT FROM analytics.member_monthly WHERE ${where}`).length, 0);
	});

	await t.test("a newer schema, and a damaged copy, are refused with nothing changed", async () => {
		const folder = join(stack.data, "backups");
		const path = join(folder, `${backup.id}.rations`);
		const damaged = Buffer.from(file);
		damaged[damaged.length - 200] ^= 4;
		writeFileSync(path, damaged);
		const before = asides();
		const job = await restore(backup.id);
		equal(job.state, "failed");
		deepEqual(asides(), before);
		writeFileSync(path, file);
		equal(scratch(), 0);
	});

	await t.test("what was put aside is deleted when somebody says so", async () => {
		for (const name of asides()) await done("DELETE", `/api/v1/backups/aside/${name}`);
		deepEqual(asides(), []);
	});

	await t.test("on an empty cluster, from S3 or a file alone, the numbers are those of before", async () => {
		await settle();
		const { backup: id } = await done("POST", "/api/v1/backups", {});
		const [file, before] = [join(stack.dir, "moved.rations"), await numbers(owner, told)];
		writeFileSync(file, await download(id));
		const postgres = new Postgres(stack.dir).init().start();
		await postgres.up();
		const env = { ...process.env, DATABASE_URL: postgres.url("rations_backup"), ADMIN_DATABASE_URL: postgres.url("rations"),
			BACKUP_DIR: join(stack.dir, "elsewhere") };
		const tool = (...args) => spawnSync(join(root, bin, "bin/backup-scheduler"), ["--restore", file, ...args], { cwd: root, env, encoding: "utf8" });

		const bucket = await Bucket.start(stack.dir);
		const first = await inBucket(bucket, env, file, id);
		await bucket.stop();
		equal(first.status, 0, first.stderr);
		match(first.stdout, /there was no database before/);
		const again = tool();
		equal(again.status, 1);
		match(again.stderr, /the database is not empty/);

		const [port, adminPort] = await freePorts(2);
		const [pid] = stack.pids("api");
		const was = Object.fromEntries(readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean).map((line) => line.split(/=(.*)/s, 2)));
		const api = new Program(stack.dir, "api", "api", { ...was, DATABASE_URL: postgres.url("rations_api"), PORT: String(port), ADMIN_PORT: String(adminPort),
			DASHBOARD_DIR: join(root, "dashboard/dist"), LOCALES_DIR: join(root, "locales") }).start();
		await until("the other api", () => api.isReady());
		const visitor = new Visitor({ url: `http://127.0.0.1:${port}` });
		visitor.cookies = owner.cookies;
		deepEqual(await numbers(visitor, told), before);
		await api.end("SIGTERM");

		/* a release of before: refused, nothing changed */
		const newer = spawnSync(join(root, bin, "bin/backup-scheduler"), ["--restore", file, "--force"], { cwd: root, encoding: "utf8",
			env: { ...env, MIGRATIONS_DIR: earlierMigrations() } });
		equal(newer.status, 1);
		match(newer.stderr, /the backup's schema is at version/);
		equal(postgres.rows("SELECT datname FROM pg_database WHERE datname LIKE 'rations%'").length, 1);

		/* a release of later: brought up to date */
		const later = spawnSync(join(root, bin, "bin/backup-scheduler"), ["--restore", file, "--force"], { cwd: root, encoding: "utf8",
			env: { ...env, MIGRATIONS_DIR: laterMigrations() } });
		equal(later.status, 0, later.stderr);
		match(later.stdout, /is kept as rations_old_/);
		deepEqual(postgres.rows("SELECT max(version) AS version, to_regclass('app.later') IS NOT NULL AS has_table FROM public.schema_migration"),
			[{ version: 9999, has_table: true }]);
		await postgres.end("SIGINT");
	});
} finally {
	if (!stack.isOver) await stack.down();
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else await stack.remove();
	t.end();
}

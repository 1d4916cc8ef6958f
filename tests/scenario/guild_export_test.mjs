/*
 * One guild alone, on the whole stack: out as a file, its rows changed and lost while it lives, in again; gone for
 * good, in again. Every answer of api about it is what it was, others are untouched, live counting goes on, and who
 * works on it is killed in between. And the maintenance that runs beside it, seen and asked for through api.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { drained, hangUp } from "../harness/oracle.mjs";
import { root, Stack, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const stack = await Stack.start({ DEMO_DESK: "on", UPKEEP_INTERVAL: "200ms" });
const owner = new Visitor(stack);
const number = (query) => Number(stack.sql(`SELECT (${query}) AS n`)[0].n);

/* Every question about a guild that api answers, but those about secrets, which stay behind, and the present. */
const LEFT_OUT = ["/tokens", "/shares", "/webhooks", "/live", "/voice/now", "/now", "/setup", "/files", "/leaving", "/history"];
const paths = readFileSync(join(root, "proto/api.yaml"), "utf8").split(/^ {2}(?=\/)/m)
	.filter((part) => part.startsWith("/api/v1/guilds/{guild_id}") && /^ {4}get:/m.test(part))
	.map((part) => /^\/api\/v1\/guilds\/\{guild_id\}([^:]*):/.exec(part)[1])
	.filter((path) => !path.includes("{") && !LEFT_OUT.includes(path));
/* Rows of a person's data are in no order; they are numbered in the one they happen to come in. */
const unnumbered = (body) => JSON.parse(JSON.stringify(body, (key, value) => (key === "number" ? undefined : value)));
const inAnyOrder = (body) => JSON.parse(JSON.stringify(unnumbered(body), (key, value) =>
	(Array.isArray(value) ? value.map((row) => JSON.stringify(row)).sort().map((row) => JSON.parse(row)) : value)));
async function answers(guild, day) {
	const all = {};
	for (const path of paths) {
		const metric = path === "/timeseries" ? "&metric=messages" : "";
		const response = await owner.fetch(`/api/v1/guilds/${guild}${path}?period=custom&from=${day}&to=${day}&compare=none${metric}`);
		const body = JSON.parse(await response.text());
		all[path] = { status: response.status, body: path === "/me/export" ? inAnyOrder(body) : body };
	}
	return all;
}
/* Of what was answered, what is about the moment of asking, and about when nobody watched: that has grown by the gap. */
const MOMENT = new Set(["at", "to", "made_at", "waited_ms", "as_of", "asked_at", "now", "coverage", "gaps", "removed_at", "last_event_at", "is_available", "waiting_ms"]);
const past = (all) => JSON.parse(JSON.stringify(all, (key, value) => (MOMENT.has(key) ? undefined : value)));
/* Which answers differ, and where first. */
function differences(now, then) {
	return Object.keys(then).filter((path) => JSON.stringify(now[path]) !== JSON.stringify(then[path])).map((path) => {
		const [a, b] = [JSON.stringify(now[path]), JSON.stringify(then[path])];
		const at = Math.max(0, [...a].findIndex((char, i) => char !== b[i]) - 60);
		return `${path}: ${a.slice(at, at + 160)} ... was ${b.slice(at, at + 160)}`;
	});
}

async function settle() {
	await stack.control("POST", "clock", { paused: true });
	await drained(stack);
	await hangUp(stack);
	await until("both readers to have read all", () => number(`SELECT count(*) FROM analytics.position a
		LEFT JOIN response.position r USING (stream) WHERE a.entry_id IS DISTINCT FROM r.entry_id`) === 0);
	await until("days to be made", () => number("SELECT count(*) FROM analytics.day_work") === 0);
}

/* A job as api asks for it, and what became of it. */
async function work(kind, backup, parameters, whileIt = () => {}) {
	stack.exec(`INSERT INTO backup.job (kind, backup_id, parameters, created_at)
		VALUES ('${kind}', nullif('${backup}', ''), '${JSON.stringify(parameters)}', now())`);
	const id = number("SELECT max(job_id) FROM backup.job");
	await whileIt(id);
	return until(`the ${kind} to end`, () => {
		const [job] = stack.sql(`SELECT * FROM backup.job WHERE job_id = ${id} AND state NOT IN ('waiting', 'running')`);
		return job;
	});
}

let guild, day, before, file;
try {
	await t.test("maintenance has run, and is run when asked for", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await owner.logIn("owns every server");
		await until("the owner to be known", async () => (await owner.get("/api/v1/me")).is_owner);
		const first = await until("every task to have run", async () => {
			const { tasks } = await owner.get("/api/v1/maintenance");
			return tasks.every(({ outcome }) => ["done", "off"].includes(outcome)) && tasks;
		});
		equal(first.length, 9);
		ok(first.every(({ next_at: next, finished_at: last }) => Date.parse(next) > Date.parse(last)), JSON.stringify(first));
		const old = first.find(({ task }) => task === "expire");
		stack.exec("INSERT INTO app.session (token_hash, user_id, csrf_token, expires_at) SELECT 'old', user_id, '', now() FROM app.account LIMIT 1");
		await owner.change("POST", "/api/v1/maintenance/expire");
		const now = await until("it to run again", async () => {
			const task = (await owner.get("/api/v1/maintenance")).tasks.find((one) => one.task === "expire");
			return Date.parse(task.finished_at) > Date.parse(old.finished_at) && !task.is_running && task;
		});
		equal(now.worked_rows, 1);
		equal((await owner.fetch("/api/v1/maintenance/nothing", { method: "POST", headers: { "x-csrf-token": owner.csrf } })).status, 404);
		const months = stack.sql(`SELECT count(*) AS n FROM generate_series(0, 2) n WHERE to_regclass('analytics.message_hourly_'
			|| to_char(now() AT TIME ZONE 'UTC' + n * interval '1 month', 'YYYYMM')) IS NOT NULL`);
		equal(Number(months[0].n), 3);
	});

	await t.test("a guild goes out, the worker killed on the way", async () => {
		await settle();
		[{ guild }] = stack.sql("SELECT guild_id::text AS guild FROM analytics.guild ORDER BY messages_total DESC LIMIT 1");
		[{ day }] = stack.sql(`SELECT max(day)::text AS day FROM analytics.member_daily WHERE guild_id = ${guild} AND day < current_date`);
		before = past(await answers(guild, day));
		const asked = Object.values(before).filter(({ status }) => status === 200).length;
		ok(asked > 40, `${asked} of ${paths.length}: ${Object.keys(before).filter((path) => before[path].status !== 200)}`);
		const job = await work("export", "", { guild }, () => stack.crash("backup-scheduler"));
		equal(job.state, "done", job.why);
		file = job.detail.backup;
		const files = readdirSync(join(stack.data, "backups"));
		ok(files.includes(`${file}.rations`), String(files));
		const text = readFileSync(join(stack.data, "backups", `${file}.rations`), "latin1");
		ok(!text.includes("app.session") && !text.includes("api_token"), "secrets are not in it");
	});

	await t.test("a living guild is refused, then replaced when forced", async () => {
		const others = () => stack.sql(`SELECT * FROM analytics.guild_daily WHERE guild_id <> ${guild} ORDER BY 1, 2`);
		const theirs = others();
		stack.exec(`UPDATE analytics.message_hourly SET messages = messages + 7 WHERE guild_id = ${guild};
			UPDATE analytics.guild_daily SET messages = messages + 7 WHERE guild_id = ${guild};
			DELETE FROM analytics.member_daily WHERE guild_id = ${guild}; DELETE FROM response.request WHERE guild_id = ${guild};
			DELETE FROM app.request_rule WHERE guild_id = ${guild}`);
		ok(differences(past(await answers(guild, day)), before).length > 5);
		const refused = await work("guild", file, { guild });
		equal(refused.state, "failed");
		ok(refused.why.includes("has figures"), refused.why);
		const done = await work("guild", file, { guild, force: true }, () => stack.crash("backup-scheduler"));
		equal(done.state, "done", done.why);
		deepStrictEqual(differences(past(await answers(guild, day)), before), []);
		deepStrictEqual(others(), theirs);
		equal(number(`SELECT count(*) FROM analytics.guild_gap WHERE guild_id = ${guild} AND cause = 'restore' AND ended_at IS NOT NULL`), 1);
	});

	await t.test("its owner has it made in open formats and fetches it; others may not", async () => {
		const files = `/api/v1/guilds/${guild}/files`;
		await owner.change("POST", files, { format: "open" });
		const made = await until("the file", async () => (await owner.get(files)).files.find(({ kind, state }) => kind === "export" && state === "ready"));
		const response = await owner.fetch(`${files}/${made.id}`);
		equal(response.status, 200);
		const bytes = Buffer.from(await response.arrayBuffer());
		equal(bytes.length, made.size_bytes);
		equal(bytes.subarray(0, 4).toString("latin1"), "PK\x03\x04");
		ok(response.headers.get("content-disposition").endsWith('.zip"'));
		const listed = (await owner.get("/api/v1/backups")).backups.find(({ id }) => id === made.id);
		ok(listed.kind === "export" && listed.rows > 0 && listed.tables > 30, JSON.stringify(listed));
		const member = new Visitor(stack);
		await member.logIn("a plain member");
		ok([403, 404].includes((await member.fetch(files)).status));
		const [{ id: other }] = stack.sql(`SELECT guild_id::text AS id FROM analytics.guild WHERE guild_id <> ${guild} LIMIT 1`);
		equal((await owner.fetch(`/api/v1/guilds/${other}/files/${made.id}`)).status, 404);
		equal((await owner.fetch(`/api/v1/maintenance`)).status, 200);
		equal((await member.fetch(`/api/v1/maintenance`)).status, 403);
	});

	await t.test("counting goes on where the file ends, each message once", async () => {
		const total = () => number(`SELECT sum(messages) FROM analytics.message_hourly WHERE guild_id = ${guild} AND source = 0 AND author_kind = 0`);
		const said = () => number(`SELECT messages_total FROM analytics.guild WHERE guild_id = ${guild}`);
		const [was, saidWas] = [total(), said()];
		await stack.control("POST", "clock", { paused: false });
		await until("more to be said", async () => {
			await stack.control("POST", "burst", { events: 100 });
			return total() > was;
		});
		await settle();
		equal(total() - was, said() - saidWas);
		equal(number(`SELECT sum(messages) FROM analytics.guild_daily WHERE guild_id = ${guild}`), total());
	});

	await t.test("a guild that is gone comes back as it was", async () => {
		stack.exec(`UPDATE analytics.guild SET removed_at = now() - interval '31 days' WHERE guild_id = ${guild}; SELECT app.rules_changed()`);
		await owner.change("POST", "/api/v1/maintenance/leave");
		await until("it to be gone", () => number(`SELECT count(*) FROM analytics.guild WHERE guild_id = ${guild}`) === 0);
		equal(number(`SELECT count(*) FROM analytics.message_hourly WHERE guild_id = ${guild}`), 0);
		const job = await work("guild", file, {});
		equal(job.state, "done", job.why);
		/* Until Discord tells of it, it counts as left: its time begins anew. */
		equal(number(`SELECT count(*) FROM analytics.guild WHERE guild_id = ${guild} AND removed_at > now() - interval '5 minutes'`), 1);
		stack.exec(`UPDATE analytics.guild SET removed_at = NULL WHERE guild_id = ${guild}; SELECT app.rules_changed()`);
		deepStrictEqual(differences(past(await answers(guild, day)), before), []);
	});
} finally {
	await t.test("Ctrl-C ends everything", async () => {
		equal(await stack.down(), 0, stack.log.slice(-2000));
	});
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else await stack.remove();
	t.end();
}

/*
 * rationsctl as whoever runs an installation uses it, mostly when something is wrong: doctor finds the wrong token, the
 * intent that is off, the redirect nobody registered, the schema of another release, the reader that is behind, the
 * backup that was never made; and says what to do. And what it does itself: tokens, backups, imports. Discord is the
 * simulator; of the services only backup-scheduler runs, at the end.
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Postgres, Program, Redis } from "../harness/parts.mjs";
import { Simulator } from "../harness/simulator.mjs";
import { bin, freePorts, root, tap, until } from "../harness/stack.mjs";

const dir = mkdtempSync(join(tmpdir(), "rations-ctl-"));
chmodSync(dir, 0o755);
const url = "https://stats.example.org";
const sim = await Simulator.start(url, { SIM_PRIVILEGED_INTENTS: "258" }); /* members and presences */
const postgres = new Postgres(dir).initMigrated();
const redis = new Redis(dir).start();
await postgres.up();
await redis.up();
const [closed] = await freePorts(1);

const env = {
	...sim.settings, PUBLIC_URL: url, DATABASE_URL: postgres.url("rations_api"), ADMIN_DATABASE_URL: postgres.url("rations"),
	REDIS_URL: redis.url, ADMIN_PORT: String(closed), MIGRATIONS_DIR: join(root, "migrations"), PATIENCE: "3s",
};
/* Ends with what it printed; all that it is told is `env`. */
function ctl(args, more = {}, input = "") {
	const run = spawnSync(join(root, bin, "bin/rationsctl"), args, { encoding: "utf8", cwd: dir, input, timeout: 60_000,
		env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", ...env, ...more } });
	return { status: run.status, out: run.stdout, err: run.stderr };
}
function json(args, more) {
	const { out, err } = ctl([...args, "--json"], more);
	ok(out.startsWith("{") || out.startsWith("["), out + err);
	return JSON.parse(out);
}
const doctor = (more) => json(["doctor"], more).checks;
/* The worst of what is said of `check`. */
const worst = (checks, check) => ["problem", "warning", "ok"].map((verdict) => checks.find((one) => one.check === check && one.verdict === verdict)).find(Boolean);
function finds(checks, check, verdict, words) {
	const found = worst(checks, check);
	strictEqual(found?.verdict, verdict, `${check}: ${JSON.stringify(checks, null, 1)}`);
	match(found.what, words);
	if (verdict !== "ok") ok(found.fix.length > 10, "says what to do");
	return found;
}

const ends = [() => postgres.end("SIGINT"), () => redis.end("SIGTERM"), () => sim.stop()];
const t = tap();

await t.test("doctor tells what is right, and that nothing runs", () => {
	const checks = doctor();
	finds(checks, "token", "ok", /bot Rations/);
	finds(checks, "login", "ok", /stats\.example\.org\/callback/);
	finds(checks, "clock", "ok", /from/);
	finds(checks, "schema", "ok", /as these programs need it/);
	finds(checks, "postgresql", "ok", /version 15/);
	finds(checks, "redis", "ok", /version/);
	finds(checks, "services", "problem", /gateway-ingest does not answer/);
	finds(checks, "shards", "problem", /no gateway-ingest has ever run/);
	const text = ctl(["doctor"]);
	strictEqual(text.status, 1);
	match(text.out, /✗ services/);
	match(text.out, /✓ token/);
	ok(!text.out.includes(sim.token) && !text.out.includes(sim.clientSecret), "no secret is shown");
});

await t.test("an intent that is switched off", () => {
	const found = finds(doctor(), "intents", "problem", /Message Content is switched off/);
	match(found.fix, new RegExp(sim.clientId));
});

await t.test("a wrong token, none, the wrong secret, another application", () => {
	finds(doctor({ DISCORD_BOT_TOKEN: "wrong" }), "token", "problem", /refuses the bot's token/);
	finds(doctor({ DISCORD_BOT_TOKEN: "" }), "token", "problem", /no bot token/);
	finds(doctor({ DISCORD_CLIENT_SECRET: "wrong" }), "login", "problem", /refuses the client secret/);
	finds(doctor({ DISCORD_CLIENT_ID: "1" }), "token", "problem", /DISCORD_CLIENT_ID says 1/);
});

await t.test("a redirect that is not registered", () => {
	const found = finds(doctor({ PUBLIC_URL: "https://elsewhere.example.org/" }), "login", "problem", /nobody can log in/);
	match(found.fix, /https:\/\/elsewhere\.example\.org\/callback/);
});

await t.test("a schema of another release, older or newer", () => {
	postgres.run("CREATE TABLE kept AS SELECT * FROM schema_migration; DELETE FROM schema_migration WHERE version > 7");
	strictEqual(finds(doctor(), "schema", "problem", /at version 7, this release needs/).fix, "rationsctl migrate");
	postgres.run("INSERT INTO schema_migration SELECT * FROM kept WHERE version > 7; INSERT INTO schema_migration VALUES (9999, 'next', '')");
	finds(doctor(), "schema", "warning", /9999, newer than .* which run on it/);
	postgres.run("UPDATE schema_migration SET needs = 9998 WHERE version = 9999");
	match(finds(doctor(), "schema", "problem", /runs with programs made for 9998 or newer/).fix, /Install a release/);
	postgres.run("DELETE FROM schema_migration WHERE version = 9999; DROP TABLE kept");
});

await t.test("a reader that is behind", () => {
	const now = Date.now();
	const at = (age) => `${now - age * 1000}-0`;
	for (const age of [1300, 1200, 5]) redis.cli("XADD", "events:{1.0}", at(age), "type", "x");
	const stand = (schema, age) => postgres.run(`INSERT INTO ${schema}.position (stream, entry_id, session, seq, part)
		VALUES ('events:{1.0}', '${at(age)}', 's', 1, 0) ON CONFLICT (stream) DO UPDATE SET entry_id = excluded.entry_id`);
	stand("analytics", 5);
	stand("response", 1300);
	const found = finds(doctor(), "streams", "problem", /response-tracker is 20 min behind in events:\{1\.0\}/);
	match(found.fix, /response-tracker/);
	stand("response", 5);
	finds(doctor(), "streams", "ok", /read to the end/);
});

await t.test("no backup, an old one, a drill that failed, an alarm", () => {
	finds(doctor(), "backups", "warning", /there is none/);
	postgres.run("UPDATE schema_migration SET applied_at = now() - interval '3 days'");
	strictEqual(finds(doctor(), "backups", "problem", /there is none/).fix, "rationsctl backup now");
	postgres.run(`INSERT INTO backup.backup (backup_id, kind, state, started_at, finished_at, size_bytes)
		VALUES ('20260101T000000Z-00000000', 'scheduled', 'ready', now() - interval '4 days', now() - interval '4 days', 1000)`);
	const checks = doctor({ BACKUP_DIR: dir });
	finds(checks, "backups", "warning", /4 d old/);
	finds(checks, "drill", "warning", /ever been restored/);
	ok(worst(checks, "disk"));
	postgres.run(`UPDATE backup.backup SET finished_at = now(), drilled_at = now(), drill_state = 'failed';
		INSERT INTO backup.alarm (kind, why, raised_at, last_at) VALUES ('no_space', 'the disk is full', now(), now())`);
	finds(doctor(), "drill", "problem", /failed/);
	finds(doctor(), "backups", "problem", /the disk is full/);
	postgres.run("UPDATE backup.backup SET drill_state = 'passed'; UPDATE backup.alarm SET ended_at = now()");
	finds(doctor(), "backups", "ok", /newest is/);
});

await t.test("status, when nothing runs", () => {
	const { status, out } = ctl(["status"]);
	strictEqual(status, 1);
	match(out, /gateway-ingest +away/);
	match(out, /last backup/);
	const all = json(["status"]);
	deepStrictEqual(all.services.map((one) => one.state), Array(5).fill("away"));
	strictEqual(all.database.guilds, 0);
});

await t.test("servers, and their tokens: shown once, kept as a hash, noted in the audit log", () => {
	match(ctl(["guild", "list"]).out, /in no server yet/);
	postgres.run("INSERT INTO analytics.guild (guild_id, name, member_count) VALUES (1000, E'Двор\\x1b[31m', 7)");
	strictEqual(json(["guild", "list"])[0].id, "1000");
	const list = ctl(["guild", "list"]).out;
	match(list, /1000 +Двор\?\[31m +7/);
	strictEqual(json(["guild", "show", "1000"]).members, 7);
	strictEqual(ctl(["guild", "show", "1"]).status, 1);
	strictEqual(ctl(["guild", "show", "x"]).status, 65);
	const made = json(["token", "create", "1000", "a script", "--days", "3"]);
	match(made.token, /^rtn_[\w-]{43}$/);
	strictEqual(postgres.rows(`SELECT encode(token_hash, 'hex') = encode(sha256('${made.token}'), 'hex') AS is_it FROM app.api_token`)[0].is_it, true);
	ok(!ctl(["token", "list", "1000", "--json"]).out.includes(made.token), "shown once");
	strictEqual(json(["token", "list", "1000"])[0].scopes, "figures");
	strictEqual(ctl(["token", "create", "1", "nowhere"]).status, 1);
	strictEqual(ctl(["token", "create", "1000", "too long", "--days", "4000"]).status, 65);
	strictEqual(ctl(["token", "revoke", String(made.id)]).status, 0);
	strictEqual(ctl(["token", "revoke", String(made.id)]).status, 1);
	deepStrictEqual(postgres.rows("SELECT action, target FROM app.audit_log ORDER BY audit_id").map((row) => Object.values(row).join(" ")),
		["token.create a script", "token.revoke a script"]);
});

await t.test("options, and where each comes from; secrets are not shown", () => {
	const list = json(["config", "analytics"], { DATABASE_URL: "postgresql://rations_analytics:hidden@db/rations" });
	const told = (option) => { const { value, from } = list.find((one) => one.option === option); return `${value} (${from})`; };
	strictEqual(told("DATABASE_URL"), "postgresql://rations_analytics:***@db/rations (environment)");
	strictEqual(told("DISCORD_BOT_TOKEN"), "set (environment)");
	strictEqual(told("BATCH_ENTRIES"), "50000 (default)");
	strictEqual(ctl(["config", "nothing"]).status, 64);
});

await t.test("migrate, as the owner", () => {
	const { status, out } = ctl(["migrate", "--status"]);
	strictEqual(status, 0);
	match(out, /0037 +schema_seen +applied/);
});

await t.test("a backup, read and tried; what can not be is said", async () => {
	const [port] = await freePorts(1);
	const scheduler = new Program(dir, "backup-scheduler", "backup-scheduler", { DATABASE_URL: postgres.url("rations_backup"),
		ADMIN_DATABASE_URL: env.ADMIN_DATABASE_URL, REDIS_URL: redis.url, BACKUP_DIR: join(dir, "backups"), ADMIN_PORT: String(port), MIGRATIONS_DIR: env.MIGRATIONS_DIR });
	scheduler.start();
	ends.push(() => scheduler.end("SIGTERM"));
	await until("backup-scheduler", () => scheduler.isReady());
	const made = json(["backup", "now", "by hand"]);
	strictEqual(made.state, "done");
	const [row] = json(["backup", "list"]).filter((one) => one.id === made.backup);
	strictEqual(`${row.kind} ${row.state} ${row.name} ${row.places}`, "manual ready by hand folder");
	match(ctl(["backup", "verify", made.backup]).out, /^done/);
	const lost = ctl(["backup", "verify", "nothing"]);
	strictEqual(lost.status, 1);
	match(lost.err, /no such backup/);
	strictEqual(ctl(["backup", "restore", made.backup]).status, 1, "not without a word");
	const refused = ctl(["backup", "restore", made.backup, "--yes"]);
	strictEqual(refused.status, 1);
	match(refused.err, /not empty/);
	match(ctl(["import", "list"]).out, /Nothing/);
});

await t.test("servers that are away: each is said once, nothing hangs", () => {
	const checks = doctor({ DATABASE_URL: `postgresql://rations_api@/rations?host=${dir}/nowhere`, REDIS_URL: `unix://${dir}/nothing.sock`,
		DISCORD_API_BASE: `http://127.0.0.1:${closed}/api/v10`, PATIENCE: "500ms" });
	finds(checks, "token", "problem", /can not be reached/);
	finds(checks, "postgresql", "problem", /PostgreSQL/);
	finds(checks, "redis", "problem", /./);
	ok(!worst(checks, "backups") && !worst(checks, "streams"), JSON.stringify(checks));
});

await t.test("a new installation: secrets are checked, written for containers, and never written over unasked", () => {
	strictEqual(ctl(["init"], { DISCORD_BOT_TOKEN: "wrong" }).status, 1);
	strictEqual(ctl(["init"], { DISCORD_CLIENT_SECRET: "wrong" }).status, 1);
	strictEqual(ctl(["init"], { DISCORD_CLIENT_SECRET: "" }).status, 78);
	ok(!existsSync(join(dir, "secrets")), "nothing was written");
	const { invite, redirect } = json(["init"]);
	strictEqual(redirect, `${url}/callback`);
	match(invite, new RegExp(`/oauth2/authorize\\?client_id=${sim.clientId}&scope=bot%20applications.commands&permissions=\\d+$`));
	strictEqual(readFileSync(join(dir, "secrets/discord_bot_token"), "utf8"), sim.token);
	const mode = (name) => (statSync(join(dir, name)).mode & 0o777).toString(8);
	deepStrictEqual(["secrets", "secrets/discord_client_secret", ".env"].map(mode), ["700", "444", "600"]);
	match(readFileSync(join(dir, ".env"), "utf8"), /PUBLIC_URL=https:\/\/stats\.example\.org\n/);
	const again = ctl(["init"], { PUBLIC_URL: "https://other.example.org" });
	match(again.err, /stays as it is/);
	match(readFileSync(join(dir, ".env"), "utf8"), /stats/);
});

await t.test("what is not understood ends with 64 and says how", () => {
	strictEqual(ctl(["shard", "plan"]).status, 64);
	match(ctl(["shard", "plan"]).err, /shard plan N/);
	strictEqual(ctl(["shard", "plan", "many"]).status, 65);
	strictEqual(ctl(["nothing"]).status, 64);
	strictEqual(ctl(["doctor", "more"]).status, 64);
});

await t.test("manual and completion in the repository are what the program prints", () => {
	const was = (file) => readFileSync(join(root, file), "utf8");
	strictEqual(ctl(["man"]).out, was("docs/rationsctl.1"), "rationsctl man >docs/rationsctl.1");
	strictEqual(ctl(["completion", "bash"]).out, was("deploy/completion/rationsctl.bash"), "rationsctl completion bash >deploy/completion/rationsctl.bash");
	const script = `source ${join(root, "deploy/completion/rationsctl.bash")}; COMP_WORDS=(rationsctl shard p); COMP_CWORD=2; _rationsctl; echo "\${COMPREPLY[@]}"`;
	deepStrictEqual(spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout, "plan\n");
});

t.end();
for (const end of ends.reverse()) await end();
rmSync(dir, { recursive: true, force: true });

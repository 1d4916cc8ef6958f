/*
 * One release after another, as on a host with systemd: `make install`, what the units say is started by hand, and while a
 * community talks each service is replaced by the next release's beside it, the migration first. The next release is this one
 * with another number in it: programs made for schema 9001, and a migration that adds. Nobody loses an event, a request or a
 * backup; the way back works; and what contracts ends the way back.
 */
import { deepEqual, equal, match, ok } from "node:assert";
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { Part, Postgres, Redis } from "../harness/parts.mjs";
import { Simulator } from "../harness/simulator.mjs";
import { freePorts, root, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const dir = mkdtempSync(join(tmpdir(), "rations-upgrade-"));
chmodSync(dir, 0o755);
const [etc, now, next] = ["etc", "now", "next"].map((name) => join(dir, name));
const ports = await freePorts(17);
const url = `http://127.0.0.1:${ports[0]}`;
const sim = await Simulator.start(url, { SIM_SPEED: "10" });
const redis = new Redis(dir).start();
const postgres = new Postgres(dir).initMigrated();
await postgres.up();
await redis.up();

/* What the oracle asks of a stack. */
const world = {
	url,
	sql: (query) => postgres.rows(query),
	async control(method, path, body) {
		const response = await fetch(`${sim.url}/_control/${path}`, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" } });
		const text = await response.text();
		ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
		return text ? JSON.parse(text) : null;
	},
};

/* --- an installation, and its units without systemd ---------------------------------------- */

function install(prefix) {
	execFileSync("make", ["-s", "install-files", `PREFIX=${prefix}`, `VERSION=${readFileSync(join(root, "build/version"), "utf8").trim()}`],
		{ cwd: root, env: { ...process.env, MAKEFLAGS: "" }, stdio: ["ignore", "ignore", "inherit"] });
}

const units = (prefix) => join(prefix, "lib/systemd/system");

/* [key, value] of a unit and of what holds for all of them. */
function lines(prefix, unit) {
	const texts = [join(units(prefix), unit), join(units(prefix), "rations-.service.d/hardened.conf")].map((file) => readFileSync(file, "utf8"));
	return texts.join("\n").split("\n").filter((line) => /^[A-Z]\w+=/.test(line)).map((line) => line.split(/=(.*)/s, 2));
}

/* "NAME=value" lines of a file, if there is one. */
const settings = (file) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").filter((line) => /^\w+=/.test(line)).map((line) => line.split(/=(.*)/s, 2)) : []);

/* The process that systemd would start, with what it would be told. */
function process_of(prefix, service, instance) {
	const name = `${prefix.split("/").at(-1)}-${service}-${instance ?? "once"}`;
	const credentials = join(dir, name);
	const stated = lines(prefix, instance ? `rations-${service}@.service` : `rations-${service}.service`)
		.map(([key, value]) => [key, value.replaceAll("%i", instance).replaceAll("%d", credentials).replaceAll("%S", dir).replace("/etc/rations", etc)]);
	const all = (key) => stated.filter(([name]) => name === key).map(([, value]) => value);
	mkdirSync(credentials, { recursive: true });
	for (const [id, file] of all("LoadCredential").map((value) => value.split(":"))) cpSync(file, join(credentials, id));
	for (const folder of all("StateDirectory")) mkdirSync(join(dir, folder), { recursive: true });
	const env = Object.fromEntries([...all("Environment").map((value) => value.split(/=(.*)/s, 2)),
		...all("EnvironmentFile").flatMap((file) => settings(file.replace(/^-/, "")))]);
	return new Part(dir, name, all("ExecStart")[0].split(" "), env);
}

const running = {};
let free = 2, apis = 0;

/* Another instance, beside the one that runs. An instance is called by its admin port. */
async function begin(prefix, service) {
	const instance = String(ports[free++]);
	if (service === "api") writeFileSync(join(etc, `api@${instance}.env`), `PORT=${ports[apis++ % 2]}\n`);
	const part = process_of(prefix, service, instance).start();
	part.readyz = async () => {
		ok(part.isRunning, part.log().slice(-2000));
		const response = await fetch(`http://127.0.0.1:${instance}/readyz`);
		return { ok: response.ok, ...await response.json() };
	};
	return part;
}

const isReady = (part) => until(`${part.name} to be ready`, async () => (await part.readyz()).ok).catch((error) => { throw new Error(`${error.message}\n${part.log().slice(-3000)}`); });

const migrate = (prefix) => {
	const { command: [program], env } = process_of(prefix, "migrate");
	return spawnSync(program, { env, encoding: "utf8", cwd: dir });
};

/* --- the community, and somebody who looks at it ------------------------------------------------ */

const visitor = new Visitor({ url });
const answers = { good: 0, bad: [] };
let isOver = false;

async function talk() {
	while (!isOver) {
		await world.control("POST", "burst", { events: 20 });
		await new Promise((done) => setTimeout(done, 50));
	}
}

async function look(guild) {
	while (!isOver) {
		const response = await visitor.fetch(`/api/v1/guilds/${guild}/overview?period=24h`).catch((error) => ({ status: String(error.cause ?? error), text: () => "" }));
		const text = await response.text();
		if (response.status === 200) answers.good++;
		else answers.bad.push(`${response.status} ${text.slice(0, 200)}`);
		await new Promise((done) => setTimeout(done, 50));
	}
}

const sent = async () => (await world.control("GET", "sessions")).dispatched;
async function aWhile() {
	const [from, seen] = [await sent(), answers.good];
	await until("some talk", async () => (await sent()) > from + 100 && answers.good > seen + 2);
}

const t = tap();
const SERVICES = ["gateway-ingest", "analytics", "response-tracker", "backup-scheduler", "api"];
let busy, backup;

try {
	await t.test("make install, setup.sh, and what the units say: a dashboard", async () => {
		install(now);
		const env = { PATH: process.env.PATH, ETC_DIR: etc, DATABASE_AT: `/rations?host=${postgres.dir}`, REDIS_URL: redis.url, PSQL: `psql -h ${postgres.dir} -U rations` };
		const setup = (more) => spawnSync(join(now, "lib/rations/setup.sh"), { env: { ...env, ...more }, encoding: "utf8" });
		match(setup().stderr, /DISCORD_BOT_TOKEN/);
		const first = setup(sim.settings);
		equal(first.status, 0, first.stderr);
		const secret = readFileSync(join(etc, "secrets/session_secret"), "utf8");
		equal(setup().status, 0, "again, nothing is asked");
		equal(readFileSync(join(etc, "secrets/session_secret"), "utf8"), secret);
		const { DISCORD_API_BASE, DISCORD_CDN_BASE, DISCORD_CLIENT_ID } = sim.settings;
		appendFileSync(join(etc, "rations.env"), [`PUBLIC_URL=${url}`, `BACKUP_URL=http://127.0.0.1:${ports[5]}`, `DISCORD_API_BASE=${DISCORD_API_BASE}`,
			`DISCORD_CDN_BASE=${DISCORD_CDN_BASE}`, `DISCORD_CLIENT_ID=${DISCORD_CLIENT_ID}`, "EVENT_CLOCK=frame", "SHARD_LEASE=2s", "DISCOVER_INTERVAL=200ms", ""].join("\n"));

		match(migrate(now).stdout, /nothing to do/);
		for (const service of SERVICES) running[service] = await begin(now, service);
		for (const service of SERVICES) await isReady(running[service]);
		match(await (await fetch(url)).text(), /<div id="root">/);
		const doctor = spawnSync("sh", ["-c", `set -a; . ${etc}/operator.env; ${now}/bin/rationsctl doctor --json`], { env: { PATH: process.env.PATH, ADMIN_PORT: ports[2] }, encoding: "utf8" });
		ok(JSON.parse(doctor.stdout).checks.some((one) => one.check === "schema" && one.verdict === "ok"), doctor.stdout + doctor.stderr);
	});

	const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
	if (!hasSystemd) t.skip("systemd takes the units", "there is no systemd-analyze here");
	else await t.test("systemd takes the units, and finds little to fear in them", () => {
		const named = ["rations-migrate.service", ...SERVICES.map((service) => `rations-${service}@5100.service`)];
		const verify = spawnSync("systemd-analyze", ["verify", "./rations.target", ...named.map((name) => `./${name}`)], { cwd: units(now), encoding: "utf8" });
		equal(verify.stderr + verify.status, "0");
		const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", ...named.map((name) => `./${name}`)], { cwd: units(now), encoding: "utf8" });
		const levels = [...stdout.matchAll(/exposure level for \S+: ([\d.]+)/g)].map((found) => Number(found[1]));
		equal(levels.length, named.length, stdout);
		ok(levels.every((level) => level < 2), `${levels}`);
	});

	await t.test("a release that comes before its migration waits, and says so", async () => {
		cpSync(now, next, { recursive: true, verbatimSymlinks: true });
		for (const name of readdirSync(join(next, "lib/rations/bin"))) {
			const program = readFileSync(join(next, "lib/rations/bin", name));
			const at = program.indexOf("made for schema ");
			if (at > 0) program.write("9001", at + "made for schema ".length);
			writeFileSync(join(next, "lib/rations/bin", name), program);
		}
		for (const file of readdirSync(units(next), { recursive: true, withFileTypes: true }).filter((file) => file.isFile())) {
			const path = join(file.path, file.name);
			writeFileSync(path, readFileSync(path, "utf8").replaceAll(now, next));
		}
		writeFileSync(join(next, "lib/rations/migrations/9001_more.sql"),
			"CREATE TABLE app.more (n int NOT NULL);\nALTER TABLE analytics.guild ADD COLUMN more int NOT NULL DEFAULT 0;\n");
		const early = await begin(next, "analytics");
		await until("it to say why it waits", async () => /version \d+, this release needs 9001/.test((await early.readyz()).schema));
		equal((await early.readyz()).ok, false);
		equal(await early.end("SIGTERM"), 0);
	});

	await t.test("each service is replaced while the community talks", async () => {
		const { guilds } = await world.control("GET", "world");
		await visitor.logIn("owns every server");
		busy = Promise.all([talk(), look(guilds.find((guild) => guild.bot_in).id)]);
		await aWhile();
		const applied = migrate(next);
		equal(applied.status, 0, applied.stderr);
		match(applied.stdout, /applied 9001_more/);
		await aWhile();
		for (const service of SERVICES) {
			if (service === "backup-scheduler") ({ command: backup } = await visitor.change("POST", "/api/v1/backups", {}));
			const [old, fresh] = [running[service], await begin(next, service)];
			if (service === "gateway-ingest") await until("the new one to stand by", () => fresh.readyz());
			else await isReady(fresh);
			if (service === "api") visitor.stack.url = `http://127.0.0.1:${ports[1]}`;
			equal(await old.end("SIGTERM"), 0, old.log().slice(-2000));
			await isReady(fresh);
			running[service] = fresh;
			await aWhile();
		}
		await until("the backup that was ordered", async () => {
			const job = (await visitor.get("/api/v1/backups")).jobs.find((one) => one.command === backup);
			ok(!["failed", "cancelled"].includes(job?.state), job?.why);
			return job?.state === "done";
		});
	});

	await t.test("and back again, to the release of before", async () => {
		const left = migrate(now);
		equal(left.status, 0, left.stderr);
		match(left.stdout, /version 9001, newer than the \d+ of this release, which runs on it/);
		for (const service of ["analytics", "response-tracker"]) {
			const old = await begin(now, service);
			await isReady(old);
			equal(await running[service].end("SIGTERM"), 0);
			running[service] = old;
		}
		await aWhile();
	});

	await t.test("every request was answered, every event counted once", async () => {
		isOver = true;
		await busy;
		deepEqual(answers.bad, []);
		await world.control("POST", "clock", { paused: true });
		await drained(world);
		await hangUp(world);
		const figures = await compare(world);
		ok(Object.values(figures).some((figure) => figure.messages > 20), "there was something to count");
	});

	await t.test("what takes something away sends the release of before home", async () => {
		writeFileSync(join(next, "lib/rations/migrations/9002_less.sql"), "-- contract: 9001\nDROP TABLE app.more;\n");
		equal(migrate(next).status, 0);
		const refused = migrate(now);
		equal(refused.status, 1);
		match(refused.stderr, /runs with programs made for 9001 or newer/);
		const old = await begin(now, "api");
		equal(await old.ended, 78, old.log());
		match(old.log(), /cannot run on this schema.*made for 9001 or newer/);
		ok((await running.api.readyz()).ok, "the next release runs on it");
	});
} finally {
	isOver = true;
	for (const service of SERVICES)
		if (running[service]?.isRunning) equal(await running[service].end("SIGTERM"), 0, running[service].log().slice(-2000));
	await redis.end("SIGTERM");
	await postgres.end("SIGINT");
	await sim.stop();
	if (process.env.KEEP) console.log(`# ${dir}`);
	else rmSync(dir, { recursive: true, force: true });
	t.end();
}

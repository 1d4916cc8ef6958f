/*
 * One command brings everything up and takes it down again: twice, interrupted, killed, as root and as
 * anybody, beside what an earlier start left behind, for the demo and for a bot of one's own.
 */
import { equal, ok } from "node:assert";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Simulator } from "../harness/simulator.mjs";
import { bin, root, Stack, tap, until } from "../harness/stack.mjs";

const POSTGRES = "/usr/lib/postgresql/15/bin/postgres";
const NOBODY = 65534;
const isRoot = process.getuid() === 0;

const t = tap();
const messages = (stack, where = "true") =>
	stack.sql(`SELECT coalesce(sum(messages), 0)::int AS n FROM analytics.message_hourly WHERE ${where}`)[0].n;
const status = async (url) => (await fetch(url)).status;

async function stops(stack) {
	equal(await stack.down(), 0, stack.log.slice(-3000));
	await stack.vanishes();
}

/* Each story has a place of its own and leaves nothing there. */
async function story(name, env, body) {
	const stack = await Stack.prepare(env);
	await t.test(name, async () => {
		try {
			await body(stack);
		} finally {
			if (stack.launcher && !stack.isOver) await stack.down();
			stack.remove();
		}
	});
}

/* --- up, down, and again ------------------------------------------------------------ */

await story("a first start, a second, and another beside it", { SIM_HISTORY_DAYS: "150" }, async (stack) => {
	stack.isBare = true;
	stack.env.VAR_DIR = join(stack.dir, "it's 100% ours");
	mkdirSync(stack.env.VAR_DIR);
	writeFileSync(join(stack.env.VAR_DIR, "launcher.pid"), "1\n"); /* stale: that is nobody's lock */
	await stack.up();

	const told = stack.log.match(/(?<=playing history: )\d+(?= %)/g).map(Number);
	ok(told.length > 0 && told.every((percent, i) => i === 0 || percent >= told[i - 1]), `progress: ${told}`);
	equal((await stack.control("GET", "clock")).phase, "live");
	const { guilds } = await stack.control("GET", "counts");
	const sent = Object.values(guilds).reduce((sum, guild) => sum + guild.messages, 0);
	ok(sent > 1000 && messages(stack, "author_kind = 0") > 0.99 * sent, "ready, with history in the tables");
	equal(await status(`${stack.url}/healthz`), 200);
	equal(await status(`${stack.url}/readyz`), 200);
	ok(stack.log.includes("This is a demo"));

	const second = await Stack.prepare({ VAR_DIR: stack.env.VAR_DIR });
	second.launch();
	equal(await second.exited, 1);
	ok(second.log.includes("already running") && second.log.includes(`pid ${stack.launcher.pid}`) && second.log.includes("VAR_DIR"), second.log);
	second.remove();
	equal(await status(`${stack.url}/healthz`), 200);

	const lastWeek = "hour < now() - interval '7 days'";
	const before = messages(stack, lastWeek);
	ok(before > 0);
	await stops(stack);

	stack.env.LOG_FORMAT = "json";
	await stack.up();
	equal(messages(stack, lastWeek), before);
	ok(!stack.log.includes("creating the database"));
	await stops(stack);
	for (const line of stack.log.trim().split("\n")) ok(JSON.parse(line).msg, line);
	equal(stack.out.trim(), `rations: ready ${stack.url}`);
});

await story("Ctrl-C at any moment of a start", {}, async (stack) => {
	for (const moment of ["creating the database", /waiting for the database|applied 0001/, /service=analytics msg=started/]) {
		stack.launch();
		await stack.says(moment);
		equal(await stack.down(), 0, stack.log.slice(-3000));
		await stack.vanishes();
	}
	await stack.up();
	await stops(stack);
});

/* --- accidents -------------------------------------------------------------------- */

await story("a service that is killed again and again is started later and later", {}, async (stack) => {
	await stack.up();
	const waits = () => [...stack.log.matchAll(/starting it again.*program=analytics.* wait_ms=(\d+)/g)].map((match) => Number(match[1]));
	for (let i = 0; i < 5; i++) await stack.crash("analytics");
	ok(waits().length === 5 && waits().every((wait, i) => i === 0 || wait > waits()[i - 1]), `waited ${waits()} ms`);
	equal(await status(`${stack.url}/healthz`), 200);
	await stops(stack);
});

await story("a killed launcher takes everything with it, and the next start goes on", {}, async (stack) => {
	await stack.up();
	stack.launcher.kill("SIGKILL");
	equal(await stack.exited, "SIGKILL");
	await stack.vanishes(30_000);
	await stack.up();
	await stops(stack);
});

/* As the launcher starts them, but nobody's children. */
function leaveBehind(stack) {
	const data = join(realpathSync(join(stack.data, "postgres")), "data");
	const { uid, gid } = statSync(data);
	const options = { detached: true, stdio: "ignore" };
	return [
		spawn(POSTGRES, ["-D", data, "-k", stack.socketDir(), "-c", "listen_addresses="], { ...options, uid, gid, cwd: data }),
		spawn("redis-server", ["--port", "0", "--unixsocket", "redis.sock", "--pidfile", "redis.pid", "--appendonly", "yes", "--save", ""],
			{ ...options, cwd: join(stack.data, "redis") }),
	];
}

await story("a PostgreSQL and a Redis that were left behind are stopped first", {}, async (stack) => {
	await stack.up();
	const before = messages(stack);
	await stops(stack);
	const orphans = leaveBehind(stack);
	const ends = orphans.map((orphan) => new Promise((resolve) => orphan.once("exit", resolve)));
	await until("both to run", () => existsSync(join(stack.socketDir(), ".s.PGSQL.5432")) && existsSync(join(stack.data, "redis/redis.pid")));
	await stack.up();
	await Promise.all(ends);
	for (const orphan of orphans) ok(stack.log.includes(`of an earlier start (pid ${orphan.pid})`), stack.log.slice(0, 2000));
	ok(messages(stack) >= before && before > 0);
	await stops(stack);
});

await story("pid files that name somebody else by now harm nobody", {}, async (stack) => {
	await stack.up();
	await stops(stack);
	const bystander = spawn("sleep", ["1000"]);
	try {
		writeFileSync(join(stack.data, "postgres/data/postmaster.pid"), `${bystander.pid}\n`);
		writeFileSync(join(stack.data, "redis/redis.pid"), `${bystander.pid}\n`);
		await stack.up();
		equal(bystander.exitCode ?? bystander.signalCode, null);
		await stops(stack);
	} finally {
		bystander.kill();
	}
});

/* --- whoever starts it ---------------------------------------------------------------- */

if (isRoot) {
	await story("nobody special starts it", {}, async (stack) => {
		stack.root = join(stack.dir, "checkout/");
		for (const part of [join(bin, "bin"), "migrations", "locales", "dashboard/dist", "deploy/redis"]) cpSync(join(root, part), join(stack.root, part), { recursive: true });
		execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, stack.dir]);
		stack.env.HOME = stack.dir;
		delete stack.env.VAR_DIR; /* var in the checkout */
		stack.wrapper = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
		stack.launch();
		stack.env.VAR_DIR = join(stack.root, "var");
		await until("rations: ready", () => stack.isOver || stack.out.includes("rations: ready"), 120_000);
		ok(!stack.isOver, stack.log.slice(-3000));
		equal(statSync(join(stack.data, "postgres/data")).uid, NOBODY);
		equal((await fetch(stack.url)).status, 200);
		await stops(stack);
	});

	await story("root starts it where user postgres can not look", {}, async (stack) => {
		stack.isBare = true;
		const hidden = join(stack.dir, "private");
		mkdirSync(hidden);
		chmodSync(hidden, 0o700);
		stack.env.VAR_DIR = join(hidden, "var");
		await stack.up();
		const home = readlinkSync(join(stack.data, "postgres"));
		try {
			ok(/^\/var\/lib\/rations-\w+$/.test(home), home);
			ok(stack.log.includes(home), "it says where");
			await stops(stack);
			await stack.up();
			equal(readlinkSync(join(stack.data, "postgres")), home);
			await stops(stack);
		} finally {
			if (!stack.isOver) await stack.down();
			rmSync(home, { recursive: true, force: true });
		}
	});
} else {
	t.skip("nobody special starts it", "all of this was");
	t.skip("root starts it where user postgres can not look", "not root");
}

/* --- a bot of one's own ------------------------------------------------------------------ */

async function logIn(stack) {
	const start = await fetch(`${stack.url}/login`, { redirect: "manual" });
	const consent = new URL(start.headers.get("location"));
	const page = await (await fetch(consent)).text();
	const owner = page.split("<label>").find((label) => label.includes("owns every server"));
	const form = new URLSearchParams([...consent.searchParams, ["permissions", ""], ["action", "authorize"], ["user", /value="(\d+)"/.exec(owner)[1]]]);
	const back = await fetch(`${consent.origin}${consent.pathname}`, { method: "POST", body: form, redirect: "manual" });
	const cookie = start.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
	const end = await fetch(back.headers.get("location"), { redirect: "manual", headers: { cookie } });
	const session = end.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
	return (path) => fetch(`${stack.url}${path}`, { headers: { cookie: session } });
}

await story("with a token the same services talk to the Discord they are pointed at", {}, async (stack) => {
	const sim = await Simulator.start(stack.url);
	try {
		Object.assign(stack.env, sim.settings);
		await stack.up();
		ok(!stack.log.includes("demo") && stack.pids("discord-sim").length === 0);
		ok(stack.env.DISCORD_BOT_TOKEN && !stack.log.includes(sim.token) && !stack.log.includes(sim.clientSecret), "secrets stay secret");
		equal((await (await fetch(`${stack.url}/api/v1/instance`)).json()).is_demo, false);
		const get = await logIn(stack);
		ok((await (await get("/api/v1/me")).json()).csrf_token);
		const { guilds } = await (await get("/api/v1/guilds")).json();
		ok(guilds.some((guild) => guild.has_bot), "there are servers");
		await stops(stack);
	} finally {
		await sim.stop();
	}
});

/* --- help ---------------------------------------------------------------------------------- */

await t.test("every program lists its options", () => {
	for (const name of ["launcher", "gateway-ingest", "analytics", "api", "response-tracker", "migrate", "discord-sim"]) {
		const options = [...readFileSync(join(root, "services", name, "conf.def"), "utf8").matchAll(/^X\(\w+,\s*(\w+),/gm)].map((match) => match[1]);
		const { status: code, stdout } = spawnSync(join(root, bin, "bin", name), ["--help"], { encoding: "utf8" });
		equal(code, 0);
		ok(options.length > 2);
		for (const option of options) ok(new RegExp(`^ +${option} `, "m").test(stdout), `${option} in ${name} --help`);
	}
});

t.end();

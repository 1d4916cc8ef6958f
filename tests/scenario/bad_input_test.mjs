/*
 * What people get wrong, and what a machine may lack: each gives a message that names the setting and
 * says what to do, the right exit code (78 for a wrong configuration), and leaves nothing half-started.
 * What may come back (Discord, Redis) is waited for instead, and /readyz says so.
 */
import { equal, ok } from "node:assert";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Simulator } from "../harness/simulator.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";

const CLOSED = "127.0.0.1:1";
const CONFIGURATION = 78, ANYTHING_ELSE = 1;
const isRoot = process.getuid() === 0;
const t = tap();

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

/* It refuses: with that code, every text in what it says, and nothing left. */
async function refuses(stack, code, ...texts) {
	stack.launch();
	await until("it to refuse", () => stack.isOver || stack.out.includes("rations: ready"));
	ok(stack.isOver, "it started");
	equal(await stack.exited, code, stack.log.slice(-3000));
	for (const text of texts) ok(stack.log.includes(text), `"${text}" in ${stack.log.slice(-3000)}`);
	ok(!stack.out.includes("rations: ready"));
	await stack.vanishes();
}

/* And it did so before anything was started. */
async function refusesAtOnce(stack, code, ...texts) {
	await refuses(stack, code, ...texts);
	ok(!/ \| /.test(stack.log), `nothing ran: ${stack.log}`);
}

/* --- settings ------------------------------------------------------------------------ */

const MALFORMED = [
	["PORT", "http"], ["PORT", "70000"], ["PORT", "0"], ["SIM_PORT", "-1"], ["ADMIN_PORT", "65535"],
	["DATABASE_URL", "localhost/rations"], ["DATABASE_URL", "mysql://localhost/rations"], ["DATABASE_URL", "postgresql://me:hunter2@localhost:http/rations"],
	["REDIS_URL", "localhost:6379"], ["REDIS_URL", "redis://hunter2@"], ["REDIS_URL", "redis://localhost:99999"],
	["DISCORD_API_BASE", "discord.com/api/v10"], ["PUBLIC_URL", "stats.example.org"], ["PUBLIC_URL", "https://example.org/api"],
	["POSTGRES_BIN_DIR", "/nowhere"], ["REDIS_SERVER", "/nowhere/redis-server"], ["LOG_FORMAT", "xml"],
	["VAR_DIR", `/tmp/${"long".repeat(30)}`],
];

await story("every malformed setting is named", {}, async (stack) => {
	const good = stack.env;
	for (const [name, value] of MALFORMED) {
		stack.env = { ...good, [name]: value };
		await refusesAtOnce(stack, CONFIGURATION, name);
		ok(/^ {2}\S/m.test(stack.log), `a hint in ${stack.log}`);
		ok(!stack.log.includes("hunter2"), "passwords are not repeated");
	}
});

await story("several mistakes are all told", {}, async (stack) => {
	Object.assign(stack.env, { PORT: "x", REDIS_URL: "x", DATABASE_URL: "x", DISCORD_API_BASE: "x", PUBLIC_URL: "x" });
	await refusesAtOnce(stack, CONFIGURATION, "PORT: ", "REDIS_URL: ", "DATABASE_URL: ", "DISCORD_API_BASE: ", "PUBLIC_URL: ");
});

await story("one port for two programs is named", {}, async (stack) => {
	stack.env.SIM_PORT = stack.env.PORT;
	await refusesAtOnce(stack, CONFIGURATION, "SIM_PORT");
	stack.env.SIM_PORT = stack.env.ADMIN_PORT;
	await refusesAtOnce(stack, CONFIGURATION, "SIM_PORT", "ADMIN_PORT");
});

await story("what only a service understands stops everything too", { SIM_PRESET: "huge" }, async (stack) => {
	await refuses(stack, CONFIGURATION, "SIM_PRESET");
});

/* --- the machine ---------------------------------------------------------------------- */

await story("a port in use is named", {}, async (stack) => {
	const good = stack.env;
	for (const name of ["PORT", "SIM_PORT", "ADMIN_PORT"]) {
		const other = createServer();
		await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
		const { port } = other.address();
		stack.env = { ...good, [name]: String(port) };
		await refusesAtOnce(stack, ANYTHING_ELSE, `${name}: cannot listen`, `port ${port}`);
		await new Promise((resolve) => other.close(resolve));
	}
});

await story("an address this machine does not have is named", { HOST: "192.0.2.1" }, async (stack) => {
	await refusesAtOnce(stack, ANYTHING_ELSE, "HOST");
});

await story("a VAR_DIR that can not be used is named", {}, async (stack) => {
	const good = stack.env.VAR_DIR, shut = join(stack.dir, "shut"), file = join(stack.dir, "file");
	mkdirSync(shut);
	chmodSync(shut, 0o555);
	writeFileSync(file, "");
	stack.env.VAR_DIR = file;
	await refusesAtOnce(stack, ANYTHING_ELSE, "VAR_DIR", "Not a directory");
	stack.env.VAR_DIR = join(stack.dir, "no/such/parent");
	await refusesAtOnce(stack, ANYTHING_ELSE, "VAR_DIR", "No such file");
	if (isRoot) stack.wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
	stack.env.VAR_DIR = join(shut, "var");
	await refusesAtOnce(stack, ANYTHING_ELSE, "VAR_DIR", "Permission denied");
	stack.env.VAR_DIR = shut;
	await refusesAtOnce(stack, ANYTHING_ELSE, "VAR_DIR", "Permission denied");
	stack.env.VAR_DIR = good;
});

/* A disk of its own for VAR_DIR; false where that is not allowed. */
function mountDisk(stack, megabytes) {
	mkdirSync(stack.env.VAR_DIR);
	return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "tmpfs", stack.env.VAR_DIR]).status === 0;
}

async function onDisk(name, megabytes, body) {
	const stack = await Stack.prepare();
	if (!mountDisk(stack, megabytes)) {
		t.skip(name, "mounting is not allowed here");
		stack.remove();
		return;
	}
	await t.test(name, async () => {
		try {
			await body(stack);
		} finally {
			if (stack.launcher && !stack.isOver) await stack.down();
			spawnSync("umount", ["-l", stack.env.VAR_DIR]);
			stack.remove();
		}
	});
}

const fill = (stack) => spawnSync("dd", ["if=/dev/zero", `of=${join(stack.env.VAR_DIR, "filler")}`, "bs=64k"]);

await onDisk("a disk with little room is named", 64, async (stack) => {
	await refusesAtOnce(stack, ANYTHING_ELSE, "VAR_DIR", "nearly full", "Make room");
	fill(stack);
	equal(statfsSync(stack.env.VAR_DIR).bavail, 0);
	await refusesAtOnce(stack, ANYTHING_ELSE, "VAR_DIR", "Make room");
});

/* --- servers that are away -------------------------------------------------------------- */

await story("a PostgreSQL that can not be reached is named", { DATABASE_URL: `postgresql://me:hunter2@${CLOSED}/rations`, WAIT: "1s" }, async (stack) => {
	await refuses(stack, ANYTHING_ELSE, "DATABASE_URL", "Connection refused");
	ok(!stack.log.includes("hunter2"));
});

const admin = (stack, index) => `http://127.0.0.1:${stack.adminBase + index}`;
const json = async (url) => {
	const response = await fetch(url);
	return { status: response.status, text: await response.text() };
};

/* Not ready, the reason is told, nobody crashes, the dashboard answers; and Ctrl-C is all it takes. */
async function waits(stack, gateway, why) {
	const { pid } = stack.launcher;
	await until("/readyz to say why", async () => {
		const { status, text } = await json(`${admin(stack, gateway)}/readyz`);
		return status === 503 && why.test(text) ? text : Promise.reject(new Error(text));
	});
	await stack.says(/^ {2}.*gateway: /m);
	equal((await json(`${stack.url}/healthz`)).status, 200);
	equal((await json(`${admin(stack, gateway)}/healthz`)).status, 200);
	ok(!stack.log.includes("starting it again"), stack.log.slice(-3000));
	ok(!stack.out.includes("rations: ready"));
	equal(stack.launcher.pid, pid);
	equal(await stack.down(), 0);
	await stack.vanishes();
}

await story("a Redis that can not be reached is named and waited for", { REDIS_URL: `redis://:hunter2@${CLOSED}` }, async (stack) => {
	stack.prime();
	stack.launch();
	await stack.says("REDIS_URL");
	await waits(stack, 1, /refused/i);
	ok(!stack.log.includes("hunter2"));
});

/* --- Discord ---------------------------------------------------------------------------- */

await story("an unreachable Discord is waited for", { DISCORD_BOT_TOKEN: "a.b.c", DISCORD_API_BASE: `http://${CLOSED}/api/v10` }, async (stack) => {
	stack.prime();
	stack.launch();
	const tries = () => [...stack.log.matchAll(/cannot ask Discord.* retry_ms=(\d+)/g)].map((match) => Number(match[1]));
	await until("it to try again and again", () => tries().length >= 3);
	ok(tries().every((ms) => ms >= 100 && ms <= 60_000), `it waits between tries: ${tries()}`);
	await waits(stack, 0, /connection refused/);
});

const sim = await Simulator.start("http://127.0.0.1:5000");

await story("a token that Discord refuses is named", { ...sim.settings, DISCORD_BOT_TOKEN: "not-the-token" }, async (stack) => {
	stack.prime();
	stack.launch();
	await stack.says("Set DISCORD_BOT_TOKEN to the token shown in the Developer Portal");
	await waits(stack, 0, /Discord rejected the bot token/);
	ok(!stack.log.includes("not-the-token"));
});

await story("a token that the gateway refuses is named", {
	...sim.settings, DISCORD_BOT_TOKEN: "not-the-token", SHARDS: "1", DISCORD_GATEWAY_URL: `${sim.url.replace("http", "ws")}/gateway`,
}, async (stack) => {
	stack.prime();
	stack.launch();
	await stack.says("authentication_failed");
	await stack.says("Set DISCORD_BOT_TOKEN to the token shown in the Developer Portal");
	await waits(stack, 0, /Discord rejected the bot token/);
});

await sim.stop();

await story("a token with white space in it is named", { DISCORD_BOT_TOKEN: "Bot abc" }, async (stack) => {
	await refuses(stack, CONFIGURATION, "DISCORD_BOT_TOKEN", "white space");
	ok(!stack.log.includes("Bot abc"));
});

await story("missing privileged intents: figures without them, and a loud word", { SIM_PRIVILEGED_INTENTS: "0" }, async (stack) => {
	await stack.up();
	await stack.says(/level=error .*refused privileged intents.*Switch on Server Members Intent and Message Content Intent/);
	equal((await json(`${admin(stack, 1)}/readyz`)).status, 200);
	ok(!stack.log.includes("starting it again"));
	equal(await stack.down(), 0);
	await stack.vanishes();
});

t.end();

/*
 * Eight shards and three replicas of gateway-ingest on one Redis. While the community talks one of them is
 * killed (kill -9), one is stopped for longer than its lease and goes on, one is told to leave, one is added.
 * Every time all shards are live again, each at one replica, and their sessions were resumed, not begun anew.
 * In the end the tables equal what the simulator knows it sent.
 */
import { deepEqual, equal, ok } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { bin, freePorts, root, Stack, tap, until } from "../harness/stack.mjs";

const [SHARDS, GUILDS] = [8, 24];
const t = tap();
const stack = await Stack.start({
	SIM_PRESET: "crowd", SIM_BENCH_GUILDS: String(GUILDS), SIM_HISTORY_DAYS: "0", SIM_HEARTBEAT: "2s", SIM_REPLAY_BYTES: "1g",
	SIM_SHARDS: String(SHARDS), SIM_MAX_CONCURRENCY: String(SHARDS), SHARD_LEASE: "2s", REPLICA_ID: "one",
});

/* What the launcher gave its own replica: the others live in the same place. */
const environ = Object.fromEntries(readFileSync(`/proc/${stack.pids("gateway-ingest")[0]}/environ`, "utf8").split("\0").filter(Boolean)
	.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));

const replicas = new Map();

class Replica {
	static async start(name, env = {}) {
		const replica = new Replica();
		const [port] = await freePorts(1);
		replica.name = name;
		replica.url = `http://127.0.0.1:${port}`;
		replica.logFile = join(stack.dir, `${name}.log`);
		const log = openSync(replica.logFile, "a");
		replica.child = spawn(join(root, process.env.BUILD_SAN ?? "build/gcc-san", "bin/gateway-ingest"), [], { stdio: ["ignore", log, log],
			env: { ...environ, REPLICA_ID: name, ADMIN_PORT: String(port), ...env } });
		process.once("exit", () => replica.child.kill("SIGKILL"));
		replica.ended = new Promise((resolve) => replica.child.once("exit", (code, signal) => {
			replicas.delete(name);
			resolve(signal ?? code);
		}));
		replicas.set(name, replica);
		return replica;
	}

	end(signal) {
		this.child.kill(signal);
		return this.ended;
	}

	log() {
		return readFileSync(this.logFile, "utf8");
	}
}

const cli = (...args) => JSON.parse(execFileSync("redis-cli", ["--json", "-s", environ.REDIS_URL.replace("unix://", ""), ...args], { encoding: "utf8" }));
const leases = () => cli("HGETALL", "leases:{fleet}");
const sessions = () => stack.control("GET", "sessions");

/* What the replicas tell of themselves. */
function status() {
	const told = cli("HGETALL", "status:{fleet}");
	const of = (isIt) => Object.keys(told).filter(isIt).map((name) => JSON.parse(told[name]));
	return { shards: of((name) => !name.startsWith("replica:")), replicas: of((name) => name.startsWith("replica:")) };
}

/* How many shards each replica holds. */
function shares() {
	const held = {};
	for (const holder of Object.values(leases())) held[holder] = (held[holder] ?? 0) + 1;
	return held;
}

/* Every shard leased to one of those who are there, fairly, and connected. */
async function settled(names) {
	const [least, most] = [Math.floor(SHARDS / names.length), Math.ceil(SHARDS / names.length)];
	await until(`${names} to share the shards`, () => {
		const held = shares();
		const isFair = names.every((name) => held[name] >= least && held[name] <= most);
		if (isFair && Object.keys(held).length === names.length && Object.values(held).reduce((a, b) => a + b) === SHARDS) return true;
		throw new Error(JSON.stringify(held));
	});
	await until("every shard to be connected", async () => {
		const all = (await sessions()).sessions;
		if (all.length === SHARDS && all.every((session) => session.connected)) return true;
		throw new Error(JSON.stringify(all.map(({ shard, connected }) => [shard, connected])));
	});
	await until("the status to say so", () => {
		const told = status();
		for (const shard of told.shards)
			deepEqual([shard.state, shard.trouble, shard.unavailable_guilds], ["live", "", 0], JSON.stringify(shard));
		deepEqual(Object.fromEntries(told.shards.map(({ shard, holder }) => [`${SHARDS}.${shard.split("/")[0]}`, holder])), leases());
		equal(told.shards.reduce((sum, { guilds }) => sum + guilds, 0), GUILDS);
		deepEqual(told.replicas.map(({ id }) => id).sort(), [...names].sort());
		return true;
	});
	for (const name of names) {
		const url = replicas.get(name)?.url ?? `http://127.0.0.1:${environ.ADMIN_PORT}`;
		await until(`${name} to be ready`, async () => {
			const response = await fetch(`${url}/readyz`);
			if (response.ok) return true;
			throw new Error(await response.text());
		});
	}
}

/* Talk all the time, until told to stop. */
function chatter() {
	let isOver = false;
	const done = (async () => {
		while (!isOver) {
			await stack.control("POST", "burst", { events: 100 });
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	})();
	return () => ((isOver = true), done);
}

const talk = async (events) => {
	const from = (await sessions()).dispatched;
	await until("some talk", async () => (await sessions()).dispatched > from + events);
};

/* Does something to the fleet amid talk; nobody may have had to identify. */
async function amidTalk(something) {
	const before = await sessions();
	const hush = chatter();
	await talk(500);
	await something();
	await talk(500);
	await hush();
	const after = await sessions();
	equal(after.identified, before.identified, "sessions begun anew");
	deepEqual(after.sessions.map(({ id }) => id).sort(), before.sessions.map(({ id }) => id).sort());
	return after.resumed - before.resumed;
}

try {
	await t.test("one replica holds all shards", async () => {
		await settled(["one"]);
		equal((await sessions()).identified, SHARDS);
		const metrics = await (await fetch(`http://127.0.0.1:${environ.ADMIN_PORT}/metrics`)).text();
		equal(metrics.match(/^rations_shard_live\{shard="\d\/8"\} 1$/gm).length, SHARDS);
	});

	await t.test("two more take their share", async () => {
		const resumed = await amidTalk(async () => {
			await Replica.start("two");
			await Replica.start("three");
			await settled(["one", "two", "three"]);
		});
		ok(resumed >= 5, `${resumed} resumed`);
		const metrics = await (await fetch(`http://127.0.0.1:${environ.ADMIN_PORT}/metrics`)).text();
		ok(metrics.match(/^rations_shard_live\{/gm).length <= 3, "shards that were given up are no longer told of");
	});

	await t.test("kill -9: the others take its shards", async () => {
		const resumed = await amidTalk(async () => {
			const held = shares().two;
			equal(await replicas.get("two").end("SIGKILL"), "SIGKILL");
			await settled(["one", "three"]);
			ok(held >= 2);
		});
		ok(resumed >= 2, `${resumed} resumed`);
	});

	await t.test("one that was stopped for longer than its lease is told", async () => {
		const three = replicas.get("three");
		await amidTalk(async () => {
			three.child.kill("SIGSTOP");
			await settled(["one"]);
			three.child.kill("SIGCONT");
			await settled(["one", "three"]);
		});
		ok(/shard is another's|shard taken by somebody else/.test(three.log()), three.log().slice(-3000));
	});

	await t.test("one more, with another SHARDS, is refused", async () => {
		const stranger = await Replica.start("stranger", { SHARDS: "16" });
		await until("a refusal", () => stranger.log().includes("the other replicas run with SHARDS=auto, not 16"));
		equal((await fetch(`${stranger.url}/readyz`)).status, 503);
		await settled(["one", "three"]);
		equal(await stranger.end("SIGTERM"), 0);
	});

	await t.test("one leaves, one comes", async () => {
		await amidTalk(async () => {
			const three = replicas.get("three");
			equal(await three.end("SIGTERM"), 0);
			ok(!Object.values(leases()).includes("three"), "it has given up its leases");
			await settled(["one"]);
			await Replica.start("four");
			await settled(["one", "four"]);
		});
	});

	await t.test("Redis is killed under all of them", async () => {
		await amidTalk(async () => {
			await stack.crash("redis-server");
			await settled(["one", "four"]);
		});
	});

	await t.test("the tables equal what was sent", async () => {
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
		const figures = await compare(stack);
		ok(Object.values(figures).filter((figure) => figure.messages > 10).length > SHARDS, "there was something to count");
		equal(await replicas.get("four").end("SIGTERM"), 0);
	});
} finally {
	for (const replica of replicas.values()) replica.child.kill("SIGKILL");
	await t.test("Ctrl-C ends everything", async () => {
		const code = await stack.down();
		ok(code === 0, `exit code ${code}\n${stack.log.slice(-3000)}`);
	});
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else await stack.remove();
	t.end();
}

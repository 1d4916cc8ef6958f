/*
 * Rations on a Redis Cluster of six nodes. While the community talks, slots move from one master to another key by
 * key, a replica takes over in an orderly way, a master is killed (kill -9) whose replica has not heard of the last
 * events, and one hangs. Every time the tables equal what the simulator knows it sent.
 */
import { equal, ok } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "../harness/cluster.mjs";
import { difference, drained, hangUp } from "../harness/oracle.mjs";
import { bin, root, Stack, tap, until } from "../harness/stack.mjs";

const SHARDS = 4;
const t = tap();
const dir = mkdtempSync(join(tmpdir(), "rations-cluster-"));
const cluster = await Cluster.start(dir);
const stack = await Stack.start({
	REDIS_URL: cluster.url, SHARDS: String(SHARDS), SIM_SHARDS: String(SHARDS), SIM_MAX_CONCURRENCY: String(SHARDS), SHARD_LEASE: "3s",
	SIM_PRESET: "crowd", SIM_BENCH_GUILDS: "16", SIM_HISTORY_DAYS: "0", SIM_HEARTBEAT: "2s", SIM_REPLAY_BYTES: "1g",
});
const sent = async () => (await stack.control("GET", "sessions")).dispatched;

/* Returns when so many more events were dispatched. */
async function talk(events = 400) {
	const from = await sent();
	await until("some talk", async () => (await sent()) > from + events);
}

/* Does something amid talk; nothing may be lost by it, nor counted twice. */
async function amidTalk(something) {
	let isOver = false;
	await stack.control("POST", "clock", { paused: false });
	const chatter = (async () => {
		while (!isOver) {
			await stack.control("POST", "burst", { events: 60 });
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	})();
	await talk();
	await something().finally(() => (isOver = true));
	await chatter;
	await stack.control("POST", "clock", { paused: true });
	await drained(stack);
	await hangUp(stack);
	const { differences, ...figures } = await difference(stack);
	equal(differences.length, 0, differences.slice(0, 20).join("\n"));
	ok(figures.counted > 500, "there was something to count");
	console.log(`# sent ${figures.sent} counted ${figures.counted} lost ${figures.lost} duplicated ${figures.duplicated}`);
}

/* The sum of a metric of gateway-ingest. */
async function metric(name) {
	const text = await (await fetch(`http://127.0.0.1:${stack.adminBase + 1}/metrics`)).text();
	const values = [...text.matchAll(new RegExp(`^${name}(?:{.*})? (.*)$`, "gm"))].map(([, value]) => Number(value));
	ok(values.length > 0, `no ${name}`);
	return values.reduce((sum, value) => sum + value, 0);
}

try {
	await t.test("streams lie on different nodes", async () => {
		await amidTalk(() => talk());
		const masters = await Promise.all(Array.from({ length: SHARDS }, (_, i) => cluster.master(`events:{${SHARDS}.${i}}`)));
		ok(new Set(masters).size > 1);
	});

	await t.test("rationsctl finds the fleet", () => {
		const out = execFileSync(join(root, bin, "bin/rationsctl"), ["shard", "list", "--json"], { encoding: "utf8", env: { ...process.env, REDIS_URL: cluster.url } });
		equal(JSON.parse(out).shards.length, SHARDS);
	});

	await t.test("slots move", () => amidTalk(async () => {
		for (const key of [`events:{${SHARDS}.0}`, "shards", "fleet:{fleet}", `events:{${SHARDS}.1}`])
			await cluster.move(key, () => talk(100));
		await talk();
	}));

	await t.test("replicas take over in an orderly way", () => amidTalk(async () => {
		await cluster.handOver(`events:{${SHARDS}.2}`);
		await talk();
		await cluster.handOver("fleet:{fleet}");
		await talk();
	}));

	await t.test("a master is killed before its replica has all", () => amidTalk(async () => {
		await cluster.isWhole();
		const rewinds = await metric("rations_ingest_rewinds_total");
		await cluster.cutOff(`events:{${SHARDS}.3}`);
		await talk();
		const { master } = await cluster.kill(`events:{${SHARDS}.3}`);
		await until("the lost events to be noticed", async () => (await metric("rations_ingest_rewinds_total")) > rewinds);
		await talk();
		master.start();
		await cluster.isWhole();
		await talk();
	}));

	await t.test("a master hangs, is replaced, and wakes", () => amidTalk(async () => {
		const master = await cluster.hang(`events:{${SHARDS}.0}`);
		await talk();
		await cluster.wake(master);
		await talk();
	}));

	await t.test("the password is nowhere", () => {
		ok(!stack.log.includes("s3cret"), stack.log.split("\n").find((line) => line.includes("s3cret")));
	});
} finally {
	await t.test("Ctrl-C ends everything", async () => {
		const code = await stack.down();
		ok(code === 0, `exit code ${code}\n${stack.log.slice(-3000)}`);
	});
	await cluster.end();
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir} ${dir}`);
	else {
		await stack.remove();
		rmSync(dir, { recursive: true, force: true });
	}
	t.end();
}

/*
 * A bot outgrows its one shard, which Discord refuses (4011), so there are two. Later four are brought up beside
 * them while events flow, and take over. The new ones identify once each, never too soon for Discord, the old ones end with a last word in their streams, and what the simulator has told
 * is in the old streams up to there or in the new ones: nothing is in neither, and in no plan twice.
 * On the way a replica is killed (kill -9), before and during the hand-over.
 */
import { deepEqual, equal, ok } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Part, Program, Redis } from "../harness/parts.mjs";
import { freePorts, root, tap, until } from "../harness/stack.mjs";

const GUILDS = 12;
const t = tap();
const dir = mkdtempSync(join(tmpdir(), "reshard-"));
const [simPort, simAdmin] = await freePorts(2);
const url = `http://127.0.0.1:${simPort}`;
const redis = new Redis(dir).start();
await redis.up();
const sim = new Program(dir, "sim", "discord-sim", { SIM_PORT: String(simPort), ADMIN_PORT: String(simAdmin), SIM_CONTROL: "on", SIM_PRESET: "crowd",
	SIM_BENCH_GUILDS: String(GUILDS), SIM_HISTORY_DAYS: "0", SIM_SPEED: "0", SIM_HEARTBEAT: "2s", SIM_REPLAY_BYTES: "1g", SIM_SHARDS: "1",
	SIM_SHARD_GUILDS: String(GUILDS - 1), SIM_MAX_CONCURRENCY: "2" }).start();

async function control(path, body) {
	const response = await fetch(`${url}/_control/${path}`, body && { method: "POST", body: JSON.stringify(body) });
	if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
	return response.json();
}

const replicas = {};

async function replica(name, env = {}) {
	const [port] = await freePorts(1);
	const program = join(root, process.env.BUILD_SAN ?? "build/gcc-san", "bin/gateway-ingest");
	replicas[name] = new Part(dir, name, [program], { DISCORD_BOT_TOKEN: "simulated-bot-token", DISCORD_API_BASE: `${url}/api/v10`,
		REDIS_URL: redis.url, ADMIN_PORT: String(port), EVENT_CLOCK: "frame", REPLICA_ID: name, SHARD_LEASE: "2s", ...env }).start();
}

/* All of a hash, or one field of it. */
const hash = (key, field) => (field ? redis.cli("HGET", key, field) : redis.cli("HGETALL", key));

async function live(count) {
	await until(`${count} live shards`, async () => {
		const { sessions } = await control("sessions");
		const served = sessions.filter((session) => session.shard[1] === count && session.connected);
		const states = Object.values(hash("status:{fleet}")).map((text) => JSON.parse(text)).filter(({ shard }) => shard?.endsWith(`/${count}`));
		if (served.length === count && states.length === count && states.every(({ state }) => state === "live")) return true;
		throw new Error(JSON.stringify(states.map(({ shard, state, trouble }) => [shard, state, trouble])));
	});
}

function chatter() {
	let isOver = false;
	const done = (async () => {
		while (!isOver) {
			await control("burst", { events: 60 });
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	})();
	return () => ((isOver = true), done);
}

const talk = async (events) => {
	const from = (await control("sessions")).dispatched;
	await until("some talk", async () => (await control("sessions")).dispatched > from + events);
};

/* Until Redis holds what every session has numbered, but those that nobody will resume. */
async function stored() {
	await until("the burst to be played", async () => (await control("clock")).burst === 0);
	for (const { id, shard: [index, count], seq } of (await control("sessions")).sessions.filter(({ connected }) => connected))
		await until(`number ${seq} of shard ${index}/${count} in Redis`, () => {
			const [session, last] = redis.cli("HMGET", `session:{${count}.${index}}`, "session_id", "seq");
			return session === id && Number(last) >= seq;
		});
}

function entries(count, index) {
	return redis.cli("XRANGE", `events:{${count}.${index}}`, "-", "+").map(([id, words]) => {
		const event = { entry: id };
		for (let i = 0; i < words.length; i += 2) event[words[i]] = words[i + 1];
		return event;
	});
}

const plan = (count) => Array.from({ length: count }, (_, index) => entries(count, index));

/* Messages of people, by id; in one plan each is there once. */
function messages(streams) {
	const all = streams.flat().filter(({ type }) => type === "message_created");
	equal(new Set(all.map(({ message_id }) => message_id)).size, all.length, "each message once");
	return new Map(all.map((event) => [event.message_id, event]));
}

const isByPeople = (event) => !event.is_bot && !event.is_webhook && !event.is_system && ["0", "19"].includes(event.kind ?? "0");

async function compare(streams) {
	const { guilds } = await control("counts");
	const counted = {};
	for (const event of streams.values()) if (isByPeople(event)) counted[event.guild] = (counted[event.guild] ?? 0) + 1;
	const told = Object.fromEntries(Object.entries(guilds).map(([id, guild]) => [id, guild.messages]).filter(([, count]) => count > 0));
	deepEqual(counted, told);
}

/* The streams of a plan that is over. */
function checkRetired(count) {
	plan(count).forEach((events, index) => {
		const last = events.at(-1);
		deepEqual([last.type, last.cause, last.entry], ["shard_disconnected", "resharded", hash(`session:{${count}.${index}}`, "retired")]);
	});
}

try {
	await t.test("one shard is too small, so there are two", async () => {
		await until("the simulator", () => control("sessions"));
		await replica("one");
		await replica("two");
		await until("two shards to serve", () => hash("fleet:{fleet}", "count") === "2");
		await live(2);
		ok(/Raise it|raise it/.test(replicas.one.log() + replicas.two.log()), "somebody was told");
		const hush = chatter();
		await talk(500);
		await hush();
		await stored();
		await compare(messages(plan(2)));
	});

	await t.test("four are wished for, and take over while events flow", async () => {
		const hush = chatter();
		redis.cli("HSET", "fleet:{fleet}", "wish", "4");
		await until("the next plan", () => hash("fleet:{fleet}", "next") === "4");
		const since = Number(hash("fleet:{fleet}", "next_since"));
		ok(Math.abs(since - Date.now()) < 60_000);
		equal(await replicas.two.end("SIGKILL"), "SIGKILL");
		replicas.two.start();
		await until("the next plan to serve", () => hash("fleet:{fleet}", "count") === "4");
		await live(4);
		await talk(500);
		await hush();
		await stored();
		equal((await control("sessions")).sessions.length, 4, "the old sessions are over");
		equal((await control("sessions")).identified, 2 + 4, "nobody identified twice");
		deepEqual(Object.keys(hash("leases:{fleet}")).sort(), ["4.0", "4.1", "4.2", "4.3"]);
		deepEqual(Object.keys(hash("fleet:{fleet}")).sort(), ["count", "setting"]);
	});

	await t.test("what was told is in the old streams up to their end, or in the new", async () => {
		checkRetired(2);
		const [old, young] = [messages(plan(2)), messages(plan(4))];
		const both = [...old.keys()].filter((id) => young.has(id));
		ok(both.length > 0 && both.length < old.size && both.length < young.size, `${old.size} old, ${young.size} new, ${both.length} in both`);
		await compare(new Map([...old, ...young]));
	});

	await t.test("a holder dies while old shards retire; another SHARDS does the same", async () => {
		for (const name of ["one", "two"]) equal(await replicas[name].end("SIGTERM"), 0);
		await replica("one", { SHARDS: "3" });
		await replica("two", { SHARDS: "3" });
		const hush = chatter();
		await until("the hand-over to begin", () => hash("fleet:{fleet}", "retiring") === "1" || hash("fleet:{fleet}", "count") === "3");
		equal(await replicas.one.end("SIGKILL"), "SIGKILL");
		await until("the next plan to serve", () => hash("fleet:{fleet}", "count") === "3");
		await live(3);
		await talk(300);
		await hush();
		await stored();
		checkRetired(4);
		await compare(new Map([...messages(plan(2)), ...messages(plan(4)), ...messages(plan(3))]));
		equal((await control("sessions")).identified, 2 + 4 + 3);
		for (const { name, log } of Object.values(replicas).map((part) => ({ name: part.name, log: part.log() })))
			ok(!log.includes("cause=invalid_session"), `${name} identified too soon`);
	});

	await t.test("back to two: the old streams go on with new sessions", async () => {
		const before = plan(2).map((events) => events.length);
		equal(await replicas.two.end("SIGTERM"), 0);
		await replica("two", { SHARDS: "2" });
		const hush = chatter();
		await until("the next plan to serve", () => hash("fleet:{fleet}", "count") === "2");
		await live(2);
		await hush();
		await stored();
		plan(2).forEach((events, index) => {
			equal(events[before[index]].type, "shard_ready");
			equal(hash(`session:{2.${index}}`, "retired"), null);
		});
	});
} finally {
	await t.test("leaves cleanly", async () => {
		equal(await replicas.two.end("SIGTERM"), 0);
		ok(!replicas.two.log().includes("Sanitizer"), replicas.two.log().slice(-4000));
	});
	for (const part of [...Object.values(replicas), sim, redis]) part.signal("SIGKILL");
	if (process.env.KEEP) console.log(`# logs: ${dir}`);
	else rmSync(dir, { recursive: true, force: true });
	t.end();
}

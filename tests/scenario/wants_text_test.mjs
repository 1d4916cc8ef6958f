/*
 * The text of messages: in the stream for servers that want it read, and nowhere else. gateway-ingest between a
 * simulated Discord and a real Redis; the servers that want it are the ones a reader would have written down.
 */
import { deepEqual, equal, ok } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeClock } from "../harness/clock.mjs";
import { Part, Redis } from "../harness/parts.mjs";
import { Simulator } from "../harness/simulator.mjs";
import { freePorts, root, tap, until } from "../harness/stack.mjs";

const t = tap();
const dir = mkdtempSync(join(tmpdir(), "wants-text-"));
const clock = makeClock(dir);
const redis = new Redis(dir).start();
await redis.up();
const sim = await Simulator.start("http://127.0.0.1:1", { SIM_SPEED: "0", ...clock.env });
const [adminPort] = await freePorts(1);
const ingest = new Part(dir, "ingest", [join(root, process.env.BUILD_SAN ?? "build/gcc-san", "bin/gateway-ingest")], {
	...sim.settings, ...clock.env, REDIS_URL: redis.url, ADMIN_PORT: String(adminPort), REPLICA_ID: "one", LOG_LEVEL: "debug",
});

async function control(path, body) {
	const response = await fetch(`${sim.url}/_control/${path}`, body && { method: "POST", body: JSON.stringify(body) });
	if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
	return response.json();
}

const [ours, theirs] = (await control("world")).guilds;
const room = (guild) => guild.channels.find((channel) => channel.type === 0).id;
const ready = () => until("a live session", async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).ok);
const want = (version, ...guilds) => {
	redis.cli("DEL", "wants_text:{fleet}");
	for (const guild of guilds) redis.cli("SADD", "wants_text:{fleet}", guild.id);
	redis.cli("SET", "wants_text_version:{fleet}", version);
};
const events = () => redis.cli("XRANGE", "events:{1.0}", "-", "+").map(([, words]) =>
	Object.fromEntries(Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i], words[2 * i + 1]])));
const toldOf = (id, type = "message_created") => until(`${type} ${id}`, () =>
	events().find((event) => event.message_id === id && event.type === type));
const say = async (guild, content) => (await control("inject", {
	act: "message", channel_id: room(guild), user_id: guild.owner_id, content })).id;
const saidIn = async (guild, content) => toldOf(await say(guild, content));

/* Looks are a second apart: says it again until it is told as expected. */
const isToldAs = (guild, content, expected) => until(`"${content}" to be told ${expected ? "with" : "without"} its text`,
	async () => (await saidIn(guild, content)).content === expected);

await t.test("from the first message on, for those who want it", async () => {
	want("1", ours);
	ingest.start();
	await ready();
	const message = await saidIn(ours, "Кто поможет? \"мне\"\nсрочно");
	equal(message.content, "Кто поможет? \"мне\"\nсрочно");
	equal(message.length, String([...message.content].length));
	const other = await saidIn(theirs, "not for you");
	equal(other.content, undefined);
	equal(other.length, "11");
});

await t.test("an edit has its new text", async () => {
	const id = await say(ours, "zq befor");
	await control("inject", { act: "edit", channel_id: room(ours), message_id: id, content: "zq before" });
	equal((await toldOf(id, "message_edited")).content, "zq before");
});

await t.test("who changes their mind is heard", async () => {
	want("2", theirs);
	await isToldAs(theirs, "zq for you", "zq for you");
	equal((await saidIn(ours, "zq no more")).content, undefined);
});

await t.test("a Redis that lost the list is no change of mind", async () => {
	redis.cli("DEL", "wants_text:{fleet}", "wants_text_version:{fleet}");
	want("3", theirs, ours); /* seen for certain, so the loss before it was */
	await isToldAs(ours, "zq both", "zq both");
	redis.cli("DEL", "wants_text:{fleet}", "wants_text_version:{fleet}");
	const beats = () => redis.cli("HGET", "status:{fleet}", "replica:one");
	const before = beats();
	await until("two more looks", () => beats() !== before);
	const again = beats();
	await until("two more looks", () => beats() !== again);
	equal((await saidIn(theirs, "zq still")).content, "zq still");
});

await t.test("time that is moved moves Discord's", async () => {
	const before = await saidIn(ours, "zq today");
	clock.advance(3 * 24 * 3600_000);
	const after = await saidIn(ours, "zq three days on");
	const apart = Number(after.at) - Number(before.at);
	ok(apart >= 3 * 24 * 3600_000 && apart < 3 * 24 * 3600_000 + 60_000, String(apart));
	ok(Math.abs(Number(after.at) - clock.now()) < 60_000);
});

await t.test("no text is in the log, nor in what is told of the fleet", async () => {
	equal(await ingest.end("SIGTERM"), 0);
	const said = events().map((event) => event.content).filter(Boolean);
	ok(said.length >= 6);
	const elsewhere = ingest.log() + JSON.stringify(redis.cli("KEYS", "*").filter((key) => !key.startsWith("events:"))
		.map((key) => redis.cli("TYPE", key) === "hash" && redis.cli("HGETALL", key)));
	deepEqual(said.filter((text) => elsewhere.includes(text.split("\n")[0])), []);
	ok(!ingest.log().includes("Sanitizer"), ingest.log().slice(-4000));
});

await sim.stop();
await redis.end("SIGKILL");
rmSync(dir, { recursive: true });
t.end();

/*
 * Eight streams and their readers: replicas of analytics share them fairly, whoever is killed is replaced within
 * seconds, and what the gateway went through stands in the coverage of its shard: a cut that RESUME healed, a
 * session that was lost, a restart of gateway-ingest. In the end every count is exact.
 */
import { deepEqual, equal, ok } from "node:assert";
import { Fleet } from "../chaos/fleet.mjs";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { freePorts, tap, until } from "../harness/stack.mjs";

const SHARDS = 8;
const t = tap();
const fleet = await Fleet.prepare({ shards: SHARDS, ingests: 1, readers: 2, build: process.env.BUILD_SAN ?? "build/gcc-san" });
const third = fleet.reader(2, (await freePorts(1))[0]);

/* How many streams each connection's process holds: the locks, by who holds them. */
function shares() {
	const rows = fleet.sql(`SELECT count(DISTINCT l.objid)::int AS streams FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = (hashtext('analytics')::bigint & 4294967295)`);
	return rows[0].streams;
}

/* The same, as each replica says of itself. */
const held = async (reader) => (await (await fetch(`http://127.0.0.1:${reader.env.ADMIN_PORT}/metrics`)).text())
	.match(/^rations_streams_held (\d+)/m)?.[1] ?? "0";

async function areShared(...expected) {
	const readers = [...fleet.readers, third].filter((reader) => reader.isRunning);
	const counts = (await Promise.all(readers.map(held))).map(Number);
	deepEqual(counts.sort().reverse(), expected, `${counts}`);
	equal(shares(), SHARDS);
	return true;
}

/* Talk on every shard, counted: nobody is left unread. */
async function areAllRead() {
	await fleet.control("POST", "burst", { events: 400 });
	await drained(fleet);
	return true;
}

const gaps = (shard) => fleet.sql(`SELECT cause, is_healed, ended_at IS NOT NULL AS is_over FROM analytics.coverage_gap
	WHERE shard_count = ${SHARDS} AND shard_id = ${shard} ORDER BY started_at`);

try {
	await fleet.start(5);
	await fleet.control("POST", "clock", { paused: true });

	await t.test("two replicas read four streams each", () => until("four each", () => areShared(4, 4)));

	await t.test("a third takes its share", async () => {
		third.start();
		await until("three, three, two", () => areShared(3, 3, 2));
		await areAllRead();
	});

	await t.test("the streams of one that is killed are taken by the others", async () => {
		await fleet.readers[0].end("SIGKILL");
		await until("four each", () => areShared(4, 4), 15_000);
		await areAllRead();
		fleet.readers[0].start();
		await until("three, three, two again", () => areShared(3, 3, 2));
	});

	await t.test("every reader says what it needs", async () => {
		await until("needs of all", () => {
			for (let shard = 0; shard < SHARDS; shard++) ok(fleet.redis.cli("HGET", `needs:{${SHARDS}.${shard}}`, "analytics"), `shard ${shard}`);
			return true;
		});
	});

	await t.test("shards serve since their first READY, without a gap", () => {
		equal(fleet.sql("SELECT count(*)::int AS n FROM analytics.shard_service WHERE ended_at IS NULL")[0].n, SHARDS);
		equal(fleet.sql("SELECT count(*)::int AS n FROM analytics.coverage_gap")[0].n, 0);
	});

	await t.test("a cut is a gap that RESUME heals", async () => {
		await fleet.fault(1, { reset: true });
		await until("the gap", () => gaps(1).length === 1 && gaps(1)[0].is_over);
		deepEqual(gaps(1), [{ cause: "network", is_healed: true, is_over: true }]);
	});

	await t.test("a session that is forgotten is a gap nobody heals", async () => {
		await fleet.fault(2, { forget: true, reset: true });
		await until("the gap", () => gaps(2).some((gap) => gap.is_over && !gap.is_healed));
		const lost = gaps(2).filter((gap) => !gap.is_healed);
		equal(lost.length, 1, JSON.stringify(gaps(2)));
		deepEqual(gaps(1).length, 1);
	});

	await t.test("a restart of gateway-ingest is a gap that RESUME heals", async () => {
		const [ingest] = fleet.ingests;
		equal(await ingest.end("SIGTERM"), 0);
		ingest.start();
		await until("all shards to be live again", () => fleet.isLive());
		await until("gaps of all", () => [0, 3, 7].every((shard) => gaps(shard).length === 1 && gaps(shard)[0].is_over));
		for (const shard of [0, 3, 7]) deepEqual(gaps(shard).map((gap) => gap.is_healed), [true]);
	});

	await t.test("one guild's outage is a gap of it alone", async () => {
		const [guild] = fleet.guilds;
		await fleet.control("POST", "inject", { act: "outage", guild_id: guild, down: true });
		await until("the gap", () => fleet.sql("SELECT guild_id::text AS id FROM analytics.guild_gap WHERE ended_at IS NULL AND cause = 'guild_unavailable'")
			.some((gap) => gap.id === guild));
		await fleet.control("POST", "inject", { act: "outage", guild_id: guild, down: false });
		await until("its end", () => fleet.sql("SELECT 1 FROM analytics.guild_gap WHERE ended_at IS NOT NULL").length === 1);
	});

	await t.test("every count is exact", async () => {
		await areAllRead();
		await hangUp(fleet);
		await compare(fleet);
	});

	await t.test("everybody leaves in order", async () => {
		deepEqual(await fleet.leave(), []);
		equal(await third.end("SIGTERM"), 0);
	});
} finally {
	if (process.env.KEEP) console.log(`# logs and data: ${fleet.dir}`);
	await third.end("SIGKILL");
	await fleet.end();
	if (!process.env.KEEP) fleet.remove();
	t.end();
}

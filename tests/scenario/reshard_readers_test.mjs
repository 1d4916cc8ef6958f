/*
 * A bot outgrows its two shards, and four turn out to be too many: 2 -> 4 -> 3 -> 2 while the community talks. Readers
 * of the streams are killed (kill -9) in the middle, and so is a replica of gateway-ingest. Both plans tell the
 * same for a while, and yet the tables equal what the simulator knows it sent, and no guild was unwatched.
 */
import { deepEqual, equal } from "node:assert";
import { Fleet } from "../chaos/fleet.mjs";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { tap, until } from "../harness/stack.mjs";

const t = tap();
const fleet = await Fleet.prepare({ shards: 2, ingests: 2, readers: 2, build: process.env.BUILD_SAN ?? "build/gcc-san" });
for (const part of fleet.ingests) part.env.SHARDS = "auto";
for (const part of fleet.readers) part.env.RETIRED_KEEP = "0s";
const plan = (field) => fleet.redis.cli("HGET", "fleet:{fleet}", field);

function chatter() {
	let isOver = false;
	const done = (async () => {
		while (!isOver) {
			await fleet.control("POST", "burst", { events: 60 });
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	})();
	return () => ((isOver = true), done);
}

async function talk(events) {
	const from = (await fleet.control("GET", "sessions")).dispatched;
	await until("some talk", async () => (await fleet.control("GET", "sessions")).dispatched > from + events);
}

async function restart(part) {
	equal(await part.end("SIGKILL"), "SIGKILL");
	part.start();
}

/* While `hurt` does its worst. */
async function reshard(count, hurt) {
	const hush = chatter();
	await talk(300);
	fleet.redis.cli("HSET", "fleet:{fleet}", "wish", String(count));
	await until("the next plan", () => plan("next") === String(count));
	await hurt();
	await until("the next plan to serve", () => plan("count") === String(count), 120_000);
	fleet.shards = count;
	await until("its shards to be live", () => fleet.isLive(), 120_000);
	await restart(fleet.readers[1]);
	await talk(300);
	await hush();
	await drained(fleet);
	await hangUp(fleet);
	await compare(fleet);
}

/* What all streams hold, of any plan. */
const tellings = () => fleet.redis.cli("KEYS", "events:*").flatMap((stream) => fleet.redis.cli("XRANGE", stream, "-", "+").map(([, words]) =>
	Object.fromEntries(Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i], words[2 * i + 1]]))));

function checkCoverage(count, shards) {
	deepEqual(fleet.sql(`SELECT shard_count AS count, count(*)::int AS shards FROM analytics.shard_service WHERE ended_at IS NULL GROUP BY 1`),
		[{ count, shards }]);
	/* What a killed replica missed was healed, or another plan was there. By the clock of the frames, which stands still
	 * for a shard that is told nothing, the old one's service may end before the new one's begins: then nothing was told. */
	const told = tellings();
	const gaps = fleet.sql(`SELECT g.guild_id::text AS guild, x.cause, ts_to_ms(x.started_at) AS from_ms, ts_to_ms(x.ended_at) AS to_ms
		FROM analytics.guild g CROSS JOIN LATERAL
		analytics.gaps_of(g.guild_id, g.first_event_at, greatest(g.first_event_at, g.last_event_at)) x WHERE NOT x.is_healed`);
	deepEqual(gaps.filter(({ guild, cause, from_ms, to_ms }) => cause !== "no_shard"
		|| told.some((event) => event.guild === guild && Number(event.at) > from_ms && Number(event.at) < to_ms)), []);
}

try {
	await fleet.start(11);
	await t.test("from two to four, readers killed meanwhile", async () => {
		await reshard(4, async () => {
			await restart(fleet.readers[0]);
			await talk(200);
			await restart(fleet.readers[1]);
		});
		checkCoverage(4, 4);
	});

	await t.test("from four to three, a holder killed meanwhile", async () => {
		await reshard(3, async () => {
			await restart(fleet.ingests[0]);
			await restart(fleet.readers[0]);
		});
		checkCoverage(3, 3);
	});

	await t.test("and back to two, whose streams go on where they ended", async () => {
		await reshard(2, () => restart(fleet.readers[1]));
		checkCoverage(2, 2);
	});

	await t.test("the streams of former plans are folded to their ends, and stay while they may be needed", () => {
		equal(fleet.sql("SELECT count(*)::int AS n FROM analytics.position WHERE finished_at IS NOT NULL")[0].n, 4 + 3);
		equal(fleet.redis.cli("EXISTS", "events:{2.0}", "events:{4.3}"), 2);
	});

	await t.test("everybody leaves in order", async () => deepEqual(await fleet.leave(), []));
} finally {
	if (process.env.KEEP) console.log(`# logs and data: ${fleet.dir}`);
	await fleet.end();
	if (!process.env.KEEP) fleet.remove();
	t.end();
}

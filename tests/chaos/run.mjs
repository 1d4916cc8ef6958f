/*
 * run: one storm. A fleet lives under load while everything that can go wrong does, as the seed decides; then all of
 * it heals, and the tables equal what the simulator told, exactly.
 */
import { difference, drained, hangUp } from "../harness/oracle.mjs";
import { until } from "../harness/stack.mjs";
import { faultsOf, heal } from "./faults.mjs";
import { Fleet } from "./fleet.mjs";
import { Random } from "./random.mjs";

const PATIENCE_MS = 240_000;
const BEAT_MS = 100;
const LONG_MS = 60_000; /* a storm that lasts longer is long */
const WAITING_MAX = 8;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* Keeps the communities busy until told to stop. */
function load(fleet, rate) {
	let isOver = false;
	const done = (async () => {
		while (!isOver) {
			await fleet.control("POST", "burst", { events: Math.ceil((rate * BEAT_MS) / 1000) });
			await sleep(BEAT_MS);
		}
	})();
	done.catch(() => {}); /* told to who stops it */
	return () => ((isOver = true), done);
}

/*
 * Begins faults at random moments for so long; returns how many, when the last of them has ended. One that can not
 * begin because of another comes as soon as it can.
 */
async function torment(fleet, random, forMs, say) {
	const next = faultsOf(fleet, random, forMs > LONG_MS);
	const held = new Set(), lasting = new Set();
	const waiting = [];
	const isFree = (fault) => !fault.locks.some((lock) => held.has(lock));
	let count = 0, failed = null;
	for (const end = Date.now() + forMs; Date.now() < end && !failed; ) {
		await sleep(random.between(50, 900));
		if (waiting.length < WAITING_MAX) waiting.push(next());
		const at = waiting.findIndex(isFree);
		if (at < 0) continue;
		const [fault] = waiting.splice(at, 1);
		fault.locks.forEach((lock) => held.add(lock));
		say(fault.what);
		count++;
		const run = fault.run()
			.catch((error) => (failed ??= new Error(`${fault.what}: ${error.message}`)))
			.finally(() => {
				fault.locks.forEach((lock) => held.delete(lock));
				lasting.delete(run);
			});
		lasting.add(run);
	}
	await Promise.all(lasting);
	if (failed) throw failed;
	return count;
}

async function settle(fleet, say) {
	await fleet.control("POST", "clock", { paused: true });
	await heal(fleet);
	await until("all shards to be live", () => fleet.isLive(), PATIENCE_MS);
	say("all shards are live");
	await drained(fleet, PATIENCE_MS);
	await hangUp(fleet, PATIENCE_MS);
	say("all that was told is in the tables");
}

/* A hole is what Discord lost; it stands in coverage as a gap that RESUME did not heal, to the millisecond, and no other does. */
async function coverageDifferences(fleet) {
	/* a shard may be on its way to another replica */
	await until("no gap to be open", () => fleet.sql("SELECT 1 FROM analytics.coverage_gap WHERE ended_at IS NULL").length === 0, PATIENCE_MS);
	const { holes } = await fleet.control("GET", "sessions");
	const told = holes.map(({ shard, from_ms, to_ms }) => `shard ${shard.join("/")} from ${from_ms} to ${to_ms}`);
	const found = fleet.sql(`SELECT shard_id, shard_count, ts_to_ms(started_at) AS from_ms, ts_to_ms(ended_at) AS to_ms
		FROM analytics.coverage_gap WHERE NOT is_healed`).map((gap) => `shard ${gap.shard_id}/${gap.shard_count} from ${gap.from_ms} to ${gap.to_ms}`);
	return [
		...told.filter((hole) => !found.includes(hole)).map((hole) => `coverage: ${hole}: Discord told nothing, and no gap says so`),
		...found.filter((gap) => !told.includes(gap)).map((gap) => `coverage: ${gap}: a gap, and Discord told everything`),
	];
}

/* One publisher a shard: its stream rises by (seq, part) within a session, and no session comes back. */
function streamDifferences(fleet) {
	const differences = [];
	for (let shard = 0; shard < fleet.shards; shard++) {
		const seen = new Set();
		let last = { session: null, seq: 0, part: 0 };
		for (const [id, words] of fleet.redis.cli("XRANGE", `events:{${fleet.shards}.${shard}}`, "-", "+")) {
			const event = {};
			for (let i = 0; i < words.length; i += 2) event[words[i]] = words[i + 1];
			const next = { session: event.session, seq: Number(event.seq ?? 0), part: Number(event.part ?? 0) };
			const rises = next.session === last.session ? next.seq > last.seq || (next.seq === last.seq && next.part > last.part) : !seen.has(next.session);
			if (!rises) differences.push(`stream of shard ${shard}: ${id} ${JSON.stringify(next)} after ${JSON.stringify(last)}`);
			seen.add(next.session);
			last = next;
		}
	}
	return differences;
}

/* A session is begun for every shard, and after every hole; all else is resumed. */
async function identifyDifferences(fleet) {
	const { holes, identifies_left: left } = await fleet.control("GET", "sessions");
	const begun = fleet.sessionStarts - left, needed = fleet.shards + holes.length;
	return begun === needed ? [] : [`${begun} sessions were begun, ${needed} were needed`];
}

/*
 * { sent, counted, lost, duplicated, faults, complaints }: the events, and a line for everything that is not as it
 * should be. `build`: whose gateway-ingest and analytics. The folder stays when there are complaints.
 */
export async function storm({ seed, forMs, rate, build }) {
	const started = Date.now();
	const say = (text) => console.log(`# ${((Date.now() - started) / 1000).toFixed(1).padStart(6)}  ${text}`);
	const random = new Random(seed);
	const result = { sent: 0, counted: 0, lost: 0, duplicated: 0, faults: 0, complaints: [] };
	const compress = random.of(["zstd-stream", "zstd-stream", "zlib-stream", "none"]);
	const fleet = await Fleet.prepare({ shards: 8, ingests: 3, readers: 2, build, compress });
	console.log(`# seed ${seed}; ${compress}; logs and data: ${fleet.dir}`);
	try {
		await fleet.start(seed);
		say("all shards are live");
		const hush = load(fleet, rate);
		result.faults = await torment(fleet, random, forMs, say);
		await hush();
		await settle(fleet, say);
		const { differences, told: _, ...counts } = await difference(fleet);
		Object.assign(result, counts);
		result.complaints.push(...differences, ...(await coverageDifferences(fleet)), ...(await identifyDifferences(fleet)), ...streamDifferences(fleet), ...(await fleet.leave()));
		if (result.sent === 0) result.complaints.push("nothing was sent");
	} catch (error) {
		result.complaints.push(error.stack);
	}
	await fleet.end();
	if (result.complaints.length === 0 && !process.env.KEEP) fleet.remove();
	return result;
}

/* The last line of a storm. */
export const summary = ({ sent, counted, lost, duplicated, faults }) =>
	`chaos: sent ${sent} counted ${counted} lost ${lost} duplicated ${duplicated} faults ${faults}`;

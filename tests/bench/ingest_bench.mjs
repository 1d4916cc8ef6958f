/*
 * The gateway side, in events a second of CPU: ours, from frames to events in Redis and acknowledged, beside other
 * people's clients that only count in memory. All of them drink from the same firehose.
 *
 *	ingest_bench.mjs [speed] [peers] [startup] [growth] [shards]     nothing named: all of these
 *	ingest_bench.mjs defaults                                        the peers with the caches they come with
 */
import { Firehose, Ingest, Redis, client, cpuSeconds, machine, median, note, peakMb, rssMb, say, stop } from "./measure.mjs";

const ROUNDS = 3; /* the median counts; */
const PATIENCE_MS = 180_000; /* on a machine as busy as that, one has to do */
const GIVE_UP_MS = 300_000; /* and on one busier still, what has not begun is left out */
const FAST = 400_000, SLOW = 200_000;

const named = process.argv.slice(2);

function wants(part) {
	if (named.length > 0 || part === "defaults") return named.includes(part);
	const isLate = performance.now() > GIVE_UP_MS;
	if (isLate) note(`left out: ${part}; this machine has too much else to do`);
	return !isLate;
}

const round = (value, digits = 0) => Number(value.toFixed(digits));

/* --- one run ------------------------------------------------------------------------------ */

/* Ours: from "go" until Redis has acknowledged the last. */
async function drink(hose, redis) {
	await redis.ask("FLUSHALL");
	const ingest = await Ingest.start(hose, redis);
	try {
		await redis.holds(hose.guildSeq, { child: ingest.child });
		const settled = ingest.rss, cpu = ingest.cpu, redisCpu = cpuSeconds(redis.child.pid);
		const began = await hose.go();
		const ended = await redis.holds(hose.lastSeq, { everyMs: 20, child: ingest.child });
		const spent = ingest.cpu - cpu, redisSpent = cpuSeconds(redis.child.pid) - redisCpu;
		return {
			perCpu: hose.events / spent,
			perCpuWithRedis: hose.events / (spent + redisSpent),
			perSecond: hose.events / ((ended - began) / 1000),
			peak: ingest.peak, settled, rss: ingest.rss,
		};
	} finally {
		await ingest.stop();
		await hose.reset();
	}
}

/* Theirs: from "go" until they have counted the last. */
async function drinkAsPeer(hose, command, args) {
	const child = client(command, args);
	try {
		const [[readyAt]] = await child.hear("ready");
		const cpu = cpuSeconds(child.pid), settled = peakMb(child.pid);
		const began = await hose.go();
		const [[ended]] = await child.hear("end", 1, 300_000);
		return {
			perCpu: hose.events / (cpuSeconds(child.pid) - cpu),
			perSecond: hose.events / ((ended - began) / 1000),
			peak: peakMb(child.pid), startup: (readyAt - hose.identifiedAt) / 1000, settled,
		};
	} finally {
		await stop(child, "SIGKILL");
		await hose.reset();
	}
}

async function rounds(count, run) {
	const runs = [];
	for (let i = 0; i < count && (i === 0 || performance.now() < PATIENCE_MS); i++) runs.push(await run());
	return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((one) => one[key]))]));
}

/* --- how fast ------------------------------------------------------------------------------ */

async function speed(redis) {
	let best = 0;
	for (const compress of ["zstd", "zlib", "none"]) {
		const hose = await Firehose.start({ compress: compress === "none" ? compress : `${compress}-stream`, events: FAST });
		const result = await rounds(ROUNDS, () => drink(hose, redis));
		await hose.stop();
		note(`${compress}: ${round(hose.payloadBytes / hose.events)} bytes an event, ${round(hose.wireBytes / hose.events)} on the wire`);
		say(`ingest_${compress}_events_per_cpu_s`, round(result.perCpu), "events/CPU-s");
		say(`ingest_${compress}_events_per_s`, round(result.perSecond), "events/s");
		say(`ingest_${compress}_with_redis_events_per_cpu_s`, round(result.perCpuWithRedis), "events/CPU-s");
		say(`ingest_${compress}_peak_rss`, round(result.peak, 1), "MB");
		best = Math.max(best, result.perCpu);
	}
	say("ingest_events_per_cpu_s", round(best), "events/CPU-s");
	return best;
}

const PEERS = [
	{ name: "discordjs_ws", command: "node", args: (url) => ["bench/clients/discordjs_ws.mjs", url], rounds: 3 },
	{ name: "discordjs", command: "node", args: (url) => ["bench/clients/discordjs.mjs", url, "lean"], rounds: 3 },
	{ name: "discordjs_defaults", command: "node", args: (url) => ["bench/clients/discordjs.mjs", url, "defaults"], rounds: 1 },
	{ name: "discordpy", command: "/usr/bin/python3", args: (url) => ["bench/clients/discordpy.py", url, "lean"], rounds: 1 },
	{ name: "discordpy_defaults", command: "/usr/bin/python3", args: (url) => ["bench/clients/discordpy.py", url, "defaults"], rounds: 1 },
];

const LEAN = PEERS.filter(({ name }) => !name.endsWith("defaults"));

/* Plain text is what is cheapest for each of them. */
async function peers(list) {
	const best = {};
	const hose = await Firehose.start({ compress: "none", events: SLOW });
	for (const peer of list) {
		const result = await rounds(peer.rounds, () => drinkAsPeer(hose, peer.command, peer.args(hose.url)));
		say(`${peer.name}_events_per_cpu_s`, round(result.perCpu), "events/CPU-s");
		say(`${peer.name}_events_per_s`, round(result.perSecond), "events/s");
		say(`${peer.name}_peak_rss`, round(result.peak), "MB");
		best[peer.name] = result.perCpu;
	}
	await hose.stop();
	return best;
}

/* --- start-up: 2,000 guilds of 100 members, IDENTIFY to all published -------------------------- */

async function startUp(redis) {
	const big = { guilds: 2000, members: 100, events: 1000 };
	const hose = await Firehose.start(big);
	const ours = await rounds(ROUNDS, async () => {
		await redis.ask("FLUSHALL");
		const ingest = await Ingest.start(hose, redis);
		const at = await redis.holds(hose.guildSeq, { child: ingest.child });
		const result = { seconds: (at - hose.identifiedAt) / 1000, peak: ingest.peak, cpu: ingest.cpu };
		await ingest.stop();
		await hose.reset();
		return result;
	});
	await hose.stop();
	say("ingest_startup", round(ours.seconds, 2), "s");
	say("ingest_startup_cpu", round(ours.cpu, 2), "CPU-s");
	say("ingest_startup_peak_rss", round(ours.peak, 1), "MB");
	const plain = await Firehose.start({ ...big, compress: "none" });
	for (const peer of LEAN) {
		const result = await drinkAsPeer(plain, peer.command, peer.args(plain.url));
		say(`${peer.name}_startup`, round(result.startup, 2), "s");
		say(`${peer.name}_startup_peak_rss`, round(result.settled), "MB");
	}
	await plain.stop();
}

/* --- how cost grows ----------------------------------------------------------------------------- */

async function growth(redis, name, what, sizes) {
	let first;
	const results = {};
	for (const size of sizes) {
		const hose = await Firehose.start({ members: 20, events: FAST, ...what(size) });
		const result = (results[size] = await rounds(ROUNDS, () => drink(hose, redis)));
		await hose.stop();
		first ??= result.perCpu;
		say(`growth_${size}_${name}_events_per_cpu_s`, round(result.perCpu), "events/CPU-s");
		say(`growth_${size}_${name}_rss`, round(result.rss, 1), "MB");
		if (size !== sizes[0])
			say(`growth_${size}_${name}_of_${sizes[0]}`, round((100 * result.perCpu) / first), "%");
	}
	return results;
}

async function growthOfGuilds(redis) {
	const sizes = [100, 2000, 20_000];
	const results = await growth(redis, "guilds", (guilds) => ({ guilds }), sizes);
	const bytes = ((results[20_000].rss - results[2000].rss) * 1024 * 1024) / 18_000;
	say("ingest_bytes_per_guild", round(bytes), "bytes");
}

const growthOfShards = (redis) => growth(redis, "shards", (shards) => ({ shards, guilds: 160 }), [1, 4, 16]);

async function eightShards(redis) {
	const hose = await Firehose.start({ shards: 8, guilds: 80, events: FAST });
	const result = await rounds(1, () => drink(hose, redis));
	await hose.stop();
	say("ingest_8_shards_peak_rss", round(result.peak, 1), "MB");
}

/* --- all of it ------------------------------------------------------------------------------------ */

note(`ingest: ${machine()}`);
const redis = await Redis.start();
const ours = wants("speed") ? await speed(redis) : 0;
const theirs = wants("peers") ? await peers(LEAN) : {};
if (wants("defaults")) await peers(PEERS.filter((peer) => !LEAN.includes(peer)));
for (const [name, perCpu] of Object.entries(theirs))
	if (ours > 0) say(`ingest_times_${name}`, round(ours / perCpu, 1), "x");
if (wants("startup")) await startUp(redis);
if (wants("growth")) await growthOfGuilds(redis);
if (wants("shards")) {
	await growthOfShards(redis);
	await eightShards(redis);
}
await redis.stop();
note(`ingest: ${machine()}`);
process.exit(0);

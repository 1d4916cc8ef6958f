/*
 * faults: what befalls a fleet, each as { what, locks, run }. A fault holds its locks while it lasts, so that two of
 * them meet only where they may. None loses or doubles anything that was told and kept, except what Discord itself
 * forgets: see loseSession.
 */
import { statSync, truncateSync } from "node:fs";
import { until } from "../harness/stack.mjs";

const PATIENCE_MS = 120_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const seconds = (random, least, most) => random.between(least * 1000, most * 1000);

/* ---- what Discord and the network do to one shard ---- */

/* 4006, 4999: codes nobody documents */
const RESUMABLE_CODES = [1000, 1001, 4000, 4001, 4002, 4008, 4009, 4006, 4999];
const ENDING_CODES = [4003, 4005, 4007];
const FATAL_CODES = [4004, 4010, 4011, 4012, 4013, 4014];

const onConnection = [
	...RESUMABLE_CODES.map((close) => [`close ${close}`, () => ({ close })]),
	["connection reset", () => ({ reset: true })],
	["torn frame", () => ({ tear: 1 })],
	["op 7", () => ({ reconnect: true })],
	["op 9 true", () => ({ invalid_session: true })],
	["frames dropped", (random) => ({ swallow: random.between(1, 20) })],
	["frames garbled", (random) => ({ garble: random.between(1, 3) })],
	["frames twice", (random) => ({ duplicate: random.between(1, 200) })],
	["dispatches twice", (random) => ({ repeat: random.between(1, 200) })],
	["heartbeat asked for", () => ({ ask_heartbeat: true })],
	["ACKs dropped", () => ({ drop_acks: 1 })],
	["refused", (random) => ({ refuse_next: random.between(1, 3), reset: true })],
	["op 7 instead of HELLO", (random) => ({ turn_away_next: random.between(1, 2), reset: true })],
	["HELLO late", (random) => ({ late_next: random.between(1, 2), late_ms: random.between(200, 3000), reset: true })],
];

/* For a while, then no more. */
const onWire = [
	["half open", { half_open: true }, { half_open: false }],
	["frames delayed", { delay_ms: 1500 }, { delay_ms: 0 }],
	["frames in pieces", { fragment_bytes: 100, split_bytes: 60 }, { fragment_bytes: 0, split_bytes: 0 }],
];

function connectionFault(fleet, { random, decks }) {
	const shard = random.between(0, fleet.shards - 1);
	const [name, make] = decks.connection();
	const fault = make(random);
	return { what: `shard ${shard}: ${name} ${JSON.stringify(fault)}`, locks: [`shard ${shard}`], run: () => fleet.fault(shard, fault) };
}

function wireFault(fleet, { random, decks }) {
	const shard = random.between(0, fleet.shards - 1);
	const [name, begin, end] = decks.wire();
	const ms = seconds(random, 1, 10);
	return {
		what: `shard ${shard}: ${name} for ${ms} ms`, locks: [`shard ${shard}`],
		async run() {
			await fleet.fault(shard, begin);
			await sleep(ms);
			await fleet.fault(shard, end);
		},
	};
}

/* Found out after 45 s only, unless somebody else takes the shard before. */
function noHello(fleet, { random }) {
	const shard = random.between(0, fleet.shards - 1);
	return { what: `shard ${shard}: no HELLO`, locks: [`shard ${shard}`], run: () => fleet.fault(shard, { mute_next: 1, reset: true }) };
}

function allAtOnce(fleet, { random }) {
	const fault = random.of([{ reset: true }, { reconnect: true }, { close: 1001 }]);
	return { what: `all shards: ${JSON.stringify(fault)}`, locks: ["all shards"], run: () => fleet.control("POST", "fault", fault) };
}

function restFails(fleet, { random }) {
	const fault = { count: random.between(1, 3), path: "/gateway", status: random.of([429, 500, 503]), retry_after: 1 };
	return { what: `REST: ${JSON.stringify(fault)}`, locks: [], run: () => fleet.control("POST", "rest-fault", fault) };
}

/* A person would have to help. Somebody does: the process is started again. */
function fatalClose(fleet, { random, decks }) {
	const shard = random.between(0, fleet.shards - 1);
	const code = decks.fatal();
	return {
		what: `shard ${shard}: close ${code}, and somebody starts its process again`,
		locks: [`shard ${shard}`, "redis", ...fleet.ingests.map((part) => part.name)],
		async run() {
			const holder = await until(`a holder of shard ${shard}`, () => fleet.holderOf(shard));
			await fleet.fault(shard, { close: code });
			await sleep(300);
			await holder.end("SIGKILL");
			holder.start();
		},
	};
}

/*
 * The session is gone for good, and with it what Discord would have replayed. What must not be counted as our loss is
 * what was told to nobody: so it falls silent first, what was told is on its way, and only then the session ends.
 * When it ends on the wire, what was sent before counts; when the connection is cut or `isPatient`, what has arrived
 * in Redis. Nobody may be killed or cut off until the new session is known, as it could be lost before anybody could
 * have kept it. The simulator notes the hole, and coverage has to show it.
 */
function loseSession(fleet, { random, decks, isLong }) {
	const shard = random.between(0, fleet.shards - 1);
	const end = decks.ending();
	const isPatient = !isLong || "forget" in end || random.unit() < 0.5;
	const sessionOf = async (id) => (await fleet.sessions(shard)).find((one) => one.id === id);
	/* Redis may have lost its tail a moment ago, and nobody noticed yet. */
	const arrival = async () => {
		const { seq } = await sessionOf(fleet.stored(shard).id);
		return () => fleet.stored(shard).seq >= seq;
	};
	/* A shard may just be on its way to another replica: then there is nobody to tell, and we try again. */
	const endIt = async () => {
		const { id, seq } = fleet.stored(shard);
		const session = await sessionOf(id);
		if (!session.connected || session.sent < session.seq || (isPatient && seq < session.seq))
			throw new Error(`${seq} in Redis, ${session.sent} sent of ${session.seq}`);
		await fleet.fault(shard, end);
		return !(await sessionOf(id));
	};
	return {
		what: `shard ${shard}: session lost ${JSON.stringify(end)}${isPatient ? "" : " while events arrive"}`,
		locks: [`shard ${shard}`, "all shards", "redis", ...fleet.ingests.map((part) => part.name)],
		async run() {
			await until(`shard ${shard} to be live`, () => fleet.isShardLive(shard), PATIENCE_MS);
			if (!isPatient) {
				await until("everybody to have his share", () => fleet.isShared(), PATIENCE_MS);
				await until(`what shard ${shard} was told so far to be in Redis`, await arrival(), PATIENCE_MS);
			}
			await fleet.fault(shard, { hush: true });
			await until(`the session of shard ${shard} to end`, endIt, PATIENCE_MS);
			await until(`a new session of shard ${shard}`, () => fleet.isShardLive(shard), PATIENCE_MS);
			fleet.safeJournalBytes = statSync(fleet.redis.journal).size;
		},
	};
}

function outage(fleet, { random }) {
	const guild = random.of(fleet.guilds);
	const ms = seconds(random, 0, 4);
	const set = (down) => fleet.control("POST", "inject", { act: "outage", guild_id: guild, down });
	return {
		what: `guild ${guild}: unavailable for ${ms} ms`, locks: [`guild ${guild}`],
		async run() {
			await set(true);
			await sleep(ms);
			await set(false);
		},
	};
}

/* ---- what happens to processes ---- */

function kill(part, { random }) {
	const signal = random.of(["SIGKILL", "SIGKILL", "SIGTERM"]);
	const ms = random.of([0, 0, seconds(random, 0, 5)]);
	return {
		what: `${part.name}: ${signal}, back after ${ms} ms`, locks: [part.name],
		async run() {
			await part.end(signal);
			await sleep(ms);
			part.start();
		},
	};
}

function pause(part, { random }) {
	const ms = seconds(random, 1, 8);
	return {
		what: `${part.name}: paused for ${ms} ms`, locks: [part.name],
		async run() {
			part.signal("SIGSTOP");
			await sleep(ms);
			part.signal("SIGCONT");
		},
	};
}

const flood = (fleet, events) => fleet.control("POST", "burst", { events });

/* Streams grow meanwhile. */
function readersAway(fleet, { random }) {
	const ms = seconds(random, 3, 8);
	return {
		what: `all analytics away for ${ms} ms, a flood meanwhile`, locks: fleet.readers.map((part) => part.name),
		async run() {
			await Promise.all(fleet.readers.map((part) => part.end("SIGKILL")));
			await flood(fleet, 10_000);
			await sleep(ms);
			fleet.readers.forEach((part) => part.start());
		},
	};
}

/* What comes meanwhile fills what waits for Redis, until nothing more is read from Discord. */
function redisHangs(fleet, { random }) {
	const ms = seconds(random, 2, 8);
	return {
		what: `redis: paused for ${ms} ms, a flood meanwhile`, locks: ["redis"],
		async run() {
			fleet.redis.signal("SIGSTOP");
			await flood(fleet, 20_000);
			await sleep(ms);
			fleet.redis.signal("SIGCONT");
		},
	};
}

function redisAgain(fleet, { random }) {
	const signal = random.of(["SIGKILL", "SIGTERM"]);
	const ms = random.of([0, seconds(random, 0, 4)]);
	return {
		what: `redis: ${signal}, back after ${ms} ms`, locks: ["redis"],
		async run() {
			await fleet.redis.end(signal);
			await sleep(ms);
			fleet.redis.start();
			await fleet.redis.up();
		},
	};
}

/*
 * As after a power cut: the end of its file is missing. Never so much that a whole session is. The file may end within
 * a MULTI, which nothing may come of (docs/why/torn-journal.md).
 */
function redisLosesTail(fleet, { random }) {
	const share = random.unit();
	return {
		what: "redis: SIGKILL, its last writes lost", locks: ["redis", ...fleet.ingests.map((part) => part.name)],
		async run() {
			await until("all shards to be live", () => fleet.isLive(), PATIENCE_MS);
			await fleet.redis.end("SIGKILL");
			const { size } = statSync(fleet.redis.journal);
			const lost = Math.min(Math.max(0, size - fleet.safeJournalBytes), Math.floor(share * 300_000));
			truncateSync(fleet.redis.journal, size - lost);
			fleet.redis.start();
			await fleet.redis.up();
		},
	};
}

function redisCutsAll(fleet) {
	return { what: "redis: all connections cut", locks: ["redis"], run: async () => fleet.redis.cli("CLIENT", "KILL", "TYPE", "normal") };
}

function redisFull(fleet, { random }) {
	const ms = seconds(random, 1, 4);
	return {
		what: `redis: no memory left for ${ms} ms`, locks: ["redis"],
		async run() {
			fleet.redis.cli("CONFIG", "SET", "maxmemory", "1mb");
			await sleep(ms);
			fleet.redis.cli("CONFIG", "SET", "maxmemory", "0");
		},
	};
}

function postgresAgain(fleet, { random }) {
	const signal = random.of(["SIGKILL", "SIGINT"]);
	const ms = random.of([0, seconds(random, 0, 4)]);
	return {
		what: `postgres: ${signal}, back after ${ms} ms`, locks: ["postgres"],
		async run() {
			await fleet.postgres.end(signal);
			await sleep(ms);
			await fleet.postgres.up();
		},
	};
}

function postgresCutsAll(fleet) {
	return {
		what: "postgres: all connections cut", locks: ["postgres"],
		run: async () => fleet.postgres.run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'rations_analytics'"),
	};
}

/* Nobody else can write the positions: commits wait. */
function postgresBlocked(fleet, { random }) {
	const wait = random.between(1, 5);
	return {
		what: `postgres: positions locked for ${wait} s`, locks: ["postgres"],
		run: () => fleet.postgres.runLater(`BEGIN; LOCK TABLE analytics.position; SELECT pg_sleep(${wait}); COMMIT`),
	};
}

const kinds = [
	[12, connectionFault],
	[3, wireFault],
	[1, allAtOnce],
	[1, restFails],
	[2, fatalClose],
	[3, loseSession],
	[2, outage],
	[5, (fleet, chance) => kill(chance.random.of(fleet.ingests), chance)],
	[4, (fleet, chance) => pause(chance.random.of(fleet.ingests), chance)],
	[3, (fleet, chance) => kill(chance.random.of(fleet.readers), chance)],
	[2, (fleet, chance) => pause(chance.random.of(fleet.readers), chance)],
	[1, readersAway],
	[2, redisAgain],
	[2, redisHangs],
	[1, redisLosesTail],
	[1, redisCutsAll],
	[1, redisFull],
	[2, postgresAgain],
	[1, postgresCutsAll],
	[1, postgresBlocked],
];
const slowKinds = [[1, noHello]];

/* Which fault comes next: all kinds before they come again. `isLong`: also what takes its time. */
export function faultsOf(fleet, random, isLong) {
	const cards = [...kinds, ...(isLong ? slowKinds : [])].flatMap(([count, make]) => Array(count).fill(make));
	const decks = {
		connection: random.deck(onConnection), wire: random.deck(onWire), fatal: random.deck(FATAL_CODES),
		ending: random.deck([{ invalid_session: false }, { forget: true }, ...ENDING_CODES.map((close) => ({ close }))]),
	};
	const deal = random.deck(cards);
	return () => deal()(fleet, { random, decks, isLong });
}

/* Whatever still lasts on connections ends. */
export function heal(fleet) {
	return fleet.control("POST", "fault", {
		half_open: false, delay_ms: 0, fragment_bytes: 0, split_bytes: 0, swallow: 0, garble: 0, duplicate: 0, repeat: 0, tear: 0, drop_acks: 0,
		refuse_next: 0, turn_away_next: 0, late_next: 0, mute_next: 0,
	});
}

/*
 * The whole pipeline, all services with Redis and PostgreSQL as the launcher starts them, to committed rows.
 *
 *	flow     a firehose of 1,000, 20,000 and 50,000 events a second: how long from the frame to the queryable row,
 *	         and whether what is not yet a row grows
 *	history  five weeks of the simulator's communities as fast as it tells them: what that costs a service, and that
 *	         nobody's memory grows with what has been
 */
import { drained } from "../harness/oracle.mjs";
import { Stack, until } from "../harness/stack.mjs";
import { Firehose, cpuSeconds, machine, note, rssMb, say, start, stop } from "./measure.mjs";

/* The first event of a month makes its partitions; that is once a month, and not what is measured. */
const PHASES = [
	{ name: "first", rate: 100, seconds: 3 },
	{ name: "1k", rate: 1000, seconds: 10 },
	{ name: "20k", rate: 20_000, seconds: 15 },
	{ name: "50k", rate: 50_000, seconds: 60 },
];
const SERVICES = ["gateway-ingest", "analytics", "redis-server", "postgres"];

const named = process.argv.slice(2);
const wants = (part) => named.length === 0 || named.includes(part);
const under = (name) => name.replaceAll("-", "_");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* --- what is a row already -------------------------------------------------------------------- */

/* Asks the database again and again how far the rows reach, through one psql. */
class Rows {
	constructor(stack) {
		this.child = start("psql", ["-X", "-q", "-A", "-t", "-U", "rations", "-h", stack.socketDir(), "-d", "rations"], { stdin: "pipe" });
		this.samples = []; /* [ms, seq] */
		let text = "";
		this.child.stdout.on("data", (data) => {
			const lines = (text + data).split("\n");
			text = lines.pop();
			const seq = Number(lines.filter(Boolean).at(-1));
			if (!Number.isNaN(seq)) this.samples.push([Date.now(), seq]);
			setTimeout(() => this.ask(), 5);
		});
		this.ask();
	}

	ask() {
		if (!this.isOver) this.child.stdin.write("SELECT coalesce(max(seq), 0) FROM analytics.position;\n");
	}

	get seq() {
		return this.samples.at(-1)?.[1] ?? 0;
	}

	stop() {
		this.isOver = true;
		return stop(this.child);
	}
}

/* Per event: when it was due on the wire, and when it was first seen to be a row. */
function waits(samples, startedAt, firstSeq, from, to, dueMs) {
	const list = [];
	let at = 0;
	for (let event = from; event < to; event++) {
		while (at < samples.length && samples[at][1] < firstSeq + event + 1) at++;
		list.push(at < samples.length ? samples[at][0] - (startedAt + dueMs(event)) : Infinity);
	}
	return Float64Array.from(list).sort();
}

/* --- flow --------------------------------------------------------------------------------------- */

async function flow() {
	const hose = await Firehose.start({ pace: PHASES.map(({ rate, seconds }) => `${rate}x${seconds}`).join() });
	hose.options.events = PHASES.reduce((sum, { rate, seconds }) => sum + rate * seconds, 0);
	const stack = await Stack.start({
		DISCORD_BOT_TOKEN: "a-token", DISCORD_CLIENT_ID: "1100000000000000042", DISCORD_CLIENT_SECRET: "a-secret",
		DISCORD_API_BASE: `${hose.url}/api/v10`, LOG_LEVEL: "warn",
	});
	const rows = new Rows(stack);
	const cpu = (name) => stack.pids(name).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
	try {
		const [firstSeq] = hose.guildSeq, [lastSeq] = hose.lastSeq;
		await until("the guilds to be rows", () => rows.seq >= firstSeq);
		const before = SERVICES.map(cpu);
		const startedAt = await hose.go();
		let due = 0, count = 0;
		for (const phase of PHASES) {
			due += phase.seconds * 1000;
			count += phase.rate * phase.seconds;
			await sleep(startedAt + due - phase.seconds * 500 - Date.now());
			phase.behindHalfWay = count - (phase.rate * phase.seconds) / 2 - (rows.seq - firstSeq);
			await sleep(startedAt + due - Date.now());
			phase.behindAtEnd = count - (rows.seq - firstSeq);
		}
		await until("the last to be a row", () => rows.seq === lastSeq, 120_000).catch((error) => note(error.message));
		const landed = rows.samples.find(([, seq]) => seq === lastSeq);
		const took = landed ? (landed[0] - startedAt - due) / 1000 : Infinity;
		report(rows.samples, startedAt, firstSeq);
		say("pipeline_drain", took.toFixed(2), "s (from the last frame to the last row)");
		SERVICES.forEach((name, i) =>
			say(`pipeline_${under(name)}_us_per_event`, (((cpu(name) - before[i]) * 1e6) / hose.options.events).toFixed(1), "us"));
		for (const name of ["gateway-ingest", "analytics"])
			say(`pipeline_${under(name)}_rss`, stack.pids(name).reduce((sum, pid) => sum + rssMb(pid), 0).toFixed(1), "MB");
	} finally {
		await rows.stop();
		await stack.down();
		stack.remove();
		await hose.stop();
	}
}

function report(samples, startedAt, firstSeq) {
	let before = 0, beforeMs = 0;
	for (const { name, rate, seconds, behindHalfWay, behindAtEnd } of PHASES) {
		const from = before, fromMs = beforeMs;
		before += rate * seconds;
		beforeMs += seconds * 1000;
		if (name === "first") continue;
		const list = waits(samples, startedAt, firstSeq, from, before, (event) => fromMs + ((event - from) * 1000) / rate);
		say(`frame_to_row_${name}_p50`, Math.round(list[Math.floor(list.length * 0.5)]), "ms");
		say(`frame_to_row_${name}_p99`, Math.round(list[Math.floor(list.length * 0.99)]), "ms");
		say(`pipeline_backlog_${name}`, behindAtEnd, `events at the end, ${behindHalfWay} half-way`);
	}
	const last = PHASES.at(-1);
	const sustained = samples.filter(([at]) => at >= startedAt + beforeMs - last.seconds * 1000 && at <= startedAt + beforeMs);
	const [[at0, seq0], [at1, seq1]] = [sustained[0], sustained.at(-1)];
	say("pipeline_sustained_events_per_s", Math.round(((seq1 - seq0) * 1000) / (at1 - at0)), `events/s for ${last.seconds} s (asked for ${last.rate})`);
}

/* --- history -------------------------------------------------------------------------------------- */

const DAY_MS = 86_400_000;
const DAYS = 35, SETTLED_DAYS = 14;

async function history() {
	const startedAt = Date.now();
	const stack = await Stack.start({ SIM_PRESET: "demo", SIM_HISTORY_DAYS: String(DAYS), SIM_SEED: "1", LOG_LEVEL: "warn" });
	const rss = (name) => stack.pids(name).reduce((sum, pid) => sum + rssMb(pid), 0);
	const settled = {};
	const told = async () => Number((await stack.control("GET", "clock")).now_ms);
	try {
		await until("two weeks to be told", async () => (await told()) > startedAt - (DAYS - SETTLED_DAYS) * DAY_MS, 180_000);
		for (const name of ["gateway-ingest", "analytics"]) settled[name] = rss(name);
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live", 180_000);
		const seconds = (Date.now() - startedAt) / 1000;
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		const { dispatched } = await stack.control("GET", "sessions");
		note(`${dispatched} dispatches of ${DAYS} days, told in ${seconds.toFixed(1)} s`);
		for (const name of ["gateway-ingest", "analytics", "discord-sim", "redis-server", "postgres"]) {
			const cpu = stack.pids(name).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
			say(`history_${under(name)}_us_per_event`, ((cpu * 1e6) / dispatched).toFixed(1), "us");
		}
		for (const [name, mb] of Object.entries(settled))
			say(`${name === "analytics" ? name : "ingest"}_rss_growth_24h`, ((rss(name) - mb) / (DAYS - SETTLED_DAYS)).toFixed(3), `MB (from ${mb.toFixed(1)} to ${rss(name).toFixed(1)} in ${DAYS - SETTLED_DAYS} days)`);
	} finally {
		await stack.down();
		stack.remove();
	}
}

note(`pipeline: ${machine()}`);
if (wants("flow")) await flow();
if (wants("history")) await history();
note(`pipeline: ${machine()}`);
process.exit(0);

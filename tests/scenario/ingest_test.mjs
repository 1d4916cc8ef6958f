/*
 * gateway-ingest between a simulated Discord and a real Redis, at full speed: it and Redis are killed
 * (kill -9), connections are torn, closed, repeated, asked to leave, while events stream. Afterwards the stream
 * holds every dispatch the simulator numbered, once, in order.
 */
import { deepEqual, equal, ok } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { tap, until } from "../harness/stack.mjs";

const root = new URL("../..", import.meta.url).pathname;
const plain = join(root, process.env.BUILD_PLAIN ?? "build/gcc", "bin");
const sanitized = join(root, process.env.BUILD_SAN ?? "build/gcc-san", "bin");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort() {
	return new Promise((resolve) => {
		const server = createServer().listen(0, "127.0.0.1", () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/* A process of ours: what it writes goes to <dir>/<name>.log. */
class Process {
	constructor(dir, name, file, args, env) {
		Object.assign(this, { dir, name, file, args, env });
		this.start();
	}

	start() {
		const log = openSync(join(this.dir, `${this.name}.log`), "a");
		this.child = spawn(this.file, this.args, { cwd: this.dir, env: { PATH: process.env.PATH, ...this.env }, stdio: ["ignore", log, log] });
		running.add(this.child);
		this.ended = new Promise((resolve) => this.child.once("exit", (code, signal) => {
			running.delete(this.child);
			resolve(signal ?? code);
		}));
	}

	end(signal) {
		this.child.kill(signal);
		return this.ended;
	}

	log() {
		return readFileSync(join(this.dir, `${this.name}.log`), "utf8");
	}
}

/* wss:// in front of the simulator. It offers ws:// to resume at, which leads nowhere here. */
function terminateTls(dir, port) {
	const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
	execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
		"-addext", "subjectAltName=DNS:localhost"], { stdio: "ignore" });
	const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (client) => {
		const upstream = connect(port, "127.0.0.1");
		client.pipe(upstream).pipe(client);
		client.on("error", () => upstream.destroy());
		upstream.on("error", () => client.destroy());
		upstream.on("close", () => client.destroy());
	});
	return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve({ server, cert, port: server.address().port })));
}

class Bench {
	static async start({ isTls, ...env }) {
		const bench = new Bench();
		const dir = (bench.dir = mkdtempSync(join(tmpdir(), "ingest-")));
		const [simPort, simAdmin, adminPort] = [await freePort(), await freePort(), await freePort()];
		bench.socket = join(dir, "redis.sock");
		bench.url = `http://127.0.0.1:${simPort}`;
		bench.admin = `http://127.0.0.1:${adminPort}`;
		bench.redis = new Process(dir, "redis", join(root, "deploy/redis/start.sh"), ["redis-server", "--port", "0", "--unixsocket", bench.socket, "--save", "",
			"--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"]);
		bench.sim = new Process(dir, "sim", join(plain, "discord-sim"), [], { SIM_PORT: String(simPort), ADMIN_PORT: String(simAdmin), SIM_CONTROL: "on", SIM_PRESET: "bench",
			SIM_BENCH_GUILDS: "4", SIM_BENCH_MEMBERS: "300", SIM_HISTORY_DAYS: "0", SIM_SPEED: "0", SIM_HEARTBEAT: "2s", SIM_REPLAY_BYTES: "1g" });
		await until("the simulator", () => fetch(`${bench.url}/_control/sessions`));
		if (isTls) {
			bench.tls = await terminateTls(dir, simPort);
			env = { ...env, DISCORD_GATEWAY_URL: `wss://localhost:${bench.tls.port}/gateway`, SSL_CERT_FILE: bench.tls.cert };
		}
		bench.ingest = new Process(dir, "ingest", join(sanitized, "gateway-ingest"), [], { DISCORD_BOT_TOKEN: "simulated-bot-token",
			DISCORD_API_BASE: `${bench.url}/api/v10`, REDIS_URL: `unix://${bench.socket}`, ADMIN_PORT: String(adminPort), EVENT_CLOCK: "frame", REPLICA_ID: "one", ...env });
		await until("a live session", () => bench.isReady());
		return bench;
	}

	async isReady() {
		return (await fetch(`${this.admin}/readyz`)).ok;
	}

	async metric(name) {
		const text = await (await fetch(`${this.admin}/metrics`)).text();
		return Number(text.match(new RegExp(`^${name} (.*)$`, "m"))[1]);
	}

	async control(path, body) {
		await sleep(0); /* a turn of the loop, to notice connections that were closed while we counted */
		const response = await fetch(`${this.url}/_control/${path}`, body && { method: "POST", body: JSON.stringify(body) })
			.catch((error) => { throw new Error(`${path}: ${error.cause}`); });
		if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
		return response.json();
	}

	cli(...args) {
		return JSON.parse(execFileSync("redis-cli", ["--json", "-s", this.socket, ...args], { encoding: "utf8", maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "pipe"] }));
	}

	/* Until Redis holds all the simulator has numbered. */
	async settle() {
		const before = await until("the burst to be played", async () => {
			const { burst } = await this.control("clock");
			return burst === 0 && (await this.control("sessions"));
		});
		await until(`number ${before.sessions[0].seq} in Redis`, () => {
			const seq = this.stored();
			if (seq >= before.sessions[0].seq) return true;
			throw new Error(`at ${seq}`);
		});
		return before;
	}

	/* The last number Redis holds. */
	stored() {
		return Number(this.cli("HGET", "session:{1.0}", "seq"));
	}

	events() {
		return this.cli("XRANGE", "events:{1.0}", "-", "+").map(([, words]) => {
			const event = {};
			for (let i = 0; i < words.length; i += 2) event[words[i]] = words[i + 1];
			return event;
		});
	}

	/* As power that fails leaves it: the end of Redis' file is missing, from the last byte of a transaction on. */
	tearJournal() {
		const journal = join(this.dir, "appendonlydir", "appendonly.aof.1.incr.aof");
		const end = readFileSync(journal).lastIndexOf("$4\r\nEXEC\r\n");
		ok(end > 0);
		truncateSync(journal, end + "$4\r\nEXEC\r".length);
	}

	async stop() {
		const code = await this.ingest.end("SIGTERM");
		equal(await this.sim.end("SIGTERM"), 0);
		await this.redis.end("SIGKILL");
		this.tls?.server.close();
		ok(!this.ingest.log().includes("Sanitizer"), this.ingest.log().slice(-4000));
		equal(code, 0);
		if (!process.env.KEEP) rmSync(this.dir, { recursive: true });
	}
}

/* Rises by (seq, part), and nothing stands there twice. Where it does not: what stands around, and what ingest said. */
function inOrder(events, log) {
	let last = [0, -1];
	for (const [i, { seq, part = "0" }] of events.entries()) {
		const next = [Number(seq), Number(part)];
		ok(next[0] > last[0] || (next[0] === last[0] && next[1] > last[1]), `${next} after ${last}: ${
			events.slice(Math.max(0, i - 5), i + 5).map((event) => `${event.seq}.${event.part ?? 0} at ${event.at}`).join(", ")}\n${log.slice(-6000)}`);
		last = next;
	}
}

function countBy(events, key) {
	const counts = {};
	for (const event of events) counts[event[key]] = (counts[event[key]] ?? 0) + 1;
	return counts;
}

/* The simulator's own count against the stream. */
async function compare(bench) {
	const { dispatches, guilds } = await bench.control("counts");
	const events = bench.events();
	const { sessions } = await bench.control("sessions");
	equal(sessions.length, 1, "one session all along");
	equal(new Set(events.map((event) => event.session)).size, 1);
	inOrder(events, bench.ingest.log());
	const of = countBy(events, "type");
	const told = (...names) => names.reduce((sum, name) => sum + (dispatches[name] ?? 0), 0);
	const figure = (name) => Object.values(guilds).reduce((sum, guild) => sum + guild[name], 0);
	const live = events.filter((event) => !event.snapshot);
	/* a link preview repeats the time of the edit before it */
	const edits = new Set(events.filter((event) => event.type === "message_edited").map((event) => `${event.message_id} ${event.edited_at}`));
	const people = events.filter((event) => event.type === "message_created" && !event.is_bot && !event.is_webhook && !event.is_system
		&& ["0", "19"].includes(event.kind ?? "0"));
	deepEqual({
		guilds: of.guild_available, messages: of.message_created, edits: edits.size, deletions: of.message_deleted ?? 0,
		reactions: of.reaction_added, unreactions: of.reaction_removed ?? 0, joins: of.member_joined ?? 0, leaves: of.member_left ?? 0,
		voice: live.filter((event) => event.type === "voice_state_changed").length, people: people.length,
		characters: people.reduce((sum, event) => sum + Number(event.length ?? 0), 0),
	}, {
		guilds: told("GUILD_CREATE"), messages: told("MESSAGE_CREATE"), edits: figure("edits") + figure("bot_edits"), deletions: figure("deletions"),
		reactions: told("MESSAGE_REACTION_ADD"), unreactions: told("MESSAGE_REACTION_REMOVE"), joins: told("GUILD_MEMBER_ADD"),
		leaves: told("GUILD_MEMBER_REMOVE"), voice: told("VOICE_STATE_UPDATE"), people: figure("messages"), characters: figure("characters"),
	});
	return events.length;
}

/* Events all the time, until told to stop. */
function chatter(bench) {
	let isOver = false;
	const done = (async () => {
		while (!isOver) {
			await bench.control("burst", { events: 400 });
			await sleep(10);
		}
	})();
	return () => ((isOver = true), done);
}

/* `trouble` again and again while events stream. */
async function troubled(bench, rounds, trouble) {
	const hush = chatter(bench);
	for (let round = 0; round < rounds; round++) {
		const from = bench.stored();
		await until("events to flow", () => bench.stored() > from + 500);
		await sleep(round * 7); /* elsewhere in a batch each time */
		await trouble(round);
		await until("events to flow again", () => bench.stored() > from + 1000);
	}
	await hush();
	await bench.settle();
}

/* How connections end badly; what does not depend on the transport is tried under one. */
const transports = {
	"zstd-stream": [{ reset: true }, { tear: 1 }, { reconnect: true }, { swallow: 3 }, { close: 4009 }],
	"zlib-stream": [{ fragment_bytes: 100, split_bytes: 30 }, { duplicate: 50 }, { tear: 1 }, { close: 1000 }],
	none: [{ invalid_session: true }, { refuse_next: 2, reset: true }, { turn_away_next: 1, reset: true }, { tear: 1 }],
	"zstd-stream over TLS": [{ reset: true }, { close: 4000 }],
};

const t = tap();

/* What can befall the processes, whatever the transport. */
async function befall(bench) {
	await t.test("kill -9 of gateway-ingest", async () => {
		await troubled(bench, 5, async () => {
			equal(await bench.ingest.end("SIGKILL"), "SIGKILL");
			bench.ingest.start();
		});
		await compare(bench);
	});
	await t.test("SIGTERM of gateway-ingest", async () => {
		await troubled(bench, 2, async () => {
			equal(await bench.ingest.end("SIGTERM"), 0);
			bench.ingest.start();
		});
		await compare(bench);
	});
	await t.test("kill -9 of Redis", async () => {
		await troubled(bench, 3, async (round) => {
			await bench.redis.end("SIGKILL");
			if (round < 2) bench.tearJournal();
			bench.redis.start();
			await until("Redis to be back", () => bench.cli("PING"));
		});
		await compare(bench);
	});
}

async function refuseStranger(bench) {
	const { SSL_CERT_FILE, ...env } = bench.ingest.env;
	const port = await freePort();
	const stranger = new Process(bench.dir, "stranger", bench.ingest.file, [], { ...env, REDIS_URL: `unix://${bench.socket}?db=1`, ADMIN_PORT: String(port) });
	await until("a refusal", () => stranger.log().includes("cause=refused"));
	equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 503);
	equal(await stranger.end("SIGTERM"), 0);
}

for (const [transport, faults] of Object.entries(transports)) {
	const isTls = transport.includes("TLS");
	const bench = await Bench.start({ GATEWAY_COMPRESS: transport.split(" ")[0], isTls });
	await t.test(`${transport}: everything is there`, async () => {
		await bench.control("burst", { events: 5000 });
		await bench.settle();
		ok((await compare(bench)) > 2000);
	});
	if (isTls)
		await t.test("a certificate nobody vouches for", () => refuseStranger(bench));
	if (transport === "zstd-stream")
		await befall(bench);
	await t.test(`${transport}: Redis hangs`, async () => {
		await troubled(bench, 2, async () => {
			bench.redis.child.kill("SIGSTOP");
			await until("ingest to stop reading", async () => (await bench.metric("rations_ingest_paused")) === 1);
			bench.redis.child.kill("SIGCONT");
		});
		await compare(bench);
	});
	await t.test(`${transport}: connections that end badly`, async () => {
		await troubled(bench, faults.length, (round) => bench.control("fault", faults[round]));
		await compare(bench);
	});
	await t.test(`${transport}: leaves cleanly`, () => bench.stop());
}
t.end();

/*
 * measure: what the benchmarks share: the firehose, a Redis, our ingest and other people's clients, what they
 * cost (of the process tree, from /proc), and how a figure is printed.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bin, freePorts, root, until } from "../harness/stack.mjs";

/* --- figures ------------------------------------------------------------------------ */

export const say = (name, value, unit) => console.log(`bench ${name} ${value} ${unit}`);
export const note = (text) => console.log(`# ${text}`);
export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
export const machine = () => `${cpus().length} cores (${cpus()[0].model.trim()}), load ${loadavg().map((load) => load.toFixed(2)).join(" ")}`;

/* --- /proc --------------------------------------------------------------------------- */

const TICKS = 100; /* a second; USER_HZ is 100 on every Linux there is */

const stat = (pid) => {
	const text = readFileSync(`/proc/${pid}/stat`, "utf8");
	return text.slice(text.lastIndexOf(")") + 2).split(" ");
};

const children = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);

/* Seconds of CPU, with children that live and those that were waited for. */
export function cpuSeconds(pid) {
	const fields = stat(pid);
	const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
	return children(pid).reduce((sum, child) => sum + cpuSeconds(child), own);
}

const memory = (pid, line) => Number(new RegExp(`^${line}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
export const rssMb = (pid) => memory(pid, "VmRSS");
export const peakMb = (pid) => memory(pid, "VmHWM");

/* --- processes -------------------------------------------------------------------------- */

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

export function start(command, args, { env = {}, stdin = "ignore", cwd = root } = {}) {
	const child = spawn(command, args, { cwd, env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env }, stdio: [stdin, "pipe", "pipe"] });
	child.said = "";
	child.stderr.on("data", (data) => (child.said = (child.said + data).slice(-4000)));
	running.add(child);
	child.over = new Promise((resolve) => child.once("close", (code, signal) => {
		running.delete(child);
		child.isOver = true;
		resolve(code ?? signal);
	}));
	return child;
}

export async function stop(child, signal = "SIGTERM") {
	if (!child || child.isOver) return;
	child.kill(signal);
	const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
	await child.over;
	clearTimeout(late);
}

/* Lines it says, by their first word: the words after it, a list of them. */
function listen(child) {
	const heard = {};
	createInterface({ input: child.stdout }).on("line", (line) => {
		const [word, ...rest] = line.split(" ");
		(heard[word] ??= []).push(rest);
	});
	child.heard = heard;
	child.hear = async (word, count = 1, timeoutMs = 120_000) => {
		const deadline = Date.now() + timeoutMs;
		while ((heard[word]?.length ?? 0) < count) {
			if (child.isOver) throw new Error(`it ended before it said "${word}":\n${child.said}`);
			if (Date.now() > deadline) throw new Error(`it did not say "${word}" ${count} times in ${timeoutMs} ms:\n${child.said}`);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		return heard[word];
	};
	return child;
}

/* --- the firehose ------------------------------------------------------------------------- */

export class Firehose {
	/* Options as the program has them, without dashes. */
	static async start(options = {}) {
		const hose = new Firehose();
		hose.options = { shards: 1, guilds: 20, members: 100, channels: 10, events: 200_000, compress: "zstd-stream", ...options };
		const args = Object.entries(hose.options).flatMap(([key, value]) => [`--${key}`, String(value)]);
		hose.child = listen(start(join(root, bin, "tests/bench/firehose/firehose"), args, { stdin: "pipe" }));
		const [[port]] = await hose.child.hear("listening");
		hose.url = `http://127.0.0.1:${port}`;
		[[hose.wireBytes, hose.payloadBytes]] = await hose.child.hear("built");
		hose.lastSeq = (await hose.child.hear("seq", hose.options.shards)).map(([, seq]) => Number(seq));
		return hose;
	}

	get perShard() {
		return Math.floor(this.options.events / this.options.shards);
	}

	get events() {
		return this.perShard * this.options.shards;
	}

	/* Numbers are told on: what is behind READY and the guilds of each shard. */
	get guildSeq() {
		return this.lastSeq.map((seq) => seq - this.perShard);
	}

	get identifiedAt() {
		return Number(this.child.heard.identify.at(-this.options.shards)[1]);
	}

	/* For the next client: forgets what was said for the last. */
	async reset() {
		const { heard } = this.child;
		await this.child.hear("closed", heard.identify?.length ?? 0);
		for (const word of ["identify", "sent", "closed", "go"]) heard[word] = [];
	}

	async go() {
		this.child.stdin.write("go\n");
		const [[at]] = await this.child.hear("go");
		return Number(at);
	}

	stop() {
		return stop(this.child);
	}
}

/* --- Redis -------------------------------------------------------------------------------- */

/* Just enough of a client to ask one thing at a time. */
class Asker {
	constructor(path) {
		this.socket = createConnection(path);
		this.text = "";
		this.waiting = [];
		this.socket.on("data", (data) => {
			this.text += data;
			for (let end; this.waiting.length && (end = this.end()) > 0; this.text = this.text.slice(end))
				this.waiting.shift()(this.text.slice(0, end));
		});
	}

	end() {
		const line = this.text.indexOf("\r\n") + 2;
		if (line < 2 || this.text[0] !== "$") return line < 2 ? 0 : line;
		const length = Number(this.text.slice(1, line));
		const end = length < 0 ? line : line + length + 2;
		return this.text.length >= end ? end : 0;
	}

	ask(...words) {
		this.socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
		return new Promise((resolve) => this.waiting.push((text) => resolve(text.startsWith("$") ? text.split("\r\n")[1] : text.trim().slice(1))));
	}
}

export class Redis {
	static async start() {
		const redis = new Redis();
		redis.dir = mkdtempSync(join(tmpdir(), "rations-bench-"));
		const path = join(redis.dir, "redis.sock");
		redis.url = `unix://${path}`;
		redis.child = start("redis-server", ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "yes", "--dir", redis.dir, "--loglevel", "warning"]);
		await until("redis", () => new Promise((resolve) => {
			const socket = createConnection(path).once("error", () => resolve(false)).once("connect", () => resolve(socket.destroy()));
		}));
		redis.asker = new Asker(path);
		return redis;
	}

	ask(...words) {
		return this.asker.ask(...words);
	}

	/* Returns when Redis has acknowledged this sequence number of each shard. */
	async holds(seqs, { timeoutMs = 120_000, everyMs = 5, child } = {}) {
		const deadline = Date.now() + timeoutMs;
		for (let shard = 0; shard < seqs.length; ) {
			const seq = Number(await this.ask("HGET", `session:{${seqs.length}.${shard}}`, "seq"));
			if (seq === seqs[shard]) shard++;
			else if (child?.isOver) throw new Error(`the client ended:\n${child.said}`);
			else if (Date.now() > deadline) throw new Error(`shard ${shard} stands at ${seq} of ${seqs[shard]}\n${child?.said}`);
			else await new Promise((resolve) => setTimeout(resolve, everyMs));
		}
		return Date.now();
	}

	async stop() {
		this.asker.socket.destroy();
		await stop(this.child);
		rmSync(this.dir, { recursive: true, force: true });
	}
}

/* --- clients --------------------------------------------------------------------------------- */

/* Ours: one process with all the shards. */
export class Ingest {
	static async start(hose, redis, env = {}) {
		const ingest = new Ingest();
		const [port] = await freePorts(1);
		ingest.port = port;
		ingest.child = start(join(root, bin, "bin/gateway-ingest"), [], { env: {
			DISCORD_BOT_TOKEN: "a-token", DISCORD_API_BASE: `${hose.url}/api/v10`, REDIS_URL: redis.url, ADMIN_PORT: String(port),
			SHARDS: String(hose.options.shards), GATEWAY_COMPRESS: hose.options.compress, STREAM_MAX_ENTRIES: "100000", LOG_LEVEL: "warn", ...env,
		} });
		return ingest;
	}

	get cpu() {
		return cpuSeconds(this.child.pid);
	}

	get rss() {
		return rssMb(this.child.pid);
	}

	get peak() {
		return peakMb(this.child.pid);
	}

	stop() {
		return stop(this.child);
	}
}

/* Somebody else's, as a command that says "ready" and "end". */
export function client(command, args) {
	return listen(start(command, args, { cwd: join(root, "tests") }));
}

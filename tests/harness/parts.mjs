/*
 * parts: single processes of Rations and the servers they need, each in its own log, for tests that start them
 * otherwise than the launcher does. They end with the test, however it ends.
 */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, openSync, readFileSync, closeSync } from "node:fs";
import { join } from "node:path";
import { bin, root, until } from "./stack.mjs";

const POSTGRES = "/usr/lib/postgresql/15/bin";
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

const isRoot = () => process.getuid() === 0;
const idOf = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
/* PostgreSQL refuses to be root. */
const asPostgres = () => (isRoot() ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : []);

/* A process; what it writes goes to <dir>/<name>.log. */
export class Part {
	constructor(dir, name, command, env = {}, privileges = []) {
		Object.assign(this, { dir, name, command, env, privileges });
	}

	start() {
		const log = openSync(this.logFile, "a");
		this.child = spawn("setpriv", [...this.privileges, "--pdeathsig=KILL", "--", ...this.command],
			{ cwd: this.dir, env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", ...this.env }, stdio: ["ignore", log, log] });
		closeSync(log);
		const { child } = this;
		running.add(child);
		this.isRunning = true;
		this.ended = new Promise((resolve) => child.once("exit", (code, signal) => {
			running.delete(child);
			if (this.child === child) this.isRunning = false;
			if (code || signal === "SIGABRT") this.#tellFinding();
			resolve(signal ?? code);
		}));
		return this;
	}

	/* What a sanitizer found ends the process; why the story failed then is in the story's own log, too. */
	#tellFinding() {
		const at = this.log().search(/ERROR: \w+Sanitizer|runtime error:|: Assertion `/);
		if (at >= 0) console.log(`# ${this.name}: ${this.log().slice(at, at + 4000).replaceAll("\n", "\n#   ")}`);
	}

	get logFile() {
		return join(this.dir, `${this.name}.log`);
	}

	signal(name) {
		this.child.kill(name);
	}

	/* How it ended: an exit code, or the signal. */
	async end(signal) {
		this.child?.kill(signal);
		return this.ended;
	}

	log() {
		return existsSync(this.logFile) ? readFileSync(this.logFile, "utf8") : "";
	}
}

/* A program of ours. `env.ADMIN_PORT` is where its /readyz is. */
export class Program extends Part {
	constructor(dir, name, program, env, build = bin) {
		super(dir, name, [join(root, build, "bin", program)], env);
	}

	async isReady() {
		return (await fetch(`http://127.0.0.1:${this.env.ADMIN_PORT}/readyz`)).ok;
	}

	/* Asked to end before it listens for that, it would die of the question: a busy machine takes its time to start one. */
	async end(signal) {
		if (signal === "SIGTERM") await until(`${this.name} to know SIGTERM`, () => !this.isRunning || this.#catches(15));
		return super.end(signal);
	}

	#catches(signal) {
		try {
			const [, caught] = readFileSync(`/proc/${this.child.pid}/status`, "utf8").match(/^SigCgt:\s*(\w+)/m);
			return (BigInt(`0x${caught}`) >> BigInt(signal - 1)) & 1n;
		} catch {
			return true; /* ended meanwhile */
		}
	}
}

/* Keeps everything it acknowledged: each event loop writes the file before it answers. */
export class Redis extends Part {
	constructor(dir) {
		const socket = join(dir, "redis.sock");
		super(dir, "redis", [join(root, "deploy/redis/start.sh"), "redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "yes",
			"--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0", "--maxmemory-policy", "noeviction"]);
		this.socket = socket;
	}

	get url() {
		return `unix://${this.socket}`;
	}

	/* What has been written since it was new. */
	get journal() {
		return join(this.dir, "appendonlydir", "appendonly.aof.1.incr.aof");
	}

	cli(...args) {
		return JSON.parse(execFileSync("redis-cli", ["--json", "-s", this.socket, ...args],
			{ encoding: "utf8", maxBuffer: 1 << 30, timeout: 20_000, stdio: ["ignore", "pipe", "pipe"] }));
	}

	up() {
		return until("Redis", () => this.cli("PING") === "PONG");
	}
}

/* In a folder of its own, as user postgres when we are root. */
export class Postgres extends Part {
	constructor(parent) {
		const dir = join(parent, "postgres");
		super(dir, "postgres", [join(POSTGRES, "postgres"), "-D", "data", "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "jit=off",
			"-c", "shared_buffers=64MB", "-c", "log_min_messages=warning", "-c", "max_connections=200"], {}, asPostgres());
		mkdirSync(dir, { recursive: true });
		chmodSync(dir, 0o755);
		if (isRoot()) chownSync(dir, idOf("-u"), idOf("-g"));
	}

	init() {
		execFileSync("setpriv", [...asPostgres(), "--", join(POSTGRES, "initdb"), "-D", "data", "-U", "rations", "--auth=trust",
			"--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", "--no-sync"], { cwd: this.dir, stdio: "pipe" });
		return this;
	}

	/* With a database as the migrations make it. */
	initMigrated() {
		execFileSync(join(root, "tests/harness/postgres.sh"), [this.dir], { stdio: ["ignore", "ignore", "inherit"] });
		return this;
	}

	url(role) {
		return `postgresql://${role}@/rations?host=${encodeURIComponent(this.dir)}`;
	}

	/* Waits until it answers; right after a kill -9 old backends may still hold the memory, then it is started again. */
	up() {
		return until("PostgreSQL", () => {
			if (!this.isRunning) this.start();
			execFileSync("psql", ["-X", "-q", "-h", this.dir, "-U", "rations", "-d", "postgres", "-c", "SELECT 1"], { stdio: "pipe" });
			return true;
		});
	}

	run(statement, database = "rations") {
		return execFileSync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", this.dir, "-U", "rations", "-d", database, "-c", statement],
			{ encoding: "utf8", maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "pipe"] });
	}

	/* The same, while others go on. */
	runLater(statement) {
		return new Promise((resolve, reject) => {
			spawn("psql", ["-X", "-q", "-h", this.dir, "-U", "rations", "-d", "rations", "-c", statement], { stdio: "ignore" })
				.once("error", reject).once("exit", resolve);
		});
	}

	/* Rows of a query, as objects. */
	rows(query) {
		return JSON.parse(this.run(`SELECT coalesce(json_agg(q), '[]') FROM (${query}) q`));
	}
}

/*
 * stack: all of Rations as a user starts it, through the launcher, on free ports and in a folder of its
 * own; and the means to hurt it. Used by the story tests (tests/scenario) and the browser (tests/e2e).
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

export const root = new URL("../..", import.meta.url).pathname;
export const bin = process.env.BUILD_PLAIN ?? "build/gcc";

/* psql itself, and not Debian's script of that name, which takes four times as long. */
process.env.PATH = `/usr/lib/postgresql/15/bin:${process.env.PATH}`;

/* A connection kept from before may have been ended by the other side while psql held us up: ask over a new one. */
const fetchKept = globalThis.fetch;
globalThis.fetch = (url, options = {}) => {
	const headers = new Headers(options.headers);
	headers.set("connection", "close");
	return fetchKept(url, { ...options, headers });
};

const FIRST_PORT = 15_000, END_OF_PORTS = 32_000, PORTS_AT_ONCE = 16;

/* Nobody else's while this process lives, or null: an abstract socket goes with whoever has it. */
const reserve = (base) => new Promise((resolve) => {
	const mark = createServer().once("error", () => resolve(null)).listen(`\0rations-test-ports-${base}`, () => resolve(mark.unref()));
});

const isFree = (port) => new Promise((resolve) => {
	const server = createServer().once("error", () => resolve(false)).listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
});

/* The first of a run of free ports, at most PORTS_AT_ONCE: below those that are given to whoever asks for any, and
 * kept from other tests of now. */
export async function freeBlock(count) {
	for (;;) {
		const base = FIRST_PORT + PORTS_AT_ONCE * Math.floor(Math.random() * ((END_OF_PORTS - FIRST_PORT) / PORTS_AT_ONCE));
		const ports = Array.from({ length: count }, (_, i) => base + i);
		if ((await reserve(base)) && (await Promise.all(ports.map(isFree))).every(Boolean)) return base;
	}
}

export async function freePorts(count) {
	const ports = [];
	while (ports.length < count) {
		const size = Math.min(count - ports.length, PORTS_AT_ONCE), base = await freeBlock(size);
		for (let i = 0; i < size; i++) ports.push(base + i);
	}
	return ports;
}

/* Asks again until `check` gives something true; says what it waited for when it never does. */
export async function until(what, check, timeoutMs = 60_000) {
	const deadline = Date.now() + timeoutMs;
	for (;;) {
		let last;
		try {
			const value = await check();
			if (value) return value;
			last = value;
		} catch (error) {
			last = error.message;
		}
		if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}; last: ${JSON.stringify(last)}`);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

/* Who was busy for seconds, counting or in psql, has not heard yet which idle connections were hung up on: a whole turn of the loop. */
export async function caughtUp() {
	await setImmediate();
	await setImmediate();
}

/* kill -9 of those that are still there: one may end with another, or have been about to. */
export function killAll(pids) {
	for (const pid of pids)
		try {
			process.kill(pid, "SIGKILL");
		} catch (error) {
			if (error.code !== "ESRCH") throw error;
		}
}

export class Stack {
	/* Where it runs: another checkout, or a command that starts it as somebody else. */
	root = root;
	wrapper = [];
	/* The launcher makes the database, too, and not a copy does (tests/harness/postgres.sh). */
	isBare = false;

	/* A folder and ports, nothing started. `env`: on top of the tiny demo. */
	static async prepare(env = {}) {
		const stack = new Stack();
		stack.dir = mkdtempSync(join(tmpdir(), "rations-"));
		chmodSync(stack.dir, 0o755);
		const [port, simPort] = await freePorts(2);
		stack.adminBase = await freeBlock(7);
		stack.url = `http://127.0.0.1:${port}`;
		stack.sim = `http://127.0.0.1:${simPort}`;
		stack.env = {
			PATH: process.env.PATH, HOME: process.env.HOME,
			VAR_DIR: join(stack.dir, "var"), PORT: String(port), SIM_PORT: String(simPort),
			ADMIN_PORT: String(stack.adminBase), PUBLIC_URL: stack.url,
			SIM_CONTROL: "on", DEMO_DESK: "off", SIM_PRESET: "tiny", SIM_HISTORY_DAYS: "3", SIM_SEED: "7",
			...env,
		};
		return stack;
	}

	/* The same, running. */
	static async start(env = {}) {
		const stack = await Stack.prepare(env);
		await stack.up();
		return stack;
	}

	launch() {
		this.log = "";
		this.out = "";
		const [command, ...args] = [...this.wrapper, join(this.root, bin, "bin/launcher")];
		this.launcher = spawn(command, args, { cwd: this.root, env: this.env });
		/* A test that dies takes its stack along: what the launcher started ends with it. */
		const { launcher } = this;
		process.once("exit", () => launcher.kill("SIGKILL"));
		this.isOver = false;
		/* "close": when all was read of what it said */
		this.exited = new Promise((resolve) => this.launcher.once("close", (code, signal) => {
			this.isOver = true;
			resolve(code ?? signal);
		}));
		this.launcher.stderr.on("data", (data) => (this.log += data));
		this.launcher.stdout.on("data", (data) => (this.out += data));
	}

	/* The database, empty, where an earlier start would have left it. */
	prime() {
		const folder = join(this.data, "postgres");
		if (this.isBare || this.env.DATABASE_URL || existsSync(folder)) return;
		execFileSync(join(root, "tests/harness/postgres.sh"), [folder], { stdio: ["ignore", "ignore", "inherit"] });
		const { uid, gid } = statSync(folder);
		mkdirSync(join(folder, "run"), { mode: 0o700 });
		chownSync(join(folder, "run"), uid, gid);
	}

	/* Starts it and waits for "rations: ready". */
	async up() {
		this.prime();
		this.launch();
		await until("rations: ready", () => this.isOver || this.out.includes("rations: ready "), 180_000)
			.catch((error) => { throw new Error(`${error.message}\n${this.log.slice(-6000)}`); });
		if (this.isOver) throw new Error(`the launcher ended\n${this.log.slice(-6000)}`);
	}

	/* Waits until the log says so. */
	async says(text, timeoutMs) {
		const isSaid = () => (text instanceof RegExp ? text.test(this.log) : this.log.includes(text));
		await until(`"${text}" in the log`, () => this.isOver || isSaid(), timeoutMs)
			.catch((error) => { throw new Error(`${error.message}\n${this.log.slice(-6000)}`); });
		if (!isSaid()) throw new Error(`the launcher ended without "${text}"\n${this.log.slice(-6000)}`);
	}

	/* Ctrl-C, as the terminal sends it. */
	async down() {
		this.launcher.kill("SIGINT");
		return this.exited;
	}

	/* Where this start keeps its data. */
	get data() {
		return join(this.env.VAR_DIR, this.env.DISCORD_BOT_TOKEN ? "live" : "demo");
	}

	/* What is left of it: processes, sockets, the lock. */
	remains() {
		const home = (() => {
			try {
				return realpathSync(join(this.data, "postgres"));
			} catch {
				return this.dir;
			}
		})();
		const found = [];
		for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
			try {
				const told = readFileSync(`/proc/${pid}/environ`, "utf8") + readFileSync(`/proc/${pid}/cmdline`, "utf8") + readlinkSync(`/proc/${pid}/cwd`);
				if (told.includes(this.dir) || told.includes(home)) found.push(`${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (${pid})`);
			} catch { /* gone, or somebody else's */ }
		}
		const sockets = execFileSync("find", [this.dir, home, "-type", "s"], { encoding: "utf8" }).split("\n").filter(Boolean);
		const lock = join(this.env.VAR_DIR, "launcher.pid");
		const isLocked = existsSync(lock) && spawnSync("flock", ["-n", lock, "true"]).status !== 0;
		return [...found, ...sockets, ...(isLocked ? [lock] : [])];
	}

	/* A program the launcher's script had begun (rm, cp) outlives that script by a moment. */
	async vanishes(timeoutMs = 10_000) {
		await until("nothing to be left", () => {
			const left = this.remains();
			if (left.length > 0) throw new Error(left.join(", "));
			return true;
		}, timeoutMs);
	}

	remove() {
		rmSync(this.dir, { recursive: true, force: true });
	}

	/* Pids of the processes with that program name that belong to this stack. */
	pids(name) {
		const found = [];
		for (const pid of readdirSync("/proc")) {
			if (!/^\d+$/.test(pid)) continue;
			try {
				const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
				const comm = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
				const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
				if (comm === name.slice(0, 15) && parent === this.launcher.pid) found.push(Number(pid));
			} catch { /* gone meanwhile */ }
		}
		return found;
	}

	/* kill -9, and waits until the launcher has started the next one. */
	async crash(name) {
		const [pid] = await until(`${name} to run`, () => {
			const running = this.pids(name);
			return running.length > 0 && running;
		});
		process.kill(pid, "SIGKILL");
		await until(`${name} to be started again`, () => this.pids(name).some((other) => other !== pid))
			.catch((error) => { throw new Error(`${error.message}\n${this.log.slice(-4000)}`); });
	}

	/* Rows of a query, as objects, straight from the database. */
	sql(query) {
		const out = execFileSync("psql", ["-X", "-q", "-A", "-t", "-U", "rations", "-h", this.socketDir(), "-d", "rations",
			"-c", `SELECT coalesce(json_agg(q), '[]') FROM (${query}) q`], { encoding: "utf8", maxBuffer: 1 << 28 });
		return JSON.parse(out);
	}

	/* A statement that gives no rows. */
	exec(statement) {
		execFileSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "rations", "-h", this.socketDir(), "-d", "rations", "-c", statement]);
	}

	socketDir() {
		return `${realpathSync(join(this.data, "postgres"))}/run`;
	}

	/* The simulator's control API. */
	async control(method, path, body) {
		await caughtUp();
		const response = await fetch(`${this.sim}/_control/${path}`, {
			method, body: body && JSON.stringify(body),
			headers: { "content-type": "application/json" },
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} /_control/${path}: ${response.status} ${text}`);
		return text ? JSON.parse(text) : null;
	}
}

/* TAP, for tests/run.sh. */
export function tap() {
	let n = 0, failed = 0;
	return {
		skip(name, why) {
			console.log(`ok ${++n} - ${name} # SKIP ${why}`);
		},
		async test(name, body) {
			n++;
			try {
				await body();
				console.log(`ok ${n} - ${name}`);
			} catch (error) {
				failed++;
				const why = [error, error.cause].filter(Boolean).map((one) => one.stack ?? one).join("\nbecause of ");
				console.log(`not ok ${n} - ${name}\n  ${why.replaceAll("\n", "\n  ")}`);
			}
		},
		end() {
			console.log(`1..${n}`);
			process.exitCode = failed ? 1 : 0;
		},
	};
}

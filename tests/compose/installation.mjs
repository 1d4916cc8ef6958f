/*
 * installation: Rations as docker-compose.yml makes it, with a real engine, in a project and on ports of its own; and
 * the means to hurt it. Has what tests/harness/oracle.mjs asks of a stack.
 *
 * The engine is the one that answers here; else one that $DOCKER_TOOLS/all.sh starts, with an env.sh beside it that says
 * where. Whoever names them stops it.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, freePorts, root, until } from "../harness/stack.mjs";

/* Environment to reach an engine with; null when there is none. */
export function findEngine() {
	const answers = (env) => spawnSync("docker", ["compose", "ls"], { env, stdio: "ignore" }).status === 0;
	if (answers(process.env)) return process.env;
	const tools = process.env.DOCKER_TOOLS;
	if (!tools || !existsSync(join(tools, "all.sh")) || process.getuid() !== 0) return null;
	const made = spawnSync(join(tools, "all.sh"), { stdio: ["ignore", 2, 2] });
	if (made.status !== 0) return null;
	const words = execFileSync("sh", ["-c", '. "$1/env.sh" && env -0', "sh", tools], { encoding: "utf8" }).split("\0").filter(Boolean);
	const env = Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]));
	return answers(env) ? env : null;
}

/* Reads {id, method, path, body} lines, asks the simulator as a local client, writes {id, status, text} lines. */
const AGENT = `
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
	const { id, method, path, body } = JSON.parse(line);
	fetch("http://127.0.0.1:5010/_control/" + path, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" } })
		.then(async (r) => ({ id, status: r.status, text: await r.text() }), (e) => ({ id, status: 0, text: e.message }))
		.then((answer) => process.stdout.write(JSON.stringify(answer) + "\\n"));
}`;

export class Installation {
	#waiting = new Map();
	#asked = 0;

	/* Nothing started. `settings`: as they would stand in .env. */
	static async prepare(engine, settings = {}, profiles = ["demo"]) {
		const it = new Installation();
		it.dir = mkdtempSync(join(tmpdir(), "rations-compose-"));
		it.project = `rations-test-${process.pid}`;
		it.profiles = profiles;
		const [port, simPort] = await freePorts(2);
		it.url = `http://127.0.0.1:${port}`;
		it.sim = `http://127.0.0.1:${simPort}`;
		it.env = {
			...engine, PORT: String(port), SIM_PORT: String(simPort), PUBLIC_URL: it.url, DEMO_URL: it.sim, SECRETS_DIR: join(it.dir, "secrets"),
			RATIONS_IMAGE: it.project, RATIONS_VERSION: "one", CADDY_IMAGE: `${it.project}-caddy`,
			SIM_CONTROL: "on", SIM_PRESET: "tiny", SIM_HISTORY_DAYS: "3", SIM_SEED: "7", SIM_SHARDS: "3", SIM_IDENTIFY_EVERY: "100ms",
			...settings,
		};
		/* The world outside does not end when Rations is upgraded. */
		it.override = join(it.dir, "outside.yml");
		writeFileSync(it.override, `services: { discord-sim: { image: "${it.project}:one" } }\n`);
		/* A test that is told to end takes its containers along. */
		process.once("SIGTERM", () => {
			const left = it.docker("container", "ls", "-aq", "--filter", `label=com.docker.compose.project=${it.project}`).split("\n").filter(Boolean);
			if (left.length) it.docker("rm", "-f", "-v", ...left);
			process.exit(143);
		});
		return it;
	}

	/* A command of docker; its output. Throws with what it said. */
	docker(...args) {
		const run = spawnSync("docker", args, { cwd: root, env: this.env, encoding: "utf8", maxBuffer: 1 << 28 });
		if (run.status !== 0) throw new Error(`docker ${args.join(" ")}: ${run.status}\n${run.stderr.slice(-4000)}`);
		return run.stdout;
	}

	get #where() {
		return ["compose", "-p", this.project, "--env-file", "/dev/null", "-f", "docker-compose.yml", "-f", this.override,
			...this.profiles.flatMap((profile) => ["--profile", profile])];
	}

	compose(...args) {
		return this.docker(...this.#where, ...args);
	}

	/* The same while others go on: a promise of its exit code, for what takes long. */
	async composing(...args) {
		const child = spawn("docker", [...this.#where, ...args], { cwd: root, env: this.env, stdio: ["ignore", "ignore", "pipe"] });
		let said = "";
		child.stderr.on("data", (data) => (said += data));
		const code = await new Promise((resolve) => child.once("close", resolve));
		if (code !== 0) throw new Error(`docker compose ${args.join(" ")}: ${code}\n${said.slice(-3000)}\n${this.troubles()}`);
	}

	/* The last words of who is not well. */
	troubles() {
		return this.containers().filter(({ State, Health, ExitCode }) => State !== "running" ? ExitCode !== 0 : Health === "unhealthy")
			.map(({ Service, Status }) => `${Service} (${Status}):\n${spawnSync("docker", [...this.#where, "logs", "--no-color", "-n", "15", Service], { cwd: root, env: this.env, encoding: "utf8" }).stdout}`).join("\n");
	}

	/* An image from programs and pages that are built already, under a tag. */
	image(tag) {
		this.docker("buildx", "build", "-q", "--target", "rations", "--build-context", `programs=${join(bin, "bin")}`,
			"--build-context", "dashboard=dashboard/dist", "--build-arg", `VERSION=${tag}`, "-t", `${this.project}:${tag}`, ".");
	}

	/* The same from the sources alone. */
	imageFromSources(tag) {
		const registry = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
		const authority = process.env.NODE_EXTRA_CA_CERTS;
		this.docker("buildx", "build", "-q", "--target", "rations", "--network", "host", "--build-arg", `NPM_CONFIG_REGISTRY=${registry}`,
			...(authority ? ["--secret", `id=ca,src=${authority}`] : []), "--build-arg", `VERSION=${tag}`, "-t", `${this.project}:${tag}`, ".");
	}

	images(isFull) {
		if (isFull) this.imageFromSources("one");
		else this.image("one");
		this.docker("buildx", "build", "-q", "-t", this.env.CADDY_IMAGE, "tests/compose/images/caddy");
	}

	up(...args) {
		return this.composing("up", "-d", "--wait", "--wait-timeout", "180", ...args);
	}

	/* [{Name, Service, State, Health, ExitCode}], all of them. */
	containers() {
		return this.compose("ps", "-a", "--format", "json").split("\n").filter(Boolean).map((line) => JSON.parse(line));
	}

	inspect(...names) {
		return JSON.parse(this.docker("inspect", ...names));
	}

	/* Container -> pid of its main process on this host; of those that run. */
	pids(services) {
		const names = this.containers().filter(({ Service, State }) => State === "running" && services.includes(Service)).map(({ Name }) => Name);
		return new Map(names.length ? this.inspect(...names).map(({ Name, State }) => [Name.slice(1), State.Pid]) : []);
	}

	/* kill -9, as the kernel would when memory ends; returns when the engine has started each again. */
	async kill(...services) {
		const before = this.pids(services);
		if (before.size === 0) throw new Error(`nobody to kill: ${services}`);
		for (const pid of before.values()) process.kill(pid, "SIGKILL");
		await until(`${services} to be started again`, () => {
			const now = this.inspect(...before.keys());
			return now.every(({ Name, State }) => State.Running && State.Pid > 0 && State.Pid !== before.get(Name.slice(1)));
		}, 90_000);
	}

	exec(service, ...command) {
		return this.compose("exec", "-T", service, ...command);
	}

	/* --- what the oracle asks --- */

	#psql(query) {
		if (!this.database) {
			const [name] = this.pids(["postgres"]).keys();
			const { IPAddress: host } = Object.values(this.inspect(name)[0].NetworkSettings.Networks)[0];
			this.password ??= this.exec("postgres", "cat", "/run/rations/postgres_password").trim();
			this.database = { PGHOST: host, PGUSER: "rations", PGDATABASE: "rations", PGPASSWORD: this.password, PGCONNECT_TIMEOUT: "5" };
		}
		return execFileSync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", query],
			{ env: { PATH: process.env.PATH, ...this.database }, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
	}

	sql(query) {
		try {
			return JSON.parse(this.#psql(`SELECT coalesce(json_agg(q), '[]') FROM (${query}) q`));
		} catch (error) {
			this.database = null; /* started again, it has another address */
			throw error;
		}
	}

	/* The simulator answers its own host alone: so somebody asks there. */
	#agent() {
		const [pid] = this.pids(["discord-sim"]).values();
		this.agent = spawn("nsenter", ["-t", String(pid), "-n", process.execPath, "--input-type=module", "-e", AGENT], { stdio: ["pipe", "pipe", "inherit"] });
		let rest = "";
		this.agent.stdout.on("data", (data) => {
			const lines = (rest + data).split("\n");
			rest = lines.pop();
			for (const { id, ...answer } of lines.map((line) => JSON.parse(line))) {
				this.#waiting.get(id)(answer);
				this.#waiting.delete(id);
			}
		});
	}

	async control(method, path, body) {
		if (!this.agent) this.#agent();
		const id = ++this.#asked;
		const { status, text } = await new Promise((resolve) => {
			this.#waiting.set(id, resolve);
			this.agent.stdin.write(`${JSON.stringify({ id, method, path, body })}\n`);
		});
		if (status < 200 || status > 299) throw new Error(`${method} /_control/${path}: ${status} ${text}`);
		return text ? JSON.parse(text) : null;
	}

	/* Everything of it, images included; what is left then. */
	remove() {
		this.agent?.kill();
		this.compose("down", "-v", "--remove-orphans", "-t", "5");
		const left = ["container", "volume", "network"].flatMap((kind) =>
			this.docker(kind, "ls", "-q", ...(kind === "container" ? ["-a"] : []), "--filter", `label=com.docker.compose.project=${this.project}`).split("\n").filter(Boolean));
		for (const tag of this.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split("\n").filter((name) => name.startsWith(this.project)))
			this.docker("image", "rm", "-f", tag);
		rmSync(this.dir, { recursive: true, force: true });
		return left;
	}
}

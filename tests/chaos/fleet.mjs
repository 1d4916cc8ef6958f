/*
 * fleet: shards of one bot, held by several gateway-ingest and read by several analytics, with a Redis, a PostgreSQL
 * and a simulated Discord of their own, and the means to look into them.
 */
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Postgres, Program, Redis } from "../harness/parts.mjs";
import { freePorts, until } from "../harness/stack.mjs";

export class Fleet {
	ingests = [];
	readers = [];
	sessionStarts = 100_000;

	/* A folder and ports, nothing started. `build`: whose gateway-ingest and analytics. */
	static async prepare({ shards, ingests, readers, build, compress }) {
		const fleet = new Fleet();
		fleet.shards = shards;
		fleet.build = build;
		fleet.compress = compress;
		fleet.dir = mkdtempSync(join(tmpdir(), "rations-chaos-"));
		chmodSync(fleet.dir, 0o755);
		fleet.ports = await freePorts(2 + ingests + readers);
		fleet.redis = new Redis(fleet.dir);
		fleet.postgres = new Postgres(fleet.dir);
		fleet.sim = `http://127.0.0.1:${fleet.ports[0]}`;
		for (let i = 0; i < ingests; i++) fleet.ingests.push(fleet.ingest(i, fleet.ports[2 + i]));
		for (let i = 0; i < readers; i++) fleet.readers.push(fleet.reader(i, fleet.ports[2 + ingests + i]));
		return fleet;
	}

	/* Returns when all shards are live. */
	async start(seed) {
		this.redis.start();
		this.postgres.initMigrated();
		this.startSimulator(seed);
		await this.postgres.up();
		await until("the simulator", () => fetch(`${this.sim}/_control/clock`));
		[...this.readers, ...this.ingests].forEach((part) => part.start());
		await until("all shards to be live", () => this.isLive(), 180_000);
		this.guilds = (await this.control("GET", "world")).guilds.map((guild) => guild.id);
		this.safeJournalBytes = statSync(this.redis.journal).size;
	}

	startSimulator(seed) {
		const [port, admin] = this.ports;
		this.discord = new Program(this.dir, "discord", "discord-sim", {
			SIM_PORT: String(port), ADMIN_PORT: String(admin), SIM_CONTROL: "on", SIM_SEED: String(seed), SIM_PRESET: "crowd",
			SIM_BENCH_GUILDS: String(this.shards * 3), SIM_HISTORY_DAYS: "0", SIM_SPEED: "0", SIM_ACTIVITY: "800",
			/* time enough for a heartbeat on a busy machine, and for nothing to be forgotten but on purpose */
			SIM_HEARTBEAT: "4s", SIM_SESSION_TTL: "1h", SIM_REPLAY_BYTES: "2g", SIM_LAG: "1000000000",
			SIM_SHARDS: String(this.shards), SIM_MAX_CONCURRENCY: "4", SIM_IDENTIFY_EVERY: "1s", SIM_SESSION_STARTS: String(this.sessionStarts),
		}).start();
	}

	ingest(i, port) {
		return new Program(this.dir, `ingest-${i}`, "gateway-ingest", {
			DISCORD_BOT_TOKEN: "simulated-bot-token", DISCORD_API_BASE: `${this.sim}/api/v10`, REDIS_URL: this.redis.url,
			ADMIN_PORT: String(port), EVENT_CLOCK: "frame", GATEWAY_COMPRESS: this.compress, SHARDS: String(this.shards), SHARD_LEASE: "3s", REPLICA_ID: `ingest-${i}`,
		}, this.build);
	}

	reader(i, port) {
		return new Program(this.dir, `analytics-${i}`, "analytics", {
			DATABASE_URL: this.postgres.url("rations_analytics"), REDIS_URL: this.redis.url, ADMIN_PORT: String(port),
		}, this.build);
	}

	/* Who holds that shard now, if anybody does. */
	holderOf(shard) {
		const id = this.redis.cli("HGET", "leases:{fleet}", `${this.shards}.${shard}`);
		return this.ingests.find((part) => part.env.REPLICA_ID === id);
	}

	/* All replicas hold as many shards as each other, or one more. */
	isShared() {
		const holders = Object.values(this.redis.cli("HGETALL", "leases:{fleet}"));
		const shares = this.ingests.map((part) => holders.filter((id) => id === part.env.REPLICA_ID).length);
		return holders.length === this.shards && Math.max(...shares) - Math.min(...shares) <= 1;
	}

	async control(method, path, body) {
		await new Promise((resolve) => setTimeout(resolve)); /* a turn of the loop, to notice connections closed meanwhile */
		const response = await fetch(`${this.sim}/_control/${path}`, { method, body: body && JSON.stringify(body) });
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} /_control/${path}: ${response.status} ${text}`);
		return JSON.parse(text);
	}

	fault(shard, what) {
		return this.control("POST", "fault", { shard: [shard, this.shards], ...what });
	}

	sql(query) {
		return this.postgres.rows(query);
	}

	/* What Redis holds of a shard's session. */
	stored(shard) {
		const [id, seq] = this.redis.cli("HMGET", `session:{${this.shards}.${shard}}`, "session_id", "seq");
		return { id, seq: Number(seq) };
	}

	async sessions(shard) {
		const { sessions } = await this.control("GET", "sessions");
		return sessions.filter((session) => session.shard[0] === shard && session.shard[1] === this.shards);
	}

	/* The shard's newest session is connected, has announced its guilds, and Redis knows it. */
	async isShardLive(shard) {
		const { id } = this.stored(shard);
		const session = (await this.sessions(shard)).find((one) => one.id === id);
		return session?.connected && session.announced === session.guilds && !session.hushed;
	}

	async isLive() {
		for (let shard = 0; shard < this.shards; shard++)
			if (!(await this.isShardLive(shard))) throw new Error(`shard ${shard} is not`);
		return true;
	}

	/* Everybody is told to leave. Complaints about how. */
	async leave() {
		const parts = [...this.ingests, ...this.readers];
		const codes = await Promise.all(parts.map((part) => part.end("SIGTERM")));
		const complaints = parts.map((part, i) => (codes[i] === 0 ? null : `${part.name} ended with ${codes[i]}`));
		complaints.push(...parts.map((part) => (/Sanitizer|runtime error|Assertion/.test(part.log()) ? `${part.name} crashed: see ${part.logFile}` : null)));
		return complaints.filter(Boolean);
	}

	async end() {
		await Promise.all([this.discord, this.redis, ...this.ingests, ...this.readers].map((part) => part?.end("SIGKILL")));
		await this.postgres.end("SIGQUIT");
	}

	remove() {
		rmSync(this.dir, { recursive: true });
	}
}

/*
 * What the gateway may bring besides events in order: members by the thousand, things nobody has heard of, payloads
 * nobody can read, connections that are alive and deaf, intents that are refused. gateway-ingest between a simulated
 * Discord and a real Redis; in the end the same with PostgreSQL, to see what becomes of hidden channels and members.
 */
import { deepEqual, equal, ok } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Part, Program, Redis } from "../harness/parts.mjs";
import { freePorts, root, Stack, tap, until } from "../harness/stack.mjs";

const sanitized = join(root, process.env.BUILD_SAN ?? "build/gcc-san", "bin");

class Bench {
	told = []; /* the stream's entries, as far as read */

	static async start({ sim = {}, ...env }) {
		const bench = new Bench();
		const dir = (bench.dir = mkdtempSync(join(tmpdir(), "protocol-")));
		const [simPort, simAdmin, adminPort] = await freePorts(3);
		bench.url = `http://127.0.0.1:${simPort}`;
		bench.admin = `http://127.0.0.1:${adminPort}`;
		bench.redis = new Redis(dir).start();
		await bench.redis.up();
		bench.sim = new Program(dir, "sim", "discord-sim", { SIM_PORT: String(simPort), ADMIN_PORT: String(simAdmin), SIM_CONTROL: "on",
			SIM_PRESET: "bench", SIM_BENCH_GUILDS: "3", SIM_BENCH_MEMBERS: "300", SIM_HISTORY_DAYS: "0", SIM_SPEED: "0", SIM_HEARTBEAT: "1s",
			SIM_REPLAY_BYTES: "1g", ...sim }).start();
		await until("the simulator", () => fetch(`${bench.url}/_control/sessions`));
		bench.ingest = new Part(dir, "ingest", [join(sanitized, "gateway-ingest")], { DISCORD_BOT_TOKEN: "simulated-bot-token",
			DISCORD_API_BASE: `${bench.url}/api/v10`, REDIS_URL: bench.redis.url, ADMIN_PORT: String(adminPort), EVENT_CLOCK: "frame",
			REPLICA_ID: "one", SHARD_LEASE: "2s", ...env });
		await bench.up();
		return bench;
	}

	async up() {
		this.ingest.start();
		await until("a live session", async () => {
			const response = await fetch(`${this.admin}/readyz`);
			if (response.ok) return true;
			throw new Error(await response.text());
		});
	}

	/* A number, 0 when there is none; `name` with its label. */
	async metric(name) {
		const text = await (await fetch(`${this.admin}/metrics`)).text();
		return Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? 0);
	}

	async control(path, body) {
		const response = await fetch(`${this.url}/_control/${path}`, body && { method: "POST", body: JSON.stringify(body) });
		if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
		return response.json();
	}

	async burst(events) {
		await this.control("burst", { events });
		await until("the burst to be played", async () => (await this.control("clock")).burst === 0);
	}

	/* Until Redis holds all the simulator has numbered. */
	async settle() {
		await until("everything in Redis", async () => {
			const [{ seq }] = (await this.control("sessions")).sessions;
			const stored = Number(this.redis.cli("HGET", "session:{1.0}", "seq"));
			if (stored === seq) return true;
			throw new Error(`at ${stored} of ${seq}`);
		});
	}

	/* All of the stream; what was read before is not asked for again. */
	events() {
		for (const [id, words] of this.redis.cli("XRANGE", "events:{1.0}", this.read ? `(${this.read}` : "-", "+")) {
			const event = {};
			for (let i = 0; i < words.length; i += 2) event[words[i]] = words[i + 1];
			this.told.push(event);
			this.read = id;
		}
		return this.told;
	}

	/* Every message that was told stands in the stream, once, and one session brought them all. */
	async everythingIsThere() {
		await this.settle();
		const { dispatches } = await this.control("counts");
		const messages = this.events().filter(({ type }) => type === "message_created").map((event) => event.message_id);
		equal(messages.length, dispatches.MESSAGE_CREATE);
		equal(new Set(messages).size, messages.length);
		equal((await this.control("sessions")).identified, 1, "one session all along");
	}

	async stop() {
		equal(await this.ingest.end("SIGTERM"), 0);
		equal(await this.sim.end("SIGTERM"), 0);
		await this.redis.end("SIGKILL");
		ok(!this.ingest.log().includes("Sanitizer"), this.ingest.log().slice(-4000));
		rmSync(this.dir, { recursive: true });
	}
}

const t = tap();
const ended = (cause) => `rations_gateway_disconnects_total{cause="${cause}"}`;

/* Of each guild, who is known in full. */
function known(events) {
	const guilds = {};
	for (const event of events.filter(({ guild }) => guild)) {
		const users = (guilds[event.guild] ??= new Set());
		if (["member_updated", "member_joined"].includes(event.type) && event.joined_at) users.add(event.user_id);
		if (event.type === "member_left") users.delete(event.user_id);
	}
	return Object.fromEntries(Object.entries(guilds).map(([guild, users]) => [guild, users.size]));
}

/* Of each guild, how many there are. */
function present(events) {
	const guilds = {};
	for (const { type, guild, member_count } of events) {
		if (type === "guild_available") guilds[guild] = Number(member_count);
		if (type === "member_joined") guilds[guild]++;
		if (type === "member_left") guilds[guild]--;
	}
	return guilds;
}

{
	const bench = await Bench.start({ sim: { SIM_BENCH_GUILDS: "6", SIM_BENCH_MEMBERS: "2300", SIM_HEARTBEAT: "2s" } });

	await t.test("members nobody listed are asked for, by the next process too", async () => {
		await until("the first guild's members", async () => (await bench.metric("rations_gateway_member_lists_total")) >= 2);
		equal(await bench.ingest.end("SIGKILL"), "SIGKILL");
		const left = bench.redis.cli("SCARD", "unlisted:{1.0}");
		ok(left > 0 && left < 6, `${left} left`);
		await bench.up();
		await until("nobody left to ask for", () => bench.redis.cli("EXISTS", "unlisted:{1.0}") === 0);
		ok((await bench.metric("rations_gateway_member_requests_total")) <= left);
		await bench.settle();
		const events = bench.events();
		deepEqual(known(events), present(events));
		equal((await bench.control("sessions")).identified, 1);
	});

	await t.test("what nobody has heard of is counted and skipped", async () => {
		const [guild_id] = Object.keys(present(bench.events()));
		const raw = (t, d) => bench.control("inject", { act: "raw", t, guild_id, d });
		await bench.control("fault", { unknown_op: 99 });
		await raw("SOMETHING_NEW", { id: "1" });
		await raw("CHANNEL_UPDATE", { id: "1450000000000000001", guild_id, type: 77, name: "new", flags: 1 << 30 });
		await raw("GUILD_ROLE_CREATE", { guild_id, role: 5 });
		await bench.burst(200);
		await bench.everythingIsThere();
		const events = bench.events();
		equal(events.find((event) => event.channel_id === "1450000000000000001").kind, "77");
		equal(await bench.metric("rations_gateway_unknown_opcodes_total"), 1);
		equal(await bench.metric('rations_gateway_dispatches_total{type="other"}'), 1);
		equal(await bench.metric('rations_gateway_unknown_values_total{of="channel_type"}'), 1);
		equal(await bench.metric('rations_gateway_malformed_dispatches_total{type="GUILD_ROLE_CREATE"}'), 1);
		equal(await bench.metric(ended("gap")), 0);
	});

	await t.test("payloads nobody can read come again", async () => {
		for (const fault of [{ garble: 1 }, { corrupt: 1 }]) {
			await bench.control("fault", fault);
			await bench.burst(300);
			await bench.everythingIsThere();
		}
		ok((await bench.metric("rations_gateway_malformed_frames_total")) >= 1);
		equal((await bench.metric(ended("gap"))) + (await bench.metric(ended("garbage"))), 2);
	});

	await t.test("heartbeats that are not answered in a flood are no death", async () => {
		await bench.control("fault", { drop_acks: 4 });
		const before = await bench.metric("rations_gateway_heartbeat_seconds_count");
		await until("heartbeats answered again", async () => {
			await bench.burst(50);
			return (await bench.metric("rations_gateway_heartbeat_seconds_count")) > before + 1;
		});
		equal(await bench.metric(ended("zombie")), 0);
		await bench.everythingIsThere();
	});

	await t.test("leaves cleanly", () => bench.stop());
}

{
	const bench = await Bench.start({ SILENCE_LIMIT: "2s", sim: { SIM_HEARTBEAT: "300ms" } });

	await t.test("a connection that is alive and deaf is noticed", async () => {
		await bench.burst(1000);
		await bench.settle();
		await bench.control("fault", { swallow: 1e9 });
		await bench.burst(300);
		await until("suspicion", async () => (await bench.metric(ended("silent"))) > 0);
		await bench.everythingIsThere();
	});

	await t.test("one that is just quiet is asked ever more rarely", async () => {
		const requests = await bench.metric(ended("silent"));
		await until("some more", async () => (await bench.metric(ended("silent"))) >= requests + 2);
		await bench.everythingIsThere();
	});

	await t.test("leaves cleanly", () => bench.stop());
}

{
	const bench = await Bench.start({ sim: { SIM_PRIVILEGED_INTENTS: "0" } });

	await t.test("refused intents: goes on without, and says so", async () => {
		equal(await bench.metric("rations_gateway_withheld_intents"), 32770);
		ok(/level=error .*Discord refused privileged intents/.test(bench.ingest.log()));
		await bench.burst(300);
		await bench.settle();
		ok(bench.events().some(({ type }) => type === "message_created"));
		equal(await bench.metric("rations_gateway_member_requests_total"), 0);
	});

	await t.test("leaves cleanly", () => bench.stop());
}

for (const compress of ["zstd-stream", "zlib-stream"]) {
	const bench = await Bench.start({ GATEWAY_COMPRESS: compress, DISCORD_INTENTS: String(100039 | 256), MEMBER_CHUNKS: "off",
		sim: { SIM_BENCH_GUILDS: "2", SIM_BENCH_MEMBERS: "20000", SIM_HEARTBEAT: "2s" } });

	await t.test(`${compress}: guilds of megabytes`, async () => {
		const synced = () => bench.events().filter(({ type }) => type === "guild_synced");
		await until("both guilds", () => synced().length === 2);
		ok((await bench.metric("rations_gateway_payload_bytes_total")) > 4e6);
		/* again, by a RESUME over a connection that cuts everything small */
		await bench.control("fault", { reset: true });
		await until("a connection", async () => (await bench.control("sessions")).sessions[0].connected);
		await bench.control("fault", { fragment_bytes: 1000, split_bytes: 700 });
		const [guild_id] = synced().map((event) => event.guild);
		await bench.control("inject", { act: "outage", guild_id, down: true });
		await bench.control("inject", { act: "outage", guild_id, down: false });
		await until("the guild again", () => synced().length === 3);
		const listed = bench.events().filter((event) => event.type === "member_updated" && event.snapshot);
		equal(listed.length, synced().reduce((sum, event) => sum + Number(event.members), 0));
		ok(listed.length > 50_000, `${listed.length} members`);
		equal(await bench.metric(ended("zombie")), 0);
	});

	await t.test(`${compress}: leaves cleanly`, () => bench.stop());
}

{
	const stack = await Stack.start({ SIM_HISTORY_DAYS: "0", SIM_SPEED: "0" });
	const inject = (act) => stack.control("POST", "inject", act);
	const channel = (id) => stack.sql(`SELECT name, parent_id::text, is_hidden, is_archived, deleted_at IS NOT NULL AS is_deleted
		FROM analytics.channel WHERE channel_id = ${id}`)[0];
	const [{ guild_id }] = stack.sql("SELECT guild_id::text FROM analytics.guild ORDER BY member_count LIMIT 1");

	await t.test("every member is known in full", async () => {
		await until("the members", () => {
			const guilds = stack.sql(`SELECT g.name, member_count AS expected, count(m.joined_at) FILTER (WHERE m.left_at IS NULL) AS known
				FROM analytics.guild g LEFT JOIN analytics.member m USING (guild_id) GROUP BY guild_id`);
			if (guilds.length > 0 && guilds.every(({ expected, known: members }) => expected === members)) return true;
			throw new Error(JSON.stringify(guilds));
		});
		const [{ user_id }] = stack.sql(`SELECT user_id::text FROM analytics.member WHERE guild_id = ${guild_id} AND NOT is_bot
			AND joined_at IS NOT NULL LIMIT 1`);
		await inject({ act: "leave", guild_id, user_id });
		const left = await until("the leaver", () =>
			stack.sql(`SELECT tenure_ms FROM analytics.member_flow WHERE guild_id = ${guild_id} AND user_id = ${user_id}`)[0]);
		ok(left.tenure_ms > 0, "how long a member was there who never said a word");
	});

	await t.test("a hidden channel keeps its name, and its threads are not deleted", async () => {
		const { id: parent_id } = await inject({ act: "create_channel", guild_id, type: 4, name: "staff" });
		const { id: channel_id } = await inject({ act: "create_channel", guild_id, type: 0, name: "secrets", parent_id });
		const { id: thread_id } = await inject({ act: "thread", channel_id, name: "plans", type: 11 });
		await until("them all", () => channel(parent_id) && channel(channel_id) && channel(thread_id));
		const obfuscated = { id: channel_id, guild_id, type: 0, parent_id, position: 1, flags: 1 << 17, name: "___hidden___", topic: null,
			permission_overwrites: [{ id: guild_id, type: 0, allow: "0", deny: "1024" }] };
		await inject({ act: "raw", t: "CHANNEL_UPDATE", guild_id, d: obfuscated });
		await until("it to be hidden", () => channel(channel_id).is_hidden);
		deepEqual(channel(channel_id), { name: "secrets", parent_id, is_hidden: true, is_archived: false, is_deleted: false });
		/* a whole guild anew, as after an outage: the channel obfuscated, its thread left out */
		await inject({ act: "raw", t: "GUILD_CREATE", guild_id, d: { id: guild_id, name: "New", owner_id: "1", unavailable: false, member_count: 1,
			roles: [], members: [], voice_states: [], threads: [], channels: [obfuscated, { id: parent_id, type: 4, name: "staff" }] } });
		await until("the guild anew", () => stack.sql(`SELECT name FROM analytics.guild WHERE guild_id = ${guild_id}`)[0].name === "New");
		await until("the thread to be put away", () => channel(thread_id).is_archived);
		deepEqual(channel(channel_id), { name: "secrets", parent_id, is_hidden: true, is_archived: false, is_deleted: false });
		deepEqual(channel(thread_id), { name: "plans", parent_id: channel_id, is_hidden: false, is_archived: true, is_deleted: false });
	});

	equal(await stack.down(), 0);
	stack.remove();
}
t.end();

/*
 * desk: a community that asks its staff for help, and what Rations makes of it: a simulated Discord, Redis,
 * PostgreSQL, gateway-ingest, analytics and response-tracker, one or more, each to be killed by itself; with a clock
 * that the story moves. Words of the domain: people have names, channels too.
 *
 *	const desk = await Desk.start();
 *	const request = await desk.ask("Ann", "help", "помогите");
 *	desk.pass(10 * MIN);
 *	await desk.reply("Kim", request, "иду");
 *	await desk.becomes(request, { state: "answered", answered_by: desk.id("Kim") });
 *
 * "staff" is the role of Kim and Lee; help and chat are text channels, forum is one of posts. The rules: a mention of
 * the role, and forms of "помощь", "помогите" and "help".
 */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeClock } from "./clock.mjs";
import { Postgres, Program, Redis } from "./parts.mjs";
import { bin, freePorts, root, until } from "./stack.mjs";

export const S = 1000, MIN = 60 * S, HOUR = 60 * MIN, DAY = 24 * HOUR;

const TOKEN = "simulated-bot-token";
const FORUM = 15, TEXT = 0;

/* "ms-n" ids of entries, in order. */
const isBehind = (a, b) => {
	const [[ams, an], [bms, bn]] = [a, b].map((id) => id.split("-").map(Number));
	return ams < bms || (ams === bms && an <= bn);
};

/* When a message, or whatever has an id, was made; ms. */
export const timeOf = (id) => Number(BigInt(id) >> 22n) + 1420070400000;

export class Desk {
	people = new Map(); /* name -> id */
	channels = new Map(); /* name -> id; threads too */
	roles = new Map();
	placeOf = new Map(); /* message -> channel id */

	/* Running, its settings read. `env`: on top of every program's; `api`: with it (desk.url); `build`: whose
	 * response-tracker. */
	static async start({ trackers = 1, api = false, env = {}, build = bin } = {}) {
		const desk = new Desk();
		desk.dir = mkdtempSync(join(tmpdir(), "rations-desk-"));
		chmodSync(desk.dir, 0o755);
		desk.clock = makeClock(desk.dir);
		desk.env = { ...desk.clock.env, ...env };
		desk.build = build;
		desk.redis = new Redis(desk.dir);
		desk.postgres = new Postgres(desk.dir);
		desk.ports = await freePorts(6 + trackers);
		await desk.#begin(trackers, api);
		return desk;
	}

	async #begin(trackers, api) {
		const [simPort, simAdmin, ingestAdmin, analyticsAdmin, apiPort, apiAdmin, ...ports] = this.ports;
		this.sim = `http://127.0.0.1:${simPort}`;
		this.url = `http://127.0.0.1:${apiPort}`;
		this.redis.start();
		this.postgres.initMigrated();
		this.discord = this.program("discord", "discord-sim", simAdmin, {
			SIM_PORT: String(simPort), SIM_CONTROL: "on", SIM_PRESET: "tiny", SIM_HISTORY_DAYS: "0", SIM_SPEED: "0", SIM_SEED: "3",
			SIM_REDIRECT_URIS: `${this.url}/callback`, SIM_IDENTIFY_EVERY: "100ms", SIM_SESSION_TTL: "1h",
		}).start();
		await Promise.all([this.postgres.up(), this.redis.up()]);
		await until("the simulator", () => fetch(`${this.sim}/_control/clock`));
		await this.#settle();
		this.ingest = this.program("ingest", "gateway-ingest", ingestAdmin, { REPLICA_ID: "ingest", SHARD_LEASE: "3s" });
		this.analytics = this.program("analytics", "analytics", analyticsAdmin, this.#database("analytics"));
		this.trackers = ports.map((port, i) => this.program(`tracker-${i}`, "response-tracker", port, {
			...this.#database("response"), DISCOVER_INTERVAL: "300ms", SETTINGS_INTERVAL: "100ms",
		}, this.build));
		this.parts = [this.ingest, this.analytics, ...this.trackers];
		if (api) {
			this.api = this.program("api", "api", apiAdmin, {
				...this.#database("api"), PORT: String(apiPort), PUBLIC_URL: this.url, SESSION_SECRET: randomBytes(32).toString("hex"),
			});
			this.parts.push(this.api);
		}
		this.parts.forEach((part) => part.start());
		await until("everybody to be ready", async () => (await Promise.all(this.parts.map((part) => part.isReady()))).every(Boolean), 120_000)
			.catch((error) => { throw new Error(`${error.message}\n${this.parts.map((part) => part.log().slice(-1500)).join("\n")}`); });
		await this.hasSettings();
		await this.hears();
		await this.told();
	}

	program(name, program, port, env, build = bin) {
		return new Program(this.dir, name, program, {
			DISCORD_BOT_TOKEN: TOKEN, DISCORD_API_BASE: `${this.sim}/api/v10`, DISCORD_AUTHORIZE_URL: `${this.sim}/oauth2/authorize`,
			DISCORD_CDN_BASE: `${this.sim}/cdn`, DISCORD_CLIENT_ID: "1100000000000000001", DISCORD_CLIENT_SECRET: "simulated-client-secret",
			REDIS_URL: this.redis.url, LOCALES_DIR: join(root, "locales"), ADMIN_PORT: String(port), ...this.env, ...env,
		}, build);
	}

	#database(role) {
		return { DATABASE_URL: this.postgres.url(`rations_${role}`) };
	}

	/* Who and what there is, and what the guild has decided. */
	async #settle() {
		this.guild = (await this.control("GET", "world")).guilds[0].id;
		this.roles.set("staff", await this.does("role", { name: "staff", mentionable: true }));
		for (const [name, type] of [["help", TEXT], ["chat", TEXT], ["notices", TEXT], ["forum", FORUM]])
			this.channels.set(name, await this.does("create_channel", { name, type }));
		await this.person("Kim", "staff");
		await this.person("Lee", "staff");
		await this.person("Ann");
		await this.person("Ben");
		this.sql(`INSERT INTO app.desk_settings (guild_id, is_enabled, staff_roles) VALUES (${this.guild}, true, '{${this.roles.get("staff")}}')`);
		this.sql(`INSERT INTO app.request_rule (guild_id, name, kind, is_enabled, priority) VALUES (${this.guild}, 'the role', 'mention', true, 3)`);
		this.sql(`INSERT INTO app.request_rule (guild_id, name, kind, is_enabled, stems) VALUES (${this.guild}, 'words', 'keyword', true, '{помощь,помогите,help}')`);
	}

	/* --- the database --- */

	sql(statement) {
		return this.postgres.run(statement);
	}

	rows(query) {
		return this.postgres.rows(query);
	}

	/* Settings of the desk, by column. Read when the trackers have them. */
	async set(columns) {
		const sets = Object.entries(columns).map(([name, value]) => `${name} = ${typeof value === "string" ? `'${value}'` : value}`);
		this.sql(`UPDATE app.desk_settings SET ${sets.join(", ")} WHERE guild_id = ${this.guild}`);
		await this.hasSettings();
	}

	/* The trackers go by the settings of now. */
	hasSettings() {
		return until("the settings to be read", () => this.rows(`SELECT 1 FROM response.settings_read s, app.desk_version d, app.rules r
			WHERE s.desk_version = d.version AND s.rules_version = r.version`).length > 0);
	}

	/* The guild's stream by the plan that serves. */
	get streamName() {
		const shards = BigInt(this.redis.cli("HGET", "fleet:{fleet}", "count") ?? 1);
		return `events:{${shards}.${(BigInt(this.guild) >> 22n) % shards}}`;
	}

	/* Its newest entries, newest first: [id, event]. */
	stream(count = 100) {
		return this.redis.cli("XREVRANGE", this.streamName, "+", "-", "COUNT", String(count)).map(([id, words]) =>
			[id, Object.fromEntries(Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i], words[2 * i + 1]]))]);
	}

	/* What has been told until now is in the tables. */
	async told() {
		const marker = await this.say("Ben", "chat", "·");
		const [entry] = await until("what was told to be in the stream", () => this.stream().find(([, event]) => event.message_id === marker));
		await until("what was told to be read", () => {
			const [{ id } = {}] = this.rows(`SELECT entry_id AS id FROM response.position WHERE stream = '${this.streamName}'`);
			return id && isBehind(entry, id);
		});
	}

	/* gateway-ingest tells the text of messages. */
	async hears() {
		await until("texts to be told", async () => {
			const marker = await this.say("Ben", "chat", "·");
			const [, event] = await until("it to be told", () => this.stream().find(([, one]) => one.message_id === marker));
			return event.content === "·";
		});
	}

	/* --- people --- */

	id(name) {
		return this.people.get(name);
	}

	/* Their id; they join when they are new, with roles by name. */
	async person(name, ...roles) {
		if (!this.people.has(name)) {
			const id = await this.does("user", { username: name.toLowerCase(), global_name: name });
			this.people.set(name, id);
			await this.does("join", { user_id: id, roles: roles.map((role) => this.roles.get(role)) });
		}
		return this.people.get(name);
	}

	give(name, role = "staff") {
		return this.does("add_role", { user_id: this.id(name), role_id: this.roles.get(role) });
	}

	take(name, role = "staff") {
		return this.does("remove_role", { user_id: this.id(name), role_id: this.roles.get(role) });
	}

	/* A message; its id. `more`: as the simulator takes it ({ reply_to, type ... }). */
	async say(name, channel, text, more = {}) {
		const place = this.channels.get(channel) ?? channel;
		const id = await this.does("message", { channel_id: place, user_id: await this.person(name), content: text, ...more });
		this.placeOf.set(id, place);
		return id;
	}

	/* The same, by those who ask. */
	ask(name, channel, text) {
		return this.say(name, channel, text);
	}

	/* Tagging the staff. */
	call(name, channel, text = "") {
		return this.say(name, channel, `<@&${this.roles.get("staff")}> ${text}`);
	}

	reply(name, to, text = "ok") {
		return this.say(name, this.placeOf.get(to), text, { reply_to: to, type: 19 });
	}

	async react(name, message, emoji = "👀") {
		await this.does("react", { channel_id: this.placeOf.get(message), message_id: message, user_id: await this.person(name), emoji });
	}

	async edit(message, text) {
		await this.does("edit", { channel_id: this.placeOf.get(message), message_id: message, content: text });
	}

	async delete(message) {
		await this.does("delete", { channel_id: this.placeOf.get(message), message_id: message });
	}

	/* A thread from a message; in it people say things by its id. */
	thread(name, message, title = "thread") {
		return this.does("thread", { channel_id: this.placeOf.get(message), message_id: message, user_id: this.id(name), name: title });
	}

	/* A post in the forum; its id is the thread's and the first message's. */
	async post(name, title, text) {
		const id = await this.does("thread", { channel_id: this.channels.get("forum"), user_id: await this.person(name), name: title, content: text });
		this.placeOf.set(id, id);
		return id;
	}

	/* --- requests --- */

	/* As it stands now; times in ms, ids as texts. */
	request(id) {
		return this.rows(`SELECT request_id::text AS id, state, kind, priority, messages, reopened, rule_id, excerpt, answer_kind,
			channel_id::text, parent_id::text, author_id::text, answered_by::text, answer_id::text, community_by::text, claimed_by::text, closed_by::text,
			thread_id::text, ts_to_ms(asked_at) AS asked_at, ts_to_ms(clock_at) AS clock_at, ts_to_ms(answered_at) AS answered_at,
			ts_to_ms(community_at) AS community_at, ts_to_ms(closed_at) AS closed_at
			FROM response.request WHERE guild_id = ${this.guild} AND request_id = ${id}`)[0];
	}

	/* Waits until it is as `like` says; returns it. */
	becomes(id, like) {
		return until(`request ${id} to be ${JSON.stringify(like)}`, () => {
			const request = this.request(id);
			if (!request) throw new Error("there is none");
			for (const [name, value] of Object.entries(like))
				if (request[name] !== value) throw new Error(`${name} is ${request[name]}`);
			return request;
		}, 20_000);
	}

	opens(id) {
		return this.becomes(id, { state: "open" });
	}

	/* Somebody acts on it by hand, as api tells response-tracker: {kind, actor, target, ...}. Returns the command's id. */
	send(kind, { actor, id = randomBytes(16).toString("hex"), ...fields }) {
		const told = { id, kind, at: this.clock.now(), guild: this.guild, actor: this.id(actor) ?? actor, ...fields };
		this.redis.cli("XADD", "commands:response", "*", ...Object.entries(told).flatMap(([name, value]) => [name, String(value)]));
		return id;
	}

	/* What came of a command. */
	outcome(id) {
		return until(`command ${id} to be carried out`, () => this.rows(`SELECT outcome FROM response.command WHERE command_id = '${id}'`)[0]?.outcome, 20_000);
	}

	act(kind, actor, target, fields = {}) {
		return this.outcome(this.send(kind, { actor, target, ...fields }));
	}

	/* --- Discord --- */

	/* An act of the simulator in the guild, at the time of the clock; the id it made. */
	async does(act, fields) {
		return (await this.control("POST", "inject", { act, guild_id: this.guild, at_ms: this.clock.now(), ...fields })).id;
	}

	async control(method, path, body) {
		const response = await fetch(`${this.sim}/_control/${path}`, { method, body: body && JSON.stringify(body) });
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} /_control/${path} ${JSON.stringify(body)}: ${response.status} ${text}`);
		return text ? JSON.parse(text) : null;
	}

	/* What the bot has posted in a channel, oldest first. */
	async posted(channel) {
		const response = await fetch(`${this.sim}/api/v10/channels/${this.channels.get(channel) ?? channel}/messages?limit=100`,
			{ headers: { authorization: `Bot ${TOKEN}` } });
		if (!response.ok) throw new Error(`messages of ${channel}: ${response.status} ${await response.text()}`);
		return (await response.json()).filter((message) => message.author.bot).reverse();
	}

	/* --- time, and trouble --- */

	/* The bot goes over to so many shards. */
	async reshard(count) {
		this.redis.cli("HSET", "fleet:{fleet}", "wish", String(count));
		await until("the next plan to serve", () => this.redis.cli("HGET", "fleet:{fleet}", "count") === String(count), 120_000);
	}

	pass(ms) {
		this.clock.advance(ms);
	}

	/* kill -9, and the next one started. */
	async kill(part) {
		await part.end("SIGKILL");
		part.start();
	}

	async killReader() {
		await this.kill(await this.reader());
	}

	/* The tracker that reads the stream. */
	reader() {
		return until("somebody to read the stream", () => this.#reader());
	}

	async #reader() {
		for (const tracker of this.trackers.filter((one) => one.isRunning)) {
			const metrics = await (await fetch(`http://127.0.0.1:${tracker.env.ADMIN_PORT}/metrics`)).text().catch(() => "");
			if (Number(metrics.match(/^rations_streams_held (\d+)/m)?.[1] ?? 0) > 0) return tracker;
		}
		return null;
	}

	/* Everybody is told to leave; what they complain of. */
	async stop() {
		const parts = [...this.parts, this.discord].filter((part) => part.isRunning);
		const codes = await Promise.all(parts.map((part) => part.end("SIGTERM")));
		await this.redis.end("SIGTERM");
		await this.postgres.end("SIGINT");
		return parts.flatMap((part, i) => [
			...(codes[i] === 0 ? [] : [`${part.name} ended with ${codes[i]}`]),
			...(/Sanitizer|runtime error|Assertion/.test(part.log()) ? [`${part.name} crashed: ${part.log().slice(-2000)}`] : []),
		]);
	}

	remove() {
		rmSync(this.dir, { recursive: true, force: true });
	}
}

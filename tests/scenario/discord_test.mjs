/*
 * The bot in Discord: its slash commands, answered once, within Discord's three seconds, by whichever api is
 * there, in the asker's language, as much as the asker may see.
 */
import { deepStrictEqual, equal, match, ok } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { inflateSync } from "node:zlib";
import { drained, hangUp } from "../harness/oracle.mjs";
import { Program } from "../harness/parts.mjs";
import { freePorts, Stack, tap, until } from "../harness/stack.mjs";

const t = tap();
const stack = await Stack.start();
const LIMIT_MS = 3000;
/* A reader of the streams: host-pid-number. */
const CONSUMER = /-(\d+)-\d+$/;
let guild, channel, owner, insider, member, told, other;

/* A second replica, beside the launcher's. */
async function startReplica() {
	const [port, adminPort] = await freePorts(2);
	const [pid] = stack.pids("api");
	const env = Object.fromEntries(execFileSync("cat", [`/proc/${pid}/environ`], { encoding: "utf8" })
		.split("\0").filter(Boolean).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
	const part = new Program(stack.dir, "api-2", "api", { ...env, PORT: String(port), ADMIN_PORT: String(adminPort),
		DASHBOARD_DIR: `${stack.root}dashboard/dist`, LOCALES_DIR: `${stack.root}locales` });
	part.start();
	await until("the second api", () => part.isReady());
	return part;
}

function redis(...args) {
	return execFileSync("redis-cli", ["-s", `${stack.data}/redis/redis.sock`, ...args], { encoding: "utf8" }).trim();
}

const value = (name, text) => ({ name, type: 3, value: text });

async function use(name, user, { options = [], locale = "en-US" } = {}) {
	const { id } = await stack.control("POST", "interactions",
		{ guild_id: guild.id, channel_id: channel, user_id: user, locale, data: { id: "1", name, type: 1, options } });
	return id;
}

/* While nobody may read settings, and so nothing is answered. `body` is given what ends it. */
async function whileLocked(body) {
	const psql = spawn("psql", ["-X", "-q", "-U", "rations", "-h", stack.socketDir(), "-d", "rations"], { stdio: ["pipe", "pipe", "ignore"] });
	const unlock = () => psql.stdin.end("COMMIT;\n");
	try {
		psql.stdin.write("BEGIN; LOCK TABLE app.guild_settings; SELECT 'locked';\n");
		await new Promise((resolve) => psql.stdout.once("data", resolve));
		await body(unlock);
	} finally {
		if (!psql.stdin.writableEnded) unlock();
	}
}

/* What Discord got for it: the message, after everything there was to it. */
async function answerTo(id) {
	const whole = await until(`an answer to ${id}`, async () => {
		const state = await stack.control("GET", `interactions/${id}`);
		const last = state.answers.at(-1);
		return state.acknowledged && (last.data?.embeds || last.embeds) && state;
	}, 10_000);
	ok(whole.after_ms <= LIMIT_MS, `after ${whole.after_ms} ms`);
	const last = whole.answers.at(-1);
	return { ...whole, message: last.data ?? last, file: last.file };
}

const ask = async (...args) => answerTo(await use(...args));
const embedOf = (answer) => answer.message.embeds[0];
const fieldOf = (answer, name) => embedOf(answer).fields.find((field) => field.name === name)?.value;
const isHidden = (answer) => (answer.message.flags & 64) !== 0;

/* A PNG taken apart: its size, and whether its pixels are all there. */
function png(base64) {
	const bytes = Buffer.from(base64, "base64");
	equal(bytes.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
	const data = [];
	let size, at = 8, type;
	do {
		const length = bytes.readUInt32BE(at);
		type = bytes.toString("latin1", at + 4, at + 8);
		const body = bytes.subarray(at + 8, at + 8 + length);
		if (type === "IHDR") size = { width: body.readUInt32BE(0), height: body.readUInt32BE(4), channels: body[9] === 6 ? 4 : 3 };
		if (type === "IDAT") data.push(body);
		at += 12 + length;
	} while (type !== "IEND");
	equal(inflateSync(Buffer.concat(data)).length, (size.width * size.channels + 1) * size.height);
	return size;
}

try {
	await t.test("the history has been told, and everybody hung up", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
		told = (await stack.control("GET", "counts")).guilds;
		const world = await stack.control("GET", "world");
		guild = world.guilds.find((one) => one.bot_in);
		channel = guild.channels.find((one) => one.type === 0).id;
		const account = (note) => world.accounts.find((one) => one.note.includes(note)).user_id;
		[owner, insider, member] = [account("owns every server"), account("nsights"), account("member")];
	});

	await t.test("Discord is told of the commands once, whoever starts", async () => {
		const metric = async (base) => (await (await fetch(`http://127.0.0.1:${base}/metrics`)).text())
			.match(/rations_commands_registrations_total\{.*/g);
		await until("the commands to be registered", () => stack.sql("SELECT is_done FROM app.command_set")[0]?.is_done);
		const told = ['rations_commands_registrations_total{outcome="told"} 1'];
		deepStrictEqual(await metric(stack.adminBase + 3), told);
		other = await startReplica();
		equal(await metric(other.env.ADMIN_PORT), null);
	});

	await t.test("the bot is seen watching so many servers, and told of it when they change", async () => {
		const watching = async () => (await stack.control("GET", "sessions")).sessions.map((one) => one.watching).join();
		const servers = (await stack.control("GET", "world")).guilds.filter((one) => one.bot_in).length;
		const line = (count) => `${count} server${count === 1 ? "" : "s"} | /analytics`;
		await until("the line", async () => (await watching()) === line(servers));
		await stack.control("POST", "inject", { act: "remove_bot", guild_id: guild.id });
		await until("one less", async () => (await watching()) === line(servers - 1));
		await stack.control("POST", "inject", { act: "add_bot", guild_id: guild.id });
		await until("one more", async () => (await watching()) === line(servers));
	});

	await t.test("/analytics says what the dashboard says, with a picture", async () => {
		const answer = await ask("analytics", owner);
		ok(!isHidden(answer));
		const [day] = stack.sql(`SELECT sum(messages) AS messages FROM analytics.guild_daily
			WHERE guild_id = ${guild.id} AND day > (now() AT TIME ZONE 'UTC')::date - 7`);
		const messages = told[guild.id].totals?.messages ?? day.messages;
		match(fieldOf(answer, "Messages"), new RegExp(`^\\*\\*${Number(messages).toLocaleString("en-US")}\\*\\*`));
		match(fieldOf(answer, "Busiest channel"), /^<#\d+>/);
		equal(answer.file.name, "rations.png");
		deepStrictEqual(png(answer.file.base64), { width: 960, height: 420, channels: 3 });
		deepStrictEqual(answer.message.allowed_mentions, { parse: [] });
	});

	await t.test("in the language of who asks", async () => {
		const answer = await ask("stats", owner, { locale: "ru", options: [value("period", "28d")] });
		ok(fieldOf(answer, "Сообщения"));
		match(embedOf(answer).description, /^\*\*Последние 28 дней\*\*/);
		match(fieldOf(answer, "Самый активный канал"), /\d сообщени(е|я|й)$/);
	});

	await t.test("figures are for those who may see them, one's own for everybody", async () => {
		const refused = await ask("analytics", member);
		ok(isHidden(refused) && !embedOf(refused).fields);
		const said = () => Number(stack.sql(`SELECT coalesce(sum(messages), 0) AS n FROM analytics.member_daily
			WHERE guild_id = ${guild.id} AND user_id = ${member} AND day > (SELECT max(day) FROM analytics.guild_daily) - 28`)[0].n);
		const before = said();
		await stack.control("POST", "inject", { acts: [{ act: "message", channel_id: channel, user_id: member, content: "hello" }] });
		await until("what the member says to be counted", () => said() === before + 1);
		const mine = await ask("me", member);
		ok(isHidden(mine));
		equal(fieldOf(mine, "Messages"), String(before + 1));
		ok(isHidden(await ask("privacy", member)) && isHidden(await ask("help", member)));

		stack.exec(`INSERT INTO app.guild_settings (guild_id, viewer_roles) VALUES (${guild.id}, '{${guild.id}}')
			ON CONFLICT (guild_id) DO UPDATE SET viewer_roles = excluded.viewer_roles`);
		ok(fieldOf(await ask("analytics", member), "Messages"));
		const people = await ask("top", member, { options: [value("what", "members")] });
		ok(isHidden(people) && !/\*\*1\.\*\*/.test(embedOf(people).description));
		const channels = await ask("top", member);
		match(embedOf(channels).description, /\*\*1\.\*\* <#\d+>/);
		deepStrictEqual(png(channels.file.base64), { width: 960, height: 420, channels: 3 });
		stack.exec(`UPDATE app.guild_settings SET viewer_roles = '{}' WHERE guild_id = ${guild.id}`);
		const seen = await ask("top", insider, { options: [value("what", "members")] });
		ok(isHidden(seen));
		match(embedOf(seen).description, /\*\*1\.\*\* /);
	});

	await t.test("a name does nothing but stand there", async () => {
		await stack.control("POST", "inject", { act: "nick", guild_id: guild.id, user_id: owner, nick: "**@everyone**\u202e[x](http://evil)" });
		await until("the nick to be known", () => stack.sql(
			`SELECT nick FROM analytics.member WHERE guild_id = ${guild.id} AND user_id = ${owner}`)[0].nick?.includes("everyone"));
		const text = embedOf(await ask("top", owner, { options: [value("what", "members"), value("period", "28d")] })).description;
		ok(text.includes("\\*\\*\\@everyone\\*\\*\\[x\\]"), text);
		ok(!text.includes("\u202e"));
	});

	await t.test("an option nobody offers is none", async () => {
		const answer = await ask("top", owner, { options: [value("what", "x'; --"), value("period", "7d&limit=1")] });
		ok(isHidden(answer) && embedOf(answer).description.length > 0);
	});

	await t.test("killed between receipt and answer: the other answers, once, in time", () => whileLocked(async (unlock) => {
		const ids = await Promise.all(["analytics", "top", "me", "analytics", "top", "me"].map((name) => use(name, owner)));
		const taken = await until("somebody to have them", () => {
			const rows = redis("XPENDING", "interactions:{1.0}", "api", "-", "+", "100").split("\n").filter((line) => CONSUMER.test(line));
			return rows.length === ids.length && rows;
		}, 2000);
		process.kill(Number(CONSUMER.exec(taken[0])[1]), "SIGKILL");
		unlock();
		for (const id of ids) {
			const answer = await answerTo(id);
			equal(answer.answers.filter((one) => one.data?.embeds || one.embeds).length, 1);
		}
		await until("nothing to be left", () => redis("XLEN", "interactions:{1.0}") === "0");
		equal(redis("XPENDING", "interactions:{1.0}", "api").split("\n")[0], "0");
	}));

	await t.test("slow answers are announced in time, and come", () => whileLocked(async (unlock) => {
		const id = await use("me", owner);
		await until("Discord to be told to wait", async () => (await stack.control("GET", `interactions/${id}`)).acknowledged, 3000);
		equal((await stack.control("GET", `interactions/${id}`)).type, 5);
		unlock();
		ok(fieldOf(await answerTo(id), "Messages"));
	}));

	await t.test("what nobody could answer in time is dropped, and its token is gone", async () => {
		await other.end("SIGKILL");
		await until("nothing to be left", () => redis("XLEN", "interactions:{1.0}") === "0");
		const [pid] = await until("an api", () => stack.pids("api").length > 0 && stack.pids("api"));
		process.kill(pid, "SIGSTOP");
		const id = await use("help", owner);
		await until("it to be in the stream", () => redis("XLEN", "interactions:{1.0}") === "1");
		await until("Discord to have given up", async () => Date.now() - Number(redis("XRANGE", "interactions:{1.0}", "-", "+").split("-")[0]) > LIMIT_MS);
		process.kill(pid, "SIGCONT");
		await until("it to be gone", () => redis("XLEN", "interactions:{1.0}") === "0");
		equal((await stack.control("GET", `interactions/${id}`)).acknowledged, false);
	});
} finally {
	await stack.down();
	stack.remove();
	t.end();
}

/*
 * Moving in: somebody has counted with the original Rations, exported channels with DiscordChatExporter, and keeps a
 * table of the rest. All of it comes in beside live counting, once, however often it is tried and whoever is killed.
 */
import { deepStrictEqual, equal, match, ok } from "node:assert";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { bin, killAll, root, Stack, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const stack = await Stack.start({ SIM_HISTORY_DAYS: "2" });
await stack.control("POST", "clock", { paused: true });
await drained(stack);
await hangUp(stack);
const program = join(root, bin, "bin/backup-scheduler");
const url = (role) => `postgresql://${role}@/rations?host=${encodeURIComponent(stack.socketDir())}`;
const env = { PATH: process.env.PATH, DATABASE_URL: url("rations_backup"), ADMIN_DATABASE_URL: url("rations"), BACKUP_DIR: stack.dir };
const file = (name) => join(stack.dir, name);

/* How the command line ended: what it said, or why not. */
function moveIn(path, ...flags) {
	try {
		return execFileSync(program, ["--import", path, ...flags], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
	} catch (error) {
		return `failed: ${error.stderr}`;
	}
}
const said = (text, word) => Number(new RegExp(`^${word}\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
const leftOut = (text, why) => Number(new RegExp(`^left out\\s+(\\d+)\\s+${why}`, "m").exec(text)?.[1] ?? 0);

/* The process of a job. */
const workerOf = (id) => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).find((pid) => {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "utf8") === `backup-scheduler\0--worker\0${id}\0`
			&& readFileSync(`/proc/${pid}/environ`, "utf8").includes(stack.dir);
	} catch {
		return false;
	}
});

/* --- what was counted elsewhere --- */

const HOUR = 3_600_000, DAY = 24 * HOUR, EPOCH = 1_420_070_400_000n;
const [yard, porch] = stack.sql("SELECT guild_id::text AS id, ts_to_ms(first_event_at) AS since FROM analytics.guild ORDER BY guild_id");
const owner = Object.fromEntries((await stack.control("GET", "world")).guilds.map((guild) => [guild.id, guild.owner_id]));
const channels = (guild) => stack.sql(`SELECT channel_id::text AS id FROM analytics.channel WHERE guild_id = ${guild.id} AND kind = 0 ORDER BY channel_id LIMIT 3`).map(({ id }) => id);
const users = Array.from({ length: 8 }, (_, i) => String(900_000_000_000_000_000n + BigInt(i)));
const robot = "900000000000000999";
const stamp = (ms) => new Date(ms).toISOString().replace("T", " ").replace("Z", "000");
const idAt = (ms, n = 0) => String(((BigInt(ms) - EPOCH) << 22n) + BigInt(n));
let seed = 7;
const dice = (n) => Math.floor((seed = (seed * 16807) % 2147483647) / 2147483647 * n);

/* Sums a channel and hour, told another way than analytics does. */
const hours = (rows) => {
	const sums = {};
	for (const { channel, at, n = 1 } of rows) {
		const key = `${channel} ${at - (at % HOUR)}`;
		sums[key] = (sums[key] ?? 0) + n;
	}
	return sums;
};
const imported = (guild, table = "message_hourly", what = "messages") => Object.fromEntries(stack.sql(
	`SELECT channel_id || ' ' || ts_to_ms(hour) AS key, sum(${what})::bigint AS n FROM analytics.${table} WHERE guild_id = ${guild.id} AND source = 2 GROUP BY 1`)
	.map(({ key, n }) => [key, n]));
const live = () => stack.sql("SELECT sum(messages)::int AS messages, sum(voice_raw_ms)::bigint AS voice, sum(joins)::int AS joins FROM analytics.guild_hourly WHERE source = 0")[0];
const daysAreMade = () => until("the days to be made anew", () => stack.sql("SELECT 1 FROM analytics.guild WHERE day_zone = ''").length === 0
	&& stack.sql("SELECT 1 FROM analytics.day_work").length === 0);

const spoken = Array.from({ length: 3000 }, () => {
	const at = yard.since - 61_000 - dice(40 * 24 * 60) * 60_000 - dice(60_000);
	return { at, user: users[dice(8)], length: dice(200) };
}).sort((a, b) => a.at - b.at);
const rooms = channels(yard);
for (const one of spoken) one.channel = rooms[dice(2)];
const stays = Array.from({ length: 60 }, () => {
	const to = yard.since - 2 * HOUR - dice(30 * 24 * 60) * 60_000;
	return { channel: rooms[2], to, seconds: 30 + dice(3 * 3600), user: users[dice(8)] };
}).sort((a, b) => a.to - b.to);
const coming = users.slice(0, 5).map((user, i) => ({ user, at: yard.since - (20 - i) * DAY }));
const old = {
	messages: [
		...spoken.map((m) => [yard.id, m.channel, m.user, m.length, stamp(m.at)]),
		[yard.id, rooms[0], users[0], 5, stamp(yard.since + HOUR)], /* counted live */
		["1234567890123456789", rooms[0], users[0], 5, stamp(yard.since - DAY)], /* where the bot is not */
		[yard.id, rooms[0], "nobody", 5, stamp(yard.since - DAY)],
		[yard.id, rooms[0], users[0], 5, "yesterday"],
	],
	activity: [
		...coming.map((c) => [yard.id, c.user, "member_join", null, null, stamp(c.at)]),
		[yard.id, users[0], "member_leave", null, null, stamp(yard.since - DAY)],
		...stays.map((s) => [yard.id, s.user, "voice_leave", s.channel, s.seconds, stamp(s.to)]),
		[yard.id, users[1], "dance", null, null, stamp(yard.since - DAY)],
	],
	servers: Array.from({ length: 48 }, (_, i) => [yard.id, 100 + i, 12, stamp(yard.since - (48 - i) * HOUR)]),
};
const sqlite = (name, rows) => {
	execFileSync("python3", [join(root, "tests/harness/old_rations.py"), file(name)], { input: JSON.stringify(rows) });
	return file(name);
};
const voiceHours = () => {
	const pieces = [];
	for (const { channel, to, seconds } of stays)
		for (let from = to - seconds * 1000, end; from < to; from = end) {
			end = Math.min(to, from - (from % HOUR) + HOUR);
			pieces.push({ channel, at: from, n: end - from });
		}
	return hours(pieces);
};

try {
	const before = live();
	const path = sqlite("rations.db", old);

	await t.test("a dry run says what is there and what is left out, and changes nothing", () => {
		const text = moveIn(path, "--dry-run");
		equal(said(text, "messages"), 3000, text);
		equal(said(text, "voice"), 60);
		equal(said(text, "joins"), 5);
		equal(said(text, "snapshots"), 48);
		deepStrictEqual(["live", "guild_unknown", "broken", "kind_unknown"].map((why) => leftOut(text, why)), [1, 1, 2, 1], text);
		deepStrictEqual([imported(yard), live()], [{}, before]);
		equal(stack.sql("SELECT 1 FROM backup.import_message").length, 0);
	});

	await t.test("the original Rations' file is there hour by hour, and live stays what it was", async () => {
		const text = moveIn(path);
		match(text, /imported/);
		deepStrictEqual(imported(yard), hours(spoken));
		deepStrictEqual(imported(yard, "voice_hourly", "raw_ms"), voiceHours());
		const [sums] = stack.sql(`SELECT sum(messages)::int AS messages, sum(joins)::int AS joins, sum(leaves)::int AS leaves
			FROM analytics.guild_hourly WHERE guild_id = ${yard.id} AND source = 2`);
		deepStrictEqual(sums, { messages: 3000, joins: 5, leaves: 1 });
		deepStrictEqual(live(), before);
		equal(stack.sql(`SELECT 1 FROM analytics.guild_snapshot WHERE source = 2`).length, 48);
		const [stay] = stack.sql(`SELECT (extract(epoch FROM left_at - joined_at))::int AS seconds, has_firsts FROM analytics.newcomer
			WHERE guild_id = ${yard.id} AND user_id = ${users[0]}`);
		deepStrictEqual(stay, { seconds: 19 * 86400, has_firsts: false });
		await daysAreMade();
		const [days] = stack.sql(`SELECT sum(messages)::int AS messages, sum(joins)::int AS joins FROM analytics.guild_daily WHERE guild_id = ${yard.id}`);
		const [all] = stack.sql(`SELECT sum(messages)::int AS messages, sum(joins)::int AS joins FROM analytics.guild_hourly WHERE guild_id = ${yard.id}`);
		deepStrictEqual(days, all);
	});

	await t.test("the same again imports nothing", () => {
		const text = moveIn(path);
		equal(said(text, "messages"), 0, text);
		equal(leftOut(text, "again"), 3000 + 60 + 6 + 48, text);
		deepStrictEqual(imported(yard), hours(spoken));
	});

	/* --- DiscordChatExporter --- */

	const lobby = channels(porch);
	const said2 = Array.from({ length: 2000 }, (_, i) => {
		const at = porch.since - 61_000 - (2000 - i) * 20 * 60_000 - dice(60_000);
		return { id: idAt(at, i), channel: lobby[0], at, user: i % 50 ? users[dice(8)] : robot, isBot: i % 50 === 0, isReply: i % 7 === 0, isNotice: i % 101 === 0 };
	});
	const exported = (messages, channel = { id: lobby[0], type: "GuildTextChat", categoryId: null, name: "general" }, guild = porch) => JSON.stringify({
		guild: { id: guild.id, name: "Porch", iconUrl: "" }, channel, dateRange: { after: null, before: null }, exportedAt: "2026-11-20T00:00:00+00:00",
		messages: messages.map((m) => ({
			id: m.id, type: m.isNotice ? "GuildMemberJoin" : m.isReply ? "Reply" : "Default", timestamp: new Date(m.at).toISOString(), timestampEdited: null,
			isPinned: false, content: "тест \"quoted\" {[", author: { id: m.user, name: `user${m.user.slice(-1)}`, discriminator: m.isBot ? "1234" : "0000",
				nickname: "Ник", color: null, isBot: m.isBot, roles: [{ id: "1", name: "r" }], avatarUrl: "" },
			attachments: m.isReply ? [{ id: "1" }, { id: "2" }] : [], embeds: [], stickers: [],
			reactions: [{ emoji: { id: "", name: "👍" }, count: 2, users: [] }], mentions: [],
		})),
		messageCount: messages.length,
	}, null, 2);
	const parts = [[0, 900], [700, 1500], [1500, 2000]].map(([from, to], i) => {
		const path = file(`part${i}.json`);
		writeFileSync(path, exported(said2.slice(from, to)));
		return path;
	});
	const counted = said2.filter((m) => !m.isNotice);

	await t.test("parts of a channel that overlap, one of them packed, add up to the channel", () => {
		writeFileSync(file("part2.json.gz"), gzipSync(exported(said2.slice(1500))));
		for (const [path, fresh, again] of [[parts[1], 800, 0], [parts[0], 700, 200], [file("part2.json.gz"), 500, 0]]) {
			const text = moveIn(path);
			equal(said(text, "messages") + said(text, "bot_messages") + said(text, "notices"), fresh, text);
			equal(leftOut(text, "again"), again, text);
		}
		deepStrictEqual(imported(porch), hours(counted));
		const [sums] = stack.sql(`SELECT sum(messages)::int AS messages, sum(bot_messages)::int AS bot_messages, sum(replies)::int AS replies,
			sum(attachments)::int AS attachments FROM analytics.guild_hourly WHERE guild_id = ${porch.id} AND source = 2`);
		const people = counted.filter((m) => !m.isBot);
		deepStrictEqual(sums, { messages: people.length, bot_messages: counted.length - people.length, replies: people.filter((m) => m.isReply).length,
			attachments: 2 * people.filter((m) => m.isReply).length });
		equal(stack.sql(`SELECT 1 FROM analytics.member WHERE guild_id = ${porch.id} AND username LIKE 'user_' AND NOT is_bot`).length, 8);
	});

	await t.test("a thread that is no more brings its name along", () => {
		const at = porch.since - 5 * DAY, thread = idAt(at - HOUR);
		writeFileSync(file("thread.json"), exported([{ id: idAt(at), at, user: users[0] }], { id: thread, type: "GuildPublicThread", categoryId: lobby[0], name: "Осень" }));
		match(moveIn(file("thread.json")), /imported/);
		deepStrictEqual(stack.sql(`SELECT name, kind, parent_id::text, is_archived FROM analytics.channel WHERE channel_id = ${thread}`),
			[{ name: "Осень", kind: 11, parent_id: lobby[0], is_archived: true }]);
	});

	await t.test("a table of hours counts where nothing else does", () => {
		const hour = porch.since - (porch.since % HOUR) - 10 * DAY;
		writeFileSync(file("counts.csv"), ["\uFEFFuser_id;timestamp;extra;messages;guild_id;channel_id",
			...[0, 1, 2].map((n) => `${users[n]};${new Date(hour + n * HOUR).toISOString()};"a;b";${n + 5};${porch.id};${lobby[1]}`),
			`${users[0]};${new Date(hour).toISOString()};;x;${porch.id};${lobby[1]}`,
			`${users[0]};${new Date(hour).toISOString()};;4;${porch.id};${lobby[0]}`].join("\r\n"));
		const text = moveIn(file("counts.csv"));
		equal(said(text, "messages"), 18, text);
		deepStrictEqual(["broken", "again"].map((why) => leftOut(text, why)), [1, 4], text);
	});

	/* --- through the page's door --- */

	await t.test("an owner sends a file piece by piece, reads the report, and lets it in; nobody else may", async () => {
		const guest = new Visitor(stack), boss = new Visitor(stack);
		equal((await guest.fetch("/api/v1/imports")).status, 401);
		await boss.logIn("owns every server");
		const at = porch.since - 100 * DAY;
		const content = Buffer.from(exported(Array.from({ length: 1500 }, (_, i) => ({ id: idAt(at + i * 60_000), at: at + i * 60_000, user: users[i % 5] })), { id: lobby[1], type: "GuildTextChat", name: "x" }));
		ok(content.length > 600_000);
		let upload = "", received = 0;
		while (received < content.length) {
			const response = await boss.fetch(`/api/v1/backups/file?${new URLSearchParams({ offset: received, size: content.length, import: "Порт №1.json", ...(upload && { upload }) })}`,
				{ method: "PUT", body: content.subarray(received, received + (1 << 19)), headers: { "content-type": "application/octet-stream", "x-csrf-token": boss.csrf } });
			equal(response.status, 200, await response.clone().text());
			({ upload, received } = await response.json());
		}
		const row = (state) => until(`the import to be ${state}`, async () => {
			const list = await boss.get("/api/v1/imports");
			const found = list.imports.find(({ name }) => name === "Порт №1.json");
			return found?.state === state && !["waiting", "running"].includes(found.job.state) ? found : Promise.reject(new Error(JSON.stringify(list).slice(0, 500)));
		});
		const read = await row("ready");
		deepStrictEqual([read.source, read.report.kinds.messages.count, read.size_bytes, read.guilds[porch.id] !== undefined], ["exporter", 1500, content.length, true]);
		const was = imported(porch);
		await boss.change("POST", `/api/v1/imports/${read.id}/run`);
		await row("done");
		const sum = (counts) => Object.values(counts).reduce((all, n) => all + n, 0);
		equal(sum(imported(porch)) - sum(was), 1500);
		equal((await boss.fetch("/api/v1/imports", { method: "POST", headers: { "content-type": "application/json", "x-csrf-token": boss.csrf }, body: JSON.stringify({ file: "../../etc/passwd" }) })).status, 202);
		await until("the path to be refused", async () => (await boss.get("/api/v1/imports")).waiting.some((job) => job.state === "failed"));
		/* The figures of a page: those of live and of the import. */
		await daysAreMade();
		const [all] = stack.sql(`SELECT sum(messages)::int AS n FROM analytics.guild_hourly WHERE guild_id = ${porch.id}`);
		const talk = await boss.get(`/api/v1/guilds/${porch.id}/timeseries?metric=messages&period=all&bucket=month`);
		equal(talk.series[0].values.reduce((so_far, n) => so_far + (n ?? 0), 0), all.n);
	});

	/* --- what nobody should send --- */

	await t.test("files that are broken, or made to hurt, change nothing", () => {
		const whole = exported(said2.slice(0, 50));
		const was = [imported(yard), imported(porch), live()];
		const files = {
			"cut.json": whole.slice(0, 20_000), "deep.json": whole.replace('"reactions":', `"x": ${"[".repeat(100_000)}, "reactions":`),
			"tail.json": `${whole}{}`, "order.json": whole.replace('"channel":', '"chanel":'), "empty.json": "", "words.txt": "no format at all",
			"cut.gz": gzipSync(whole).subarray(0, 300), "bad.gz": Buffer.concat([gzipSync(whole).subarray(0, 200), Buffer.alloc(400, 7)]),
			"noise.db": Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(8192, 9)]), "page.html": "<html>",
		};
		for (const [name, content] of Object.entries(files)) {
			writeFileSync(file(name), content);
			match(moveIn(file(name)), /^failed: /, name);
		}
		const traps = sqlite("traps.db", { statements: ["DROP TABLE message_analytics", "DROP TABLE user_activity", "DROP TABLE server_analytics",
			"CREATE VIEW message_analytics AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id FROM n",
			"CREATE TABLE a (x)", "CREATE TRIGGER message AFTER INSERT ON a BEGIN DELETE FROM a; END"] });
		match(moveIn(traps), /^failed: this SQLite file is not one of Rations/);
		deepStrictEqual([imported(yard), imported(porch), live()], was);
		equal(stack.sql("SELECT 1 FROM backup.import_message").length, 0);
	});

	await t.test("somebody who opted out comes in without a name", () => {
		stack.exec(`INSERT INTO app.opt_out (guild_id, user_id) VALUES (${porch.id}, ${users[7]})`);
		const at = porch.since - 3 * HOUR;
		writeFileSync(file("private.json"), exported([{ id: idAt(at), at, user: users[7] }], { id: lobby[2], type: "GuildTextChat", name: "x" }));
		match(moveIn(file("private.json")), /imported/);
		deepStrictEqual(stack.sql(`SELECT user_id::text FROM analytics.message_hourly WHERE guild_id = ${porch.id} AND channel_id = ${lobby[2]} AND source = 2`),
			[{ user_id: "1" }]);
	});

	await t.test("history is read as far back as the import, and nothing is imported into what history reads", async () => {
		const room = `guild_id = ${porch.id} AND channel_id = ${lobby[1]}`;
		const [{ covered }] = stack.sql(`SELECT max(to_id)::text AS covered FROM analytics.import_span WHERE ${room} AND kind = 'messages'`);
		/* Had somebody written there before the bot came, this would be the newest of it. */
		stack.exec(`UPDATE analytics.channel_live SET start_id = ${idAt(porch.since - HOUR)} WHERE ${room}`);
		stack.exec(`INSERT INTO app.guild_history (guild_id, requested_at) VALUES (${porch.id}, now())`);
		await stack.control("POST", "clock", { paused: false }); /* history waits for streams that are read to the end */
		const range = await until("history to be planned", () => stack.sql(`SELECT after_id::text, newest_id::text FROM analytics.history_range WHERE ${room}`)[0]);
		deepStrictEqual(range, { after_id: covered, newest_id: idAt(porch.since - HOUR) });
		const at = porch.since - 2 * HOUR;
		writeFileSync(file("late.json"), exported([{ id: idAt(at), at, user: users[0] }], { id: lobby[1], type: "GuildTextChat", name: "x" }));
		equal(leftOut(moveIn(file("late.json")), "history"), 1);
		stack.exec(`DELETE FROM app.guild_history`);
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
	});

	/* --- killed, while live counting goes on --- */

	await t.test("killed again and again while it reads and while it imports, it is whole; live counting is exact meanwhile", async () => {
		const many = Array.from({ length: 60_000 }, (_, i) => ({ at: yard.since - 400 * DAY + i * 6 * 60_000, channel: rooms[2], user: users[i % 7] }));
		const made = sqlite("many.db", { messages: many.map((m) => [yard.id, m.channel, m.user, 1, stamp(m.at)]) });
		mkdirSync(join(stack.data, "backups/import"), { recursive: true });
		copyFileSync(made, join(stack.data, "backups/import/many.db"));
		const job = (parameters) => {
			stack.exec(`INSERT INTO backup.job (kind, parameters, created_at) VALUES ('import', '${JSON.stringify(parameters)}', now())`);
			return stack.sql("SELECT max(job_id)::int AS id FROM backup.job")[0].id;
		};
		let spoke = 0;
		const speak = () => stack.control("POST", "inject", { acts: [yard, porch].map((guild) => ({
			act: "message", channel_id: channels(guild)[0], user_id: owner[guild.id], content: `meanwhile ${spoke++}` })) });
		/* The worker dies as soon as more is written than when the one before died. */
		const killed = async (id, written) => {
			let kills = 0, seen = 0;
			await until(`job ${id} to end`, async () => {
				const [now] = stack.sql(`SELECT state, why, tries FROM backup.job WHERE job_id = ${id}`);
				if (now.state === "failed") throw new Error(now.why);
				if (now.state === "done") return true;
				const pid = kills < 3 && written() > seen && workerOf(id);
				if (pid) {
					killAll([pid]);
					kills++;
					seen = written();
					await speak();
				}
				throw new Error(JSON.stringify({ now, kills, seen, workers: stack.sql("SELECT pid, state, wait_event FROM pg_stat_activity WHERE application_name = 'rations-backup'"),
					log: stack.log.split("\n").filter((line) => line.includes("backup")).slice(-6) }));
			}, 120_000);
			return kills;
		};
		const staged = () => Number(stack.sql("SELECT coalesce(sum(messages), 0)::int AS n FROM backup.import_message")[0].n);
		const put = () => stack.sql(`SELECT coalesce(sum(messages), 0)::int AS n FROM analytics.guild_hourly WHERE guild_id = ${yard.id} AND source = 2`)[0].n - 3000;
		/* Slow enough to be met at work. */
		stack.exec(`CREATE FUNCTION backup.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$;
			CREATE TRIGGER wait AFTER UPDATE OF at ON backup.import FOR EACH ROW EXECUTE FUNCTION backup.wait();
			CREATE TRIGGER wait AFTER INSERT ON analytics.import_span FOR EACH STATEMENT EXECUTE FUNCTION backup.wait();
			CREATE TRIGGER wait AFTER DELETE ON backup.import_message FOR EACH STATEMENT EXECUTE FUNCTION backup.wait()`);
		ok(await killed(job({ do: "read", file: "many.db", name: "many" }), staged) > 0);
		const [read] = stack.sql("SELECT import_id::int AS id, state, report FROM backup.import ORDER BY import_id DESC LIMIT 1");
		deepStrictEqual([read.state, read.report.kinds.messages.count, staged(), put()], ["ready", 60_000, 60_000, 0]);
		ok(await killed(job({ do: "merge", import: read.id }), put) > 0);
		deepStrictEqual([put(), staged()], [60_000, 0]);
		deepStrictEqual(imported(yard), { ...hours(spoken), ...hours(many) });
		equal(existsSync(join(stack.data, "backups/import/many.db")), false);
		ok(spoke > 0);
		await daysAreMade();
		await compare(stack);
	});
} finally {
	await stack.down();
	stack.remove();
	t.end();
}

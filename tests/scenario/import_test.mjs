/*
 * Moving in: somebody has counted with the original Rations, exported channels with DiscordChatExporter, and keeps a
 * table of the rest. All of it comes in beside live counting, once, however often it is tried and whoever is killed.
 */
import { deepStrictEqual, equal, match, ok } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bin, root, Stack, tap, until } from "../harness/stack.mjs";

const t = tap();
const stack = await Stack.start({ SIM_HISTORY_DAYS: "2", SIM_RATE: "0" });
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

/* --- what was counted elsewhere --- */

const HOUR = 3_600_000, DAY = 24 * HOUR, EPOCH = 1_420_070_400_000n;
const [yard, porch] = stack.sql("SELECT guild_id::text AS id, ts_to_ms(first_event_at) AS since FROM analytics.guild ORDER BY guild_id");
const channels = (guild) => stack.sql(`SELECT channel_id::text AS id FROM analytics.channel WHERE guild_id = ${guild.id} AND kind = 0 ORDER BY channel_id LIMIT 3`).map(({ id }) => id);
const users = Array.from({ length: 8 }, (_, i) => String(900_000_000_000_000_000n + BigInt(i)));
const stamp = (ms) => new Date(ms).toISOString().replace("T", " ").replace("Z", "000");
const idAt = (ms, n = 0) => String(((BigInt(ms) - EPOCH) << 22n) + BigInt(n));
let seed = 7;
const dice = (n) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n;

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
	return { channel: channels.yard?.[0], at, user: users[dice(8)], length: dice(200) };
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
} finally {
	await stack.down();
	stack.remove();
	t.end();
}

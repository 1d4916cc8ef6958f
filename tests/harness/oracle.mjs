/* oracle: what the simulator says it told, against what stands in the tables. */
import { ok } from "node:assert";
import { compareDays } from "./days.mjs";
import { until } from "./stack.mjs";

let marks = 0;

/* Returns when everything told so far is in the tables: a role made now in every guild has arrived. The community must be paused. */
export async function drained(stack, timeoutMs = 90_000) {
	const name = `mark-${process.pid}-${++marks}`;
	const guilds = (await stack.control("GET", "world")).guilds.filter((guild) => guild.bot_in && !guild.unavailable);
	await stack.control("POST", "inject", { acts: guilds.map((guild) => ({ act: "role", guild_id: guild.id, name })) });
	await until(`${name} in the tables`, () => {
		try {
			const arrived = stack.sql(`SELECT guild_id::text FROM analytics.role WHERE name = '${name}'`).map((row) => row.guild_id);
			if (arrived.length === guilds.length) return true;
			throw new Error(`not yet of ${guilds.map((guild) => guild.id).filter((id) => !arrived.includes(id))}`);
		} catch (error) {
			throw new Error(error.message.slice(0, 300)); /* or the database is being started again */
		}
	}, timeoutMs);
}

/* Ends all voice sessions, so that every millisecond of them is in a closed segment. */
export async function hangUp(stack, timeoutMs) {
	const open = stack.sql("SELECT guild_id::text, user_id::text FROM analytics.voice_open");
	if (open.length)
		await stack.control("POST", "inject", { acts: open.map((row) => ({ act: "voice", channel_id: "0", ...row })) });
	await drained(stack, timeoutMs);
}

const RULES = ["raw_ms", "present_ms", "engaged_ms", "talking_ms"];
const OF_HOURS = ["messages", "bot_messages", "notices", "replies", "attachments", "edits", "deletions", "reactions", "joins", "leaves"];
const OF_ROWS = ["messages", "replies", "attachments", "characters", "edits", "reactions"];

/* What is counted one by one, at the finest grain there is: together, the events. */
const SINGLES = ["row messages", "row edits", "row reactions", "hour bot_messages", "hour notices", "hour deletions", "hour joins", "hour leaves"];

/* One side, as "what figure | guild hour ..." -> number; zeroes are left out. What was read from history, or imported, is another matter. */
class Figures {
	map = new Map();

	add(what, place, names, values) {
		names.forEach((name, i) => {
			if (Number(values[i])) this.map.set(`${what} ${name} | ${place}`, Number(values[i]));
		});
	}
}

function toldFigures(told) {
	const figures = new Figures();
	for (const [id, guild] of Object.entries(told.guilds)) {
		figures.add("guild", id, ["member_count"], [guild.member_count]);
		for (const [hour, counts] of Object.entries(guild.hours)) {
			figures.add("hour", `${id} ${hour}`, OF_HOURS, OF_HOURS.map((name) => counts[name]));
			figures.add("hour voice", `${id} ${hour}`, RULES, RULES.map((rule) => counts.voice[rule]));
		}
		for (const [channel, user, hour, ...values] of guild.rows)
			figures.add("row", `${id} ${hour} channel ${channel} user ${user}`, OF_ROWS, values);
		for (const [user, hour, ...values] of guild.voice_rows)
			figures.add("row voice", `${id} ${hour} user ${user}`, RULES, values);
	}
	return figures.map;
}

function countedFigures(stack) {
	const figures = new Figures();
	for (const row of stack.sql("SELECT guild_id::text, member_count FROM analytics.guild"))
		figures.add("guild", row.guild_id, ["member_count"], [row.member_count]);
	for (const row of stack.sql(`SELECT h.*, h.guild_id::text, ts_to_ms(h.hour) AS ms FROM analytics.guild_hourly h WHERE source = 0`)) {
		figures.add("hour", `${row.guild_id} ${row.ms}`, OF_HOURS, OF_HOURS.map((name) => row[name]));
		figures.add("hour voice", `${row.guild_id} ${row.ms}`, RULES, RULES.map((rule) => row[`voice_${rule}`]));
	}
	for (const row of stack.sql(`SELECT guild_id::text, ts_to_ms(hour) AS ms, sum(notices)::int AS notices
			FROM analytics.message_hourly WHERE source = 0 GROUP BY 1, 2 HAVING sum(notices) > 0`))
		figures.add("hour", `${row.guild_id} ${row.ms}`, ["notices"], [row.notices]);
	for (const row of stack.sql(`SELECT guild_id::text, channel_id::text, user_id::text, ts_to_ms(hour) AS ms, messages, replies, attachments,
			characters, edits, reactions_given AS reactions FROM analytics.message_hourly WHERE author_kind = 0 AND source = 0`))
		figures.add("row", `${row.guild_id} ${row.ms} channel ${row.channel_id} user ${row.user_id}`, OF_ROWS, OF_ROWS.map((name) => row[name]));
	for (const row of stack.sql(`SELECT guild_id::text, user_id::text, ts_to_ms(hour) AS ms, sum(raw_ms)::bigint AS raw_ms, sum(present_ms)::bigint AS present_ms,
			sum(engaged_ms)::bigint AS engaged_ms, sum(talking_ms)::bigint AS talking_ms FROM analytics.voice_hourly WHERE source = 0 GROUP BY 1, 2, 3`))
		figures.add("row voice", `${row.guild_id} ${row.ms} user ${row.user_id}`, RULES, RULES.map((rule) => row[rule]));
	return figures.map;
}

const isSingle = (key) => SINGLES.includes(key.slice(0, key.indexOf(" | ")));

/*
 * Every figure per guild, channel, member and hour, both ways. `differences`: a line for each that is not the same;
 * sent, counted, lost and duplicated: events.
 */
export async function difference(stack) {
	const told = await stack.control("GET", "counts?rows=1");
	const [expected, found] = [toldFigures(told), countedFigures(stack)];
	const result = { sent: 0, counted: 0, lost: 0, duplicated: 0, differences: [], told };
	for (const key of new Set([...expected.keys(), ...found.keys()])) {
		const [sent, counted] = [expected.get(key) ?? 0, found.get(key) ?? 0];
		if (isSingle(key)) {
			result.sent += sent;
			result.counted += counted;
			result.lost += Math.max(0, sent - counted);
			result.duplicated += Math.max(0, counted - sent);
		}
		if (sent !== counted) result.differences.push(`${key}: sent ${sent}, counted ${counted}`);
	}
	return result;
}

/* Throws with the first differences, also of days from their hours. Returns the sums per guild, for a test to see that they are not all zero. */
export async function compare(stack) {
	const { differences, told } = await difference(stack);
	ok(differences.length === 0, `${differences.length} differences\n${differences.slice(0, 20).join("\n")}`);
	compareDays(stack);
	return told.guilds;
}

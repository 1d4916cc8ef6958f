/* oracle: what the simulator says it told, against what stands in the tables. */
import { deepStrictEqual } from "node:assert";
import { until } from "./stack.mjs";

let marks = 0;

/* Returns when everything told so far is in the tables: a role made now has arrived. The community must be paused. */
export async function drained(stack) {
	const name = `mark-${process.pid}-${++marks}`;
	const guilds = (await stack.control("GET", "world")).guilds.filter((guild) => guild.bot_in);
	await stack.control("POST", "inject", { act: "role", guild_id: guilds[0].id, name });
	await until(`${name} in the tables`, () => {
		try {
			return stack.sql(`SELECT 1 FROM analytics.role WHERE name = '${name}'`).length === 1;
		} catch {
			return false; /* the database is being started again */
		}
	}, 90_000);
}

/* Ends all voice sessions, so that every millisecond of them is in a closed segment. */
export async function hangUp(stack) {
	const open = stack.sql("SELECT guild_id::text, user_id::text FROM analytics.voice_open");
	if (open.length)
		await stack.control("POST", "inject", { acts: open.map((row) => ({ act: "voice", channel_id: "0", ...row })) });
	await drained(stack);
}

const byGuild = (rows) => Object.fromEntries(rows.map(({ guild_id, ...row }) => [guild_id, row]));

/* Throws with the first difference. Returns the figures, for a test to see that they are not all zero. */
export async function compare(stack) {
	const told = await stack.control("GET", "counts?rows=1");
	const hours = byGuild(stack.sql(`SELECT guild_id::text, sum(messages)::int AS messages,
		sum(bot_messages)::int AS bot_messages, sum(replies)::int AS replies, sum(attachments)::int AS attachments,
		sum(edits)::int AS edits, sum(deletions)::int AS deletions, sum(reactions)::int AS reactions,
		sum(joins)::int AS joins, sum(leaves)::int AS leaves,
		json_build_object('raw_ms', sum(voice_raw_ms), 'present_ms', sum(voice_present_ms),
			'engaged_ms', sum(voice_engaged_ms), 'talking_ms', sum(voice_talking_ms)) AS voice
		FROM analytics.guild_hourly GROUP BY guild_id`));
	const members = byGuild(stack.sql("SELECT guild_id::text, member_count FROM analytics.guild"));
	const rows = stack.sql(`SELECT guild_id::text, channel_id::text AS c, user_id::text AS u, ts_to_ms(hour) AS h, messages AS n
		FROM analytics.message_hourly WHERE author_kind = 0 AND messages > 0`);
	const notices = byGuild(stack.sql(`SELECT guild_id::text, sum(notices)::int AS notices FROM analytics.message_hourly GROUP BY 1`));

	const figures = {};
	for (const [id, guild] of Object.entries(told.guilds)) {
		const expected = { member_count: guild.member_count };
		for (const key of ["messages", "bot_messages", "replies", "attachments", "edits", "deletions", "reactions",
			"joins", "leaves", "voice"]) expected[key] = guild[key];
		const { ...counted } = hours[id] ?? {};
		deepStrictEqual({ guild: id, ...counted, ...members[id] }, { guild: id, ...expected });
		deepStrictEqual({ guild: id, notices: notices[id]?.notices ?? 0 }, { guild: id, notices: guild.notices });
		const mine = rows.filter((row) => row.guild_id === id).map((row) => [row.c, row.u, row.h, row.n]);
		deepStrictEqual(new Set(mine.map(String)), new Set(guild.rows.map(String)), `rows of guild ${id}`);
		deepStrictEqual(mine.length, guild.rows.length, `number of rows of guild ${id}`);
		figures[id] = expected;
	}
	return figures;
}

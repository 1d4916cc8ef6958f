/*
 * A community that talked for two months before the bot came, and goes on talking; another that the bot
 * loses for a while. History is read meanwhile, by processes that are killed, from a Discord that refuses,
 * fails and asks to wait. In the end every message is counted once: live or from history.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { Simulator } from "../harness/simulator.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";

const t = tap();
const stack = await Stack.prepare({ EVENT_CLOCK: "frame", BACKFILL_RATE: "40" });
const sim = await Simulator.start(stack.url, {
	SIM_HISTORY_DAYS: "60", SIM_KEEP_MESSAGES: "100000", SIM_SEED: "7", SIM_RATE_LIMITS: "off", SIM_IDENTIFY_EVERY: "0",
});
stack.sim = sim.url;
Object.assign(stack.env, sim.settings);
delete stack.env.SIM_CONTROL;

const inject = (...acts) => stack.control("POST", "inject", { acts });
const [yard, porch] = (await stack.control("GET", "world")).guilds;
/* View, send, history, connect, threads, audit log, and MANAGE_THREADS for the private ones. */
const PERMISSIONS = String(274879040640n | 1n << 34n);

const wish = (guild, since = null) => stack.exec(`INSERT INTO app.guild_history (guild_id, since, requested_at)
	VALUES (${guild.id}, ${since ? `'${since}'` : "NULL"}, now())
	ON CONFLICT (guild_id) DO UPDATE SET since = EXCLUDED.since, requested_at = now(), is_paused = false`);
const progress = (guild) => stack.sql(`SELECT * FROM analytics.history WHERE guild_id = ${guild.id}`)[0];
const finished = (guild) => until(`the history of ${guild.name}`, () => {
	const now = progress(guild);
	return now?.finished_at ? now : Promise.reject(new Error(JSON.stringify({ now,
		open: stack.sql(`SELECT * FROM analytics.history_range WHERE guild_id = ${guild.id} AND NOT is_done LIMIT 5`) })));
}, 120_000);

/* Live and history together, against what was told and what was not. */
async function compare(guild) {
	const told = (await stack.control("GET", `counts?rows=1&guild=${guild.id}`)).guilds[guild.id];
	const untold = await stack.control("GET", `untold?guild=${guild.id}`);
	const rows = new Map();
	for (const [c, u, h, n] of [...told.rows, ...untold.rows]) rows.set(`${c},${u},${h}`, (rows.get(`${c},${u},${h}`) ?? 0) + n);
	const counted = new Map(stack.sql(`SELECT channel_id::text || ',' || user_id || ',' || ts_to_ms(hour) AS key, sum(messages)::int AS n
		FROM analytics.message_hourly WHERE guild_id = ${guild.id} AND author_kind = 0 AND messages > 0 GROUP BY 1`).map(({ key, n }) => [key, n]));
	const differ = [...new Set([...rows.keys(), ...counted.keys()])].filter((key) => rows.get(key) !== counted.get(key))
		.map((key) => `${key}: ${rows.get(key)} said, ${counted.get(key)} counted`);
	deepStrictEqual(differ.slice(0, 5), [], `${differ.length} of ${rows.size} rows differ`);
	const [sums] = stack.sql(`SELECT sum(messages)::int AS messages, sum(bot_messages)::int AS bot_messages, sum(replies)::int AS replies,
		sum(attachments)::int AS attachments FROM analytics.guild_hourly WHERE guild_id = ${guild.id}`);
	const [more] = stack.sql(`SELECT sum(notices)::int AS notices, sum(characters) FILTER (WHERE author_kind = 0)::int AS characters
		FROM analytics.message_hourly WHERE guild_id = ${guild.id}`);
	const expected = {};
	for (const key of ["messages", "bot_messages", "replies", "attachments", "notices", "characters"]) expected[key] = told[key] + untold[key];
	deepStrictEqual({ ...sums, ...more }, expected);
	const [sources] = stack.sql(`SELECT coalesce(sum(messages) FILTER (WHERE source = 0), 0)::int AS live,
		coalesce(sum(messages) FILTER (WHERE source = 1), 0)::int AS history FROM analytics.guild_hourly WHERE guild_id = ${guild.id}`);
	return { ...sources, told, untold };
}
const settled = async (guild) => {
	const name = `mark-${Math.random()}`;
	await inject({ act: "role", guild_id: guild.id, name });
	await until(name, () => stack.sql(`SELECT 1 FROM analytics.role WHERE name = '${name}'`).length);
};

try {
	await inject({ act: "remove_bot", guild_id: porch.id });
	await stack.up();
	await until("the past to be over", async () => (await stack.control("GET", "clock")).phase === "live", 120_000);

	await t.test("history is read while the community talks and analytics is killed", async () => {
		await inject({ act: "add_bot", guild_id: porch.id, permissions: PERMISSIONS });
		await settled(porch);
		wish(porch);
		const general = porch.channels.find((one) => one.name === "general");
		for (let i = 0; i < 4; i++) {
			await stack.control("POST", "burst", { events: 60 });
			await inject({ act: "message", channel_id: general.id, user_id: porch.owner_id, content: `hello ${i}` });
			const before = progress(porch)?.messages ?? 0;
			await until("pages", () => (progress(porch)?.messages ?? 0) > before + 300);
			await stack.crash("analytics");
		}
		await finished(porch);
		await stack.control("POST", "clock", { paused: true });
		await settled(porch);
		const { live, history } = await compare(porch);
		ok(live > 0 && history > 3000, `${live} live, ${history} from history`);
	});
} finally {
	console.log(JSON.stringify(progress(porch)));
	if (process.env.KEEP) console.log(stack.log.slice(-6000));
	await stack.down();
	await sim.stop();
	stack.remove();
	t.end();
}

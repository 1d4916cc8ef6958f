/*
 * Somebody wants to be forgotten while the community talks on: the erasure is killed in the middle, again and
 * again; afterwards no table names them, and every total is what it was. Who stays out and goes on talking is
 * counted, and is nowhere either.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { difference, drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";

const t = tap();
const stack = await Stack.start({ UPKEEP_INTERVAL: "100ms", DEMO_DESK: "on" });

/* Everywhere a number may stand: [table, column] that hold it. The wish itself has to. */
function traces(id) {
	const columns = stack.sql(`SELECT c.table_schema || '.' || c.table_name AS t, c.column_name AS c FROM information_schema.columns c
		JOIN information_schema.tables USING (table_schema, table_name) WHERE c.table_schema IN ('app', 'analytics', 'response')
		AND table_type = 'BASE TABLE' AND udt_name IN ('int8', '_int8', 'text', 'jsonb')
		AND c.table_schema || '.' || c.table_name NOT IN ('app.opt_out', 'app.account', 'app.account_guild', 'app.session')`);
	const asked = columns.map(({ t: table, c: column }) =>
		`SELECT '${table}.${column}' AS place FROM ${table} WHERE ${column}::text ~ '(^|[^0-9])${id}([^0-9]|$)' LIMIT 1`);
	return stack.sql(asked.map((one) => `(${one})`).join(" UNION ALL ")).map((row) => row.place);
}

/* What must not change: by guild, channel, hour, day and month; people counted once. */
const totals = () => [
	"SELECT guild_id, channel_id, hour, sum(messages) m, sum(characters) c, sum(reactions_given) r, count(DISTINCT user_id) p FROM analytics.message_hourly GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
	"SELECT guild_id, channel_id, hour, sum(raw_ms) v, sum(engaged_ms) e FROM analytics.voice_hourly GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
	"SELECT guild_id, day, sum(messages) m, sum(raw_ms) v, sum(blocks) b, count(*) p FROM analytics.member_daily GROUP BY 1, 2 ORDER BY 1, 2",
	"SELECT guild_id, month, sum(messages) m, count(*) p FROM analytics.member_monthly GROUP BY 1, 2 ORDER BY 1, 2",
	"SELECT guild_id, channel_id, day, sum(messages) m, count(*) p FROM analytics.activity_daily GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
	"SELECT * FROM analytics.people_daily ORDER BY 1, 2, 3, 4, 5",
	"SELECT * FROM analytics.guild_daily ORDER BY 1, 2",
	"SELECT guild_id, kind, count(*) n, sum(tenure_ms) t FROM analytics.member_flow GROUP BY 1, 2 ORDER BY 1, 2",
	"SELECT guild_id, state, answer_kind, count(*) n, count(DISTINCT author_id) a, count(DISTINCT answered_by) b, sum(extract(epoch FROM answered_at - asked_at)) s FROM response.request GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
	"SELECT guild_id, kind, count(*) n, count(DISTINCT user_id) p FROM response.activity GROUP BY 1, 2 ORDER BY 1, 2",
	"SELECT guild_id, hour, sum(messages) m, sum(replies) r, sum(reactions) x, count(*) p FROM response.activity_hourly GROUP BY 1, 2 ORDER BY 1, 2",
].map((query) => stack.sql(query));

async function settle() {
	await stack.control("POST", "clock", { paused: true });
	await drained(stack);
	await until("both readers to have read all", () => stack.sql(`SELECT count(*) AS n FROM analytics.position a
		LEFT JOIN response.position r USING (stream) WHERE a.entry_id IS DISTINCT FROM r.entry_id`)[0].n == 0);
}

let guild, user;
try {
	await t.test("there is somebody to forget", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await settle();
		await hangUp(stack);
		await until("days to be made", () => stack.sql("SELECT count(*) AS n FROM analytics.day_work")[0].n == 0);
		[{ guild, user }] = stack.sql(`SELECT m.guild_id::text AS guild, m.user_id::text AS user FROM analytics.message_hourly m
			JOIN analytics.guild g USING (guild_id) WHERE author_kind = 0 AND m.user_id <> g.owner_id
			AND EXISTS (SELECT FROM response.request r WHERE r.guild_id = m.guild_id AND r.answered_by = m.user_id)
			GROUP BY 1, 2 ORDER BY sum(messages) DESC LIMIT 1`);
		const found = traces(user);
		ok(found.length > 4, String(found));
		ok(["request.answered_by", "activity.user_id", "staff.user_id"].every((place) => found.includes(`response.${place}`)), String(found));
	});

	await t.test("an erasure killed in the middle ends, and every total stays", async () => {
		const before = totals();
		const guilds = stack.sql(`SELECT DISTINCT guild_id::text AS id FROM analytics.member WHERE user_id = ${user}
			UNION SELECT DISTINCT guild_id::text FROM analytics.message_hourly WHERE user_id = ${user}`);
		for (const { id } of guilds)
			stack.exec(`INSERT INTO app.opt_out (user_id, guild_id) VALUES (${user}, ${id}); INSERT INTO app.erasure (user_id, guild_id) VALUES (${user}, ${id})`);
		for (let i = 0; i < 3; i++) await stack.crash("backup-scheduler");
		await until("the erasure to end", () => stack.sql("SELECT count(*) AS n FROM app.erasure")[0].n == 0);
		deepStrictEqual(totals(), before);
		deepStrictEqual(traces(user), []);
	});

	await t.test("who stays out and talks on is counted, and nowhere", async () => {
		const mine = () => Number(stack.sql(`SELECT coalesce(sum(messages), 0) AS n FROM analytics.message_hourly WHERE guild_id = ${guild} AND user_id = 1`)[0].n);
		/* An invite of theirs is read from Discord's list, when somebody joins. */
		const channel = (await stack.control("GET", "world")).guilds.find((one) => one.id === guild).channels.find((one) => one.type === 0).id;
		const newcomer = "870000000000000001";
		await stack.control("POST", "inject", { acts: [{ act: "user", user_id: newcomer, username: "newcomer" },
			{ act: "invite", channel_id: channel, user_id: user, code: "theirs" }, { act: "join", guild_id: guild, user_id: newcomer, invite_code: "theirs" }] });
		await stack.control("POST", "clock", { paused: false });
		await until("the join to be explained", () => stack.sql(`SELECT invite_source FROM analytics.member_flow
			WHERE guild_id = ${guild} AND user_id = ${newcomer}`)[0]?.invite_source);
		await until("them to talk", async () => {
			await stack.control("POST", "burst", { events: 200 });
			return mine() > 0;
		});
		await settle();
		await hangUp(stack);
		/* Of all the simulator told, only whose rows they are is another: theirs, and anonymous members'. */
		const { differences } = await difference(stack);
		const others = differences.filter((line) => !new RegExp(`^row .* user (${user}|\\d{1,7}):`).test(line));
		deepStrictEqual(others.slice(0, 20), []);
		ok(differences.some((line) => line.includes(`user ${user}: sent`)), "they did talk");
		equal(traces(user).length, 0, String(traces(user)));
	});
} finally {
	await t.test("Ctrl-C ends everything", async () => {
		equal(await stack.down(), 0, stack.log.slice(-2000));
	});
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else await stack.remove();
	t.end();
}

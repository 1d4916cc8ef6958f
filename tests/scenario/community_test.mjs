/*
 * What a community is beside talk: bans, timeouts, boosts, events, commands, invites. The tables hold what the
 * simulator knows it told, though analytics is killed (kill -9) in the middle.
 */
import { deepEqual, equal, ok } from "node:assert";
import { drained } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const stack = await Stack.start({ DISCORD_INTENTS: "100295" /* with presences */ });
const MINUTE_MS = 60_000;
const inject = (...acts) => stack.control("POST", "inject", { acts });
const worldNow = async () => (await stack.control("GET", "clock")).now_ms;
const only = (rows) => Object.fromEntries(rows.filter(([, n]) => Number(n) > 0).map(([name, n]) => [name, Number(n)]));

/* The first guild, whose bot may see everything, and people of it; some come if it has too few. */
async function guildAndPeople(count) {
	const guild = (await stack.control("GET", "world")).guilds.find((one) => one.bot_in);
	const people = () => stack.sql(`SELECT user_id::text AS id FROM analytics.member WHERE guild_id = ${guild.id} AND NOT is_bot
		AND left_at IS NULL AND user_id NOT IN (SELECT owner_id FROM analytics.guild WHERE owner_id IS NOT NULL) ORDER BY user_id LIMIT ${count}`).map((row) => row.id);
	const ids = Array.from({ length: Math.max(0, count - people().length) }, (_, i) => String(870_000_000_000_000_000n + BigInt(i)));
	await inject(...ids.map((user_id, i) => ({ act: "user", user_id, username: `neighbour${i}` })), ...ids.map((user_id) => ({ act: "join", guild_id: guild.id, user_id })));
	await drained(stack);
	return { guild, people: people() };
}

const told = async (guildId) => {
	const counts = (await stack.control("GET", `counts?guild=${guildId}`)).guilds[guildId];
	return only(["bans", "unbans", "timeouts", "timeout_ends", "boosts", "boost_ends", "commands"].map((name) => [name, counts[name]]));
};

function stored(guildId) {
	const one = (query) => stack.sql(query).map((row) => [`${row.kind}s`, row.n]);
	const since = `at >= (SELECT first_event_at FROM analytics.guild WHERE guild_id = ${guildId})`;
	return only([
		...one(`SELECT kind, count(*) AS n FROM analytics.moderation WHERE guild_id = ${guildId} GROUP BY 1`),
		...one(`SELECT CASE kind WHEN 'start' THEN 'boost' ELSE 'boost_end' END AS kind, count(*) AS n FROM analytics.boost_flow
			WHERE guild_id = ${guildId} AND ${since} GROUP BY 1`),
		...one(`SELECT 'command' AS kind, coalesce(sum(uses), 0) AS n FROM analytics.command_hourly WHERE guild_id = ${guildId}`),
	]);
}

try {
	await t.test("what was told of the past stands in the tables", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		for (const { id } of (await stack.control("GET", "world")).guilds.filter((guild) => guild.bot_in))
			deepEqual(stored(id), await told(id), `guild ${id}`);
	});

	const { guild, people } = await guildAndPeople(12);
	const at = { guild_id: guild.id };
	const channel = guild.channels.find((one) => one.type === 0).id;
	const bot = stack.sql(`SELECT bot_id::text FROM analytics.shard LIMIT 1`)[0].bot_id;
	const otherBot = stack.sql(`SELECT user_id::text AS id FROM analytics.member WHERE guild_id = ${guild.id} AND is_bot AND user_id <> ${bot}`)[0].id;
	let event;

	await t.test("and what is told now, through three deaths of analytics", async () => {
		const until_ms = (await worldNow()) + 30 * MINUTE_MS;
		event = (await stack.control("POST", "inject", { act: "event", ...at, name: "Game night", location: "here", user_id: people[0],
			starts_at_ms: until_ms, ends_at_ms: until_ms + 60 * MINUTE_MS })).id;
		await inject(...people.slice(0, 4).map((user_id) => ({ act: "timeout", ...at, user_id, until_ms })),
			...people.slice(4, 8).map((user_id) => ({ act: "boost", ...at, user_id })),
			...people.map((user_id) => ({ act: "interest", ...at, event_id: event, user_id })),
			/* some change their minds before anybody has read of it */
			...people.slice(10).map((user_id) => ({ act: "interest", ...at, event_id: event, user_id, removed: true })));
		await stack.crash("analytics");
		await inject({ act: "timeout", ...at, user_id: people[0], until_ms: 0 }, { act: "timeout", ...at, user_id: people[1], until_ms: until_ms + MINUTE_MS },
			{ act: "nick", ...at, user_id: people[2], nick: "still timed out" }, { act: "nick", ...at, user_id: people[5], nick: "still boosting" },
			{ act: "unboost", ...at, user_id: people[4] }, { act: "leave", ...at, user_id: people[6] },
			...people.slice(0, 3).map((user_id) => ({ act: "interest", ...at, event_id: event, user_id, removed: true })));
		await stack.crash("analytics");
		await inject({ act: "ban", ...at, user_id: people[7], by_id: people[0] }, { act: "ban", ...at, user_id: people[8], by_id: people[0] },
			{ act: "unban", ...at, user_id: people[8], by_id: people[0] }, { act: "ban", ...at, user_id: people[8], by_id: people[0] },
			...[1, 2, 3].map((i) => ({ act: "message", channel_id: channel, user_id: bot, type: 20, content: "ok", interaction_id: `777${i}`,
				command_user_id: people[9], command: "play" })),
			...["roll", "help"].map((command, i) => ({ act: "message", channel_id: channel, user_id: otherBot, type: 20, content: "ok",
				interaction_id: `888${i}`, command_user_id: people[9], command })),
			{ act: "interest", ...at, event_id: event, user_id: people[0] });
		await stack.crash("analytics");
		await drained(stack);
		const expected = await told(guild.id);
		/* Answers of our own bot are no news: Discord tells of the use itself. */
		deepEqual(stored(guild.id), { ...expected, commands: (expected.commands ?? 0) - 3 });
		ok(expected.bans >= 3 && expected.timeouts >= 5 && expected.timeout_ends >= 1 && expected.boosts >= 4 && expected.boost_ends >= 3);
	});

	await t.test("a ban is known for one among the leaves, whichever came first", async () => {
		const banned = stack.sql(`SELECT user_id::text AS id FROM analytics.member_flow WHERE guild_id = ${guild.id} AND is_ban ORDER BY 1`).map((row) => row.id);
		const bans = stack.sql(`SELECT DISTINCT user_id::text AS id FROM analytics.moderation WHERE guild_id = ${guild.id} AND kind = 'ban' ORDER BY 1`).map((row) => row.id);
		ok(banned.includes(people[7]) && banned.includes(people[8]) && !banned.includes(people[6]));
		deepEqual(banned, bans.filter((id) => banned.includes(id)));
	});

	await t.test("an event knows how many want to come, and what became of it", async () => {
		const row = () => stack.sql(`SELECT name, status, interested, deleted_at IS NOT NULL AS is_deleted FROM analytics.scheduled_event
			WHERE guild_id = ${guild.id} AND event_id = ${event}`)[0];
		deepEqual(row(), { name: "Game night", status: 1, interested: people.length - 4, is_deleted: false });
		await inject({ act: "event", ...at, event_id: event, name: "Game <b>night</b>", location: "here", status: 2, starts_at_ms: await worldNow() });
		await drained(stack);
		equal(row().status, 2);
		await inject({ act: "delete_event", ...at, event_id: event });
		await drained(stack);
		ok(row().is_deleted);
	});
	const visitor = new Visitor(stack);
	const api = `/api/v1/guilds/${guild.id}`;
	await t.test("the page's answers say the same", async () => {
		await visitor.logIn("owns every server");
		const answer = await visitor.get(`${api}/community?period=30d`);
		const sum = (key) => answer.series.find((one) => one.key === key).values.reduce((a, b) => a + (b ?? 0), 0);
		const expected = await told(guild.id);
		for (const key of ["bans", "unbans", "timeouts", "boosts", "boost_ends"]) equal(sum(key), expected[key] ?? 0, key);
		equal(sum("commands"), expected.commands - 3);
		equal(answer.now.timed_out, stack.sql(`SELECT count(*) AS n FROM analytics.member WHERE guild_id = ${guild.id} AND left_at IS NULL
			AND timeout_until > now()`)[0].n);
		const list = async (name, query = "") => visitor.get(`${api}/${name}?period=30d${query || "&limit=3"}`);
		const acts = await list("moderation");
		equal(acts.total, ["bans", "unbans", "timeouts", "timeout_ends"].reduce((n, key) => n + (expected[key] ?? 0), 0));
		equal(acts.rows.length, 3);
		ok(acts.rows[0].at >= acts.rows[1].at && acts.rows[0].member.name !== "" && "avatar_url" in acts.rows[0].member);
		const [all, first, second] = [await list("commands", "&limit=100&sort=-uses"), await list("commands", "&limit=1"), await list("commands", "&limit=1&offset=1")];
		deepEqual([...first.rows, ...second.rows], all.rows.slice(0, 2));
		equal(all.rows.reduce((n, row) => n + row.uses, 0), expected.commands - 3);
		const ordered = async (name, sort, of) => {
			const found = (await list(name, `&limit=100&sort=${sort}`)).rows.map(of);
			const up = [...found].sort((one, other) => (one < other ? -1 : Number(one > other)));
			deepEqual(found, sort.startsWith("-") ? up.reverse() : up, `${name} by ${sort}: ${found}`);
			return found.length;
		};
		for (const sort of ["uses", "-uses", "-members", "members"]) ok(await ordered("commands", sort, (row) => row[sort.replace("-", "")]) > 1);
		for (const sort of ["starts_at", "-starts_at", "interested", "-interested"]) ok(await ordered("events", sort, (row) => row[sort.replace("-", "")]) > 0);
		for (const sort of ["joins", "-uses", "created_at", "-created_at"]) ok(await ordered("invites", sort, (row) => row[sort.replace("-", "")]) > 0);
		for (const name of ["moderation", "boosts"]) ok((await ordered(name, "at", (row) => row.at)) > 1 && (await ordered(name, "-at", (row) => row.at)) > 1);
		const events = await list("events", "&q=NIGHT&limit=10");
		deepEqual(events.rows.map((row) => [row.name, row.is_deleted, row.channel]), [["Game <b>night</b>", true, null]]);
		equal((await list("boosts")).total, expected.boosts + expected.boost_ends);
		const invites = await list("invites");
		equal(invites.joins, (await stack.control("GET", `counts?guild=${guild.id}`)).guilds[guild.id].joins);
		for (const [path, parameter] of [["moderation?sort=user_id", "sort"], ["events?limit=101", "limit"], ["commands?limit=0", "limit"],
			["invites?offset=-1", "offset"], [`events?q=${"x".repeat(101)}`, "q"], ["community?period=never", "period"], ["boosts?period=custom&from=2030-01-01&to=2020-01-01", ""]]) {
			const response = await visitor.fetch(`${api}/${path}`);
			equal(response.status, 400, path);
			ok((await response.text()).includes(parameter), path);
		}
		equal((await visitor.fetch(`${api}/commands?q=%ff%27%22%25_`)).status, 200);
		equal((await visitor.fetch("/api/v1/guilds/123/moderation")).status, 404);
	});

	await t.test("people write on the time line, and what happened stands there by itself", async () => {
		const marks = async () => (await visitor.get(`${api}/annotations?period=30d`)).rows;
		const now = await worldNow();
		const wish = { at: new Date(now - 60 * MINUTE_MS).toISOString(), text: " =Opened the <i>forum</i> \u202e" };
		const written = await visitor.change("POST", `${api}/annotations`, wish);
		const mine = () => marks().then((rows) => rows.find((row) => row.id === written.id));
		equal((await mine()).text, wish.text.trim());
		equal((await mine()).kind, "note");
		await visitor.change("PATCH", `${api}/annotations/${written.id}`, { ...wish, until_at: new Date(now).toISOString(), kind: "raid", text: "a raid" });
		deepEqual([(await mine()).text, (await mine()).kind, Date.parse((await mine()).until_at)], ["a raid", "raid", now]);
		const change = (method, path, body) => visitor.fetch(`${api}${path}`, { method, body: body && JSON.stringify(body),
			headers: { "content-type": "application/json", "x-csrf-token": visitor.csrf } });
		for (const body of [{}, { at: "soon", text: "x" }, { at: wish.at, text: "" }, { at: wish.at, text: "x".repeat(201) }, { at: wish.at, text: "x", kind: "party" },
			{ at: wish.at, text: "x", until_at: "2000-01-01T00:00:00Z" }, { at: "2200-01-01T00:00:00Z", text: "x" }, { at: wish.at, text: "x", id: "1" }, []])
			equal((await change("POST", "/annotations", body)).status, 400, JSON.stringify(body));
		for (const id of ["0", "999999", "x", "99999999999999999999999"]) equal((await change("DELETE", `/annotations/${id}`)).status, 404, id);
		const boosts = (await marks()).filter((row) => row.kind === "boost");
		equal(boosts.reduce((n, row) => n + row.count, 0), (await told(guild.id)).boosts);
		ok(boosts.every((row) => row.id === null && row.text === null));
		await visitor.change("DELETE", `${api}/annotations/${written.id}`);
		equal(await mine(), undefined);
		deepEqual(stack.sql(`SELECT action FROM app.audit_log WHERE guild_id = ${guild.id} AND action LIKE 'annotation%' ORDER BY audit_id`).map((row) => row.action),
			["annotation.create", "annotation.change", "annotation.delete"]);
		const looker = new Visitor(stack);
		await looker.logIn("may see insights");
		equal((await looker.fetch(`${api}/annotations`)).status, 200);
		equal((await looker.fetch(`${api}/annotations`, { method: "POST", body: JSON.stringify(wish), headers: { "x-csrf-token": looker.csrf } })).status, 403);
	});

	await t.test("who came by which invite is known where one change explains it, and honestly unknown else", async () => {
		const newcomers = Array.from({ length: 12 }, (_, i) => String(770_000_000_000_000_000n + BigInt(i)));
		const join = (user_id, invite_code) => ({ act: "join", ...at, user_id, ...(invite_code && { invite_code }) });
		const of = (ids) => stack.sql(`SELECT user_id::text AS id, invite_code AS code, invite_source AS source FROM analytics.member_flow
			WHERE guild_id = ${guild.id} AND kind = 'join' AND user_id IN (${ids}) ORDER BY user_id`);
		const explained = (ids) => until("the joins to be explained", () => {
			const rows = of(ids);
			return rows.length === ids.length && rows.every((row) => row.source) && rows.map((row) => row.code);
		});
		await until("the invites to be listed", () => stack.sql(`SELECT looked_at FROM analytics.invite_watch WHERE guild_id = ${guild.id}
			AND looked_at IS NOT NULL AND skipped IS NULL`).length === 1);
		await until("no join to wait", () => stack.sql(`SELECT count(*) AS n FROM analytics.member_flow WHERE guild_id = ${guild.id} AND kind = 'join'
			AND NOT is_bot AND invite_source IS NULL`)[0].n === 0);
		await inject(...newcomers.map((user_id, i) => ({ act: "user", user_id, username: `newcomer${i}` })),
			...["web", "friend", "once"].map((code) => ({ act: "invite", channel_id: channel, user_id: people[9], code: `${code}-test`, max_uses: code === "once" ? 1 : 0 })));
		const [a, b, c, d, e, f, g] = newcomers;
		await inject(join(a, "web-test"), join(b, "web-test"));
		deepEqual(await explained([a, b]), ["web-test", "web-test"]);
		await inject(join(c, "once-test"));
		deepEqual(await explained([c]), ["once-test"]);
		await inject(join(d, "web-test"), join(e, "friend-test"));
		deepEqual(await explained([d, e]), [null, null]);
		await inject(join(f));
		deepEqual(await explained([f]), [null]);
		await stack.crash("analytics");
		await inject(join(g, "friend-test"));
		deepEqual(await explained([g]), ["friend-test"]);
		const list = await visitor.get(`${api}/invites?period=30d&limit=100`);
		const row = (code) => list.rows.find((one) => one.code === code);
		deepEqual([row("web-test").joins, row("web-test").uses, row("friend-test").joins, row("once-test").joins], [2, 3, 1, 1]);
		ok(!row("once-test").is_valid && row("web-test").is_valid && list.can_see_invites && list.pending === 0);
		equal(list.joins - list.unknown, list.rows.reduce((n, one) => n + one.joins, 0));

		/* The address of the server's own: one invite more, once it has been seen. */
		const [h, k, l, m, n] = newcomers.slice(7);
		await inject({ act: "vanity", ...at, code: "our-town" });
		stack.exec("UPDATE analytics.invite_watch SET features_at = now() - interval '2 hours'");
		await inject(join(h, "our-town"));
		deepEqual(await explained([h]), [null]);
		await inject(join(k, "our-town"));
		deepEqual(await explained([k]), ["our-town"]);
		await inject(join(l, "our-town"), join(m, "web-test"));
		deepEqual(await explained([l, m]), [null, null]);
		await inject(join(n, "web-test"));
		deepEqual(await explained([n]), ["web-test"]);
		const { rows } = await visitor.get(`${api}/invites?period=30d&limit=100`);
		deepEqual(rows.filter((one) => one.is_vanity).map((one) => [one.code, one.joins, one.uses, one.inviter, one.is_valid]), [["our-town", 1, 3, null, true]]);
	});

	await t.test("games are kept where the guild opted in, and nowhere else", async () => {
		const play = (user_id, name) => ({ act: "raw", t: "PRESENCE_UPDATE", ...at,
			d: { ...at, user: { id: user_id }, status: "online", activities: name ? [{ type: 4, name: "mood" }, { type: 0, name }] : [], client_status: {} } });
		const games = () => visitor.get(`${api}/games?period=30d`);
		await inject(play(people[9], "Chess"));
		await drained(stack);
		const before = await games();
		deepEqual([before.rows, before.is_wanted, before.is_told], [[], false, true]);
		await visitor.change("PATCH", api, { wants_presence: true });
		await inject(play(people[9], "Chess"), play(people[9], null), play(people[9], "Chess"), play(people[10], "Chess"), play(people[10], "<b>Go</b>"));
		await drained(stack);
		const after = await games();
		deepEqual([after.is_wanted, after.rows.map((row) => [row.name, row.players])], [true, [["Chess", 2], ["<b>Go</b>", 1]]]);
	});

	await t.test("how many are online is asked of Discord, where the guild opted in", async () => {
		const looks = () => stack.sql(`SELECT coalesce(sum(looks), 0)::int AS n, coalesce(sum(total), 0)::int AS total, max(peak) AS peak
			FROM analytics.online_hourly WHERE guild_id = ${guild.id}`)[0];
		const shows = (status, ids) => inject(...ids.map((user_id) => ({ act: "presence", ...at, user_id, status })));
		const look = async () => {
			const before = looks();
			stack.exec("UPDATE analytics.online_watch SET due_at = '-infinity'");
			await until("Discord to be asked", () => looks().n > before.n);
			return looks().total - before.total;
		};
		await until("the guild to be looked at", () => looks().n > 0);
		const first = looks().total;
		await shows("offline", people.slice(0, 6));
		const few = await look();
		await shows("online", people.slice(0, 3));
		await shows("dnd", people.slice(3, 5));
		const seen = [first, few, await look()];
		equal(seen[2], few + 5);
		const { series } = await visitor.get(`${api}/community?period=30d`);
		const values = (key) => series.find((one) => one.key === key).values.filter((value) => value !== null);
		equal(Math.max(...values("online_peak")), Math.max(...seen));
		ok(values("online_mean").length > 1 || values("online_mean")[0] === Math.round(seen.reduce((a, b) => a + b) / 3), `${values("online_mean")} of ${seen}`);
		deepEqual(stack.sql("SELECT DISTINCT guild_id::text AS id FROM analytics.online_hourly"), [{ id: guild.id }]);
		await visitor.change("PATCH", api, { wants_presence: false });
		stack.exec("UPDATE analytics.online_watch SET due_at = '-infinity'");
		await inject({ act: "nick", ...at, user_id: people[2], nick: "later" });
		await drained(stack);
		equal(looks().n, 3);
	});

	await t.test("whom the settings leave out is left out here, too", async () => {
		const rows = (query) => stack.sql(query);
		const who = new Map(rows(`SELECT user_id::text AS id, roles::text[] AS roles, is_bot FROM analytics.member WHERE guild_id = ${guild.id}`).map((row) => [row.id, row]));
		const acts = rows(`SELECT user_id::text AS id, kind FROM analytics.moderation WHERE guild_id = ${guild.id}`);
		const uses = rows(`SELECT user_id::text AS id, sum(uses)::int AS n FROM analytics.command_hourly WHERE guild_id = ${guild.id} GROUP BY 1`);
		const role = people.flatMap((id) => who.get(id).roles)[0] ?? "1";
		const room = guild.channels.find((one) => one.type === 2);
		const counts = (id) => id !== people[0] && id !== people[9] && !who.get(id)?.is_bot && !who.get(id)?.roles.includes(role);
		await visitor.change("PATCH", api, { excluded_members: [people[0], people[9]], excluded_roles: [role], excluded_channels: [channel] });
		const { series } = await visitor.get(`${api}/community?period=30d`);
		const sum = (key) => series.find((one) => one.key === key).values.reduce((a, b) => a + (b ?? 0), 0);
		const left = (kind) => acts.filter((act) => act.kind === kind && counts(act.id)).length;
		deepEqual([sum("bans"), sum("timeouts")], [left("ban"), left("timeout")]);
		equal(sum("commands"), uses.filter(({ id }) => counts(id)).reduce((n, one) => n + one.n, 0));
		ok(left("timeout") < acts.filter((act) => act.kind === "timeout").length);
		equal((await visitor.get(`${api}/moderation?period=30d&limit=100`)).total, acts.filter((act) => counts(act.id)).length);
		deepEqual((await visitor.get(`${api}/games?period=30d&sort=name`)).rows.map((row) => [row.name, row.players]), counts(people[10]) ? [["<b>Go</b>", 1], ["Chess", 1]] : []);
		await inject({ act: "event", ...at, name: "In a room", user_id: people[1], channel_id: room.id, starts_at_ms: (await worldNow()) + MINUTE_MS });
		await drained(stack);
		const names = async () => (await visitor.get(`${api}/events?period=7d&limit=100`)).rows.map((row) => row.name);
		ok((await names()).includes("In a room"));
		await visitor.change("PATCH", api, { excluded_members: [], excluded_roles: [], excluded_channels: [Number(room.parent_id) ? room.parent_id : room.id] });
		ok(!(await names()).includes("In a room"));
		await visitor.change("PATCH", api, { excluded_channels: [] });
	});

	await t.test("a crowd that comes and goes again is a raid", async () => {
		const ids = Array.from({ length: 60 }, (_, i) => String(880_000_000_000_000_000n + BigInt(i)));
		await inject(...ids.map((user_id, i) => ({ act: "user", user_id, username: `raider${i}` })), ...ids.map((user_id) => ({ act: "join", ...at, user_id })));
		await inject(...ids.slice(0, 50).map((user_id) => ({ act: "ban", ...at, user_id, by_id: people[0] })));
		await drained(stack);
		const raid = (await visitor.get(`${api}/annotations?period=30d`)).rows.find((row) => row.kind === "raid");
		ok(raid && raid.count >= ids.length, JSON.stringify(raid));
	});
} finally {
	await t.test("Ctrl-C ends everything", async () => {
		const code = await stack.down();
		ok(code === 0, `exit code ${code}\n${stack.log.slice(-3000)}`);
	});
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else await stack.remove();
	t.end();
}

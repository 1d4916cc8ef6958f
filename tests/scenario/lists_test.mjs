/*
 * Tables of channels and members, messages, filters and the rows behind them: what api answers, held
 * against the simulator's own counts.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const THREADS = [10, 11, 12];
const RULES = ["raw_ms", "present_ms", "engaged_ms", "talking_ms"];

const t = tap();
const stack = await Stack.start({ SIM_HISTORY_DAYS: "9" });
const visitor = new Visitor(stack);
let guild, told, world, path;

/* Rows of the simulator: [channel, user, hour, messages, replies, attachments, characters, edits, reactions]. */
const FIGURES = ["messages", "replies", "attachments", "characters", "edits", "reactions_given"];
const topOf = (id) => {
	const channel = world.channels.find((one) => one.id === id);
	return channel && THREADS.includes(channel.type) ? channel.parent_id : id;
};
const categoryOf = (id) => {
	const parent = world.channels.find((one) => one.id === topOf(id))?.parent_id ?? "0";
	return parent === "0" ? null : parent;
};

function added(rows, keyOf) {
	const sums = new Map();
	for (const row of rows) {
		const key = keyOf(row);
		const one = sums.get(key) ?? { writers: new Set(), figures: FIGURES.map(() => 0) };
		if (row[3] > 0) one.writers.add(row[1]);
		FIGURES.forEach((_, i) => (one.figures[i] += row[3 + i]));
		sums.set(key, one);
	}
	return sums;
}
const figuresOf = (row) => FIGURES.map((key) => row[key]);
const allOf = async (list, query) => {
	const rows = [];
	for (;;) {
		const answer = await visitor.get(`${path}/${list}?period=all&limit=100&offset=${rows.length}&${query}`);
		rows.push(...answer.rows);
		if (rows.length >= answer.total) return { ...answer, rows };
		ok(answer.rows.length > 0, "a page that is not the last has rows");
	}
};
/* What the list says of those in which something happened, by id. */
function matches(list, sums) {
	const busy = list.rows.filter((row) => figuresOf(row).some((value) => value > 0));
	deepStrictEqual(
		Object.fromEntries(busy.map((row) => [row.id, figuresOf(row)])),
		Object.fromEntries([...sums].filter(([, one]) => one.figures.some((value) => value > 0)).map(([id, one]) => [id, one.figures])));
}

/* What is asked without a filter leaves out what the guild leaves out: the first channels and members, the hours of the
 * week, voice. Answers what is said of voice. */
async function shortWays(what, isWanted) {
	const rows = told.rows.filter(isWanted);
	const written = (keyOf) => Object.fromEntries([...added(rows, keyOf)].flatMap(([id, { figures }]) => (figures[0] ? [[id, figures[0]]] : [])));
	const ranked = (list) => Object.fromEntries(list.map((row) => [row.id, row.messages]));
	const { channels, total } = await visitor.get(`${path}/channels/top?period=all&limit=100`);
	deepStrictEqual(ranked(channels), written((row) => topOf(row[0])), what);
	equal(total, sum(rows.map((row) => row[3])), what);
	const { members } = await visitor.get(`${path}/members/top?period=all&limit=100`);
	deepStrictEqual(ranked(members), written((row) => row[1]), what);
	const before = (await visitor.get(`${path}/members/top?period=7d`)).members;
	const listed = (await visitor.get(`${path}/members?period=7d&limit=100`)).rows;
	deepStrictEqual(before.map((row) => row.previous_messages), before.map((row) => listed.find(({ id }) => id === row.id).previous?.messages ?? null), what);
	const { cells } = await visitor.get(`${path}/hours?period=all&metric=messages`);
	equal(sum(cells.flat()), total, what);
	const voice = await visitor.get(`${path}/voice?period=all`);
	const { totals } = await visitor.get(`${path}/channels?period=all`);
	deepStrictEqual(voice.rules.map((rule) => rule.ms), RULES.map((rule) => totals[rule]), what);
	const talked = await visitor.get(`${path}/hours?period=all&metric=raw`);
	equal(sum(talked.cells.flat()), totals.raw_ms, what);
	return voice;
}

try {
	await t.test("the history has been told, days are made, and everybody hung up", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
		await visitor.logIn("owns every server");
		const counts = (await stack.control("GET", "counts")).guilds;
		const id = Object.keys(counts).sort((a, b) => counts[b].messages - counts[a].messages)[0];
		told = (await stack.control("GET", `counts?rows=1&guild=${id}`)).guilds[id];
		world = (await stack.control("GET", "world")).guilds.find((one) => one.id === id);
		guild = id;
		/* A category, which so small a community has none of. */
		const one = world.channels.find((channel) => channel.type === 0);
		stack.exec(`INSERT INTO analytics.channel (guild_id, channel_id, kind, name) VALUES (${id}, 77, 4, 'Rooms');
			UPDATE analytics.channel SET parent_id = 77 WHERE guild_id = ${id} AND channel_id = ${one.id}`);
		one.parent_id = "77";
		path = `/api/v1/guilds/${id}`;
		ok(told.messages > 100, "there was something to count");
	});

	await t.test("every channel, threads rolled up and apart, and categories", async () => {
		const rolled = await allOf("channels", "");
		matches(rolled, added(told.rows, (row) => topOf(row[0])));
		equal(rolled.totals.messages, told.messages);
		for (const row of rolled.rows) {
			const writers = added(told.rows, (one) => topOf(one[0])).get(row.id)?.writers.size ?? 0;
			equal(row.writers, writers, row.name);
			equal(sum(row.sparkline), row.messages, row.name);
		}
		const apart = await allOf("channels", "threads=apart");
		matches(apart, added(told.rows, (row) => row[0]));
		ok(apart.rows.some((row) => THREADS.includes(row.kind) && row.messages > 0), "there are threads");
		matches(await allOf("channels", "by=category"), added(told.rows, (row) => categoryOf(row[0])));
		deepStrictEqual(RULES.map((rule) => rolled.totals[rule]), RULES.map((rule) => told.voice[rule]));
	});

	await t.test("every member, what they wrote and how long they talked", async () => {
		const list = await allOf("members", "");
		matches(list, added(told.rows, (row) => row[1]));
		for (const row of list.rows) {
			const person = told.people[row.id];
			deepStrictEqual(RULES.map((rule) => row[rule]), RULES.map((rule) => person?.voice[rule] ?? 0), row.name);
			ok(row.blocks <= row.messages && (row.messages === 0) === (row.blocks === 0), row.name);
			ok(row.active_days <= 10, row.name);
		}
		ok(list.rows.every((row, i) => i === 0 || list.rows[i - 1].messages >= row.messages), "most first");
		ok(list.rows.every((row) => !row.is_bot));
		const left = new Set(list.rows.filter((row) => row.left_at).map((row) => row.id));
		const without = await allOf("members", "left=without");
		ok(without.rows.every((row) => !left.has(row.id)));
		equal(without.total, list.total - left.size);
	});

	await t.test("sorted by whatever column, in either direction", async () => {
		for (const sort of ["present_ms", "reactions_given", "blocks", "active_days"]) {
			const falling = (await allOf("members", `sort=-${sort}`)).rows.map((row) => row[sort]);
			deepStrictEqual(falling, falling.toSorted((a, b) => b - a), sort);
			const rising = (await allOf("members", `sort=${sort}`)).rows.map((row) => row[sort]);
			deepStrictEqual(rising, falling.toReversed(), sort);
		}
		const joined = (await allOf("members", "sort=-joined")).rows.map((row) => row.joined_at).filter(Boolean);
		deepStrictEqual(joined, joined.toSorted().toReversed());
	});

	await t.test("the first pages, which are found without adding everybody up", async () => {
		for (const sort of ["messages", "present_ms", "engaged_ms", "talking_ms"]) {
			const whole = await allOf("members", `sort=-${sort}`);
			for (const offset of [0, 2]) {
				const page = await visitor.get(`${path}/members?period=all&limit=3&offset=${offset}&sort=-${sort}`);
				deepStrictEqual({ ...page, range: null }, { ...whole, range: null, rows: whole.rows.slice(offset, offset + 3) }, sort);
			}
		}
	});

	await t.test("found by a part of the name, and by id", async () => {
		const { rows } = await allOf("members", "");
		const [one] = rows;
		const part = one.name.slice(1, -1);
		const search = (text) => visitor.get(`${path}/members?period=all&limit=100&q=${encodeURIComponent(text)}`);
		const found = await search(part);
		ok(found.rows.some((row) => row.id === one.id));
		/* Those who are looked up are counted as in the list of everybody. */
		const shown = (row) => [row.id, row.name, row.messages, row.attachments, row.characters, row.reactions_received, row.blocks, row.active_days];
		deepStrictEqual(found.rows.map(shown), rows.filter((row) => found.rows.some((other) => other.id === row.id)).map(shown));
		deepStrictEqual([found.total, found.totals.messages], [found.rows.length, sum(found.rows.map((row) => row.messages))]);
		const nobody = await search("nobody is called this");
		deepStrictEqual([nobody.rows, nobody.total, nobody.totals.messages], [[], 0, 0]);
		deepStrictEqual((await visitor.get(`${path}/members?q=${one.id}`)).rows.map((row) => row.id), [one.id]);
		equal((await visitor.get(`${path}/members?q=${encodeURIComponent("%")}`)).rows.filter((row) => !row.name.includes("%") && !row.username.includes("%")).length, 0);
	});

	await t.test("messages of everybody, and under filters", async () => {
		const whole = await visitor.get(`${path}/messages?period=all`);
		const value = (answer, key) => answer.figures.find((one) => one.key === key).value;
		deepStrictEqual(["messages", "deletions"].map((key) => value(whole, key)), [told.messages, told.deletions]);
		for (const figure of whole.figures.filter((one) => one.key !== "writers")) equal(sum(figure.values), figure.value, figure.key);

		const byChannel = added(told.rows, (row) => topOf(row[0]));
		const byMember = added(told.rows, (row) => row[1]);
		const [channel] = [...byChannel].sort((a, b) => b[1].figures[0] - a[1].figures[0])[0];
		const [member] = [...byMember].sort((a, b) => b[1].figures[0] - a[1].figures[0])[0];
		const check = async (query, isMeant) => {
			const rows = told.rows.filter(isMeant), answer = await visitor.get(`${path}/messages?period=all&${query}`);
			const all = added(rows, () => "").get("") ?? { figures: FIGURES.map(() => 0), writers: new Set() };
			deepStrictEqual(FIGURES.map((key) => value(answer, key)), all.figures, query);
			equal(value(answer, "writers"), all.writers.size, query);
			equal(value(answer, "deletions"), null, query);
			const hours = await visitor.get(`${path}/messages?period=all&bucket=hour&${query}`);
			deepStrictEqual(FIGURES.map((key) => sum(hours.figures.find((one) => one.key === key).values)), all.figures, `${query} by the hour`);
		};
		await check(`channel=${channel}`, (row) => topOf(row[0]) === channel);
		await check(`member=${member}`, (row) => row[1] === member);
		await check(`channel=${channel}&member=${member}`, (row) => topOf(row[0]) === channel && row[1] === member);
		const category = told.rows.map((row) => categoryOf(row[0])).find(Boolean);
		await check(`category=${category}`, (row) => categoryOf(row[0]) === category);
		await check("channel=1", () => false);
		const roles = stack.sql(`SELECT user_id::text, roles::text[] FROM analytics.member WHERE guild_id = ${guild}`);
		const role = roles.flatMap((one) => one.roles)[0];
		const holders = new Set(roles.filter((one) => one.roles.includes(role)).map((one) => one.user_id));
		await check(`role=${role}`, (row) => holders.has(row[1]));
	});

	await t.test("messages of people, from what is kept of days, are those of everybody less the bots'", async () => {
		const less = (all, some) => (Array.isArray(all) ? all.map((one, i) => less(one, some[i])) : all === null ? null : all - some);
		for (const query of ["period=7d", "period=7d&compare=none&bucket=month", "period=month&bucket=week", "period=yesterday&bucket=day", "period=all&bucket=week"]) {
			const [people, all, bots] = await Promise.all(["without", "with", "only"].map(async (kind) =>
				(await visitor.get(`${path}/messages?${query}&bots=${kind}`)).figures.filter((one) => one.key !== "deletions")));
			people.forEach((figure, i) => {
				for (const part of ["value", "previous", "values", "previous_values"])
					deepStrictEqual(figure[part], less(all[i][part], bots[i][part]), `${query} ${figure.key} ${part}`);
			});
		}
	});

	await t.test("channels, from what is kept of days, likewise", async () => {
		const keys = [...FIGURES, "reactions_received", ...RULES];
		for (const [query, sort] of [["period=7d", "messages"], ["period=all", "reactions_received"], ["period=last_month", "characters"], ["period=30d", "raw_ms"]]) {
			const [people, all, bots] = await Promise.all(["without", "with", "only"].map(async (kind) =>
				new Map((await visitor.get(`${path}/channels?${query}&sort=-${sort}&limit=100&bots=${kind}`)).rows.map((row) => [row.id, row]))));
			for (const [id, row] of people) {
				const told = { ...all.get(id) }, less = bots.get(id);
				for (const key of [...keys, "writers", "talkers"]) told[key] -= less?.[key] ?? 0;
				for (const key of keys) if (told.previous) told.previous[key] -= less?.previous?.[key] ?? 0;
				told.sparkline = told.sparkline.map((value, i) => value - (less?.sparkline[i] ?? 0));
				deepStrictEqual(row, told, `${query} ${sort} ${row.name}`);
			}
		}
	});

	await t.test("cards, series and heatmap under a filter", async () => {
		const by = added(told.rows, (row) => row[1]);
		const [member] = Object.entries(told.people).filter(([id, one]) => one.voice.talking_ms > 0 && by.get(id)?.figures[0] > 0)
			.sort((a, b) => b[1].voice.present_ms - a[1].voice.present_ms)[0];
		const person = told.people[member], written = by.get(member).figures[0];
		const filter = `period=all&member=${member}`;
		const { figures } = await visitor.get(`${path}/overview?${filter}`);
		const card = (key) => figures.find((one) => one.key === key).value;
		deepStrictEqual(["messages", "voice", "reactions", "active_members", "communicators", "members"].map(card),
			[written, person.voice.present_ms, person.reactions, 1, 1, null]);
		for (const bucket of ["hour", "day", "week", "month"]) {
			const { series } = await visitor.get(`${path}/timeseries?metric=voice&bucket=${bucket}&${filter}`);
			deepStrictEqual(series.map((one) => [one.key, sum(one.values)]), RULES.map((rule) => [rule, person.voice[rule]]), bucket);
		}
		const cells = async (metric) => sum((await visitor.get(`${path}/heatmap?metric=${metric}&${filter}`)).cells.map(sum));
		deepStrictEqual([await cells("messages"), await cells("voice")], [written, person.voice.present_ms]);
		const talk = await visitor.get(`${path}/voice?${filter}`);
		deepStrictEqual(talk.rules.map((one) => one.ms), RULES.map((rule) => person.voice[rule]));
		equal(talk.rules[0].peak, 1, "alone they are one at once");
		const week = async (metric, query = filter) => sum((await visitor.get(`${path}/hours?metric=${metric}&${query}`)).cells.map(sum));
		deepStrictEqual([await week("messages"), await week("talking")], [written, person.voice.talking_ms]);
		equal(await week("joins"), await week("joins", "period=all"), "joins obey no filter");
		equal((await visitor.get(`${path}/voice?period=all&bots=only`)).rules[0].ms, 0, "bots are in nobody's time");

		const [channel] = [...added(told.rows, (row) => topOf(row[0]))].sort((a, b) => b[1].figures[0] - a[1].figures[0])[0];
		const there = (await visitor.get(`${path}/overview?period=all&channel=${channel}`)).figures;
		deepStrictEqual(there.filter((one) => one.value === null).map((one) => one.key), ["members", "net_growth", "joins", "leaves"]);
		/* All roles and bots there are: the same as no filter, by another way. */
		const whole = (await visitor.get(`${path}/overview?period=all`)).figures;
		const again = (await visitor.get(`${path}/overview?period=all&role=${guild}&bots=without`)).figures;
		const left = stack.sql(`SELECT count(*)::int AS n FROM analytics.member WHERE guild_id = ${guild} AND left_at IS NOT NULL`)[0].n;
		if (left === 0) for (const key of ["messages", "active_members", "communicators", "dau", "voice", "reactions"])
			equal(again.find((one) => one.key === key).value, whole.find((one) => one.key === key).value, key);
	});

	await t.test("the rows behind", async () => {
		const rows = [];
		for (let total = 1; rows.length < total;) {
			const answer = await visitor.get(`${path}/rows?of=messages&period=all&limit=100&offset=${rows.length}`);
			total = answer.total;
			rows.push(...answer.rows);
		}
		equal(sum(rows.map((row) => row.values.messages)), told.messages);
		ok(rows.every((row, i) => i === 0 || rows[i - 1].at >= row.at), "newest first");
		const flow = await visitor.get(`${path}/rows?of=flow&period=all&limit=100`);
		equal(flow.rows.filter((row) => row.values.kind === "join").length, Math.min(told.joins, 100));
	});

	await t.test("a guild's exclusions are left out, and can be undone", async () => {
		const [{ id: channel }] = (await allOf("channels", "")).rows;
		const before = (await visitor.get(`${path}/messages?period=all`)).figures[0].value;
		stack.exec(`INSERT INTO app.guild_settings (guild_id, excluded_channels) VALUES (${guild}, '{${channel}}')
			ON CONFLICT (guild_id) DO UPDATE SET excluded_channels = excluded.excluded_channels`);
		const rest = sum(told.rows.filter((row) => topOf(row[0]) !== channel).map((row) => row[3]));
		equal((await visitor.get(`${path}/messages?period=all`)).figures[0].value, rest);
		ok((await allOf("channels", "")).rows.every((row) => row.id !== channel));

		await shortWays(`channel ${channel}`, (row) => topOf(row[0]) !== channel);
		stack.exec(`UPDATE app.guild_settings SET excluded_channels = '{}' WHERE guild_id = ${guild}`);
		equal((await visitor.get(`${path}/messages?period=all`)).figures[0].value, before);
		const whole = await shortWays("nothing", () => true);

		const [{ id: member }] = (await allOf("members", "sort=-raw_ms")).rows;
		stack.exec(`UPDATE app.guild_settings SET excluded_members = '{${member}}' WHERE guild_id = ${guild}`);
		const voice = await shortWays(`member ${member}`, (row) => row[1] !== member);
		stack.exec(`UPDATE app.guild_settings SET excluded_members = '{}' WHERE guild_id = ${guild}`);
		ok(voice.sessions < whole.sessions && voice.stream_ms <= whole.stream_ms && voice.video_ms <= whole.video_ms);
		voice.rules.forEach((rule, i) => ok(rule.peak <= whole.rules[i].peak && rule.peak >= whole.rules[i].peak - 1, rule.rule));

		/* An exclusion nobody falls under changes nothing, so both ways have to say the same. */
		stack.exec(`UPDATE app.guild_settings SET excluded_members = '{1}' WHERE guild_id = ${guild}`);
		const same = await shortWays("nobody", () => true);
		stack.exec(`UPDATE app.guild_settings SET excluded_members = '{}' WHERE guild_id = ${guild}`);
		deepStrictEqual(same.rules, whole.rules);
		deepStrictEqual([same.sessions, same.stream_ms, same.video_ms], [whole.sessions, whole.stream_ms, whole.video_ms]);
	});

	await t.test("filters are saved, shared and taken away", async () => {
		const filter = { channel: ["1", "2"], bots: "with" };
		const { filters } = await visitor.change("POST", `${path}/filters`, { name: "<b>=1+1</b>", filter, is_shared: true });
		deepStrictEqual(filters.map((one) => [one.name, one.filter, one.is_shared, one.is_mine]), [["<b>=1+1</b>", filter, true, true]]);
		const other = await visitor.change("POST", `${path}/filters`, { name: "other", filter });
		const { id } = other.filters.find((one) => one.name === "other");
		const rename = (name, of = id) => visitor.fetch(`${path}/filters/${of}`, {
			method: "PATCH", body: JSON.stringify({ name }), headers: { "x-csrf-token": visitor.csrf },
		});
		const renamed = await (await rename("  Имя 🦄 ")).json();
		deepStrictEqual(renamed.filters.map((one) => one.name).sort(), ["<b>=1+1</b>", "Имя 🦄"]);
		equal((await rename("Имя 🦄")).status, 200);
		const taken = await rename("<b>=1+1</b>");
		deepStrictEqual([taken.status, (await taken.json()).type], [409, "/problems/name-taken"]);
		for (const name of ["", "  ", "я".repeat(61), "a\nb", 5, undefined]) equal((await rename(name)).status, 400, String(name));
		equal((await rename("я".repeat(60))).status, 200);
		const [{ me }] = stack.sql(`SELECT user_id::text AS me FROM app.saved_filter WHERE filter_id = ${id}`);
		stack.exec(`UPDATE app.saved_filter SET user_id = 1 WHERE filter_id = ${filters[0].id}`);
		for (const of of [filters[0].id, "0", "x", "99999999999999999999"]) equal((await rename("not mine", of)).status, 404, of);
		stack.exec(`UPDATE app.saved_filter SET user_id = ${me} WHERE filter_id = ${filters[0].id}`);
		await visitor.change("DELETE", `${path}/filters/${id}`);
		deepStrictEqual((await visitor.change("DELETE", `${path}/filters/${filters[0].id}`)).filters, []);
		const refused = async (body) => (await visitor.fetch(`${path}/filters`, {
			method: "POST", body: JSON.stringify(body), headers: { "x-csrf-token": visitor.csrf },
		})).status;
		for (const body of [{}, { name: "x" }, { name: "x", filter: {} }, { name: "x", filter: { channel: ["a"] } },
			{ name: "x", filter: { bots: "th" } }, { name: "x".repeat(61), filter }, { name: "", filter }])
			equal(await refused(body), 400, JSON.stringify(body));
	});

	await t.test("what makes no sense is refused by name, what is not there is not found", async () => {
		const status = async (query) => (await visitor.fetch(`${path}/${query}`)).status;
		for (const query of ["channels?sort=nothing", "channels?limit=0", "channels?limit=101", "channels?offset=-1", "channels?by=x",
			"channels?threads=x", "members?left=x", "members?bots=x", "members?channel=x", "members?channel=1,,2",
			`members?member=${Array(51).fill(1)}`, "messages?bucket=x", "messages?period=custom&from=2026-02-01&to=2026-01-01",
			"rows", "rows?of=x", "voice?channel=x", "hours?role=x", `members?q=${"x".repeat(401)}`, "messages?channel=99999999999999999999"])
			equal(await status(query), 400, query);
		for (const query of ["channels/1", "members/1", "channels/x", "members/99999999999999999999"]) equal(await status(query), 404, query);
		equal((await visitor.fetch(`/api/v1/guilds/1/members`)).status, 404);
	});
} finally {
	await t.test("Ctrl-C ends everything", async () => equal(await stack.down(), 0));
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else stack.remove();
	t.end();
}

/*
 * A person with a browser: in through the consent page, to a server, to its figures; and everybody
 * who may not. What the page says is held against the simulator's own counts.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { readFileSync } from "node:fs";
import { barriers, Browser, inColours, overflow, rowsOf, tabStops } from "../harness/browser.mjs";
import { addDays, cardTexts, count, dayOf, duration, figuresOf, startOf, weekHour } from "../harness/figures.mjs";
import { drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";

const BERLIN = "Europe/Berlin";
const OWNER = /owns every server/, INSIGHTS = /may see insights/, MEMBER = /a plain member/;
const VISITOR_REFUSALS = [[401, "/api/v1/me"]];
const russian = Object.assign({}, ...["ru", "ru/guild", "ru/overview"].map((name) =>
	JSON.parse(readFileSync(new URL(`../../locales/${name}.json`, import.meta.url), "utf8"))));
const HOUR_MS = 3_600_000;

/* A day must not end while its figures are compared. */
await until("midnight to be over", () =>
	["UTC", BERLIN].every((zone) => dayOf(Date.now(), zone) === dayOf(Date.now() + 150_000, zone)), 200_000);

const t = tap();
const stack = await Stack.start({ SIM_HISTORY_DAYS: "4", SIM_ACTIVITY: "300" });
const browser = await Browser.start();
const owner = await browser.visitor(VISITOR_REFUSALS);
const page = await owner.newPage();
const today = dayOf(Date.now(), "UTC");
const past = { from: addDays(today, -3), to: addDays(today, -1) };
let world, guild, other;

const overview = (query = "") => `${stack.url}/guilds/${guild.id}${query}`;
const customQuery = ({ from, to }) => `?period=custom&from=${from}&to=${to}`;

/* Tries an assertion again until it holds: pages fetch what they show. */
const holds = (what, assertion) => until(what, async () => {
	await assertion();
	return true;
}, 30_000);

async function chooseAccount(on, note, button = "Authorize") {
	await on.getByRole("radio", { name: note }).check();
	await on.getByRole("button", { name: button }).click();
}

async function logIn(on, note) {
	await on.goto(stack.url);
	await on.getByRole("link", { name: "Log in with Discord" }).click();
	await chooseAccount(on, note);
	await on.getByRole("heading", { name: "Your servers", level: 1 }).waitFor();
}

const pick = async (on, menu, item) => {
	await on.getByRole("button", { name: menu, exact: true }).click();
	await on.getByRole("menuitemradio", { name: item, exact: true }).click();
};

/* --- what is on the page --- */

const cards = async (on) => Object.fromEntries(
	await on.getByRole("region", { name: "Figures", exact: true }).getByRole("listitem").evaluateAll((items) =>
		items.map((item) => [item.querySelector("h3").textContent, item.querySelector("p").textContent])));

const cardsShow = (figures, on = page) =>
	holds("the cards", async () => deepStrictEqual(await cards(on), cardTexts(figures.cards)));

const live = (on, name) => on.getByRole("region", { name: "Right now" }).locator("div")
	.filter({ has: on.getByRole("term").getByText(name, { exact: true }) }).getByRole("definition").textContent();

const numberOf = (text) => Number(text.replaceAll(",", "").replace("—", "0"));
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/* The chart's table, as one object a row. */
async function chartTable(name) {
	const button = page.getByRole("button", { name: `${name}: show as table` });
	if (await button.count()) await button.click();
	const [head, ...rows] = await rowsOf(page.getByRole("region", { name: `${name}, as a table` }).getByRole("table"));
	return rows.map((row) => Object.fromEntries(row.map((cell, place) => [head[place], cell])));
}

const columnSum = (rows, title) => sum(rows.map((row) => numberOf(row[title])));

async function isOpenToAll() {
	for (const colours of ["dark", "light"]) {
		await inColours(page, colours);
		deepStrictEqual(await barriers(page), [], colours);
	}
}

/* --- what Discord says of names --- */

async function discord(path) {
	const response = await fetch(`${stack.sim}/api/v10/${path}`, { headers: { authorization: "Bot simulated-bot-token" } });
	equal(response.status, 200, path);
	return response.json();
}

async function memberNames() {
	const members = await discord(`guilds/${guild.id}/members?limit=1000`);
	return new Map(members.map(({ nick, user }) => [user.id, nick ?? user.global_name ?? user.username]));
}

/* The list shows the biggest of them; equal ones may stand in any order. */
function ranksAs(shown, ranking, nameOf) {
	deepStrictEqual(shown.map(([, value]) => value), ranking.slice(0, shown.length).map(([, value]) => value));
	const known = new Set(ranking.map(([id, value]) => `${nameOf(id)} ${value}`));
	for (const [name, value] of shown) ok(known.has(`${name} ${value}`), `${name} ${value}`);
	equal(shown.length, Math.min(8, ranking.length));
}

/* Of a range up to a week each hour of the week comes once: its mean is its sum. */
async function weekShows(figures, { from, to }, zone) {
	const inRange = new Set();
	for (let ms = startOf(from, zone); ms < startOf(addDays(to, 1), zone); ms += HOUR_MS) inRange.add(weekHour(ms, zone));
	const [, ...rows] = await rowsOf(page.getByRole("table", { name: /^Messages per hour/ }));
	const shown = rows.map((row) => row.slice(1));
	deepStrictEqual(shown, Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => {
		const key = `${day} ${hour}`;
		return inRange.has(key) ? count(figures.weekHours.get(key) ?? 0) : "—";
	})));
	equal(sum(shown.flat().map(numberOf)), figures.cards.messages);
}

/* --- the stories --- */

async function prepare() {
	await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
	await stack.control("POST", "clock", { paused: true });
	world = await stack.control("GET", "world");
	[guild, other] = world.guilds;
	const channel = guild.channels.find((one) => one.type === 0);
	const [first, second] = guild.members.filter((member) => !member.bot);
	const thread = await stack.control("POST", "inject",
		{ act: "thread", channel_id: channel.id, user_id: first.id, name: "A thread", at_ms: Date.now() });
	const guest = await stack.control("POST", "inject", { act: "user", username: "guest" });
	const message = await stack.control("POST", "inject",
		{ act: "message", channel_id: thread.id, user_id: second.id, content: "in a thread" });
	await stack.control("POST", "inject", { acts: [
		{ act: "message", channel_id: thread.id, user_id: first.id, content: "in a thread, too" },
		{ act: "react", channel_id: thread.id, message_id: message.id, user_id: first.id, emoji: "👍" },
		{ act: "join", guild_id: guild.id, user_id: guest.id },
		{ act: "leave", guild_id: guild.id, user_id: guest.id },
	] });
	await drained(stack);
	await hangUp(stack);
	world = await stack.control("GET", "world");
	guild = world.guilds.find((one) => one.id === guild.id);
}

try {
	await t.test("four days of history are there", prepare);

	await t.test("the landing page says what this is, to everybody", async () => {
		await page.goto(stack.url);
		await page.getByRole("complementary", { name: "About this demo" }).getByText("A built-in simulator plays Discord here").waitFor();
		await page.getByRole("link", { name: "Log in with Discord" }).waitFor();
		await page.keyboard.press("Tab");
		equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
		await page.keyboard.press("Enter");
		equal(await page.evaluate(() => document.activeElement.id), "main");
		const stops = await tabStops(page);
		ok(stops.some(({ name }) => name === "Log in with Discord"));
		deepStrictEqual(stops.filter(({ isSeen }) => !isSeen), []);
		await isOpenToAll();
	});

	await t.test("cancelled at Discord: said so, and nobody is logged in", async () => {
		await page.getByRole("link", { name: "Log in with Discord" }).click();
		await chooseAccount(page, OWNER, "Cancel");
		await page.getByRole("alert").getByText("You cancelled at Discord").waitFor();
		equal((await owner.request.get(`${stack.url}/api/v1/me`)).status(), 401);
	});

	await t.test("a forged state is refused", async () => {
		await page.getByRole("link", { name: "Log in with Discord" }).click();
		await page.locator("input[name=state]").evaluate((input) => (input.value = input.value.replace(/^./, (a) => (a === "a" ? "b" : "a"))));
		await chooseAccount(page, OWNER);
		await page.getByRole("alert").getByText("began in another window").waitFor();
		equal((await owner.request.get(`${stack.url}/api/v1/me`)).status(), 401);
		await owner.clearCookies();
	});

	await t.test("login: state, PKCE, consent, and a cookie scripts can not read", async () => {
		const [asked] = await Promise.all([
			page.waitForRequest((request) => request.url().startsWith(`${stack.sim}/oauth2/authorize`)),
			logIn(page, OWNER),
		]);
		const query = new URL(asked.url()).searchParams;
		equal(query.get("code_challenge_method"), "S256");
		ok(query.get("code_challenge").length === 43 && query.get("state").length >= 22, query.toString());
		equal(query.get("scope"), "identify guilds");
		const { httpOnly, sameSite } = (await owner.cookies(stack.url)).find(({ name }) => name === "rations_session");
		deepStrictEqual({ httpOnly, sameSite }, { httpOnly: true, sameSite: "Lax" });
	});

	await t.test("the picker lists the servers of the world, and adds the bot where it is not", async () => {
		const group = (title) => page.locator("section").filter({ has: page.getByRole("heading", { name: title }) });
		const listed = async (title) => (await group(title).getByRole("listitem").allInnerTexts())
			.map((text) => text.split("\n").map((line) => line.trim()).filter(Boolean)).sort();
		const lines = async (one) => {
			const { messages } = (await stack.control("GET", `counts?guild=${one.id}`)).guilds[one.id];
			return [one.name, `${count(one.member_count)} members`, `${count(messages)} messages in 7 days`];
		};
		const both = [await lines(guild), await lines(other)].sort();
		await holds("both servers", async () => deepStrictEqual(await listed("Watched by Rations"), both));
		equal(await group("Without the bot").count(), 0);

		await stack.control("POST", "inject", { act: "remove_bot", guild_id: other.id });
		await holds("the server without the bot", async () => {
			await page.reload();
			await page.getByRole("heading", { name: "Watched by Rations" }).waitFor();
			deepStrictEqual(await listed("Without the bot"), [[other.name, "The bot is not here", "Data deleted in 30 days", "Keep", "Add"]]);
		});
		deepStrictEqual(await listed("Watched by Rations"), [await lines(guild)]);
		await isOpenToAll();

		await page.getByRole("link", { name: `Add the bot to ${other.name}` }).click();
		await page.getByRole("radio", { name: other.name }).check();
		await page.getByRole("button", { name: "Authorize" }).click();
		await page.getByText("The bot is in").waitFor();
		await drained(stack);
		await page.goto(`${stack.url}/guilds`);
		await holds("the server with the bot again", async () => equal((await listed("Watched by Rations")).length, 2));
	});

	await t.test("the figures of three past days are the simulator's", async () => {
		await page.getByRole("link", { name: guild.name }).click();
		await page.getByRole("heading", { name: guild.name, level: 1 }).waitFor();
		await page.getByRole("button", { name: "Last 28 days" }).click();
		await page.getByRole("menuitemradio", { name: "Custom range" }).click();
		await page.getByLabel("First day").fill(past.from);
		await page.getByLabel("Last day").fill(past.to);
		await page.getByRole("button", { name: "Show", exact: true }).click();

		const figures = await figuresOf(stack, guild.id, past);
		ok(figures.cards.messages > 50 && figures.cards.voice > HOUR_MS && figures.cards.reactions > 10 && figures.threads > 0,
			`there is something to count: ${JSON.stringify(figures.cards)}`);
		await cardsShow(figures);

		const messages = await chartTable("Messages");
		deepStrictEqual(messages.map((row) => numberOf(row["Messages from people"])), figures.days.map((day) => day.messages));
		equal(columnSum(messages, "Messages from bots"), figures.bots);
		equal(columnSum(messages, "Reactions"), figures.cards.reactions);
		const members = await chartTable("Members");
		equal(columnSum(members, "Joins"), figures.cards.joins);
		equal(columnSum(members, "Leaves"), figures.cards.leaves);
		equal(numberOf(members.at(-1)["Members"]), figures.cards.members);
		const voice = await chartTable("Voice");
		for (const [title, key] of [["Connected", "raw_ms"], ["Present", "present_ms"], ["Engaged", "engaged_ms"], ["Talking", "talking_ms"]])
			deepStrictEqual(voice.map((row) => row[`${title}, hours`]), figures.days.map((day) => duration(day.voice[key])), title);
	});

	await t.test("top lists and the week are the simulator's", async () => {
		const figures = await figuresOf(stack, guild.id, past);
		const channelNames = new Map(guild.channels.map(({ id, name }) => [id, name]));
		const people = await memberNames();
		const body = async (name) => (await rowsOf(page.getByRole("table", { name, exact: true }))).slice(1);

		ranksAs((await body("Top channels")).map(([name, , n]) => [name, numberOf(n)]), figures.channels, (id) => channelNames.get(id));
		/* behind an avatar stands its letter, where there is no picture */
		const named = (rows, place) => rows.map((row) => [[...people.values()].find((name) => row[0].endsWith(name)), row[place]]);
		ranksAs(named(await body("Top members"), 2).map(([name, n]) => [name, numberOf(n)]), figures.members, (id) => people.get(id));
		await page.getByRole("group", { name: "Ranked by" }).getByRole("button", { name: "Voice" }).click();
		const talkers = figures.talkers.map(([id, ms]) => [id, duration(ms)]);
		await holds("members by voice", async () => ranksAs(named(await body("Top members"), 1), talkers, (id) => people.get(id)));

		await weekShows(figures, past, "UTC");
	});

	await t.test("7 days, today included; yesterday, with the day before beside it", async () => {
		await page.goto(overview());
		await page.getByRole("heading", { name: guild.name, level: 1 }).waitFor();
		await page.keyboard.press("w");
		const week = await figuresOf(stack, guild.id, { from: addDays(today, -6), to: today });
		ok(week.cards.leaves > 0 && week.cards.joins > 0, "somebody came and went");
		await cardsShow(week);
		equal(columnSum(await chartTable("Messages"), "Messages from people"), week.cards.messages);

		await page.keyboard.press("e");
		const yesterday = await figuresOf(stack, guild.id, { from: past.to, to: past.to });
		const before = cardTexts((await figuresOf(stack, guild.id, { from: addDays(today, -2), to: addDays(today, -2) })).cards);
		await cardsShow(yesterday);
		for (const [name, value] of Object.entries(before))
			await page.getByRole("listitem").filter({ has: page.getByRole("link", { name, exact: true }) })
				.getByText(`before: ${value}`, { exact: true }).waitFor();
	});

	await t.test("what happens is on the page without a reload", async () => {
		const watched = await owner.newPage();
		await watched.clock.install();
		await watched.goto(overview("?period=7d"));
		const week = await figuresOf(stack, guild.id, { from: addDays(today, -6), to: today });
		await cardsShow(week, watched);
		await watched.getByRole("status").getByText("Live", { exact: true }).waitFor();
		await watched.evaluate(() => (window.isSamePage = true));
		const channel = guild.channels.find((one) => one.type === 0), somebody = guild.members.find((member) => !member.bot);
		const say = () => stack.control("POST", "inject",
			{ act: "message", channel_id: channel.id, user_id: somebody.id, content: "hello", at_ms: Date.now() });

		const before = numberOf(await live(watched, "Messages today"));
		equal(before, (await figuresOf(stack, guild.id, { from: today, to: today })).cards.messages);
		await say();
		await holds("the live figure", async () => equal(await live(watched, "Messages today"), count(before + 1)));
		ok(numberOf(await live(watched, "Messages, last minute")) >= 1);

		/* The cards follow at most once a minute. */
		await watched.clock.fastForward(61_000);
		await say();
		await holds("the live figure", async () => equal(await live(watched, "Messages today"), count(before + 2)));
		await cardsShow(await figuresOf(stack, guild.id, { from: addDays(today, -6), to: today }), watched);
		ok(await watched.evaluate(() => window.isSamePage), "nothing was loaded anew");
		await watched.close();
	});

	await t.test("another time zone cuts the days elsewhere", async () => {
		const daily = (figures) => figures.days.map((day) => [day.messages, day.bot_messages, day.reactions]);
		const [inBerlin, inUtc] = await Promise.all([BERLIN, "UTC"].map((zone) => figuresOf(stack, guild.id, { ...past, zone })));
		ok(String(daily(inBerlin)) !== String(daily(inUtc)), "something happened around midnight");

		await page.goto(overview(customQuery(past)));
		await page.getByRole("button", { name: "Server settings" }).click();
		await page.getByRole("combobox", { name: "Time zone" }).fill(BERLIN);
		const [patch] = await Promise.all([
			page.waitForRequest((request) => request.method() === "PATCH"),
			page.getByRole("button", { name: "Save", exact: true }).click(),
		]);
		ok(patch.headers()["x-csrf-token"]);
		await page.getByText(`${BERLIN} (GMT`).waitFor();
		await cardsShow(inBerlin);
		const rows = await chartTable("Messages");
		deepStrictEqual(rows.map((row) => ["Messages from people", "Messages from bots", "Reactions"].map((title) => numberOf(row[title]))),
			daily(inBerlin));
		await weekShows(inBerlin, past, BERLIN);
	});

	await t.test("Russian and English, light and dark", async () => {
		await pick(page, "Language", "Русский");
		await page.getByRole("heading", { name: russian.top.channels }).waitFor();
		equal(await page.evaluate(() => document.documentElement.lang), "ru");
		const names = await page.getByRole("region", { name: russian.overview.figures, exact: true })
			.getByRole("heading", { level: 3 }).allTextContents();
		deepStrictEqual(names.toSorted(), Object.values(russian.figure).filter((figure) => figure.name).map((figure) => figure.name).toSorted());
		await page.reload();
		await page.getByRole("heading", { name: russian.top.channels }).waitFor();
		await pick(page, russian.theme.title, russian.theme.dark);
		const red = () => page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)[0]));
		await holds("a dark page", async () => ok(await red() < 64));
		await pick(page, russian.theme.title, russian.theme.light);
		await holds("a light page", async () => ok(await red() > 192));
		await pick(page, russian.theme.title, russian.theme.auto);
		await pick(page, russian.language.title, "English");
		await page.getByRole("heading", { name: "Top channels" }).waitFor();
	});

	await t.test("no barriers on the overview, and all of it by keyboard", async () => {
		await page.reload();
		await page.getByRole("table", { name: "Top members" }).waitFor();
		const stops = await tabStops(page);
		deepStrictEqual(stops.filter(({ isSeen }) => !isSeen), []);
		const buttons = await page.getByRole("button").evaluateAll((all) =>
			all.map((one) => one.getAttribute("aria-label") ?? one.textContent.trim()));
		const reached = new Set(stops.map(({ name }) => name));
		ok(buttons.length > 20);
		deepStrictEqual(buttons.filter((name) => !reached.has(name)), []);
		await isOpenToAll();

		await page.getByRole("button", { name: "Previous period" }).focus();
		await page.keyboard.press("Enter");
		for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
		await page.waitForURL(/compare=none/);
		equal(await page.evaluate(() => document.activeElement.textContent), "No comparison");
	});

	await t.test("fits a phone", async () => {
		await page.setViewportSize({ width: 360, height: 740 });
		for (const path of ["/", "/guilds", `/guilds/${guild.id}`]) {
			await page.goto(`${stack.url}${path}`);
			await page.getByRole("heading", { level: 1 }).waitFor();
			if (path.includes(guild.id)) await page.getByRole("table", { name: "Top members" }).waitFor();
			equal(await overflow(page), 0, path);
		}
		await page.setViewportSize({ width: 1280, height: 900 });
	});

	await t.test("a plain member sees no server, not even by its address", async () => {
		const context = await browser.visitor([...VISITOR_REFUSALS, [404, `/api/v1/guilds/${guild.id}`]]);
		const tab = await context.newPage();
		await logIn(tab, MEMBER);
		await tab.getByRole("heading", { name: "No server to show yet" }).waitFor();
		equal(await tab.getByText(guild.name).count(), 0);
		await tab.goto(overview());
		await tab.getByRole("heading", { name: "This server is not open to you" }).waitFor();
		for (const path of ["", "/overview", "/live", "/members/top"])
			equal((await context.request.get(`${stack.url}/api/v1/guilds/${guild.id}${path}`)).status(), 404, path);
		await context.close();
	});

	await t.test("insights: may look, but not change", async () => {
		const context = await browser.visitor(VISITOR_REFUSALS);
		const tab = await context.newPage();
		await logIn(tab, INSIGHTS);
		await tab.getByRole("link", { name: guild.name }).click();
		await tab.goto(overview(customQuery(past)));
		await cardsShow(await figuresOf(stack, guild.id, { ...past, zone: BERLIN }), tab);
		equal(await tab.getByRole("button", { name: "Server settings" }).count(), 0);
		const me = await (await context.request.get(`${stack.url}/api/v1/me`)).json();
		const answer = await context.request.patch(`${stack.url}/api/v1/guilds/${guild.id}`,
			{ headers: { "x-csrf-token": me.csrf_token }, data: { timezone: "UTC" } });
		deepStrictEqual([answer.status(), (await answer.json()).type], [403, "/problems/manage"]);
		await context.close();
	});

	await t.test("no change without the token, no answer without the cookie", async () => {
		const url = `${stack.url}/api/v1/guilds/${guild.id}`;
		const answer = await owner.request.patch(url, { data: { timezone: "UTC" } });
		deepStrictEqual([answer.status(), (await answer.json()).type], [403, "/problems/csrf"]);
		equal((await (await owner.request.get(url)).json()).timezone, BERLIN);
		for (const path of ["/api/v1/me", "/api/v1/guilds", `/api/v1/guilds/${guild.id}/overview`, `/api/v1/guilds/${guild.id}/live`])
			equal((await fetch(`${stack.url}${path}`)).status, 401, path);
	});

	await t.test("a second start goes on with the same data and the same login", async () => {
		const sums = () => stack.sql(`SELECT sum(messages)::int AS messages, sum(bot_messages)::int AS bot_messages,
			sum(reactions)::int AS reactions, sum(joins)::int AS joins, sum(leaves)::int AS leaves FROM analytics.guild_hourly`)[0];
		const told = async () => Object.values((await stack.control("GET", "counts")).guilds);
		const before = sums(), figures = await figuresOf(stack, guild.id, { ...past, zone: BERLIN });
		await page.goto("about:blank");
		/* The simulator forgets its tokens: who had to ask it for the list of servers now would be logged out. */
		stack.exec("UPDATE app.account SET guilds_fetched_at = now() + interval '5 minutes'");
		equal(await stack.down(), 0);
		await stack.up();
		await page.goto(overview(customQuery(past)));
		await cardsShow(figures);
		await until("the community to live on", async () => (await stack.control("GET", "clock")).phase === "live");
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		const news = await told();
		ok(news.length > 0);
		for (const key of Object.keys(before))
			equal(sums()[key], before[key] + sum(news.map((one) => one[key])), key);
		const old = (await stack.control("GET", `counts?to=${startOf(today, "UTC")}`)).guilds;
		deepStrictEqual(Object.values(old).map((one) => one.messages + one.bot_messages + one.reactions + one.joins), news.map(() => 0));
	});

	await t.test("logout ends the session, for a copy of the cookie, too", async () => {
		const copy = (await owner.cookies(stack.url)).map(({ name, value }) => `${name}=${value}`).join("; ");
		const me = () => fetch(`${stack.url}/api/v1/me`, { headers: { cookie: copy } });
		equal((await me()).status, 200);
		await page.getByRole("button", { name: /^Account of/ }).click();
		await page.getByRole("menuitem", { name: "Log out" }).click();
		await page.getByRole("link", { name: "Log in with Discord" }).waitFor();
		equal((await me()).status, 401);
		await page.goto(overview());
		await page.getByText("Log in to see this page.").waitFor();
	});

	await t.test("nothing complained in the console", () => deepStrictEqual(browser.complaints, []));
} finally {
	await browser.close();
	await t.test("Ctrl-C ends everything", async () => {
		const code = await stack.down();
		ok(code === 0, `exit code ${code}\n${stack.log.slice(-3000)}`);
	});
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else stack.remove();
	t.end();
}

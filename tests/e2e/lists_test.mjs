/*
 * The tables in a browser: from the list of channels to one of them, to somebody who wrote there, with a
 * filter, and all the way back. What the pages say is held against the simulator's own counts.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { barriers, Browser, inColours, overflow } from "../harness/browser.mjs";
import { drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";

const HOSTILE = ["<img src=x onerror=alert(1)>", "\u202Etfel ot thgir", "=HYPERLINK(\"http://x\")", "🦄".repeat(25), "x".repeat(100)];
const THREADS = [10, 11, 12];
const count = (n) => n.toLocaleString("en-US");

const t = tap();
const stack = await Stack.start({ SIM_HISTORY_DAYS: "9" });
const browser = await Browser.start();
const context = await browser.visitor([[404, "/api/v1/guilds/"]]);
const page = await context.newPage();
let base, told, world, guild;

const topOf = (id) => {
	const channel = world.channels.find((one) => one.id === id);
	return channel && THREADS.includes(channel.type) ? channel.parent_id : id;
};
const mostFirst = (rows, keyOf) => {
	const sums = new Map();
	for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row[3]);
	return [...sums].filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
};
const table = (name) => page.getByRole("table", { name, exact: true });
const firstCells = async (name) => {
	await table(name).waitFor();
	return table(name).locator("tbody tr").first().evaluate((row) => [...row.cells].map((cell) => cell.textContent.trim()));
};
const card = (name) => page.locator(`[data-figure="${name}"] .ra-measure__value`);
const shows = async (name, value) => {
	await until(`${name} to be ${value}`, async () => (await card(name).textContent()) === count(value), 30_000);
};

try {
	await t.test("the history has been told, and somebody is logged in", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
		const counts = (await stack.control("GET", "counts")).guilds;
		guild = Object.keys(counts).sort((a, b) => counts[b].messages - counts[a].messages)[0];
		told = (await stack.control("GET", `counts?rows=1&guild=${guild}`)).guilds[guild];
		world = (await stack.control("GET", "world")).guilds.find((one) => one.id === guild);
		base = `${stack.url}/guilds/${guild}`;
		await page.goto(`${stack.url}/login?next=/guilds`);
		await page.getByText("owns every server").first().click();
		await page.getByRole("button", { name: /authorize/i }).click();
		await page.waitForURL(/\/guilds/);
	});

	await t.test("from the channels to one of them, to its busiest author, and back", async () => {
		const [[channelId, messages]] = mostFirst(told.rows, (row) => topOf(row[0]));
		const channel = world.channels.find((one) => one.id === channelId);
		await page.goto(`${base}?period=all`);
		await page.getByRole("link", { name: "Channels", exact: true }).click();
		const cells = await firstCells("Channels");
		deepStrictEqual(cells.slice(0, 2), [channel.name, count(messages)]);

		await table("Channels").getByRole("link", { name: channel.name, exact: true }).click();
		await page.getByRole("heading", { level: 1, name: channel.name }).waitFor();
		ok(page.url().includes(`/channels/${channelId}?period=all`), page.url());
		await shows("messages", messages);
		const here = told.rows.filter((row) => topOf(row[0]) === channelId);
		const [[, most]] = mostFirst(here, (row) => row[1]);
		const author = await firstCells("Who was here");
		equal(author[1], count(most));

		await table("Who was here").locator("tbody tr").first().getByRole("link").click();
		await page.waitForURL(/\/members\/\d+/);
		const memberId = /members\/(\d+)/.exec(page.url())[1];
		await shows("messages", mostFirst(told.rows, (row) => row[1]).find(([id]) => id === memberId)[1]);

		/* Only what was written in that one channel. */
		await table("Where they were").getByRole("button", { name: `Show only ${channel.name}` }).click();
		await page.waitForURL(new RegExp(`channel=${channelId}`));
		await shows("messages", mostFirst(here, (row) => row[1]).find(([id]) => id === memberId)[1]);
		await page.getByRole("button", { name: `Remove filter: ${channel.name}` }).waitFor();
		await page.keyboard.press("Escape");
		await until("the filter to go", () => !page.url().includes("channel="));

		await page.goBack();
		await page.waitForURL(new RegExp(`channel=${channelId}`));
		await page.goBack();
		await page.goBack();
		await page.getByRole("heading", { level: 1, name: channel.name }).waitFor();
		await page.goBack();
		await page.getByRole("heading", { level: 1, name: "Channels" }).waitFor();
	});

	await t.test("a filter is found, put into the address, saved, and taken up again", async () => {
		const [[id, messages]] = mostFirst(told.rows, (row) => topOf(row[0]));
		const { name } = world.channels.find((one) => one.id === id);
		await page.goto(`${base}/messages?period=all`);
		await shows("messages", told.messages);
		await page.keyboard.press("/");
		await page.getByRole("searchbox", { name: /Find a channel/ }).fill(name);
		await page.getByRole("dialog").getByRole("button", { name, exact: false }).first().click();
		await page.keyboard.press("Escape");
		await page.waitForURL(new RegExp(`channel=${id}`));
		await shows("messages", messages);
		equal(await card("deletions").textContent(), "—");

		await page.getByRole("button", { name: "Saved filters" }).click();
		await page.getByRole("textbox", { name: "Name" }).fill("<b>mine</b>");
		await page.getByRole("button", { name: "Save this filter" }).click();
		await page.getByRole("dialog").getByText("<b>mine</b>").waitFor();
		await page.getByRole("textbox", { name: "Name" }).fill("other");
		await page.getByRole("button", { name: "Save this filter" }).click();

		/* By keyboard: what is wrong is said, Escape leaves the name and not the dialog. */
		const pencil = (of) => page.getByRole("button", { name: `Rename the saved filter ${of}`, exact: true });
		const isFocused = (of) => pencil(of).evaluate((one) => one === document.activeElement);
		await pencil("other").press("Enter");
		await page.keyboard.type("<b>mine</b>");
		await page.getByText("Another filter of yours has this name.").waitFor();
		await page.keyboard.type("x".repeat(60));
		await page.getByText("11 characters too many").waitFor();
		await page.keyboard.press("Enter");
		await page.keyboard.press("Escape");
		await until("the keyboard to be where it was", () => isFocused("other"));
		await page.keyboard.press("Enter");
		await page.keyboard.type("Только тут 🦄");
		await page.keyboard.press("Enter");
		await until("the keyboard to be at the new name", () => isFocused("Только тут 🦄"));
		await page.keyboard.press("Escape");
		await page.getByRole("button", { name: "Clear all" }).click();
		await shows("messages", told.messages);
		await page.getByRole("button", { name: "Saved filters" }).click();
		await page.getByRole("dialog").getByRole("button", { name: "<b>mine</b>", exact: true }).click();
		await page.waitForURL(new RegExp(`channel=${id}`));
		await shows("messages", messages);
	});

	await t.test("members are sorted, found and hidden", async () => {
		await page.goto(`${base}/members?period=all`);
		await table("Members").waitFor();
		await page.getByRole("button", { name: "Active days" }).click();
		await page.waitForURL(/sort=-active_days/);
		equal(await page.getByRole("columnheader", { name: "Active days" }).getAttribute("aria-sort"), "descending");
		await page.getByRole("button", { name: "Active days" }).click();
		await page.waitForURL(/sort=active_days/);
		const [{ n }] = stack.sql(`SELECT count(*)::int AS n FROM analytics.member WHERE guild_id = ${guild} AND NOT is_bot AND left_at IS NULL`);
		await page.getByRole("button", { name: "Still here" }).click();
		await page.getByText(`${count(n)} people`, { exact: true }).waitFor();
		const somebody = world.members.find((one) => !one.bot);
		await page.getByRole("searchbox", { name: "Find by name or id" }).fill(somebody.id);
		await page.getByText("1 person", { exact: true }).waitFor();
	});

	await t.test("the rows behind a figure", async () => {
		await page.goto(`${base}/messages?period=all`);
		await page.getByRole("button", { name: "What does “Messages” mean?" }).click();
		await page.getByRole("button", { name: "Show the rows behind it" }).click();
		await page.getByRole("table", { name: "Rows behind the figure" }).waitFor();
	});

	await t.test("hostile names stay names", async () => {
		const people = stack.sql(`SELECT user_id::text AS id FROM analytics.member WHERE guild_id = ${guild} AND left_at IS NULL AND NOT is_bot ORDER BY user_id LIMIT ${HOSTILE.length}`);
		people.forEach(({ id }, i) => stack.exec(`UPDATE analytics.member SET nick = '${HOSTILE[i].replaceAll("'", "''")}' WHERE guild_id = ${guild} AND user_id = ${id}`));
		for (const [i, { id }] of people.entries()) {
			await page.goto(`${base}/members?period=all&q=${id}`);
			await table("Members").getByRole("link", { name: HOSTILE[i], exact: true }).waitFor();
			await page.goto(`${base}/members/${id}?period=all`);
			await page.getByRole("heading", { level: 1, name: HOSTILE[i], exact: true }).waitFor();
			equal(await overflow(page), 0, HOSTILE[i]);
		}
	});

	await t.test("what is not there is said to be missing", async () => {
		await page.goto(`${base}/channels/1`);
		await page.getByRole("heading", { level: 1, name: "No such channel" }).waitFor();
		await page.goto(`${base}/members/1`);
		await page.getByRole("heading", { level: 1, name: "No such member" }).waitFor();
	});

	await t.test("no barriers, in either colour, on a phone too", async () => {
		const [{ id: member }] = world.members.filter((one) => !one.bot);
		for (const path of ["messages", "channels", "members", `members/${member}`, `members?role=${guild}&bots=with`]) {
			await page.goto(`${base}/${path}`);
			await page.getByRole("table").first().waitFor();
			for (const colours of ["light", "dark"]) {
				await inColours(page, colours);
				deepStrictEqual(await barriers(page), [], `${path} ${colours}`);
			}
			await page.setViewportSize({ width: 360, height: 740 });
			equal(await overflow(page), 0, path);
			await page.setViewportSize({ width: 1280, height: 900 });
		}
	});

	await t.test("nothing complained in the console", () => deepStrictEqual(browser.complaints, []));
} finally {
	await browser.close();
	await t.test("Ctrl-C ends everything", async () => equal(await stack.down(), 0));
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else stack.remove();
	t.end();
}

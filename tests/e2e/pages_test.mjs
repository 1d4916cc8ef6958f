/*
 * Every page of the navigation, as the owner of a server walks through them, in both languages, at a
 * desk and on a phone; then what is decided there and noted, and what somebody may see who only looks
 * on, or is a plain member. All of it in a corner of a site that a proxy gives us (PUBLIC_URL with a path).
 */
import { deepStrictEqual, equal, match, ok } from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { barriers, Browser, inColours, overflow } from "../harness/browser.mjs";
import { drained, hangUp } from "../harness/oracle.mjs";
import { startProxy } from "../harness/proxy.mjs";
import { freePorts, Stack, tap, until } from "../harness/stack.mjs";

const OWNER = /owns every server/, MEMBER = /a plain member/;
const REFUSALS = [[401, "/rations/api/v1/me"], [404, "/rations/api/v1/guilds/"]];
const DESK = { width: 1280, height: 900 }, PHONE = { width: 390, height: 844 };
const locales = new URL("../../locales/", import.meta.url);
const textsOf = (file) => JSON.parse(readFileSync(new URL(file, locales), "utf8"));

/* A text that is missing, or not loaded yet, is shown as its key. */
const catalogues = ["ru.json", ...readdirSync(new URL("ru/", locales)).map((name) => `ru/${name}`)].map(textsOf);
const beginnings = catalogues.flatMap((texts) => Object.entries(texts).flatMap(([area, inner]) =>
	Object.keys(inner).map((name) => `${area}\\.${name.replace(/_(one|few|many|other)$/, "")}`)));
const KEY = new RegExp(`\\b(?:${[...new Set(beginnings)].join("|")})(?:\\.\\w+)*\\b`, "g");

const t = tap();
const [sitePort] = await freePorts(1);
const site = `http://127.0.0.1:${sitePort}/rations`;
const stack = await Stack.start({ SIM_HISTORY_DAYS: "6", DEMO_DESK: "on", PUBLIC_URL: site });
const proxy = await startProxy(sitePort, "/rations", stack.url);
const browser = await Browser.start();
const page = await (await browser.visitor(REFUSALS)).newPage();
const member = await (await browser.visitor(REFUSALS)).newPage();
let guild, base, told, memberId;

async function logIn(on, note) {
	await on.goto(`${site}/login?next=/guilds`);
	await on.getByRole("radio", { name: note }).check();
	await on.getByRole("button", { name: "Authorize" }).click();
	await on.getByRole("heading", { name: "Your servers", level: 1 }).waitFor();
}

const settled = (on) => on.waitForFunction(() => !document.querySelector(".ra-skeleton, .is-stale"));
const navigation = (on) => on.locator(".ra-nav");

/* Group, name and address of each entry of the navigation. */
const entries = (on) => navigation(on).getByRole("link").evaluateAll((links) => links.map((link) => ({
	group: link.closest("[role=group]").firstElementChild.textContent, name: link.textContent, path: link.getAttribute("href"),
})));

/* What a page says below its title and range. */
const said = (on) => on.getByRole("main").evaluate((main) => {
	const copy = main.cloneNode(true);
	for (const part of copy.querySelectorAll("h1, .ra-toolbar, .ra-nav")) part.remove();
	return copy.textContent;
});

async function goTo(on, name) {
	await navigation(on).getByRole("link", { name, exact: true }).focus();
	await on.keyboard.press("Enter");
}

async function walk(manage) {
	for (const { group, name, path } of await entries(page)) {
		await goTo(page, name);
		await page.waitForURL((url) => url.pathname === path.split("?")[0]);
		const title = path === `/rations${base}` ? guild.name : name;
		await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
		await settled(page);
		equal(await page.getByRole("alert").count(), 0, `${name}: a problem`);
		if (group === manage) ok(await page.getByRole("main").getByRole("heading", { level: 2 }).count() > 0, `${name}: nothing below its title`);
		else if (!await page.locator(".ra-empty").count()) match(await said(page), /[1-9]/, `${name}: not one figure`);
		deepStrictEqual((await page.locator("body").innerText()).match(KEY), null, name);
		deepStrictEqual(await barriers(page), [], name);
		await page.setViewportSize(PHONE);
		await until(`${name} to fit a phone`, async () => (await overflow(page)) === 0, 30_000);
		await page.setViewportSize(DESK);
	}
}

try {
	await t.test("the history has been told; an owner and a plain member are logged in", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
		const counts = (await stack.control("GET", "counts")).guilds;
		const busiest = Object.keys(counts).sort((a, b) => counts[b].messages - counts[a].messages)[0];
		told = (await stack.control("GET", `counts?rows=1&guild=${busiest}`)).guilds[busiest];
		guild = (await stack.control("GET", "world")).guilds.find((one) => one.id === busiest);
		base = `/guilds/${guild.id}`;
		await logIn(page, OWNER);
		await logIn(member, MEMBER);
		memberId = (await (await member.request.get(`${site}/api/v1/me`)).json()).id;
	});

	await t.test("the inbox is worked off by keyboard, and taken back", async () => {
		const row = page.locator(".ra-request"), current = page.locator(".ra-request:focus");
		const toast = page.locator(".ra-inbox__toast");
		await page.goto(site + base);
		await page.getByRole("link", { name: /^Inbox/ }).click();
		await page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
		await row.first().waitFor();
		await page.getByText("Live", { exact: true }).waitFor();
		await until("the tab to say how many", async () => /^\(\d+\) Inbox/.test(await page.title()));
		match(await page.getByRole("link", { name: /^Inbox, / }).getAttribute("aria-label"), /[1-9]\d* requests? waits?/);
		deepStrictEqual(await barriers(page), []);
		const count = await row.count();
		await page.keyboard.press("j");
		await page.keyboard.press("j");
		await page.keyboard.press("k");
		const first = await current.getAttribute("data-key");
		equal(first, await row.first().getAttribute("data-key"));
		await page.keyboard.press("r");
		await toast.getByText(/^Resolved/).waitFor();
		await until("one less", async () => (await row.count()) === count - 1);
		await until("the next one to be focused", async () => (await current.getAttribute("data-key").catch(() => first)) !== first);
		await page.keyboard.press("z");
		await toast.getByText("Taken back.").waitFor();
		await page.locator(`[data-key="${first}"]`).waitFor();
		await page.locator(`[data-key="${first}"]`).focus();
		await page.keyboard.press("s");
		await page.getByRole("heading", { level: 2, name: /^Later/ }).waitFor();
		await page.keyboard.press("?");
		await page.getByRole("dialog").getByText("Not a request").waitFor();
		await page.keyboard.press("Escape");
		await page.getByRole("button", { name: "Later", exact: true }).click();
		await page.waitForURL(/stage=snoozed/);
		await until("that one alone", async () => (await row.count()) === 1);
		await page.setViewportSize(PHONE);
		await until("it to fit a phone", async () => (await overflow(page)) === 0, 30_000);
		await inColours(page, "dark");
		deepStrictEqual(await barriers(page), []);
		await inColours(page, "light");
		await page.setViewportSize(DESK);
	});

	await t.test("the leaderboard has its figures and no barriers", async () => {
		await page.goto(`${site}/leaderboard`);
		await page.getByRole("heading", { level: 1, name: "Leaderboard" }).waitFor();
		await settled(page);
		match(await said(page), /[1-9]/);
		deepStrictEqual(await barriers(page), []);
		await page.setViewportSize(PHONE);
		await until("it to fit a phone", async () => (await overflow(page)) === 0, 30_000);
		await page.setViewportSize(DESK);
		await page.goto(site + base);
	});

	await t.test("every page has its title, its figures, and no barriers", async () => {
		await page.goto(site + base);
		await navigation(page).getByRole("link").first().waitFor();
		await until("all entries", async () => (await entries(page)).length === 22);
		await walk("Manage");
	});

	await t.test("so it has in Russian, in the dark, with a text for everything", async () => {
		await page.getByRole("button", { name: "Language" }).click();
		await page.getByRole("menuitemradio", { name: "Русский" }).click();
		await inColours(page, "dark");
		const { page_group: groups } = textsOf("ru/guild.json");
		await navigation(page).getByText(groups.manage).waitFor();
		await walk(groups.manage);
		await page.getByRole("button", { name: "Язык" }).click();
		await page.getByRole("menuitemradio", { name: "English" }).click();
		await inColours(page, "light");
	});

	await t.test("what is decided is kept, and noted with its names", async () => {
		await goTo(page, "Settings");
		await page.getByLabel("The week begins on").selectOption({ label: "Sunday" });
		await page.getByLabel("These roles may look on").selectOption({ label: "@everyone" });
		await page.getByLabel("Voice, second by second").selectOption({ label: "90 days" });
		await page.getByRole("button", { name: "Save", exact: true }).click();
		await page.getByText("Saved", { exact: true }).waitFor();
		await page.reload();
		await until("the week", async () => (await page.getByLabel("The week begins on").inputValue()) === "7");
		await goTo(page, "Audit log");
		const row = page.getByRole("row", { name: /changed settings/ });
		await row.waitFor();
		await until("the names", async () => (await row.textContent()).includes("Roles that may look on: — → @everyone"));
		const text = await row.textContent();
		ok(text.includes("The week begins on: Monday → Sunday"), text);
		ok(text.includes("Voice, second by second: for good → 90 days"), text);
	});

	await t.test("who only looks on sees the server, and nobody in it", async () => {
		await member.goto(site + base);
		await member.getByRole("heading", { level: 1, name: guild.name }).waitFor();
		await settled(member);
		equal(await member.getByRole("alert").count(), 0);
		equal(await member.getByRole("heading", { name: "Top members" }).count(), 0);
		const names = (await entries(member)).map(({ name }) => name);
		ok(names.includes("Voice"), names.join());
		for (const hidden of ["Members", "Settings", "Audit log"]) ok(!names.includes(hidden), hidden);
		await member.goto(`${site}${base}/members`);
		await member.getByText("Figures of single members are for").waitFor();
	});


	await t.test("a plain member sees what is kept about them, takes it along, and is forgotten", async () => {
		const mine = () => member.locator(`#guild-${guild.id}`);
		const messages = told.rows.filter(([, user]) => user === memberId).reduce((sum, row) => sum + row[3], 0);
		ok(messages > 0);
		await member.getByRole("button", { name: /^Account of/ }).click();
		await member.getByRole("menuitem", { name: "My data" }).click();
		await member.getByRole("heading", { level: 1, name: "My data" }).waitFor();
		await mine().getByText(`${messages.toLocaleString("en-US")} messages`, { exact: false }).waitFor();
		await member.locator("#sessions").getByText("This browser").waitFor();
		deepStrictEqual(await barriers(member), []);

		const download = member.waitForEvent("download");
		await mine().getByRole("link", { name: "Download (JSON)" }).click();
		const file = readFileSync(await (await download).path(), "utf8");
		ok(JSON.parse(file) && file.includes(memberId), file.slice(0, 200));
		for (const one of guild.members.filter(({ id }) => id !== memberId)) ok(!file.includes(`"user_id":"${one.id}"`), one.id);

		await mine().getByRole("button", { name: "Opt out" }).click();
		await mine().getByText(/^You opted out on/).waitFor();
		await mine().getByRole("button", { name: "Be counted again" }).click();
		await mine().getByRole("button", { name: "Opt out" }).waitFor();

		await mine().getByRole("button", { name: "Erase…" }).click();
		deepStrictEqual(await barriers(member), []);
		await member.getByRole("button", { name: "Cancel" }).click();
		await mine().getByText(`${messages.toLocaleString("en-US")} messages`, { exact: false }).waitFor();
		await mine().getByRole("button", { name: "Erase…" }).click();
		await member.getByRole("dialog").getByRole("button", { name: "Erase", exact: true }).click();
		await until("nothing to be left", async () =>
			!(await mine().count()) || (await mine().textContent()).includes("0 messages, 0 reactions, 0m in voice"));
	});

	await t.test("the browser never complained, and asked for nothing elsewhere on the site", () => {
		deepStrictEqual(browser.complaints, []);
		deepStrictEqual(proxy.strays, []);
	});
} finally {
	await browser.close();
	proxy.close();
	await stack.down();
	stack.remove();
	t.end();
}

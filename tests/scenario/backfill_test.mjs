/*
 * A community that talked for two months before the bot came, and goes on talking; another that the bot
 * loses for a while. History is read meanwhile, by processes that are killed, from a Discord that refuses,
 * fails and asks to wait. In the end every message is counted once: live or from history.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { barriers, Browser, overflow, rowsOf } from "../harness/browser.mjs";
import { Simulator } from "../harness/simulator.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";

const t = tap();
const stack = await Stack.prepare({ EVENT_CLOCK: "frame", BACKFILL_RATE: "20" });
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
	for (const [c, u, h, n] of [...told.rows, ...untold.rows].filter((row) => row[3] > 0)) rows.set(`${c},${u},${h}`, (rows.get(`${c},${u},${h}`) ?? 0) + n);
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


const general = porch.channels.find((one) => one.name === "general");
const refused = porch.channels.find((one) => one.name === "help");
const restFault = (fault) => stack.control("POST", "rest-fault", fault);
const messagesOf = (channel) => `/channels/${channel.id}/messages`;
const range = (guild, channel) => stack.sql(`SELECT * FROM analytics.history_range
	WHERE guild_id = ${guild.id} AND channel_id = ${channel.id} ORDER BY newest_id`);

const browser = await Browser.start();
const owner = await browser.visitor([[401, "/api/v1/me"]]);
const page = await owner.newPage();
const button = (name) => page.getByRole("button", { name, exact: true });

async function openHistory(guild) {
	await page.goto(`${stack.url}/guilds/${guild.id}`);
	await button("Server settings").click();
	await page.getByRole("link", { name: /before the bot came/ }).click();
	await page.getByRole("heading", { name: "History", level: 1 }).waitFor();
}

/* The channel's row on the page says so. */
const rowSays = (channel, text) => until(`"${text}" of #${channel.name}`, async () =>
	(await rowsOf(page.getByRole("table", { name: "Channels" }))).some((row) => row[0] === `#${channel.name}` && row.at(-1).includes(text)));

try {
	await inject({ act: "remove_bot", guild_id: porch.id });
	await stack.up();
	await until("the past to be over", async () => (await stack.control("GET", "clock")).phase === "live", 120_000);
	await inject({ act: "add_bot", guild_id: porch.id, permissions: PERMISSIONS });
	await settled(porch);

	await t.test("it is switched on in the settings", async () => {
		await page.goto(stack.url);
		await page.getByRole("link", { name: "Log in with Discord" }).click();
		await page.getByRole("radio", { name: /owns every server/ }).check();
		await button("Authorize").click();
		await page.getByRole("heading", { name: "Your servers", level: 1 }).waitFor();
		await openHistory(porch);
		await restFault({ count: 100_000, status: 500, path: "/messages" });
		await button("Read history").click();
		await page.getByText("Discord last said").waitFor({ timeout: 40_000 });
	});

	await t.test("it is read while the community talks, analytics is killed, and Discord fails", async () => {
		await restFault({ count: 1, status: 403, path: messagesOf(refused) });
		for (let i = 0; i < 4; i++) {
			await stack.control("POST", "burst", { events: 60 });
			await inject({ act: "message", channel_id: general.id, user_id: porch.owner_id, content: `hello ${i}` });
			const before = progress(porch).messages;
			await until("pages", () => progress(porch).messages > before + 100);
			equal(progress(porch).finished_at, null);
			await stack.crash("analytics");
		}
		await until("the refusal", () => range(porch, refused)[0].skipped === "forbidden");
		await finished(porch);
		await stack.control("POST", "clock", { paused: true });
		await settled(porch);
	});

	await t.test("the page says what was left out, and tries again", async () => {
		await page.getByText("All read", { exact: true }).first().waitFor();
		await until("the bar to be full", async () => (await page.getByRole("progressbar").getAttribute("value")) === "1");
		await rowSays(refused, "may not read it");
		deepStrictEqual(await barriers(page), []);
		await page.setViewportSize({ width: 390, height: 800 });
		equal(await overflow(page), 0);
		await page.setViewportSize({ width: 1280, height: 900 });
		if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true });
		await restFault({ count: 5, status: 429, retry_after: 0.3, path: "/messages" });
		await button("Apply and try skipped channels again").click();
		await rowSays(refused, "All read");
		await finished(porch);
	});

	await t.test("live and history together are all that was said", async () => {
		const { live, history } = await compare(porch);
		ok(live > 0 && history > 3000, `${live} live, ${history} from history`);
	});

	await t.test("when the members of today joined is known", async () => {
		const { people } = (await stack.control("GET", "world")).guilds.find((one) => one.id === porch.id);
		const [listed] = stack.sql(`SELECT count(*)::int AS n FROM analytics.member WHERE guild_id = ${porch.id}
			AND NOT is_bot AND left_at IS NULL AND joined_at IS NOT NULL`);
		equal(listed.n, people);
	});

	await t.test("what a lost session missed is read afterwards", async () => {
		const say = (guild, n) => guild.channels.filter((one) => one.type === 0)
			.flatMap((one) => Array.from({ length: n }, (_, i) => ({ act: "message", channel_id: one.id, user_id: guild.owner_id, content: `missed ${i}` })));
		await stack.control("POST", "fault", { forget: true });
		await inject(...say(porch, 130), ...say(yard, 3));
		await settled(porch);
		await inject(...say(porch, 2), ...say(yard, 2));
		await settled(porch);
		await settled(yard);
		const open = () => stack.sql(`SELECT guild_id::text AS id, reason, is_done FROM analytics.history_range WHERE reason = 'gap'`);
		ok(open().some(({ id }) => id === porch.id), "the gap is known");
		await until("the gap of those who want it", () => open().every(({ id, is_done }) => id !== porch.id || is_done));
		const { untold } = await compare(porch);
		ok(untold.messages > 0);
		ok(open().some(({ id, is_done }) => id === yard.id && !is_done), "nobody reads it for those who do not");
	});

	await t.test("what a cut stream lost is read afterwards", async () => {
		const say = (n) => inject(...Array.from({ length: n }, (_, i) =>
			({ act: "message", channel_id: general.id, user_id: porch.owner_id, content: `cut ${i}` })));
		const redis = (...words) => execFileSync("redis-cli", ["-s", join(stack.data, "redis/redis.sock"), ...words], { encoding: "utf8" });
		const published = () => Number(/entries-added\n(\d+)/.exec(redis("XINFO", "STREAM", "events:{1.0}"))[1]);
		const before = published();
		const gaps = () => range(porch, general).filter(({ reason }) => reason === "gap");
		const known = gaps().length;
		const [pid] = stack.pids("analytics");
		process.kill(pid, "SIGSTOP");
		for (let i = 1; i <= 3; i++) {
			await say(40);
			await until("the messages in the stream", () => published() >= before + 40 * i);
		}
		redis("XTRIM", "events:{1.0}", "MAXLEN", "0");
		process.kill(pid, "SIGCONT");
		await say(3);
		await settled(porch);
		const sumOf = (list) => list.reduce((sum, { messages }) => sum + messages, 0);
		const cut = () => gaps().slice(known);
		await until("the hole to be read", () => {
			ok(cut().every(({ is_done }) => is_done) && sumOf(cut()) >= 80, JSON.stringify(gaps()));
			return true;
		});
		await compare(porch);
	});

	await t.test("a gap from before is read when somebody wants it", async () => {
		await openHistory(yard);
		await button("90 days").click();
		await button("Read history").click();
		await finished(yard);
		await compare(yard);
	});

	await t.test("no page complained", () => deepStrictEqual(browser.complaints, []));
} finally {
	await browser.close();
	if (process.env.KEEP) console.log(stack.log.slice(-6000));
	await stack.down();
	await sim.stop();
	stack.remove();
	t.end();
}

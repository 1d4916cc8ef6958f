/*
 * Every number of every page, against sums that another program does over the simulator's ledger (check.py):
 * a month in which the clocks change, in zones of all kinds, with kills on the way.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drained, hangUp } from "../harness/oracle.mjs";
import { Stack, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";
import { askDesk, deskSettings, tracked } from "./desk.mjs";

const ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC", "Pacific/Auckland", "Europe/Moscow"];
/* In Europe the clocks change on 29 March, in New York on 8 March, in Auckland on 5 April. */
const RANGES = [
	{ from: "2026-03-23", to: "2026-04-05" },
	{ from: "2026-03-29", to: "2026-03-29" },
	{ from: "2026-03-10", to: "2026-04-10" },
];
const DESK_RANGES = [RANGES[0], RANGES[2]];
const METRICS = ["messages", "members", "voice"];
const WEEK_METRICS = ["messages", "reactions", "joins", "active", "raw", "present", "engaged", "talking"];

const folder = mkdtempSync(join(tmpdir(), "numbers-"));
const ledger = join(folder, "ledger.jsonl");
const stack = await Stack.start({
	SIM_PRESET: "demo", SIM_HISTORY_DAYS: "35", SIM_SEED: "5", SIM_HISTORY_END: "2026-04-12T00:00:00Z", SIM_LEDGER: ledger,
	DEMO_DESK: "on", RATE_ADDRESS: "0", RATE_ACCOUNT: "0",
});
const answers = [];

async function ask(visitor, guild, path, query) {
	const base = path === "leaderboard" ? "/api/v1" : `/api/v1/guilds/${guild.id}`;
	const answer = await visitor.get(`${base}/${path}?${new URLSearchParams(query)}`);
	answers.push({ guild: guild.id, zone: guild.timezone, now: Date.now(), path, query, answer });
	return answer;
}

/* Filters of every kind: the busiest channel, its category, the busiest people, the role most of them have. */
async function filtersOf(visitor, guild, query) {
	const path = `/api/v1/guilds/${guild.id}`;
	const channels = (await visitor.get(`${path}/channels?${new URLSearchParams({ ...query, limit: "3" })}`)).rows;
	const members = (await visitor.get(`${path}/members?${new URLSearchParams({ ...query, limit: "40" })}`)).rows;
	const roles = members.flatMap((row) => row.roles);
	const common = roles.sort((a, b) => roles.filter((id) => id === b).length - roles.filter((id) => id === a).length)[0];
	return [
		{ channel: channels.map((row) => row.id).slice(0, 2).join() },
		...(channels[0].parent ? [{ category: channels[0].parent.id }] : []),
		{ member: members.slice(0, 5).map((row) => row.id).join() },
		...(common ? [{ role: common }] : []),
		{ channel: channels[0].id, member: members[0].id },
	];
}

async function askLists(visitor, guild, query) {
	await ask(visitor, guild, "messages", { ...query, bucket: "day" });
	await ask(visitor, guild, "messages", { ...query, bucket: "week" });
	await ask(visitor, guild, "channels", { ...query, limit: "100" });
	await ask(visitor, guild, "members", { ...query, limit: "100" });
}

async function askGrowth(visitor, guild, query) {
	await ask(visitor, guild, "growth", { ...query, bucket: "day" });
	await ask(visitor, guild, "growth", { ...query, bucket: "week" });
	await ask(visitor, guild, "growth/activation", { ...query, bucket: "week" });
	await ask(visitor, guild, "growth/stickiness", query);
}

async function askAll(visitor, guild) {
	/* these know only weeks up to now, and now is much later */
	for (const kind of ["membership", "activity"]) await ask(visitor, guild, "growth/retention", { kind, weeks: "53" });
	await ask(visitor, guild, "growth/lifecycle", { weeks: "53" });
	for (const range of RANGES) {
		const query = { period: "custom", ...range };
		await ask(visitor, guild, "overview", query);
		await askLists(visitor, guild, query);
		await askGrowth(visitor, guild, query);
		for (const filter of range === RANGES[0] ? await filtersOf(visitor, guild, query) : []) {
			await askLists(visitor, guild, { ...query, ...filter });
			await ask(visitor, guild, "overview", { ...query, ...filter });
			await ask(visitor, guild, "heatmap", { ...query, ...filter });
			await ask(visitor, guild, "timeseries", { ...query, ...filter, metric: "voice", bucket: "day" });
		}
		for (const metric of METRICS)
			for (const bucket of ["day", "week", "month", ...(range.from === range.to ? ["hour"] : [])])
				await ask(visitor, guild, "timeseries", { ...query, metric, bucket });
		await ask(visitor, guild, "channels/top", { ...query, limit: "50" });
		await ask(visitor, guild, "members/top", { ...query, limit: "50" });
		await ask(visitor, guild, "members/top", { ...query, limit: "50", by: "voice" });
		for (const metric of ["messages", "voice"]) await ask(visitor, guild, "heatmap", { ...query, metric });
		for (const metric of WEEK_METRICS) await ask(visitor, guild, "hours", { ...query, metric });
		await ask(visitor, guild, "voice", query);
		await ask(visitor, guild, "voice", { ...query, bucket: "week" });
	}
}

try {
	const told = async () => (await stack.control("GET", "clock")).phase === "live";
	for (const victim of ["analytics", "response-tracker", "gateway-ingest", "response-tracker", "analytics"])
		if (!(await told())) await stack.crash(victim);
	await until("the history to be told", told, 300_000);
	await drained(stack);
	await hangUp(stack);
	await tracked(stack);

	const visitor = new Visitor(stack);
	await visitor.logIn("owns every server");
	const { guilds } = await visitor.get("/api/v1/guilds");
	const asked = guilds.filter((guild) => guild.has_bot).map(({ id }, i) => ({ id, timezone: ZONES[i % ZONES.length] }));
	for (const { id, timezone } of asked) await visitor.change("PATCH", `/api/v1/guilds/${id}`, { timezone });
	const settings = deskSettings(stack);
	for (const guild of asked) {
		await until("the days to be cut anew", async () => (await visitor.get(`/api/v1/guilds/${guild.id}/growth/stickiness`)).is_ready, 60_000);
		await askAll(visitor, guild);
		if (settings[guild.id]) await askDesk((...what) => ask(visitor, ...what), guild, DESK_RANGES);
	}
	const file = join(folder, "answers.json");
	const decided = join(folder, "settings.json");
	writeFileSync(file, JSON.stringify(answers));
	writeFileSync(decided, JSON.stringify(settings));
	if (process.env.KEEP) execFileSync("cp", [file, ledger, decided, process.env.KEEP]);
	const check = new URL("check.py", import.meta.url).pathname;
	const { status } = spawnSync("python3", [check, ledger, file, decided], { stdio: "inherit" });
	process.exitCode = status ?? 1;
} finally {
	await stack.down();
	stack.remove();
	rmSync(folder, { recursive: true, force: true });
}

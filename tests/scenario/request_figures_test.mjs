/*
 * Requests in figures: twelve of them by hand, with everything one can say of them worked out on paper; then hours,
 * targets and shifts through the pages' own endpoints, and clocks that change.
 */
import assert from "node:assert/strict";
import { Stack, tap } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const { test, end } = tap();
const stack = await Stack.start({ SIM_HISTORY_DAYS: "0", SIM_HISTORY_END: "2026-04-20T00:00:00Z" });
const visitor = new Visitor(stack);
await visitor.logIn("owns every server");
const [guild] = (await visitor.get("/api/v1/guilds")).guilds.filter((one) => one.has_bot);
const path = `/api/v1/guilds/${guild.id}`;
const RANGE = "period=custom&from=2026-03-23&to=2026-03-29";

const S = 1, MIN = 60 * S, H = 60 * MIN;
const at = (text) => `timestamptz '2026-03-${text}Z'`;

/* Monday 23 to Sunday 29 March 2026, UTC: [asked, seconds to the answer or null, more]. */
const REQUESTS = [
	["23 10:00:00", 30, { by: 501 }],
	["23 10:05:00", 60, { by: 501 }],
	["23 10:40:00", 90, { by: 502, priority: 3 }],
	["24 10:00:00", 299, { by: 502 }],
	["24 11:00:00", 300, { by: 501, community: 20 }],
	["25 23:30:00", 10 * H + 10 * MIN, { by: 502 }], /* answered at 09:40 the next day */
	["26 12:00:00", 20 * MIN, { by: 501, priority: 3 }],
	["26 13:00:00", null, { community: 45 }],
	["27 13:00:00", null, {}],
	["27 14:00:00", 26 * H, { by: 502, kind: "forum" }], /* beyond the horizon */
	["28 15:00:00", null, { state: "resolved", closed: 40 }],
	["29 08:00:00", 5, { by: 501, kind: "mention", reopened: 1 }],
	["29 09:00:00", null, { state: "cancelled", closed: 10 }],
	["29 09:30:00", null, { state: "not_a_request", closed: 10 }],
];

function insert([asked, wait, more], i) {
	const plus = (seconds) => (seconds == null ? "NULL" : `${at(asked)} + ${seconds} * interval '1 second'`);
	const state = more.state ?? (wait == null ? "open" : "answered");
	return `INSERT INTO response.request (guild_id, request_id, channel_id, author_id, kind, priority, state, asked_at, clock_at,
		answered_at, answered_by, answer_kind, community_at, community_by, closed_at, reopened)
		VALUES (${guild.id}, ${1000 + i}, 77, 600, '${more.kind ?? "keyword"}', ${more.priority ?? 2}, '${state}', ${at(asked)}, ${at(asked)},
		${plus(wait)}, ${more.by ?? "NULL"}, ${wait == null ? "NULL" : "'reply'"}, ${plus(more.community)},
		${more.community ? 700 : "NULL"}, ${plus(more.closed)}, ${more.reopened ?? 0});`;
}

stack.exec(REQUESTS.map(insert).join("\n") + `
	INSERT INTO response.reopening (guild_id, request_id, reopened_at, by_id, answered_at, answered_by, answer_kind)
		VALUES (${guild.id}, 1011, ${at("29 10:00:00")}, 600, ${at("29 10:02:00")}, 501, 'reply');`);

const figures = (more = "") => visitor.get(`${path}/request-figures?${RANGE}${more}`);

await test("counts, bands, who answered, and who never did", async () => {
	const { figures: all } = await figures();
	assert.deepEqual([all.n, all.answered, all.open, all.closed, all.cancelled], [12, 9, 2, 1, 1]);
	assert.deepEqual(all.bands, { good: 3, average: 2, poor: 4 });
	assert.deepEqual(all.who, { staff: 9, community: 1, nobody: 2, community_first: 1 });
	assert.deepEqual([all.old, all.unanswered], [12, 4], "two open, one resolved without answer, one answered after 26 hours");
	assert.equal(all.unanswered_rate, 4 / 12);
});

await test("percentiles count those who still wait; plain averages do not, and say so", async () => {
	const { figures: all } = await figures();
	/* In order: 5 30 (40 closed) 60 90 299 300 1200 36600 93600, then two that wait for good.
	 * S: 11/12, 10/12, then of nine at risk each loses a ninth of 10/12: 8/9, 7/9 ... */
	assert.equal(all.calendar.p50_ms, 300_000, "10/12 x 5/9 = 0.463 is the first not above a half");
	assert.equal(all.calendar.p75_ms, 93_600_000, "10/12 x 2/9 = 0.185");
	assert.equal(all.calendar.p90_ms, null, "never so many");
	assert.equal(all.is_hidden, false);
	const waits = [5, 30, 60, 90, 299, 300, 1200, 36600, 93600];
	assert.equal(all.plain.mean_ms, Math.floor((waits.reduce((a, b) => a + b) * 1000) / 9));
	assert.deepEqual([all.plain.median_ms, all.plain.fastest_ms, all.plain.slowest_ms], [299_000, 5000, 93_600_000]);
});

await test("filters, and small numbers that say nothing", async () => {
	const urgent = (await figures("&priority=3")).figures;
	assert.deepEqual([urgent.n, urgent.is_hidden, urgent.calendar.p50_ms], [2, true, null]);
	assert.equal((await figures("&kind=forum,mention")).figures.n, 2);
	assert.equal((await figures("&curator=501")).figures.n, 5);
	assert.equal((await figures("&channel=78")).figures.n, 0);
	const refused = await visitor.fetch(`${path}/request-figures?${RANGE}&kind=nonsense`);
	assert.equal(refused.status, 400);
});

await test("several servers in one sum; those one has no say in are not to be had", async () => {
	const other = (await visitor.get("/api/v1/guilds")).guilds.find((one) => one.has_bot && one.id !== guild.id);
	stack.exec(`INSERT INTO response.request (guild_id, request_id, channel_id, author_id, kind, asked_at, clock_at)
		VALUES (${other.id}, 2000, 78, 600, 'keyword', ${at("23 10:00:00")}, ${at("23 10:00:00")})`);
	const both = await figures(`&guilds=${guild.id},${other.id}`);
	assert.deepEqual(both.cut.guilds.map((row) => [row.id, row.n]), [[guild.id, 12], [other.id, 1]]);
	assert.equal((await visitor.fetch(`${path}/request-figures?${RANGE}&guilds=4711`)).status, 404);
	const stranger = new Visitor(stack);
	await stranger.logIn("a plain member everywhere");
	assert.equal((await stranger.fetch(`${path}/request-figures?${RANGE}`)).status, 404);
});

await test("by the answer: whoever was answered in the range, whenever they asked", async () => {
	const last = "period=custom&from=2026-03-28&to=2026-03-28";
	const asked = await visitor.get(`${path}/request-figures?${last}`);
	const answered = await visitor.get(`${path}/request-figures?${last}&by=answered`);
	assert.deepEqual([asked.by, asked.figures.n, asked.figures.answered], ["asked", 1, 0]);
	assert.deepEqual([answered.by, answered.figures.n, answered.figures.answered], ["answered", 1, 1]);
});

await test("cut by hour of the week, by curator, over time; reopened ones beside", async () => {
	const { week, hours, cut, series, starts, reopenings, histogram } = await figures();
	assert.equal(week.n[0][10], 3);
	assert.equal(hours.n[10], 4);
	assert.equal(week.n.flat().reduce((a, b) => a + b), 12);
	assert.deepEqual(cut.curators.map((row) => [row.id, row.n]), [["501", 5], ["502", 4]]);
	assert.deepEqual(cut.priorities.map((row) => [row.id, row.n]), [["normal", 10], ["high", 2]]);
	assert.equal(starts.length, 7);
	assert.deepEqual(series.find((one) => one.key === "requests").values, [3, 2, 1, 2, 2, 1, 1]);
	assert.deepEqual(reopenings, { n: 1, answered: 1, p50_ms: null });
	assert.equal(histogram.bins.reduce((sum, bin) => sum + bin.count, 0) + histogram.without_answer, 12);
});

await test("the list and one story", async () => {
	const { total, rows } = await visitor.get(`${path}/requests?${RANGE}&sort=-waited&limit=3`);
	assert.equal(total, 13, "cancelled ones are in the list");
	assert.deepEqual(rows.map((row) => row.id), ["1007", "1008", "1009"]);
	const nobody = await visitor.get(`${path}/requests?${RANGE}&who=nobody&state=open`);
	assert.deepEqual(nobody.rows.map((row) => row.id), ["1008"]);
	const story = await visitor.get(`${path}/requests/1011`);
	assert.deepEqual(story.events.map((event) => event.kind), ["asked", "answered", "reopened", "answered_again"]);
	assert.match(story.request.url, new RegExp(`/channels/${guild.id}/77/1011$`));
	assert.equal((await visitor.fetch(`${path}/requests/4711`)).status, 404);
});

/* --- hours, holidays, shifts, targets --- */

const week = (from, to, days = [0, 1, 2, 3, 4, 5, 6]) => days.map((day) => ({ from: day * 1440 + from, to: day * 1440 + to }));
const openHours = (from, to) => stack.sql(`SELECT coalesce(sum(extract(epoch FROM close_at - open_at)), 0)::float / 3600 AS hours
	FROM app.open_hours(${guild.id}, timestamptz '${from}', timestamptz '${to}')`)[0].hours;

await test("business hours where clocks change", async () => {
	const setZone = (zone, from, to) =>
		visitor.change("PUT", `${path}/schedule/versions/2015-01-01`, { zone, week: week(from, to) });
	const day = (date, zone) => openHours(`${date} 00:00 ${zone}`, `${date} 24:00 ${zone}`);
	await setZone("Europe/Berlin", 0, 1440);
	assert.equal(day("2026-03-29", "Europe/Berlin"), 23);
	assert.equal(day("2026-10-25", "Europe/Berlin"), 25);
	await setZone("Europe/Berlin", 60, 240);
	assert.equal(day("2026-03-29", "Europe/Berlin"), 2, "from one to four, with two o'clock left out");
	await setZone("Europe/Berlin", 120, 180);
	assert.equal(day("2026-03-29", "Europe/Berlin"), 0, "an hour that did not come");
	await setZone("America/New_York", 0, 1440);
	assert.equal(day("2026-03-08", "America/New_York"), 23);
	assert.equal(day("2026-11-01", "America/New_York"), 25);
	await setZone("Australia/Lord_Howe", 0, 1440);
	assert.equal(day("2026-04-05", "Australia/Lord_Howe"), 24.5);
	assert.equal(day("2026-10-04", "Australia/Lord_Howe"), 23.5);
	const refused = await visitor.fetch(`${path}/schedule/versions/2015-01-01`, {
		method: "PUT", body: JSON.stringify({ zone: "Mars/Olympus", week: [] }), headers: { "x-csrf-token": visitor.csrf },
	});
	assert.equal(refused.status, 400);
});

await test("business time: nights, a holiday and a new version are cut out of waits", async () => {
	await visitor.change("PUT", `${path}/schedule/versions/2015-01-01`, { zone: "UTC", week: week(9 * 60, 18 * 60) });
	await visitor.change("PUT", `${path}/schedule/versions/2026-03-28`, { zone: "UTC", week: [] });
	await visitor.change("PUT", `${path}/schedule/holidays/2026-03-27`, { name: "Выходной", open: [{ from: 780, to: 840 }] });
	assert.equal(openHours("2026-03-23Z", "2026-03-30Z"), 4 * 9 + 1);
	/* In business time, in order: two answered in 0 s, one closed at 0, then 30 60 90 299 300 1200 and 2400 (from nine to
	 * 9:40), then two that waited 1 and 6 hours. S: 10/12, then each of nine takes a ninth of it: 10/12 x 5/9 at 299 s. */
	const { figures: all } = await figures();
	assert.equal(all.business.p50_ms, 299_000);
	assert.equal(all.business.p75_ms, 2_400_000, "in calendar time it is 26 hours");
	assert.equal(all.calendar.p75_ms, 93_600_000);
	await visitor.change("DELETE", `${path}/schedule/holidays/2026-03-27`);
	const read = await visitor.get(`${path}/schedule`);
	assert.deepEqual([read.versions.length, read.holidays.length], [2, 0]);
	assert.deepEqual(read.versions[0].week[1], { from: 1980, to: 2520 });
});

await test("targets: the most particular counts; still waiting past it is missed", async () => {
	await visitor.change("PUT", `${path}/schedule/targets`, { targets: [
		{ channel_id: null, priority: null, first_response_s: 300, is_business: false },
		{ channel_id: null, priority: "high", first_response_s: 1200, is_business: false },
	] });
	const { figures: all } = await figures();
	/* met: 5 30 60 90 299 300 and 1200 by its own target; missed: two late, two that wait; resolved unanswered: neither */
	assert.deepEqual(all.target, { met: 7, missed: 4, pending: 0, at_risk: 0, rate: 7 / 11 });
	await visitor.change("PUT", `${path}/schedule/targets`, { targets: [
		{ channel_id: null, priority: null, first_response_s: 300, is_business: false },
		{ channel_id: "77", priority: null, first_response_s: 1, is_business: false },
	] });
	assert.equal((await figures()).figures.target.met, 0, "the channel goes before everything");
	const waits = await visitor.get(`${path}/requests?${RANGE}&limit=1`);
	assert.equal(waits.rows[0].target_s, 1);
});

await test("coverage: hours with requests and nobody there", async () => {
	await visitor.change("PUT", `${path}/schedule/shifts/501`, { shifts: [
		{ zone: "UTC", week: [{ from: 600, to: 720 }], valid_from: "2026-01-01", valid_until: null, is_on_call: true },
	] });
	stack.exec(`INSERT INTO response.activity_hourly VALUES (${guild.id}, ${at("24 11:00:00")}, 502, 1, 0, 0, 0)`);
	const cover = await visitor.get(`${path}/cover?${RANGE}`);
	assert.deepEqual([cover.on_shift[0][10], cover.on_shift[0][11], cover.on_shift[0][12]], [1, 1, 0]);
	assert.deepEqual([cover.active[1][11], cover.cells[1][11], cover.cells[1][10]], [1, 1, 1]);
	assert.deepEqual([cover.is_bare[0][10], cover.is_bare[1][11], cover.is_bare[1][10]], [false, false, true]);
	await visitor.change("PUT", `${path}/schedule/shifts/501`, { shifts: [] });
	assert.equal((await visitor.get(`${path}/cover?${RANGE}`)).on_shift[0][10], 0);
	const { staff } = await visitor.get(`${path}/schedule`);
	assert.equal(staff.find((one) => one.id === "501"), undefined);
});

await test("thousands of requests all count: nothing looks at the newest thousand", async () => {
	stack.exec(`INSERT INTO response.request (guild_id, request_id, channel_id, author_id, kind, state, asked_at, clock_at, answered_at, answered_by, answer_kind)
		SELECT ${guild.id}, 100000 + i, 79, 600, 'keyword', 'answered', ask, ask, ask + interval '10 s', 501, 'reply'
		FROM generate_series(1, 2500) i, LATERAL (SELECT ${at("25 12:00:00")} + i * interval '1 s' AS ask) a`);
	const { figures: many } = await figures("&channel=79");
	assert.deepEqual([many.n, many.answered, many.bands.good, many.calendar.p90_ms], [2500, 2500, 2500, 10_000]);
	assert.equal((await visitor.get(`${path}/requests?${RANGE}&channel=79&limit=1`)).total, 2500);
	stack.exec("DELETE FROM response.request WHERE channel_id = 79");
});

await test("every change is in the audit log", async () => {
	const { rows } = await visitor.get(`${path}/audit?limit=100`);
	const seen = new Set(rows.map((row) => row.action));
	for (const action of ["schedule.change", "holiday.change", "holiday.delete", "shift.change", "target.change"])
		assert.ok(seen.has(action), action);
});

await stack.down();
stack.remove();
end();

/*
 * Weeks of a community, analytics killed on the way: every stay in the tables, and every figure of the growth page,
 * equals what the simulator's ledger says was told.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { join } from "node:path";
import { addDays, dayOf } from "../harness/figures.mjs";
import { drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";
import { activationOf, activeDays, activeIn, activityOf, lifecycleOf, membershipOf, readLedger, startOf, tenureOf } from "../harness/stays.mjs";
import { Visitor } from "../harness/visitor.mjs";

const ZONE = "Europe/Berlin";

/* A day must not end while its figures are compared. */
await until("midnight to be over", () =>
	["UTC", ZONE].every((zone) => dayOf(Date.now(), zone) === dayOf(Date.now() + 300_000, zone)), 400_000);

const t = tap();
const stack = await Stack.prepare({ SIM_HISTORY_DAYS: "45", SIM_SEED: "11", SIM_ACTIVITY: "150" });
stack.env.SIM_LEDGER = join(stack.dir, "ledger.jsonl");
const visitor = new Visitor(stack);
let books, guilds;

const count = (sql) => stack.sql(`SELECT count(*)::int AS n FROM ${sql}`)[0].n;
const figuresOf = (answer) => Object.fromEntries(answer.figures.map(({ key, ...figure }) => [key, figure]));
const valuesOf = (answer, key) => answer.series.find((one) => one.key === key).values;
const ask = (guild, path) => visitor.get(`/api/v1/guilds/${guild.id}/growth${path}`);
const near = (a, b) => a === b || (a !== null && b !== null && Math.abs(a - b) < 1e-9);

try {
	await t.test("the history is told while analytics is killed twice", async () => {
		stack.launch();
		await until("something to be counted", () => stack.log.includes("has read to") || stack.out.includes("rations: ready "), 180_000);
		for (const stays of [5, 60]) {
			await until(`${stays} stays`, () => count("analytics.newcomer") >= stays, 180_000);
			await stack.crash("analytics");
		}
		await until("rations: ready", () => stack.isOver || stack.out.includes("rations: ready "), 240_000);
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live", 240_000);
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
		books = readLedger(stack.env.SIM_LEDGER);
	});

	await t.test("every stay: when it began and ended, its first three messages and its first talk", () => {
		const iso = (ms) => (ms === null || ms === undefined ? null : ms);
		const rows = stack.sql(`SELECT guild_id::text, user_id::text, ts_to_ms(joined_at) AS joined, ts_to_ms(left_at) AS "left",
			ts_to_ms(message_1_at) AS m1, ts_to_ms(message_2_at) AS m2, ts_to_ms(message_3_at) AS m3, ts_to_ms(first_talk_at) AS talk
			FROM analytics.newcomer ORDER BY guild_id, user_id, joined_at`);
		const key = (row) => `${row.guild_id} ${row.user_id} ${row.joined}`;
		const found = new Map(rows.map((row) => [key(row), row]));
		let told = 0;
		for (const [guild_id, book] of books)
			for (const stay of book.stays) {
				told++;
				const expected = {
					guild_id, user_id: stay.user, joined: stay.joinedAt, left: stay.leftAt,
					m1: iso(stay.said[0]), m2: iso(stay.said[1]), m3: iso(stay.said[2]), talk: stay.talkedAt,
				};
				deepStrictEqual(found.get(key(expected)), expected);
			}
		equal(rows.length, told);
		const some = (test) => rows.filter(test).length;
		ok(some((row) => row.left !== null) > 20 && some((row) => row.m3 !== null) > 20 && some((row) => row.talk !== null) > 5, "much happened");
	});

	await t.test("a visitor looks at it in a zone of its own", async () => {
		await visitor.logIn("owns every server");
		guilds = (await visitor.get("/api/v1/guilds")).guilds.filter((guild) => guild.has_bot);
		for (const guild of guilds) await visitor.change("PATCH", `/api/v1/guilds/${guild.id}`, { timezone: ZONE });
		for (const guild of guilds)
			await until("days in that zone", async () => (await ask(guild, "/lifecycle")).is_ready, 90_000);
		ok(guilds.length > 0);
	});

	await t.test("joins, returns, leaves, and how long those who left had stayed", async () => {
		let leaves = 0;
		for (const guild of guilds) {
			const book = books.get(guild.id);
			const answer = await ask(guild, "?period=28d&bucket=day");
			const [from, to] = [Date.parse(answer.range.from), Date.parse(answer.range.to)];
			const came = book.stays.filter((stay) => stay.joinedAt >= from && stay.joinedAt < to);
			const went = book.leaves.filter(({ at }) => at >= from && at < to);
			const figures = figuresOf(answer);
			deepStrictEqual(["joins", "rejoins", "leaves", "net_growth"].map((key) => figures[key].value),
				[came.length, came.filter((stay) => stay.isReturn).length, went.length, came.length - went.length]);
			answer.starts.forEach((start, i) => {
				const end = Date.parse(answer.starts[i + 1] ?? answer.range.to);
				equal(valuesOf(answer, "joins")[i], came.filter((stay) => stay.joinedAt >= Date.parse(start) && stay.joinedAt < end).length, start);
			});
			deepStrictEqual(Object.fromEntries(answer.tenure.map((row) => [row.key, row.leaves])), tenureOf(book.leaves, from, to));
			leaves += went.length;
		}
		ok(leaves > 10, `${leaves} left`);
	});

	await t.test("activation, and the time to the first message", async () => {
		let open = 0;
		for (const guild of guilds) {
			const answer = await ask(guild, "/activation?period=28d");
			const range = { from: Date.parse(answer.range.from), to: Date.parse(answer.range.to), now: Date.parse(answer.range.to) };
			const expected = activationOf(books.get(guild.id).stays, range);
			const figures = figuresOf(answer);
			for (const [key, { value, n, left_out }] of Object.entries(expected)) {
				deepStrictEqual([figures[key].n, figures[key].left_out], [n, left_out], `${guild.name} ${key}`);
				ok(near(figures[key].value, value), `${guild.name} ${key}: ${figures[key].value}, not ${value}`);
			}
			open += figures.activation_7d.left_out;
			const before = { from: Date.parse(answer.compare_range.from), to: Date.parse(answer.compare_range.to), now: range.now };
			ok(near(figures.activation_7d.previous, activationOf(books.get(guild.id).stays, before).activation_7d.value));
		}
		ok(open > 0, "some windows are open");
	});

	await t.test("who is still a member, who is still active, by the week of joining", async () => {
		let complete = 0, incomplete = 0;
		for (const guild of guilds) {
			const { stays } = books.get(guild.id);
			const told = (await stack.control("GET", `counts?rows=1&guild=${guild.id}`)).guilds[guild.id];
			const active = activeDays(told, ZONE);
			for (const kind of ["membership", "activity"]) {
				const answer = await ask(guild, `/retention?kind=${kind}&weeks=8`);
				const now = Date.parse(answer.range.to);
				for (const { day, joined, cells } of answer.cohorts) {
					if (joined === null) continue;
					cells.forEach((cell, i) => {
						const offset = answer.offsets[i];
						const expected = kind === "membership" ? membershipOf(stays, day, ZONE, now, offset)
							: activityOf(stays, active, day, ZONE, dayOf(now, ZONE), offset);
						deepStrictEqual({ joined, n: cell.n, kept: cell.kept }, expected, `${guild.name} ${kind} ${day} ${offset}`);
						complete += cell.is_complete && cell.n > 0;
						incomplete += !cell.is_complete && cell.n > 0;
						ok(!cell.is_complete || cell.n === joined);
					});
				}
			}
		}
		ok(complete > 20 && incomplete > 3, `${complete} complete, ${incomplete} incomplete cells`);
	});

	await t.test("lifecycle, and day, week and month", async () => {
		for (const guild of guilds) {
			const told = (await stack.control("GET", `counts?rows=1&guild=${guild.id}`)).guilds[guild.id];
			const active = activeDays(told, ZONE);
			const { first_event_at: first } = await visitor.get(`/api/v1/guilds/${guild.id}`);
			const firstDay = dayOf(Date.parse(first), ZONE);
			const life = await ask(guild, "/lifecycle?weeks=8");
			life.starts.forEach((start, i) => {
				const monday = dayOf(Date.parse(start), ZONE);
				const expected = lifecycleOf(active, monday);
				for (const [key, value] of Object.entries(expected)) {
					const isKnown = key === "active" ? addDays(monday, 6) >= firstDay : monday > firstDay;
					equal(valuesOf(life, key)[i], isKnown ? value : null, `${guild.name} ${monday} ${key}`);
				}
			});
			const answer = await ask(guild, "/stickiness?period=28d");
			answer.starts.forEach((start, i) => {
				const day = dayOf(Date.parse(start), ZONE);
				const lengths = { dau: 1, wau: 7, mau: 28 };
				for (const [key, length] of Object.entries(lengths)) {
					const expected = addDays(day, 1 - length) >= firstDay ? activeIn(active, day, length) : null;
					equal(valuesOf(answer, key)[i], expected, `${guild.name} ${day} ${key}`);
				}
				const mean = [0, 1, 2, 3, 4, 5, 6].reduce((sum, back) => sum + activeIn(active, addDays(day, -back), 1), 0) / 7;
				const month = activeIn(active, day, 28);
				const sticky = addDays(day, -27) >= firstDay && month ? mean / month : null;
				ok(near(valuesOf(answer, "stickiness")[i], sticky), `${guild.name} ${day} stickiness`);
			});
			/* Of some of them, by another way: from what each did, not from what is kept of all. */
			const some = [...active].slice(0, 12);
			const few = await ask(guild, `/stickiness?period=28d&member=${some.map(([id]) => id).join()}`);
			few.starts.forEach((start, i) => {
				const day = dayOf(Date.parse(start), ZONE);
				for (const [key, length] of Object.entries({ dau: 1, wau: 7, mau: 28 })) {
					const expected = addDays(day, 1 - length) >= firstDay ? activeIn(new Map(some), day, length) : null;
					equal(valuesOf(few, key)[i], expected, `${guild.name} ${day} ${key} of some`);
				}
			});
			deepStrictEqual((await ask(guild, "/stickiness?period=28d&bots=only")).figures.map(({ key }) => key), ["dau", "wau", "mau", "stickiness"]);
		}
	});
} finally {
	await stack.down();
	stack.remove();
	t.end();
}

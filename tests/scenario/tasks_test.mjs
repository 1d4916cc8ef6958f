/*
 * Members report done tasks in a channel of its own; a curator takes a report by a reaction and says in a reply how
 * many are approved. Everything once, whoever comes at the same time, and whatever dies in between.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Desk, MIN } from "../harness/desk.mjs";
import { tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const desk = await Desk.start({ trackers: 2, api: true });

const report = (id) => desk.rows(`SELECT state, tasks, approved, author_id::text AS author, curator_id::text AS curator, verification_id::text AS reply,
	excerpt FROM response.task_report WHERE report_id = ${id}`)[0];

const stands = (id, like) => until(`report ${id} to be ${JSON.stringify(like)}`, () => {
	const now = report(id);
	if (!now) throw new Error("there is none");
	for (const [name, value] of Object.entries(like))
		if (now[name] !== value) throw new Error(`${name} is ${now[name]}`);
	return now;
}, 20_000);

const isNone = async (id) => {
	await desk.told();
	equal(report(id), undefined);
};

const work = (name) => desk.rows(`SELECT count(*)::int AS n, coalesce((SELECT sum(tasks)::int FROM response.activity_hourly WHERE user_id = ${desk.id(name)}), 0) AS hourly
	FROM response.activity WHERE kind = 'task_verification' AND user_id = ${desk.id(name)}`)[0];

/* A report that calls the staff. */
const tell = (name, text) => desk.call(name, "reports", text);

try {
	await t.test("a channel for reports", async () => {
		const id = await desk.does("create_channel", { name: "reports", type: 0 });
		desk.channels.set("reports", id);
		desk.sql(`INSERT INTO app.task_settings (guild_id, is_enabled, channels, keywords) VALUES (${desk.guild}, true, '{${id}}', '{отчёт}')`);
		await desk.hasSettings();
	});

	await t.test("reported, taken by a reaction, verified by a reply", async () => {
		const before = work("Kim");
		const id = await tell("Ann", "сделал 5 задач");
		await stands(id, { state: "pending", tasks: 5, author: desk.id("Ann"), curator: null, excerpt: null });
		desk.pass(MIN);
		await desk.react("Kim", id);
		await stands(id, { state: "reviewing", curator: desk.id("Kim") });
		desk.pass(MIN);
		const reply = await desk.reply("Kim", id, "одобрено 4");
		await stands(id, { state: "verified", approved: 4, reply });
		deepEqual(work("Kim"), { n: before.n + 1, hourly: before.hourly + 1 });
		equal(desk.request(id), undefined, "a report is no request");
	});

	await t.test("a keyword calls as well as a role; nothing said is all", async () => {
		const id = await desk.say("Ben", "reports", "Отчет: задач 7");
		await stands(id, { state: "pending", tasks: 7 });
		await desk.react("Lee", id);
		await desk.reply("Lee", id, "спасибо!");
		await stands(id, { state: "verified", approved: 7, curator: desk.id("Lee") });
	});

	await t.test("what is no report", async () => {
		const ids = [
			await desk.say("Ann", "reports", "5 задач"), /* calls nobody */
			await tell("Ann", "вот и всё"), /* no number */
			await tell("Kim", "5 задач"), /* the staff */
			await desk.call("Ann", "chat", "5 задач"), /* elsewhere */
		];
		ids.push(await desk.reply("Ann", ids[1], `<@&${desk.roles.get("staff")}> 5 задач`));
		for (const id of ids) await isNone(id);
	});

	await t.test("nobody needs to be called where the guild says so", async () => {
		desk.sql(`UPDATE app.task_settings SET needs_call = false WHERE guild_id = ${desk.guild}`);
		await desk.hasSettings();
		await stands(await desk.say("Ann", "reports", "12"), { tasks: 12 });
		desk.sql(`UPDATE app.task_settings SET needs_call = true WHERE guild_id = ${desk.guild}`);
		await desk.hasSettings();
	});

	await t.test("two curators at once: one takes it, and only theirs is the word", async () => {
		const id = await tell("Ben", "10 заданий");
		await stands(id, { state: "pending" });
		await Promise.all([desk.react("Kim", id), desk.react("Lee", id)]);
		const { curator } = await stands(id, { state: "reviewing" });
		const [first, second] = curator === desk.id("Kim") ? ["Kim", "Lee"] : ["Lee", "Kim"];
		await desk.reply(second, id, "одобрено 1");
		await desk.told();
		equal(report(id).state, "reviewing");
		await desk.reply(first, id, "9 из 10");
		await stands(id, { state: "verified", approved: 9, curator });
		await desk.reply(first, id, "нет");
		await desk.told();
		equal(report(id).approved, 9);
	});

	await t.test("a reply without a claim decides nothing; nobody verifies their own", async () => {
		const id = await tell("Ann", "3 задачи");
		await stands(id, { state: "pending" });
		await desk.reply("Kim", id, "одобрено 3");
		await desk.react("Ann", id);
		await desk.told();
		equal(report(id).state, "pending");
	});

	await t.test("an edit corrects a report nobody has taken, a deletion takes it back", async () => {
		const id = await tell("Ann", "5 задач");
		await stands(id, { tasks: 5 });
		await desk.edit(id, "нет, 6 задач");
		await stands(id, { tasks: 6 });
		await desk.react("Lee", id);
		await stands(id, { state: "reviewing" });
		await desk.edit(id, "50 задач");
		await desk.told();
		equal(report(id).tasks, 6);
		await desk.delete(id);
		await desk.told();
		equal(report(id).state, "reviewing", "what was taken stays");
		const other = await tell("Ann", "1 задача");
		await stands(other, { state: "pending" });
		await desk.delete(other);
		await until("it to be gone", () => !report(other));
	});

	await t.test("by hand: claimed, verified with a number, archived and back", async () => {
		const before = work("Lee");
		const id = await tell("Ben", "8 задач");
		await stands(id, { state: "pending" });
		equal(await desk.act("task_claim", "Lee", id), "done");
		equal(await desk.act("task_claim", "Kim", id), "taken");
		equal(await desk.act("task_verify", "Kim", id, { value: 8 }), "taken");
		equal(await desk.act("task_verify", "Lee", id, { value: 100 }), "done");
		await stands(id, { state: "verified", approved: 8, reply: null });
		equal(await desk.act("task_verify", "Lee", id, { value: 1 }), "closed");
		equal(await desk.act("task_state", "Lee", id, { text: "archived" }), "done");
		await stands(id, { state: "archived" });
		equal(await desk.act("task_state", "Lee", id, { text: "verified" }), "done");
		await stands(id, { state: "verified", approved: 8 });
		deepEqual(work("Lee"), { n: before.n + 1, hourly: before.hourly + 1 });
		equal(await desk.act("task_claim", "Lee", "1"), "not_found");
	});

	await t.test("from the web: a manager verifies, the page adds up", async () => {
		const manager = new Visitor(desk);
		await manager.logIn("owns every server");
		const path = `/api/v1/guilds/${desk.guild}/task-reports`;
		const act = async (method, tail, body = {}) => {
			const response = await manager.fetch(`${path}/${tail}`, {
				method, body: JSON.stringify(body), headers: { "content-type": "application/json", "x-csrf-token": manager.csrf },
			});
			return [response.status, (await response.json()).outcome];
		};
		const id = await tell("Ann", "4 задачи");
		await stands(id, { state: "pending" });
		deepEqual(await act("POST", `${id}/claim`), [200, "done"]);
		deepEqual(await act("POST", `${id}/verify`, { approved: 3 }), [200, "done"]);
		deepEqual(await act("POST", `${id}/verify`), [409, "closed"]);
		deepEqual(await act("POST", "1/claim"), [404, undefined]);
		deepEqual(await act("PUT", `${id}/state`, { state: "gone" }), [400, undefined]);
		await stands(id, { state: "verified", approved: 3, reply: null });
		const [row] = (await manager.get(`${path}?period=28d&q=${id}`)).rows;
		deepEqual([row.tasks, row.approved, row.author.name, row.channel.name], [4, 3, "Ann", "reports"]);
		const { totals } = await manager.get(`${path}/summary?period=28d`);
		const [told] = desk.rows(`SELECT count(*)::int AS reports, sum(tasks)::int AS tasks, sum(approved)::int AS approved FROM response.task_report`);
		deepEqual({ reports: totals.reports, tasks: totals.tasks, approved: totals.approved }, told);
	});

	await t.test("kill -9 in the middle of each step, and nothing happens twice", async () => {
		const before = work("Kim");
		const ids = [];
		for (let i = 1; i <= 4; i++) {
			const id = await tell("Ann", `${i} tasks`);
			ids.push(id);
			if (i === 1) await desk.killReader();
			await stands(id, { state: "pending" });
			await desk.react("Kim", id);
			if (i === 2) await desk.killReader();
			await stands(id, { state: "reviewing" });
			await desk.reply("Kim", id, "approved 1");
			if (i === 3) await desk.killReader();
			await stands(id, { state: "verified", approved: 1 });
		}
		deepEqual(work("Kim"), { n: before.n + 4, hourly: before.hourly + 4 });
	});

	await t.test("read again from the beginning, all of it stays as it is", async () => {
		const all = "SELECT * FROM response.task_report ORDER BY report_id";
		const [reports, kim, lee] = [desk.rows(all), work("Kim"), work("Lee")];
		ok(reports.length > 8);
		const again = (row) => desk.sql(`SELECT response.task_step('verified', guild_id, report_id, curator_id, channel_id, 0, 1, NULL, now(), now()),
			response.task_step('reported', guild_id, report_id, author_id, channel_id, 1, 0, NULL, now(), now())
			FROM response.task_report WHERE report_id = ${row.report_id} AND state = 'verified'`);
		reports.forEach(again);
		deepEqual(desk.rows(all), reports);
		deepEqual([work("Kim"), work("Lee")], [kim, lee]);
	});
} finally {
	const complaints = await desk.stop();
	await t.test("everybody left in good order", () => deepEqual(complaints, []));
	desk.remove();
	t.end();
}

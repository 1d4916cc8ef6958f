/*
 * Nobody answers, and Discord is told of it: after ten minutes, again, up the chain, by the guild's clock; once, over
 * days of downtime and kill -9 in the middle of everything. What was sent is what the simulated Discord has.
 */
import { deepEqual, equal, match, ok } from "node:assert";
import { createServer } from "node:http";
import { DAY, Desk, HOUR, MIN, S } from "../harness/desk.mjs";
import { tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const desk = await Desk.start({ trackers: 2, build: process.env.BUILD_SAN ?? "build/gcc-san", api: true, env: { ALERT_TICK: "200ms", WEBHOOK_PRIVATE: "true" } });
const path = `/api/v1/guilds/${desk.guild}/notifications`;
const owner = new Visitor(desk), insights = new Visitor(desk);
const { guild } = desk;
/* Both replicas, as one. */
const tracker = {
	end: (signal) => Promise.all(desk.trackers.map((one) => one.end(signal))),
	start: () => desk.trackers.forEach((one) => one.start()),
};
const place = (name) => desk.channels.get(name);
const link = (request, channel = "help") => `https://discord.com/channels/${guild}/${place(channel)}/${request}`;
let people = 0;

/* When and where the guild is told; by column, the rest as it comes. */
const DEFAULTS = { is_enabled: true, delay_s: 600, repeat_s: 0, repeat_cap: 3, roles: "{}", zone: "UTC", weekdays: 127, quiet_from: null,
	quiet_to: null, holds_for_shift: false, storm: 5, report_minute: null, report_channel_id: null, system_channel_id: null };
function decide(columns = {}, steps = []) {
	const all = { guild_id: guild, channel_id: place("notices"), channel_guild_id: guild, ...DEFAULTS, ...columns };
	const values = Object.values(all).map((value) => (value === null ? "NULL" : `'${value}'`));
	desk.sql(`DELETE FROM app.notice_settings; DELETE FROM app.escalation;
		INSERT INTO app.notice_settings (${Object.keys(all)}, updated_at) VALUES (${values}, public.ms_to_ts(${desk.clock.now() - DAY}))`);
	steps.forEach(([wait, kind, target = "NULL"], i) =>
		desk.sql(`INSERT INTO app.escalation VALUES (${guild}, ${i + 1}, ${wait / S}, '${kind}', ${target})`));
}

const notices = (where = "true") => desk.rows(`SELECT notice_id, kind, step, state, why, tries, channel_id::text, requests::text[] FROM response.notice
	WHERE ${where} ORDER BY notice_id`);
const due = (request) => desk.rows(`SELECT kind, step, ts_to_ms(due_at) AS at FROM response.due WHERE request_id = ${request} ORDER BY kind DESC`);
const posted = async (channel = "notices") => (await desk.posted(channel)).filter((one) => one.type === 0);
const lines = async (channel) => (await posted(channel)).map((one) => one.content);
/* So many messages there, none of them waiting. */
const told = (count, channel = "notices") => until(`${count} messages in ${channel}`, async () => {
	const list = await lines(channel);
	if (list.length > count) throw new Error(`there are ${list.length}: ${JSON.stringify(list)}`);
	return list.length === count && notices("state = 'waiting'").length === 0 && list;
}, 20_000);
const isDue = (request, what) => until(`${JSON.stringify(what)} to be due`, () => {
	deepEqual(due(request).map(({ kind, step }) => [kind, step]), what);
	return true;
}, 20_000);
/* Somebody who has not asked yet asks, and it is a request. */
async function asked(channel = "help") {
	const request = await desk.ask(`guest${++people}`, channel, "Нужна помощь");
	await desk.opens(request);
	return request;
}
/* A story begins with an empty outbox and an empty channel, and ends with nobody waiting and nobody to be told. */
const story = (name, body) => t.test(name, async () => {
	desk.pass(10 * MIN);
	desk.channels.set("notices", await desk.does("create_channel", { name: "notices", type: 0 }));
	await desk.told();
	desk.sql("DELETE FROM response.notice; DELETE FROM response.channel_trouble");
	try {
		await body();
	} finally {
		desk.sql("DELETE FROM app.notice_settings; DELETE FROM app.escalation; DELETE FROM response.due; UPDATE response.request SET state = 'resolved' WHERE state = 'open'; DELETE FROM app.shift; DELETE FROM app.curator");
	}
});

try {
	desk.sql(`INSERT INTO app.guild_settings (guild_id, language, timezone, wants_excerpts) VALUES (${guild}, 'ru', 'UTC', true)
		ON CONFLICT (guild_id) DO UPDATE SET language = 'ru', timezone = 'UTC', wants_excerpts = true`);
	await desk.hasSettings();

	await story("nobody answers for ten minutes: one reminder, to those meant", async () => {
		decide({ roles: `{${desk.roles.get("staff")}}` });
		const request = await desk.ask("Ann", "help", "Нужна помощь @everyone");
		await desk.opens(request);
		const [{ at }] = due(request);
		equal(at - desk.request(request).asked_at, 10 * MIN);
		desk.pass(12 * MIN);
		await told(1);
		const [message] = await posted();
		equal(message.content, `<@&${desk.roles.get("staff")}> Без ответа уже **12 минут**: ${link(request)}`);
		deepEqual([message.mention_roles, message.mentions, message.mention_everyone], [[desk.roles.get("staff")], [], false]);
		match(message.embeds[0].description, /Спрашивает <@\d+> в <#\d+>[^]*Нужна помощь \\@everyone/);
		deepEqual(message.components[0].components.map((one) => one.custom_id ?? "link"),
			[...["claim", "resolve", "not_a_request", "snooze"].map((kind) => `desk:${kind}:${request}`), "link"]);
		await isDue(request, []);

		const answer = await desk.reply("Kim", request, "сейчас");
		await desk.becomes(request, { state: "answered" });
		await until("the reminder to say so", async () => (await lines())[0].startsWith("Ответ за **12 минут**"));
		const [marked] = await posted();
		ok(marked.content.includes(`<@${desk.id("Kim")}>`) && answer);
		deepEqual([marked.mentions, marked.components[0].components.length], [[], 1]);
	});

	await story("answered in time: nothing is sent", async () => {
		decide();
		const request = await asked();
		desk.pass(5 * MIN);
		await desk.reply("Lee", request, "иду");
		await desk.becomes(request, { state: "answered" });
		deepEqual(due(request), []);
		desk.pass(HOUR);
		const other = await asked();
		desk.pass(11 * MIN);
		await told(1);
		equal((await lines())[0], `@here Без ответа уже **11 минут**: ${link(other)}`);
		const [{ id: reminder }] = await posted();
		desk.placeOf.set(reminder, place("notices"));
		await desk.reply("Lee", reminder, "отвечаю");
		await desk.becomes(other, { state: "answered", answered_by: desk.id("Lee") });
		deepEqual(desk.rows("SELECT DISTINCT payload::text AS kept FROM response.notice"), [{ kept: "{}" }]);
	});

	await story("never answered: repeats up to the cap, an escalation to the end", async () => {
		desk.sql(`INSERT INTO app.curator (guild_id, user_id, is_lead) VALUES (${guild}, ${desk.id("Lee")}, true);
			INSERT INTO app.shift (guild_id, user_id, zone, week, valid_from, is_on_call) VALUES (${guild}, ${desk.id("Kim")}, 'UTC', '{[0,10080)}', '2020-01-01', true)`);
		decide({ repeat_s: 20 * 60, repeat_cap: 2 }, [[5 * MIN, "on_call"], [10 * MIN, "lead"], [30 * MIN, "channel", place("chat")]]);
		const request = await asked();
		const chat = (await lines("chat")).length;
		desk.pass(10 * MIN);
		await told(1);
		await isDue(request, [["reminder", 1], ["escalation", 1]]);
		desk.pass(5 * MIN);
		await told(2);
		desk.pass(10 * MIN);
		await told(3);
		desk.pass(6 * MIN);
		await told(4);
		desk.pass(21 * MIN);
		await told(5);
		desk.pass(10 * MIN);
		await told(chat + 1, "chat");
		await isDue(request, []);
		const [kim, lee] = ["Kim", "Lee"].map((name) => `<@${desk.id(name)}>`);
		deepEqual((await lines()).map((line) => line.replace(/ \*\*.*/, "")),
			["@here Без ответа уже", `${kim} Эскалация, шаг 1. Без ответа уже`, `${lee} Эскалация, шаг 2. Без ответа уже`,
				"@here Всё ещё без ответа, уже", "@here Всё ещё без ответа, уже"]);
		deepEqual((await posted())[1].mentions.map((one) => one.id), [desk.id("Kim")]);
		match((await lines("chat")).at(-1), /^@here Эскалация, шаг 3\. Без ответа уже \*\*1 час/);
	});

	await story("a day of downtime: what is overdue comes once, in order, without what was answered", async () => {
		decide({ repeat_s: 600 });
		await tracker.end("SIGKILL");
		const requests = [];
		for (let i = 0; i < 4; i++) {
			requests.push(await desk.ask(`guest${++people}`, "help", "help please"));
			desk.pass(MIN);
		}
		await desk.reply("Kim", requests[1], "done");
		desk.pass(DAY);
		const late = await desk.ask(`guest${++people}`, "help", "помогите");
		tracker.start();
		await told(3);
		deepEqual(await lines(), [requests[0], requests[2], requests[3]].map((one) => `@here Без ответа уже **1 день**: ${link(one)}`));
		deepEqual(due(late).map(({ at }) => at), [desk.request(late).asked_at + 10 * MIN]);
		desk.pass(10 * MIN);
		await until("the one asked last to be told of, too", async () => (await lines()).some((line) => line.includes(late)));
	});

	await story("more than a week late: nobody wants to hear of it", async () => {
		decide();
		const request = await asked();
		await tracker.end("SIGKILL");
		desk.pass(8 * DAY);
		tracker.start();
		await until("it to be dropped", () => notices("state = 'dropped' AND why = 'late'").length === 1);
		deepEqual([due(request), await lines()], [[], []]);
	});

	await story("quiet hours, snoozed, nobody's shift: held, then sent", async () => {
		const minute = (at) => Math.floor((at % DAY) / MIN);
		const week = (at) => Math.floor(((at - 4 * DAY) % (7 * DAY)) / MIN); /* 1970-01-05 was a Monday */
		const begun = Math.floor(desk.clock.now() / MIN) * MIN;
		decide({ quiet_from: minute(begun), quiet_to: minute(begun + 2 * HOUR) });
		const request = await asked();
		desk.pass(11 * MIN);
		await until("it to be held", () => due(request)[0]?.at === begun + 2 * HOUR);
		desk.pass(110 * MIN);
		await told(1);

		const next = await asked();
		const until2 = desk.clock.now() + 3 * HOUR;
		equal(await desk.act("snooze", "Kim", next, { value: until2 }), "done");
		desk.pass(11 * MIN);
		await until("it to be held", () => due(next)[0]?.at === until2);
		desk.pass(3 * HOUR);
		await told(2);

		decide({ holds_for_shift: true });
		const from = week(desk.clock.now() + HOUR);
		desk.sql(`INSERT INTO app.shift (guild_id, user_id, zone, week, valid_from) VALUES (${guild}, ${desk.id("Lee")}, 'UTC',
			int4multirange(int4range(${from}, ${Math.min(from + 120, 10080)})), '2020-01-01')`);
		const third = await asked();
		desk.pass(11 * MIN);
		await until("it to be held", () => due(third)[0]?.at > desk.clock.now() + 40 * MIN);
		desk.pass(HOUR);
		await told(3);
		ok((await lines())[2].includes(third));
	});

	await story("many at once: one message that names them", async () => {
		decide({ storm: 4 });
		const requests = [];
		for (let i = 0; i < 6; i++) requests.push(await asked());
		desk.pass(11 * MIN);
		await told(1);
		const [message] = await posted();
		match(message.content, /^@here Без ответа сразу 6 вопросов, дольше всего \*\*11 минут\*\*:$/);
		deepEqual([...message.embeds[0].description.matchAll(/channels\/\d+\/\d+\/(\d+)/g)].map(([, id]) => id), requests);
		deepEqual(notices().map(({ kind, state, requests: list }) => [kind, state, list.length]), [["storm", "sent", 6]]);
	});

	await story("told on another server: by names, without buttons", async () => {
		const other = (await desk.control("GET", "world")).guilds.find((one) => one.id !== guild);
		const channel = other.channels.find((one) => one.type === 0).id;
		await until("its channels to be known", () => desk.rows(`SELECT 1 FROM analytics.channel WHERE channel_id = ${channel}`).length);
		decide({ channel_id: channel, channel_guild_id: other.id });
		const request = await asked();
		desk.pass(11 * MIN);
		await until("it to be sent", () => notices("state = 'sent'").length === 1);
		const message = (await desk.posted(channel)).at(-1);
		match(message.content, new RegExp(`^@here Без ответа уже \\*\\*11 минут\\*\\*: ${link(request)}$`));
		match(message.embeds[0].description, /Спрашивает \*\*.*guest\d+.*\*\* в #.*help.* на сервере /);
		equal(message.components[0].components.length, 1);
	});

	await story("a channel that is gone, and one that is slow: named as causes, others go on", async () => {
		decide({ system_channel_id: place("chat") }, [[5 * MIN, "channel", place("chat")]]);
		const chat = (await lines("chat")).length;
		const gone = place("notices");
		await desk.does("delete_channel", { channel_id: gone });
		const request = await asked();
		desk.pass(11 * MIN);
		await told(chat + 1, "chat");
		deepEqual(desk.rows("SELECT channel_id::text, why, retry_at FROM response.channel_trouble"), [{ channel_id: gone, why: "no_channel", retry_at: null }]);
		match((await posted("chat")).at(-1).embeds[0].description, /Уведомления не доходят[^]*Канала больше нет/);
		desk.pass(6 * MIN);
		await told(chat + 2, "chat");
		ok((await lines("chat")).at(-1).includes(request));
		deepEqual(notices("kind <> 'system'").map(({ state, why }) => [state, why]), [["failed", "no_channel"], ["sent", ""]]);

		const slow = await desk.does("create_channel", { name: "slow", type: 0 });
		decide({ channel_id: slow }, [[MIN, "channel", place("chat")]]);
		await desk.control("POST", "rest-fault", { count: 1, status: 429, retry_after: 3600, scope: "shared", path: `channels/${slow}/messages` });
		const other = await asked();
		desk.pass(11 * MIN);
		const held = await until("it to be waited out", () => notices(`channel_id = ${slow} AND why = 'rate_limited'`)[0]);
		equal(held.state, "waiting");
		deepEqual(desk.rows(`SELECT why, retry_at > public.ms_to_ts(${desk.clock.now()}) + interval '50 min' AS later FROM response.channel_trouble
			WHERE channel_id = ${slow}`), [{ why: "rate_limited", later: true }]);
		desk.pass(2 * MIN);
		await until("others to go on", async () => (await lines("chat")).at(-1).includes(other));
	});

	await story("decided on the page: every mistake is named, another server's channel only by who manages it", async () => {
		await owner.logIn("owns every server");
		await insights.logIn("may see insights");
		decide();
		const { settings, channels, roles } = await owner.get(path);
		ok(channels.some(({ id }) => id === place("notices")) && roles.some(({ name }) => name === "staff"));
		equal((await insights.fetch(path)).status, 403);
		const refused = async (change) => {
			const response = await owner.fetch(path, { method: "PUT", body: JSON.stringify({ ...settings, ...change }),
				headers: { "content-type": "application/json", "x-csrf-token": owner.csrf } });
			equal(response.status, 400, JSON.stringify(change));
			const { detail, errors } = await response.json();
			return errors ?? [detail];
		};
		equal((await refused({ delay_s: 1, storm: 1, quiet_from: 5, quiet_to: 5, weekdays: 0, channel_id: null,
			escalation: [{ wait_s: 1, kind: "lead", target_id: null }, { wait_s: 60, kind: "role", target_id: null }] })).length, 7);
		equal((await refused({ zone: "Mars/Olympus", roles: ["5"], system_channel_id: "6", escalation: [{ wait_s: 60, kind: "webhook", target_id: "7" }] })).length, 4);
		const other = (await desk.control("GET", "world")).guilds.find((one) => one.id !== guild);
		const there = { channel_guild_id: other.id, channel_id: other.channels.find((one) => one.type === 0).id };
		equal((await owner.change("PUT", path, { ...settings, ...there })).target_guild.id, other.id);
		equal(desk.rows("SELECT set_by::text AS by FROM app.notice_settings")[0].by, (await owner.get("/api/v1/me")).id);
		desk.sql(`UPDATE app.account_guild SET is_owner = false, permissions = 0 WHERE guild_id = ${other.id}`);
		match((await refused(there))[0], /do not manage/);
		equal(desk.rows("SELECT 1 FROM app.audit_log WHERE action = 'notices.change'").length, 1);
		deepEqual(await owner.change("POST", `${path}/test`), { outcome: "done" });
	});

	await story("an escalation to a webhook arrives there, signed, once", async () => {
		const got = [];
		const receiver = createServer((request, response) => {
			let body = "";
			request.on("data", (data) => (body += data)).on("end", () => {
				got.push({ headers: request.headers, body: JSON.parse(body) });
				response.writeHead(204).end();
			});
		});
		await new Promise((done) => receiver.listen(0, "127.0.0.1", done));
		const hook = await owner.change("POST", `/api/v1/guilds/${guild}/webhooks`, { name: "pager", url: `http://127.0.0.1:${receiver.address().port}/` });
		decide({}, [[MIN, "webhook", hook.id]]);
		const request = await asked();
		desk.pass(10 * MIN);
		await told(1);
		await desk.kill(tracker);
		desk.pass(2 * MIN);
		await until("the webhook to be told", () => notices("webhook_id IS NOT NULL AND state = 'sent'").length === 1);
		equal(got.length, 1);
		const [{ headers, body }] = got;
		deepEqual([headers["x-rations-event"], body.event, body.step, body.requests[0].id, body.requests[0].url],
			["request.escalated", "request.escalated", 1, request, link(request)]);
		match(headers["x-rations-signature"], /^t=\d+,v1=[0-9a-f]{64}$/);
		const log = await owner.get(`${path}/deliveries?kind=escalation`);
		deepEqual(log.rows.map(({ webhook, state }) => [webhook, state]), [["pager", "sent"]]);
		receiver.close();
	});

	await story("killed whenever: nothing is sent twice", async () => {
		decide({ repeat_s: 600, repeat_cap: 1 });
		const requests = [];
		for (let i = 0; i < 3; i++) requests.push(await asked());
		for (let i = 0; i < 4; i++) {
			desk.pass(4 * MIN);
			await desk.kill(tracker);
		}
		await until("all repeats to be told", () => {
			desk.pass(MIN); /* what a killed one had taken is held for a while */
			return desk.rows("SELECT 1 FROM response.due").length === 0 && notices("state = 'waiting'").length === 0;
		}, 30_000);
		const list = await lines();
		deepEqual(requests.map((one) => list.filter((line) => line.includes(one)).length), [2, 2, 2], list.join("\n"));
	});

	for (const [when, wait] of [["at once", 95 * S], ["after an hour", HOUR]])
		await story(`killed before Discord answered, back ${when}: it is one message`, async () => {
			decide();
			const request = await asked();
			await desk.control("POST", "rest-fault", { count: 1, status: 0, slow_ms: 4000, path: `channels/${place("notices")}/messages` });
			desk.pass(11 * MIN);
			await desk.told();
			await until("it to be on its way", () => desk.rows("SELECT 1 FROM response.notice WHERE attempted_at IS NOT NULL").length);
			await tracker.end("SIGKILL");
			await until("Discord to have it", async () => (await lines()).length === 1);
			desk.pass(wait);
			tracker.start();
			await until("it to be known", () => notices("state = 'sent'").length === 1);
			equal((await lines()).length, 1);
			equal(notices()[0].tries, 2);
			ok((await lines())[0].includes(request));
		});

	await story("the test button, and the day's report", async () => {
		decide({ roles: `{${desk.roles.get("staff")}}` });
		equal(await desk.outcome(desk.send("notice_test", { actor: "Kim", channel: 0 })), "done");
		await told(1);
		const [test] = await posted();
		match(test.content, /^Проверка, <t:\d+:T>[^]*Без ответа уже \*\*12 минут\*\*/);
		deepEqual([test.mention_roles, test.mention_everyone], [[], false]);

		const request = await asked();
		await desk.reply("Kim", request, "готово");
		await desk.becomes(request, { state: "answered" });
		const minute = Math.floor((desk.clock.now() % DAY) / MIN) + 2;
		decide({ report_minute: minute % 1440 });
		desk.pass(3 * MIN);
		await told(2);
		const report = (await posted()).at(-1).embeds[0];
		match(report.title, /^Итоги дня, /);
		const fields = Object.fromEntries(report.fields.map(({ name, value }) => [name, value]));
		ok(Number(fields["Действия кураторов"]) > 0 && fields["Лучший куратор"].includes(desk.id("Kim")), JSON.stringify(fields));
		await desk.kill(tracker);
		desk.pass(HOUR);
		equal(await desk.outcome(desk.send("notice_test", { actor: "Kim", channel: 0 })), "done");
		await told(3);
		equal(notices("kind = 'report'").length, 1);
	});

	await story("a curator reaches a better level: told once, the next day", async () => {
		desk.sql("DELETE FROM response.level_day; DELETE FROM response.staff_level; DELETE FROM response.activity");
		decide({ system_channel_id: place("notices") });
		const known = () => until("the levels to be looked at", () => desk.rows(`SELECT 1 FROM response.level_day
			WHERE looked_at > public.ms_to_ts(${desk.clock.now()}) - interval '2 minutes'`).length);
		await known();
		desk.sql(`INSERT INTO response.activity (guild_id, user_id, at, kind, message_id, channel_id)
			SELECT ${guild}, ${desk.id("Lee")}, public.ms_to_ts(${desk.clock.now()}), 'message', n, 1 FROM generate_series(1, 14) n`);
		for (let day = 0; day < 3; day++) {
			desk.pass(DAY);
			await known();
			await desk.kill(tracker);
		}
		await until("it to be told", () => notices("state = 'sent' AND kind = 'level_up'").length === 1);
		const [message, ...more] = await posted();
		match(message.embeds[0].description, new RegExp(`<@${desk.id("Lee")}>: новый уровень[^]*Хорошо[^]*балл[^]* за 30 дней`));
		deepEqual([more, message.mentions], [[], []]);
	});
} finally {
	await t.test("ended", async () => deepEqual(await desk.stop(), []));
	if (process.exitCode || process.env.KEEP) console.log(`# ${desk.dir}`);
	else desk.remove();
	t.end();
}

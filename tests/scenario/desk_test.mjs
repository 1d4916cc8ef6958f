/*
 * A community asks, its staff answers, and Rations knows who, how fast, and who waits: told as stories, with a clock
 * that jumps and programs that are killed. Where the systems before ours went wrong (requests lost by a restart, times
 * by the bot's clock, roles known by their names, curators made by reacting) has a story, too.
 */
import { deepEqual, equal, ok } from "node:assert";
import { DAY, Desk, HOUR, MIN, S, timeOf } from "../harness/desk.mjs";
import { tap, until } from "../harness/stack.mjs";

const t = tap();
const desk = await Desk.start({ trackers: 2, build: process.env.BUILD_SAN ?? "build/gcc-san" });
const id = (name) => desk.id(name);
const staff = () => desk.rows(`SELECT user_id::text AS id FROM response.staff WHERE guild_id = ${desk.guild} AND ended_at IS NULL ORDER BY 1`).map((row) => row.id);
const isStaff = (name, expected = true) => until(`${name} ${expected ? "to be" : "not to be"} staff`, () => staff().includes(id(name)) === expected);
/* A story ends, the next one's people have not spoken just now. */
const story = (name, body) => t.test(name, async () => {
	desk.pass(10 * MIN);
	await body();
});

try {
	await story("asked and answered, the first answer counts", async () => {
		const request = await desk.ask("Ann", "help", "Нужна помощь со входом");
		await desk.opens(request);
		desk.pass(90 * S);
		const reply = await desk.reply("Kim", request, "сейчас посмотрю");
		await desk.reply("Lee", request, "и я");
		await desk.told();
		const answered = await desk.becomes(request, { state: "answered", answered_by: id("Kim"), answer_kind: "reply", answer_id: reply });
		equal(answered.asked_at, timeOf(request));
		equal(answered.answered_at, timeOf(reply));
		ok(timeOf(reply) - timeOf(request) >= 90 * S);
	});

	await story("by word, by tag and by post; others' talk is none", async () => {
		const help = await desk.ask("Ann", "help", "Can anybody HELP me?");
		const tag = await desk.call("Ben", "chat");
		const post = await desk.post("Ann", "Не запускается", "Что делать?");
		desk.sql(`INSERT INTO app.request_rule (guild_id, name, kind, is_enabled) VALUES (${desk.guild}, 'posts', 'forum', true)`);
		await desk.hasSettings();
		const later = await desk.post("Ben", "И у меня", "Тоже");
		const talk = await desk.say("Ann", "chat", "всем привет");
		const kims = await desk.say("Kim", "help", "кому нужна помощь?");
		await desk.told();
		equal((await desk.opens(help)).kind, "keyword");
		equal((await desk.opens(tag)).kind, "mention");
		equal((await desk.opens(later)).kind, "forum");
		deepEqual([post, talk, kims].map((one) => desk.request(one)), [undefined, undefined, undefined]);
		await desk.say("Lee", later, "смотрю");
		await desk.becomes(later, { state: "answered", answer_kind: "thread", answered_by: id("Lee") });
	});

	await story("never answered: it waits, whatever is restarted", async () => {
		const request = await desk.ask("Ann", "help", "помощь");
		await desk.opens(request);
		for (const tracker of desk.trackers) await desk.kill(tracker);
		desk.pass(3 * HOUR);
		await desk.told();
		await desk.opens(request);
		const reply = await desk.reply("Lee", request, "извините за ожидание");
		equal((await desk.becomes(request, { state: "answered" })).answered_at, timeOf(reply));
	});

	await story("the community answers first", async () => {
		const request = await desk.ask("Ann", "help", "помощь");
		desk.pass(20 * S);
		const first = await desk.reply("Ben", request, "вот так");
		equal((await desk.becomes(request, { state: "open", community_by: id("Ben") })).community_at, timeOf(first));
		desk.pass(20 * S);
		await desk.reply("Kim", request, "верно");
		await desk.becomes(request, { state: "answered", community_by: id("Ben"), answered_by: id("Kim") });
	});

	await story("a reaction first, then a reply: the reaction is the answer", async () => {
		const request = await desk.ask("Ann", "help", "помощь");
		await desk.opens(request);
		desk.pass(30 * S);
		await desk.react("Ben", request);
		await desk.react("Kim", request);
		const answered = await desk.becomes(request, { state: "answered", answer_kind: "reaction", answered_by: id("Kim") });
		ok(answered.answered_at - answered.asked_at >= 30 * S);
		await desk.reply("Lee", request, "отвечаю");
		await desk.told();
		equal(desk.request(request).answered_by, id("Kim"));
	});

	await story("where reactions do not count, the reply does", async () => {
		await desk.set({ counts_reactions: false });
		const request = await desk.ask("Ann", "help", "помощь");
		await desk.react("Kim", request);
		await desk.told();
		await desk.opens(request);
		await desk.reply("Lee", request, "отвечаю");
		await desk.becomes(request, { state: "answered", answer_kind: "reply", answered_by: id("Lee") });
		await desk.set({ counts_reactions: true });
	});

	await story("edited, deleted, and in pieces", async () => {
		const talk = await desk.say("Ann", "help", "просто мысли");
		desk.pass(5 * MIN);
		const request = await desk.ask("Ann", "help", "помощь");
		desk.pass(30 * S);
		const second = await desk.say("Ann", "help", "вот картинка");
		await desk.edit(talk, "нужна помощь");
		await desk.edit(request, "уже не надо");
		await desk.told();
		equal(desk.request(talk), undefined);
		await desk.becomes(request, { state: "open", messages: 2 });
		await desk.reply("Kim", second, "о картинке");
		await desk.becomes(request, { state: "answered", answered_by: id("Kim") });
		await desk.delete(request);
		desk.pass(5 * MIN);
		const gone = await desk.ask("Ann", "help", "помощь");
		await desk.opens(gone);
		await desk.delete(gone);
		await desk.becomes(gone, { state: "cancelled" });
		equal(desk.request(request).state, "answered");
		const again = await desk.ask("Ann", "help", "ещё раз: помощь");
		await desk.opens(again);
	});

	await story("resolved, and reopened by its author: the clock starts anew", async () => {
		const request = await desk.ask("Ann", "help", "помощь");
		desk.pass(60 * S);
		const reply = await desk.reply("Kim", request, "готово");
		await desk.becomes(request, { state: "answered" });
		equal(await desk.act("resolve", "Kim", request), "done");
		desk.pass(HOUR);
		const back = await desk.reply("Ann", reply, "опять");
		equal((await desk.becomes(request, { state: "open", reopened: 1 })).clock_at, timeOf(back));
		desk.pass(30 * S);
		const second = await desk.reply("Lee", request, "смотрю");
		const again = await desk.becomes(request, { state: "answered", answered_by: id("Kim") });
		equal(again.answered_at, timeOf(reply));
		const [reopening] = desk.rows(`SELECT answered_by::text AS by, ts_to_ms(answered_at) AS at, ts_to_ms(reopened_at) AS since FROM response.reopening WHERE request_id = ${request}`);
		deepEqual(reopening, { by: id("Lee"), at: timeOf(second), since: timeOf(back) });
		equal(await desk.act("resolve", "Lee", request), "done");
		desk.pass(2 * DAY);
		await desk.reply("Ann", reply, "спустя дни");
		await desk.told();
		equal(desk.request(request).state, "resolved");
	});

	await story("two curators at once: one has it", async () => {
		for (let round = 0; round < 5; round++) {
			desk.pass(5 * MIN);
			const request = await desk.ask("Ann", "help", "помощь");
			await desk.opens(request);
			const both = await Promise.all(["Kim", "Lee"].map((name) => desk.act("claim", name, request)));
			deepEqual([...both].sort(), ["done", "taken"]);
			const winner = ["Kim", "Lee"][both.indexOf("done")];
			await desk.becomes(request, { state: "answered", answer_kind: "claim", answered_by: id(winner), claimed_by: id(winner) });
		}
	});

	await story("by hand: unclaimed, marked as no request, asked by command", async () => {
		const request = await desk.ask("Ann", "help", "помощь");
		await desk.opens(request);
		equal(await desk.act("claim", "Kim", request), "done");
		equal(await desk.act("unclaim", "Kim", request), "done");
		await desk.opens(request);
		equal(await desk.act("not_a_request", "Lee", request), "done");
		await desk.reply("Kim", request, "всё же");
		await desk.told();
		equal(desk.request(request).state, "not_a_request");
		equal(await desk.act("reopen", "Lee", request), "done");
		await desk.opens(request);
		const asked = String((BigInt(desk.clock.now() - 1420070400000) << 22n) + 7n);
		const channel = desk.channels.get("chat");
		equal(await desk.act("ask", "Ben", asked, { channel, text: "нет звука" }), "done");
		await desk.becomes(asked, { state: "open", kind: "command", author_id: id("Ben"), channel_id: channel });
		const talk = await desk.say("Ben", "chat", "не работает");
		equal(await desk.act("menu", "Kim", talk, { channel, author: id("Ben") }), "done");
		equal(await desk.act("menu", "Lee", talk, { channel, author: id("Ben") }), "exists");
		await desk.becomes(talk, { state: "open", kind: "menu", author_id: id("Ben") });
		equal(await desk.act("ask", "Kim", String(BigInt(asked) + 1n), { channel }), "is_staff");
		equal(await desk.act("claim", "Kim", "12345"), "not_found");
	});

	await story("a command is carried out once, however often it is told", async () => {
		const request = await desk.ask("Ann", "help", "помощь");
		await desk.opens(request);
		const one = desk.send("not_a_request", { actor: "Kim", target: request });
		equal(await desk.outcome(one), "done");
		equal(await desk.act("reopen", "Kim", request), "done");
		for (let i = 0; i < 3; i++) desk.send("not_a_request", { actor: "Kim", target: request, id: one });
		equal(await desk.act("snooze", "Kim", request, { value: desk.clock.now() + HOUR }), "done");
		await desk.opens(request);
	});

	await story("a role makes somebody staff, and its end ends it", async () => {
		await desk.give("Ben");
		await isStaff("Ben");
		const first = await desk.ask("Ann", "help", "помощь");
		await desk.reply("Ben", first, "отвечаю");
		await desk.becomes(first, { state: "answered", answered_by: id("Ben") });
		await desk.take("Ben");
		await isStaff("Ben", false);
		desk.pass(5 * MIN);
		const second = await desk.ask("Ann", "help", "помощь");
		await desk.reply("Ben", second, "уже сам по себе");
		await desk.becomes(second, { state: "open", community_by: id("Ben") });
	});

	await story("by hand: a curator; deactivated or excluded they are none", async () => {
		await desk.person("Max");
		desk.sql(`INSERT INTO app.curator (guild_id, user_id, name) VALUES (${desk.guild}, ${id("Max")}, 'Max')`);
		await isStaff("Max");
		const one = await desk.ask("Ann", "help", "помощь");
		await desk.reply("Max", one);
		await desk.becomes(one, { state: "answered", answered_by: id("Max") });
		desk.sql(`UPDATE app.curator SET is_active = false WHERE user_id = ${id("Max")}`);
		desk.sql(`INSERT INTO app.curator_excluded (guild_id, user_id, excluded_by) VALUES (${desk.guild}, ${id("Lee")}, ${id("Kim")})`);
		await isStaff("Max", false);
		await isStaff("Lee", false);
		await desk.hasSettings();
		desk.pass(5 * MIN);
		const two = await desk.ask("Ann", "help", "помощь");
		await desk.react("Max", two);
		await desk.reply("Lee", two);
		await desk.becomes(two, { state: "open", community_by: id("Lee") });
		desk.sql(`DELETE FROM app.curator_excluded`);
		await isStaff("Lee");
	});

	await story("whoever merely reacts does not become a curator", async () => {
		const request = await desk.ask("Ann", "help", "помощь");
		await desk.person("Zoe");
		await desk.react("Zoe", request);
		await desk.reply("Zoe", request);
		await desk.told();
		ok(!staff().includes(id("Zoe")));
		equal(desk.rows(`SELECT 1 FROM response.activity WHERE user_id = ${id("Zoe")}`).length, 0);
		equal(desk.rows(`SELECT 1 FROM app.curator WHERE user_id = ${id("Zoe")}`).length, 0);
		await desk.opens(request);
	});

	await story("a role is known by its number: names change nothing", async () => {
		desk.roles.set("namesake", await desk.does("role", { name: "staff" }));
		await desk.give("Zoe", "namesake");
		await desk.does("role", { role_id: desk.roles.get("staff"), name: "Кураторы" });
		await desk.told();
		ok(!staff().includes(id("Zoe")));
		ok(staff().includes(id("Kim")));
	});

	await story("down for an hour: times are Discord's, and all is read", async () => {
		for (const tracker of desk.trackers) await tracker.end("SIGKILL");
		const answered = await desk.ask("Ann", "help", "помощь");
		desk.pass(45 * S);
		const reply = await desk.reply("Kim", answered);
		desk.pass(10 * MIN);
		const gone = await desk.ask("Ann", "help", "помощь");
		await desk.delete(gone);
		const waits = await desk.ask("Ben", "help", "помощь");
		desk.pass(HOUR);
		for (const tracker of desk.trackers) tracker.start();
		equal((await desk.becomes(answered, { state: "answered" })).answered_at, timeOf(reply));
		await desk.becomes(gone, { state: "cancelled" });
		await desk.opens(waits);
	});

	await story("killed again and again: nothing is lost or doubled", async () => {
		const requests = [], commands = [];
		const before = desk.rows("SELECT coalesce(sum(replies), 0)::int AS n FROM response.activity_hourly")[0].n;
		for (let i = 0; i < 24; i++) {
			desk.pass(3 * MIN);
			const request = await desk.ask(i % 2 ? "Ann" : "Zoe", "help", `помощь ${i}`);
			requests.push(request);
			desk.pass(10 * S);
			if (i % 4 === 0) await desk.reply("Kim", request);
			if (i % 4 === 1) await desk.delete(request);
			if (i % 8 === 3) await desk.killReader();
			if (i % 4 === 2) {
				await desk.opens(request);
				commands.push(desk.send("resolve", { actor: "Lee", target: request }));
				if (i % 8 === 2) for (const tracker of desk.trackers) await desk.kill(tracker);
			}
		}
		await desk.told();
		for (const command of commands) equal(await desk.outcome(command), "done");
		deepEqual(requests.map((one) => desk.request(one)?.state),
			requests.map((_, i) => ["answered", "cancelled", "resolved", "open"][i % 4]));
		equal(desk.rows(`SELECT count(*)::int AS n FROM response.activity a WHERE kind = 'reply' AND target_id IN (${requests})`)[0].n, 6);
		equal(desk.rows("SELECT coalesce(sum(replies), 0)::int AS n FROM response.activity_hourly")[0].n - before, 6);
		equal(desk.rows("SELECT count(*)::int AS n FROM response.activity WHERE kind = 'reply'")[0].n,
			desk.rows("SELECT sum(replies)::int AS n FROM response.activity_hourly")[0].n);
	});

	await story("the other replica goes on where the killed one was", async () => {
		const request = await desk.ask("Ann", "help", "помощь");
		await desk.opens(request);
		const reader = await desk.reader();
		await reader.end("SIGKILL");
		await desk.reply("Kim", request);
		await desk.becomes(request, { state: "answered" });
		equal(await desk.act("resolve", "Kim", request), "done");
		reader.start();
	});

	await story("what a replica had taken before it died is carried out by another", async () => {
		const request = await desk.ask("Ann", "help", "помощь");
		await desk.opens(request);
		for (const tracker of desk.trackers) await tracker.end("SIGKILL");
		const command = desk.send("resolve", { actor: "Kim", target: request });
		desk.redis.cli("XREADGROUP", "GROUP", "response", "dead", "COUNT", "10", "STREAMS", "commands:response", ">");
		for (const tracker of desk.trackers) tracker.start();
		equal(await desk.outcome(command), "done");
		await desk.becomes(request, { state: "resolved" });
		await until("nothing to be left of it", () => desk.redis.cli("XLEN", "commands:response") === 0);
	});

	await story("a role that is deleted makes nobody staff", async () => {
		desk.roles.set("second", await desk.does("role", { name: "second" }));
		await desk.set({ staff_roles: `{${desk.roles.get("staff")},${desk.roles.get("second")}}` });
		await desk.give("Ben", "second");
		await desk.give("Kim", "second");
		await isStaff("Ben");
		await desk.does("delete_role", { role_id: desk.roles.get("second") });
		await isStaff("Ben", false);
		ok(staff().includes(id("Kim")));
	});

	await story("the bot goes over to two shards while people ask", async () => {
		const before = await desk.ask("Ann", "help", "помощь");
		await desk.opens(before);
		let isOver = false;
		const meanwhile = [];
		const asking = (async () => {
			while (!isOver) {
				desk.pass(3 * MIN);
				const request = await desk.ask("Zoe", "help", "помощь");
				meanwhile.push(request);
				if (meanwhile.length % 2) await desk.reply("Lee", request);
				await new Promise((resolve) => setTimeout(resolve, 200));
			}
		})();
		await desk.reshard(2);
		await desk.reply("Kim", before);
		isOver = true;
		await asking;
		await desk.becomes(before, { state: "answered", answered_by: id("Kim") });
		await desk.told();
		ok(meanwhile.length > 2);
		deepEqual(meanwhile.map((one) => desk.request(one)?.state), meanwhile.map((_, i) => (i % 2 ? "open" : "answered")));
		equal(desk.rows(`SELECT count(*)::int AS n FROM response.activity WHERE kind = 'reply' AND target_id IN (${meanwhile})`)[0].n, Math.ceil(meanwhile.length / 2));
		equal(desk.rows("SELECT count(*)::int AS n FROM response.activity WHERE kind = 'reply'")[0].n,
			desk.rows("SELECT sum(replies)::int AS n FROM response.activity_hourly")[0].n);
	});

	await story("with texts hidden, tags still count", async () => {
		desk.sql(`UPDATE app.request_rule SET is_enabled = false WHERE guild_id = ${desk.guild} AND kind = 'keyword'`);
		await desk.hasSettings();
		await until("nobody's texts to be wanted", () => desk.redis.cli("SMEMBERS", "wants_text:{fleet}").length === 0);
		const word = await desk.ask("Ann", "help", "помощь");
		desk.pass(5 * MIN);
		const tag = await desk.call("Ann", "help", "помощь");
		await desk.opens(tag);
		equal(desk.request(word), undefined);
	});

	await story("who opted out asks nothing, and answers without a name", async () => {
		desk.sql(`INSERT INTO app.opt_out (user_id, guild_id) VALUES (${id("Kim")}, ${desk.guild}), (${id("Zoe")}, ${desk.guild})`);
		await desk.hasSettings();
		const mine = await desk.call("Zoe", "help");
		const request = await desk.call("Ann", "help");
		const before = desk.rows(`SELECT count(*)::int AS n FROM response.activity WHERE user_id IN (1, ${id("Kim")})`)[0].n;
		await desk.reply("Kim", request);
		await desk.becomes(request, { state: "answered", answered_by: "1" });
		equal(desk.request(mine), undefined);
		equal(desk.rows(`SELECT count(*)::int AS n FROM response.activity WHERE user_id IN (1, ${id("Kim")})`)[0].n, before);
	});

	await t.test("everybody leaves in order", async () => deepEqual(await desk.stop(), []));
} finally {
	if (process.env.KEEP) console.log(`# logs and data: ${desk.dir}`);
	else desk.remove();
	t.end();
}

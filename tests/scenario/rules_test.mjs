/*
 * A manager decides what a request is: turns the desk on, tries a rule on what was written before, switches it on, and
 * from then on it finds; and takes back what it should not have found.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Desk, HOUR, MIN } from "../harness/desk.mjs";
import { tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const desk = await Desk.start({ api: true });
const manager = new Visitor(desk);
let path, old;

const RULE = { kind: "keyword", name: "форма", stems: ["заявление"], patterns: ["как .*\\?"] };

/* The events of a trial: [event, data]. */
async function tried(rule, ruleId = null) {
	const response = await manager.fetch(`${path}/rules/try`, {
		method: "POST", body: JSON.stringify({ rule, rule_id: ruleId }),
		headers: { "content-type": "application/json", "x-csrf-token": manager.csrf },
	});
	equal(response.status, 200, await (response.ok ? "" : response.clone().text()));
	const events = (await response.text()).split("\n\n").filter((part) => part.startsWith("event: ")).map((part) => {
		const [event, data] = part.split("\n");
		return [event.slice(7), JSON.parse(data.slice(6))];
	});
	return { matches: events.filter(([event]) => event === "match").map(([, data]) => data), done: events.find(([event]) => event === "done")?.[1] };
}

const refused = async (method, tail, body) => {
	const response = await manager.fetch(`${path}${tail}`, {
		method, body: JSON.stringify(body), headers: { "content-type": "application/json", "x-csrf-token": manager.csrf },
	});
	return [response.status, await response.json()];
};

try {
	await t.test("the owner logs in and sees how the desk is set", async () => {
		old = await desk.say("Ann", "help", "где взять ЗАЯВЛЕНИЯ");
		desk.pass(8 * 24 * HOUR);
		await manager.logIn("owns every server");
		path = `/api/v1/guilds/${desk.guild}`;
		const settings = await manager.get(`${path}/desk`);
		equal(settings.is_enabled, true);
		deepEqual(settings.staff_roles, [desk.roles.get("staff")]);
		equal(settings.staff, 2);
		await until("it to be known that texts are seen", async () => (await manager.get(`${path}/desk`)).sees_texts === true);
		equal((await manager.get(`${path}/rules`)).rules.length, 2);
	});

	await t.test("every mistake of a rule is told, and it is not made", async () => {
		const [status, problem] = await refused("POST", "/rules", { ...RULE, words: ["??"], patterns: ["("], stems: ["два слова"] });
		equal(status, 400);
		equal(problem.errors.length, 3);
		equal((await manager.get(`${path}/rules`)).rules.length, 2);
	});

	await t.test("a trial finds what was written in the last days, and nothing is kept of it", async () => {
		const first = await desk.say("Ann", "help", "куда подать заявле\u200bние");
		desk.pass(MIN);
		const second = await desk.say("Ann", "help", "и как его писать?");
		desk.pass(HOUR);
		const third = await desk.ask("Ben", "chat", "помогите с заявлением");
		await desk.say("Kim", "help", "заявление можно подать тут");
		await desk.say("Ben", "chat", "просто так");
		await desk.told();
		await until("the messages to be counted", () => desk.rows(`SELECT coalesce(sum(messages), 0)::int AS n FROM analytics.message_hourly
			WHERE channel_id = ${desk.channels.get("help")}`)[0].n >= 3);
		const { matches, done } = await tried(RULE);
		const ids = matches.map((match) => match.id);
		for (const id of [first, second, third]) ok(ids.includes(id), `${id} is found`);
		ok(!ids.includes(old), "that was before");
		ok(!matches.some((match) => match.author.id === desk.id("Kim")), "staff do not ask");
		equal(matches.find((match) => match.id === third).other_rule.name, "words");
		equal(matches.find((match) => match.id === first).other_rule, null);
		equal(matches.find((match) => match.id === first).excerpt, "куда подать заявле\u200bние");
		ok(done.is_whole);
		equal(done.matches, matches.length);
		equal(done.requests, done.matches - 1, "two in a row are one");
		ok(done.known >= 1 && done.per_day > 0 && done.messages >= 4);
		equal(desk.rows("SELECT count(*)::int AS n FROM app.request_rule")[0].n, 2);
		equal(desk.request(first), undefined, "what was before stays as it was");
	});

	await t.test("a trial looks where the rule does", async () => {
		const { matches, done } = await tried({ ...RULE, denied_channels: [desk.channels.get("help")] });
		ok(matches.length > 0 && matches.every((match) => match.channel.id !== desk.channels.get("help")));
		ok(done.channels >= 1);
	});

	await t.test("switched on it finds; marked as none it says so of the rule", async () => {
		const { id } = await manager.change("POST", `${path}/rules`, { ...RULE, is_enabled: true, priority: 4 });
		await desk.hasSettings();
		const request = await desk.say("Ann", "help", "ЗАЯВЛЕНИЮ отказали");
		const found = await desk.opens(request);
		deepEqual([String(found.rule_id), found.priority, found.kind], [id, 4, "keyword"]);
		equal(await desk.act("not_a_request", "Kim", request), "done");
		const rule = (await manager.get(`${path}/rules`)).rules.find((one) => one.id === id);
		deepEqual([rule.requests, rule.marked], [1, 1]);
		await manager.change("DELETE", `${path}/rules/${id}`);
		await desk.hasSettings();
		const later = await desk.say("Ann", "help", "ещё заявление");
		await desk.told();
		equal(desk.request(later), undefined);
	});

	await t.test("people and channels that never count", async () => {
		await manager.change("PUT", `${path}/desk`, { ignored_users: [desk.id("Ben")], denied_channels: [desk.channels.get("chat")] });
		await desk.hasSettings();
		const ids = [await desk.ask("Ben", "help", "помощь!"), await desk.ask("Ann", "chat", "помощь!")];
		const asked = await desk.ask("Zoe", "help", "помощь!");
		await desk.opens(asked);
		for (const id of ids) equal(desk.request(id), undefined);
	});

	await t.test("all of it is in the log of changes", async () => {
		const actions = desk.rows("SELECT action FROM app.audit_log ORDER BY at").map((row) => row.action);
		deepEqual([...new Set(actions)].sort(), ["desk.change", "request_rule.create", "request_rule.delete"]);
	});

	await t.test("everybody leaves in order", async () => deepEqual(await desk.stop(), []));
} finally {
	desk.remove();
	t.end();
}

/*
 * Digests: on the guild's clocks, in its language, once each - over kill -9 in the middle of posting, over a day
 * in which nothing ran - and with the cause when they can not be posted.
 */
import { deepStrictEqual, equal, match, ok } from "node:assert";
import { drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const stack = await Stack.start();
const owner = new Visitor(stack), member = new Visitor(stack);
let guild, channel, bot, path;

/* What the bot has posted there, the oldest first. */
async function posted() {
	const response = await fetch(`${stack.sim}/api/v10/channels/${channel}/messages?limit=100`,
		{ headers: { authorization: "Bot simulated-bot-token" } });
	const list = await response.json();
	ok(response.ok, JSON.stringify(list));
	return list.filter((one) => one.author.id === bot && one.embeds[0]?.url?.includes("digest=")).reverse();
}

const last = async () => (await owner.get(path)).last;
const finished = (what, state = "sent") => until(what, async () => {
	const one = await last();
	return one?.state === state && one;
});
/* As if half a minute had passed. */
const forgetTests = () => stack.exec("UPDATE app.digest_post SET due_at = due_at - interval '1 hour' WHERE is_test");

try {
	await t.test("the history has been told, and everybody hung up", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
		const world = await stack.control("GET", "world");
		guild = world.guilds.find((one) => one.bot_in);
		channel = guild.channels.filter((one) => one.type === 0).at(-1).id;
		bot = world.bot_id;
		path = `/api/v1/guilds/${guild.id}/digest`;
		await owner.logIn("owns every server");
		await member.logIn("member");
	});

	await t.test("due on the clocks of the place, through clock changes", async () => {
		const [next] = stack.sql(`SELECT
			app.digest_next('Europe/Berlin', 'week', 1, 9, '2026-11-18 12:00Z') = '2026-11-23 08:00Z' AS winter,
			app.digest_next('Europe/Berlin', 'week', 1, 9, '2026-07-01 12:00Z') = '2026-07-06 07:00Z' AS summer,
			app.digest_next('Europe/Berlin', 'week', 1, 9, '2026-11-23 08:00Z') = '2026-11-30 08:00Z' AS after,
			app.digest_next('Europe/Berlin', 'day', 1, 2, '2026-03-28 12:00Z') = '2026-03-29 01:00Z' AS no_such_hour,
			app.digest_last('Europe/Berlin', 'day', 1, 9, '2026-11-18 07:59Z') = '2026-11-17 08:00Z' AS missed,
			app.digest_last('Asia/Tokyo', 'week', 7, 0, '2026-11-21 15:00Z') = '2026-11-21 15:00Z' AS now`);
		deepStrictEqual([...new Set(Object.values(next))], [true], JSON.stringify(next));
	});

	await t.test("chosen by those who may, and noted", async () => {
		const nothing = await owner.get(path);
		equal(nothing.digest, null);
		ok(nothing.channels.some((one) => one.id === channel));
		const set = await owner.change("PUT", path, { channel_id: channel, every: "week", weekday: 1, hour: 9 });
		deepStrictEqual([set.digest.channel_id, set.digest.every, set.digest.weekday, set.digest.hour], [channel, "week", 1, 9]);
		ok(new Date(set.digest.next_at) > new Date());
		for (const bad of [{ channel_id: guild.id, every: "week", hour: 9 }, { channel_id: channel, every: "year", hour: 9 },
			{ channel_id: channel, every: "day", hour: 24 }, { channel_id: "x", every: "day", hour: 1 }, { every: "day", hour: 1 }]) {
			const response = await owner.fetch(path, { method: "PUT", body: JSON.stringify(bad),
				headers: { "content-type": "application/json", "x-csrf-token": owner.csrf } });
			equal(response.status, 400, JSON.stringify(bad));
		}
		ok([403, 404].includes((await member.fetch(path)).status));
		equal(stack.sql(`SELECT count(*) AS n FROM app.audit_log WHERE action = 'digest.change'`)[0].n, 1);
	});

	await t.test("keeps its hour when the guild goes to another zone", async () => {
		const hour = () => stack.sql(`SELECT to_char(d.next_at AT TIME ZONE s.timezone, 'ID HH24:MI') AS at
			FROM app.digest d JOIN app.guild_settings s USING (guild_id)`)[0].at;
		for (const timezone of ["Asia/Tokyo", "America/St_Johns", "UTC"]) {
			await owner.change("PATCH", `/api/v1/guilds/${guild.id}`, { timezone });
			equal(hour(), "1 09:00", timezone);
		}
	});

	await t.test("a test comes at once, in the guild's language, with a picture", async () => {
		stack.exec(`UPDATE app.guild_settings SET language = 'ru' WHERE guild_id = ${guild.id};
			INSERT INTO app.guild_settings (guild_id, language) VALUES (${guild.id}, 'ru') ON CONFLICT DO NOTHING`);
		await owner.change("POST", `${path}/test`);
		await finished("the test to be posted");
		const [message] = await posted();
		match(message.embeds[0].description, /Проверка[^]*Что выделяется/);
		match(message.embeds[0].description, /\*\*\d[\d\u00a0]* сообщени(е|я|й)\*\*/);
		equal(message.attachments.length, 1);
		deepStrictEqual(message.mentions, []);
		const again = await owner.fetch(`${path}/test`, { method: "POST", headers: { "x-csrf-token": owner.csrf } });
		equal(again.status, 409);
	});

	await t.test("after a day in which nothing ran, the last one missed is posted, once", async () => {
		const before = (await posted()).length;
		await owner.change("PUT", path, { channel_id: channel, every: "day", hour: 3 });
		stack.exec(`UPDATE app.digest SET next_at = app.digest_last('UTC', 'day', 1, 3, now()) - interval '2 days'`);
		await until("the next to be planned", () => stack.sql("SELECT next_at > now() AS planned FROM app.digest")[0].planned);
		await finished("it to be posted");
		equal((await posted()).length, before + 1);
		equal(stack.sql("SELECT count(*) AS n FROM app.digest_post WHERE NOT is_test")[0].n, 1);
	});

	await t.test("killed before Discord answered: found in the channel, not posted again", async () => {
		const before = (await posted()).length;
		forgetTests();
		await stack.control("POST", "rest-fault", { count: 1, status: 0, slow_ms: 1500, path: `channels/${channel}/messages` });
		await owner.change("POST", `${path}/test`);
		await until("it to be on its way", () => stack.sql("SELECT attempted_at IS NOT NULL AS sent FROM app.digest_post ORDER BY 1 LIMIT 1")
			&& stack.sql("SELECT count(*) AS n FROM app.digest_post WHERE state = 'waiting' AND attempted_at IS NOT NULL")[0].n === 1);
		await stack.crash("api");
		await until("Discord to have it", async () => (await posted()).length === before + 1);
		stack.exec("UPDATE app.digest_post SET held_until = now() WHERE state = 'waiting'"); /* as if the hold had ended */
		await until("the api", async () => (await fetch(`${stack.url}/readyz`)).ok);
		await finished("it to be found");
		equal((await posted()).length, before + 1);
		equal(stack.sql("SELECT max(tries) AS n FROM app.digest_post")[0].n, 2);
	});

	await t.test("killed before it was sent: posted by the next", async () => {
		const before = (await posted()).length;
		forgetTests();
		stack.exec(`INSERT INTO app.digest_post (guild_id, channel_id, every, due_at, is_test, tries, attempted_at, held_until)
			VALUES (${guild.id}, ${channel}, 'week', now(), true, 1, now(), now())`);
		await finished("it to be posted");
		equal((await posted()).length, before + 1);
	});

	await t.test("Discord is away for a while: later, once", async () => {
		const before = (await posted()).length;
		forgetTests();
		await stack.control("POST", "rest-fault", { count: 2, status: 503, path: `channels/${channel}/messages` });
		await owner.change("POST", `${path}/test`);
		await finished("it to be posted");
		equal((await posted()).length, before + 1);
	});

	await t.test("a channel that went away is named as the cause", async () => {
		forgetTests();
		await stack.control("POST", "inject", { act: "delete_channel", channel_id: channel });
		await owner.change("POST", `${path}/test`);
		equal((await finished("it to be given up", "failed")).why, "no_channel");
		await until("the choice without it", async () => !(await owner.get(path)).channels.some((one) => one.id === channel));
	});

	await t.test("ended", async () => {
		equal((await owner.change("DELETE", path)).digest, null);
	});
} finally {
	await stack.down();
	stack.remove();
	t.end();
}

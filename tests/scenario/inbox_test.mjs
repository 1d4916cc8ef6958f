/*
 * Those who answer, at work: in the inbox of the dashboard, by buttons under the bot's messages, by the menu of a
 * message, by /ask; two at once, across servers, while programs are killed.
 */
import { deepEqual, equal, match, ok } from "node:assert";
import { Desk, HOUR, MIN } from "../harness/desk.mjs";
import { tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const desk = await Desk.start({ api: true, build: process.env.BUILD_SAN ?? "build/gcc-san" });
const base = `/api/v1/guilds/${desk.guild}/requests`;

/* Somebody at the dashboard, and what the stream of the inbox tells them. */
class Worker extends Visitor {
	events = [];

	async listen() {
		this.events = [];
		const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
		this.line = new AbortController();
		const response = await fetch(new URL("/api/v1/inbox/live", desk.url), { headers: { cookie }, signal: this.line.signal });
		equal(response.status, 200);
		void this.#read(response).catch(() => {});
		await this.hears("anew", () => true);
	}

	async #read(response) {
		let text = "";
		for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
			text += chunk;
			const parts = text.split("\n\n");
			text = parts.pop();
			for (const part of parts) {
				const [, event] = /^event: (.*)$/m.exec(part) ?? [];
				if (event) this.events.push({ event, data: JSON.parse(/^data: (.*)$/m.exec(part)[1]) });
			}
		}
	}

	hears(event, isIt) {
		return until(`${event} to be heard`, () => this.events.find((one) => one.event === event && isIt(one.data)));
	}

	async inbox(query = "") {
		return (await this.get(`/api/v1/inbox${query}`)).rows;
	}

	async act(request, act, body = {}, headers = {}) {
		const response = await this.fetch(`${base}/${request}/${act}`, {
			method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", "x-csrf-token": this.csrf, ...headers },
		});
		return { status: response.status, ...(await response.json()) };
	}
}

const owner = new Worker(desk), curator = new Worker(desk), insider = new Worker(desk);
const ids = (rows) => rows.map((row) => row.id);
/* A story ends, the next one's people have not spoken just now. */
const story = (name, body) => t.test(name, async () => {
	desk.pass(10 * MIN);
	await body();
});
const asked = async (who, channel = "help") => {
	desk.pass(5 * MIN);
	const request = await desk.ask(who, channel, "нужна помощь");
	await desk.opens(request);
	return request;
};

/* --- in Discord --- */

async function answerTo(what) {
	const { id } = await desk.control("POST", "interactions", { guild_id: desk.guild, channel_id: desk.channels.get("help"), ...what });
	return until("an answer", async () => {
		const state = await desk.control("GET", `interactions/${id}`);
		const last = state.answers.at(-1);
		const message = last?.data ?? last;
		return state.acknowledged && message?.embeds && { id, message, text: message.embeds[0].description, isHidden: (message.flags & 64) !== 0 };
	});
}
const press = (who, customId, locale = "ru") =>
	answerTo({ type: 3, user_id: desk.id(who), locale, data: { custom_id: customId, component_type: 2 } });
const mark = (who, message, author, content = "") => answerTo({
	type: 2, user_id: desk.id(who), locale: "ru", data: { id: "1", name: "Mark as request", type: 3, target_id: message,
		resolved: { messages: { [message]: { id: message, channel_id: desk.channels.get("help"), content, author } } } },
});
const askIn = (who, text) => answerTo({ type: 2, user_id: desk.id(who), data: { id: "1", name: "ask", type: 1, options: [{ name: "text", type: 3, value: text }] } });

try {
	await t.test("an owner, one of the staff, and one who may only look log in", async () => {
		const world = await desk.control("GET", "world");
		const account = (note) => world.accounts.find((one) => one.note.includes(note)).user_id;
		desk.people.set("Owner", account("owns every server"));
		desk.people.set("Member", account("member"));
		await owner.logIn("owns every server");
		await curator.logIn("member");
		await insider.logIn("nsights");
		deepEqual((await curator.get("/api/v1/guilds")).guilds.filter((guild) => guild.is_staff), []);
		await desk.give("Member");
		await until("the member to be staff", async () => (await curator.get("/api/v1/guilds")).guilds.some((guild) => guild.id === desk.guild && guild.is_staff));
	});

	await story("the inbox hears who asked, and who answered", async () => {
		await owner.listen();
		await curator.listen();
		const request = await asked("Ann");
		await owner.hears("request", (row) => row.id === request && row.state === "open");
		const [row] = (await curator.inbox()).filter((one) => one.id === request);
		equal(row.channel.name, "help");
		equal(row.url, `https://discord.com/channels/${desk.guild}/${desk.channels.get("help")}/${request}`);
		const before = (await curator.get("/api/v1/inbox/count")).open;
		await desk.reply("Kim", request, "иду");
		await curator.hears("request", (one) => one.id === request && one.state === "answered" && one.answered_by.id === desk.id("Kim"));
		deepEqual(ids(await curator.inbox()).filter((id) => id === request), []);
		equal((await curator.get("/api/v1/inbox/count")).open, before - 1);
	});

	await story("two claim at once: one has it, the other learns who", async () => {
		const request = await asked("Ben");
		const outcomes = await Promise.all([owner.act(request, "claim"), curator.act(request, "claim")]);
		deepEqual(outcomes.map((one) => one.status).sort(), [200, 409]);
		const [first, second] = outcomes.sort((a, b) => a.status - b.status);
		equal(second.outcome, "taken");
		equal(second.request.claimed_by.id, first.request.claimed_by.id);
		ok([desk.id("Owner"), desk.id("Member")].includes(first.request.claimed_by.id));
		equal(desk.request(request).claimed_by, first.request.claimed_by.id);
	});

	await story("what somebody does has one id in the lines of all who do it", async () => {
		const request = await asked("Ben"), trace = "0af7651916cd43dd8448eb211c80319c";
		await owner.act(request, "claim", {}, { traceparent: `00-${trace}-b7ad6b7169203331-01` });
		const line = (part, phrase) => part.log().split("\n").find((one) => one.includes(phrase) && one.includes(`trace_id=${trace}`));
		match(line(desk.api, "order given"), /kind=claim/);
		match(await until("response-tracker's line", () => line(desk.trackers[0], "command carried out")), /kind=claim/);
	});

	await story("resolved, reopened, left for later, and none after all", async () => {
		const request = await asked("Ann");
		equal((await curator.act(request, "resolve")).request.state, "resolved");
		equal((await curator.act(request, "resolve")).outcome, "closed");
		equal((await curator.act(request, "reopen")).request.state, "open");
		equal((await curator.act(request, "snooze", { for_s: 3600 })).status, 200);
		deepEqual(ids(await curator.inbox("?snoozed=only")), [request]);
		ok(!ids(await curator.inbox()).includes(request));
		desk.pass(HOUR);
		await until("it to be back", async () => ids(await curator.inbox()).includes(request));
		equal((await owner.act(request, "not-a-request")).request.state, "not_a_request");
		ok(!ids(await owner.inbox()).includes(request));
	});

	await story("who is not staff sees no desk, whatever else they may see", async () => {
		const request = await asked("Ben");
		deepEqual(await insider.inbox(), []);
		equal((await insider.act(request, "claim")).status, 403);
		equal((await insider.fetch(`${base}/${request}`)).status, 403);
		equal(desk.request(request).claimed_by, null);
	});

	await story("staff of one server sees nothing of another", async () => {
		const other = (await desk.control("GET", "world")).guilds.find((guild) => guild.id !== desk.guild && guild.bot_in).id;
		desk.sql(`INSERT INTO response.request (guild_id, request_id, channel_id, author_id, kind, asked_at, clock_at)
			VALUES (${other}, 77, 1, 7, 'mention', now(), now())`);
		desk.sql(`NOTIFY response, '${other} 77 -'`);
		await owner.hears("request", (row) => row.guild.id === other);
		ok(ids(await owner.inbox()).includes("77"));
		ok(!ids(await curator.inbox("?snoozed=with")).includes("77"));
		deepEqual(curator.events.filter((one) => one.data.guild?.id === other), []);
		equal((await curator.fetch(`/api/v1/guilds/${other}/requests/77`)).status, 404);
		desk.sql("DELETE FROM response.request WHERE request_id = 77");
	});

	await story("a button does what it says, for staff alone, in their language", async () => {
		const request = await asked("Ann");
		const stranger = await press("Ben", `desk:claim:${request}`);
		match(stranger.text, /только команда/);
		ok(stranger.isHidden);
		equal(desk.request(request).claimed_by, null);
		match((await press("Kim", `desk:claim:${request}`)).text, /Теперь это ваш вопрос/);
		match((await press("Lee", `desk:claim:${request}`, "en-US")).text, new RegExp(`<@${desk.id("Kim")}> was first`));
		await desk.becomes(request, { state: "answered", claimed_by: desk.id("Kim"), answer_kind: "claim" });
		const [, trace] = /trace_id=([0-9a-f]{32})/.exec(desk.api.log().split("\n").findLast((line) => line.includes("order given")));
		await until("response-tracker to tell of it", () => desk.trackers[0].log().includes(`trace_id=${trace}`));
		match((await press("Lee", `desk:resolve:${request}`)).text, /Решено/);
		match((await press("Lee", `desk:resolve:${request}`)).text, /уже закрыт/);
		match((await press("Lee", "desk:claim:1")).text, /больше нет/);
		ok((await press("Lee", "desk:eat:1")).isHidden);
	});

	await story("the menu of a message makes it a request", async () => {
		const message = await desk.say("Ann", "help", "у меня всё сломалось");
		await desk.told();
		equal(desk.request(message), undefined);
		const author = { id: desk.id("Ann"), username: "ann" };
		match((await mark("Ben", message, author)).text, /только команда/);
		match((await mark("Kim", message, author, "у меня всё сломалось")).text, /Теперь это вопрос/);
		const request = await desk.opens(message);
		deepEqual([request.kind, request.author_id], ["menu", desk.id("Ann")]);
		match((await mark("Kim", message, author)).text, /Это уже вопрос/);
		match((await mark("Kim", message, { id: "5", username: "robot", bot: true })).text, /сообщение человека/);
		await desk.reply("Lee", message, "смотрю");
		await desk.becomes(message, { state: "answered", answered_by: desk.id("Lee") });
	});

	await story("/ask is a request; its buttons are there for the staff", async () => {
		const { id, text, message, isHidden } = await askIn("Ben", "where is everybody?");
		match(text, /where is everybody/);
		ok(!isHidden);
		const request = await desk.opens(id);
		deepEqual([request.kind, request.author_id], ["command", desk.id("Ben")]);
		ok(message.components[0].components.some((button) => button.custom_id === `desk:claim:${id}`));
		match((await press("Kim", `desk:claim:${id}`)).text, /Теперь это ваш/);
		await desk.becomes(id, { state: "answered", answered_by: desk.id("Kim") });
		const { id: other } = await askIn("Ben", "and where now?");
		await desk.opens(other);
		const bot = await desk.does("user", { username: "robot", bot: true });
		await desk.does("join", { user_id: bot });
		const shown = await desk.does("message", { channel_id: desk.channels.get("help"), user_id: bot, type: 20, content: "Ben asks",
			interaction_id: other, command_user_id: desk.id("Ben"), command: "ask" });
		await until("it to stand for the request", () => desk.rows(`SELECT 1 FROM response.request_message WHERE message_id = ${shown}`).length > 0);
		desk.placeOf.set(shown, desk.channels.get("help"));
		await desk.reply("Lee", shown, "здесь");
		await desk.becomes(other, { state: "answered", answered_by: desk.id("Lee"), answer_kind: "reply", messages: 1 });
		ok((await askIn("Kim", "and me?")).isHidden); /* staff do not ask */
	});

	await story("api is killed between an order and its answer: it is carried out once", async () => {
		const request = await asked("Ann");
		await desk.trackers[0].end("SIGKILL");
		const lost = curator.act(request, "claim").catch(() => "lost");
		await until("the order to be put in", () => desk.redis.cli("XLEN", "commands:response") > 0);
		await desk.api.end("SIGKILL");
		equal(await lost, "lost");
		desk.api.start();
		desk.trackers[0].start();
		await desk.becomes(request, { claimed_by: desk.id("Member") });
		await until("api to be back", () => desk.api.isReady());
		const again = await curator.act(request, "claim");
		deepEqual([again.status, again.request.claimed_by.id], [200, desk.id("Member")]); /* what is one's own stays so */
		equal(desk.rows(`SELECT count(*)::int AS n FROM response.request_message WHERE request_id = ${request}`)[0].n, 1);
		await owner.listen();
		equal((await owner.act(request, "resolve")).request.state, "resolved");
		await owner.hears("request", (row) => row.id === request && row.state === "resolved");
	});
	await t.test("everybody leaves in order", async () => {
		for (const worker of [owner, curator]) worker.line.abort();
		deepEqual(await desk.stop(), []);
	});
} finally {
	if (process.env.KEEP) console.log(`# logs and data: ${desk.dir}`);
	else desk.remove();
	t.end();
}

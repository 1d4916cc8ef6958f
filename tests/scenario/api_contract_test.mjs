/*
 * What api answers, held against two judges: proto/api.yaml, for the shape of every answer, and the
 * simulator, for the numbers in it.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const root = new URL("../..", import.meta.url);
const require = createRequire(new URL("dashboard/package.json", root));
const contract = require("js-yaml").load(readFileSync(new URL("proto/api.yaml", root), "utf8"));
const Ajv = require("ajv");

/* Every object is closed: a member nobody wrote down is a mistake, too. */
function close(schema) {
	if (schema === null || typeof schema !== "object") return schema;
	if (Array.isArray(schema)) return schema.map(close);
	const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
	if (closed.properties && closed.additionalProperties === undefined) closed.additionalProperties = false;
	return closed;
}

const ajv = new Ajv({ nullable: false, unknownFormats: "ignore", schemaId: "auto" });
ajv.addSchema({ $id: "contract", ...close(contract) });

function conforms(pointer, value, what) {
	const isValid = ajv.validate({ $ref: `contract#${pointer}` }, value);
	ok(isValid, `${what}: ${ajv.errorsText()}\n${JSON.stringify(value).slice(0, 2000)}`);
}

const escape = (text) => text.replaceAll("~", "~0").replaceAll("/", "~1");

class Browser extends Visitor {
	/* An answer that must be 200 and as the contract has it. */
	async get(path) {
		const body = await super.get(path);
		const template = path.split("?")[0].replace(/guilds\/\d+/, "guilds/{guild_id}")
			.replace(/channels\/\d+/, "channels/{channel_id}").replace(/members\/\d+/, "members/{user_id}")
			.replace(/curators\/\d+/, "curators/{user_id}").replace(/requests\/\d+/, "requests/{request_id}");
		conforms(`/paths/${escape(template)}/get/responses/200/content/${escape("application/json")}/schema`, body, path);
		return body;
	}

	async refused(path, status, options) {
		const response = await this.fetch(path, options);
		equal(response.status, status, path);
		equal(response.headers.get("content-type").split(";")[0], "application/problem+json", path);
		conforms("/components/schemas/Problem", await response.json(), path);
	}
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const series = (answer, key) => sum(answer.series.find((one) => one.key === key).values);
const figure = (answer, key) => answer.figures.find((one) => one.key === key).value;

const t = tap();
const stack = await Stack.start();
const browser = new Browser(stack);
let told, guilds;

try {
	await t.test("the history has been told, and everybody hung up", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
		told = (await stack.control("GET", "counts")).guilds;
	});

	await t.test("a visitor learns what this is, and no more", async () => {
		const instance = await browser.get("/api/v1/instance");
		ok(instance.is_demo && instance.is_configured);
		await until("the bot's name", async () => (await browser.get("/api/v1/instance")).bot);
		await browser.refused("/api/v1/me", 401);
		await browser.refused("/api/v1/guilds", 401);
		await browser.refused(`/api/v1/guilds/${Object.keys(told)[0]}/overview`, 401);
		await browser.refused("/api/v1/nothing", 404);
	});

	await t.test("login through the consent page", async () => {
		await browser.logIn("owns every server");
		guilds = (await browser.get("/api/v1/guilds")).guilds.filter((guild) => guild.has_bot).map((guild) => guild.id);
		deepStrictEqual(new Set(guilds), new Set(Object.keys(told)));
		ok((await browser.get("/api/v1/me/sessions")).sessions[0].is_current);
	});

	await t.test("the numbers are the simulator's own", async () => {
		let messages = 0;
		for (const id of guilds) {
			const path = `/api/v1/guilds/${id}`, all = told[id];
			const overview = await browser.get(`${path}/overview?period=all`);
			deepStrictEqual({
				messages: figure(overview, "messages"), joins: figure(overview, "joins"),
				leaves: figure(overview, "leaves"), reactions: figure(overview, "reactions"),
				members: figure(overview, "members"), voice: figure(overview, "voice"),
			}, {
				messages: all.messages, joins: all.joins, leaves: all.leaves, reactions: all.reactions,
				members: all.member_count, voice: all.voice.present_ms,
			});
			equal((await browser.get(path)).members, all.member_count);
			for (const bucket of ["hour", "day", "week", "month"]) {
				const talk = await browser.get(`${path}/timeseries?metric=messages&period=all&bucket=${bucket}`);
				deepStrictEqual([series(talk, "messages"), series(talk, "bot_messages")], [all.messages, all.bot_messages]);
				const voice = await browser.get(`${path}/timeseries?metric=voice&period=all&bucket=${bucket}`);
				deepStrictEqual(["raw_ms", "present_ms", "engaged_ms", "talking_ms"].map((key) => series(voice, key)),
					["raw_ms", "present_ms", "engaged_ms", "talking_ms"].map((key) => all.voice[key]));
				const flow = await browser.get(`${path}/timeseries?metric=members&period=all&bucket=${bucket}`);
				equal(flow.series[0].values.at(-1), all.member_count);
			}
			const heat = await browser.get(`${path}/heatmap?period=all`);
			equal(sum(heat.cells.map(sum)), all.messages);
			equal(sum((await browser.get(`${path}/heatmap?period=all&metric=voice`)).cells.map(sum)), all.voice.present_ms);
			equal((await browser.get(`${path}/channels/top?period=all`)).total, all.messages);
			messages += all.messages;
		}
		ok(messages > 100, "there was something to count");
	});

	await t.test("every period, comparison and bucket is answered as the contract says", async () => {
		const path = `/api/v1/guilds/${guilds[0]}`;
		const { period, compare } = contract.components.parameters;
		for (const name of period.schema.enum.filter((one) => one !== "custom"))
			for (const against of compare.schema.enum) {
				const query = `period=${name}&compare=${against}`;
				const { range, figures } = await browser.get(`${path}/overview?${query}`);
				ok(range.from < range.to && figures.length === 10);
				const lines = ["messages", "members", "voice"].map((metric) => `timeseries?metric=${metric}&${query}`);
				for (const line of [...lines, ...["", "/activation", "/stickiness"].map((name) => `growth${name}?${query}`)]) {
					const { starts, series: all } = await browser.get(`${path}/${line}`);
					for (const one of all) {
						equal(one.values.length, starts.length);
						equal(one.previous?.length ?? starts.length, starts.length);
					}
				}
			}
		for (const line of ["retention", "retention?kind=activity&weeks=53", "lifecycle?weeks=106"])
			await browser.get(`${path}/growth/${line}`);
		await browser.get(`${path}/members/top?period=custom&from=2026-01-01&to=2030-01-01&by=voice&limit=100`);
		await browser.refused(`${path}/overview?period=fortnight`, 400);
		await browser.refused(`${path}/timeseries`, 400);
		ok(!stack.log.includes("connection not warmed"), "what a new connection is asked first is still a question");
	});

	await t.test("what a community is beside talk, as the contract says", async () => {
		for (const guild of guilds)
			for (const name of ["annotations", "community", "moderation", "boosts", "commands", "events", "games", "invites"])
				await browser.get(`/api/v1/guilds/${guild}/${name}?period=30d`);
	});

	await t.test("what leaves the dashboard is as the contract says, and so is its making", async () => {
		const path = `/api/v1/guilds/${guilds[0]}`;
		const make = async (tail, body) => {
			const made = await browser.change("POST", `${path}/${tail}`, body);
			conforms(`/paths/${escape(`/api/v1/guilds/{guild_id}/${tail}`)}/post/responses/201/content/${escape("application/json")}/schema`, made, tail);
			return made;
		};
		await make("tokens", { name: "x", scopes: ["figures", "people"] });
		const { url } = await make("shares", { title: "x", period: "7d", widgets: ["figures", "messages", "members", "voice", "heatmap", "channels"], is_embeddable: true });
		await make("alerts", { name: "x", figure: "members", condition: "above", threshold: 1 });
		await make("alerts", { name: "y", figure: "messages", condition: "unusual", sensitivity: 4, direction: "up" });
		await make("webhooks", { name: "x", url: "https://example.org/" });
		await until("the alerts to be looked at", async () => (await browser.get(`${path}/alerts`)).rules.every((rule) => rule.checked_at));
		for (const tail of ["tokens", "shares", "alerts", "alert-episodes", "webhooks"]) await browser.get(`${path}/${tail}`);
		const shared = await (await fetch(`${stack.url}/api/v1/shares/${url.split("/").at(-1)}`)).json();
		conforms(`/paths/${escape("/api/v1/shares/{token}")}/get/responses/200/content/${escape("application/json")}/schema`, shared, "shared page");
		await browser.refused(`${path}/alert-episodes?limit=101`, 400);
		await browser.refused(`${path}/webhooks/1000/deliveries`, 404);
		await browser.refused(`${path}/overview?format=xls`, 400);
	});

	await t.test("the staff, their work and what it is worth, as the contract says", async () => {
		const path = `/api/v1/guilds/${guilds[0]}`;
		const [kim, lee] = (await browser.get(`${path}/members?limit=2`)).rows.map((row) => row.id);
		const put = await browser.change("PUT", `${path}/curators/${kim}`, { name: "Kim", kind: "crime", guilds });
		conforms(`/paths/${escape("/api/v1/guilds/{guild_id}/curators/{user_id}")}/put/responses/200/content/${escape("application/json")}/schema`, put, "put");
		await browser.change("PUT", `${path}/curator-exclusions/${lee}`, { reason: "x" });
		await until("them to be staff", async () => (await browser.get(`${path}/curators`)).rows.some((row) => row.id === kim && row.since));
		for (const tail of [`curators/${kim}?period=30d`, `curators/${kim}?by=answer&compare=none`, "activities", "activities/summary?period=7d", "rating", "curator-exclusions"])
			await browser.get(`${path}/${tail}`);
		const wish = { points_message: 1, points_reply: 1, points_reaction: 1, points_task: 1, block_cap: 9 };
		const preview = await browser.change("POST", `${path}/rating/preview?period=7d`, wish);
		conforms(`/paths/${escape("/api/v1/guilds/{guild_id}/rating/preview")}/post/responses/200/content/${escape("application/json")}/schema`, preview, "preview");
		equal((await browser.get(`/api/v1/leaderboard?guilds=${guilds.join()}&former=true`)).rows.filter((row) => row.id === kim).length, 1);
		await browser.get("/api/v1/leaderboard");
		await browser.change("DELETE", `${path}/curators/${kim}`);
		equal((await browser.get(`${path}/curator-archives`)).total, 1);
		await browser.refused(`${path}/curators?sort=iq`, 400);
		await browser.refused(`${path}/curators/1`, 404);
		await browser.refused("/api/v1/leaderboard?guilds=1", 404);
	});

	await t.test("requests, their figures, schedules and coverage, as the contract says", async () => {
		const path = `/api/v1/guilds/${guilds[0]}`;
		const at = new Date(Date.now() - 7_200_000).toISOString();
		const values = (id, more) => `(${guilds[0]}, ${id}, 7, 600, 'keyword', '${at}', '${at}', ${more})`;
		stack.exec(`INSERT INTO response.request (guild_id, request_id, channel_id, author_id, kind, asked_at, clock_at, state, answered_at, answered_by, answer_kind)
			VALUES ${values(900, "'open', NULL, NULL, NULL")}, ${values(901, `'answered', '${at}'::timestamptz + interval '90 s', 601, 'reply'`)}`);
		for (const tail of ["request-figures", "request-figures?by=answered&compare=none", `request-figures?guilds=${guilds.join()}&bucket=week`, "requests?sort=-waited"])
			await browser.get(`${path}/${tail}`);
		equal((await browser.get(`${path}/requests/901`)).events.length, 2);
		await browser.change("PUT", `${path}/schedule/versions/2015-01-01`, { zone: "Europe/Berlin", week: [{ from: 540, to: 1080 }] });
		await browser.change("PUT", `${path}/schedule/holidays/2026-01-01`, { open: [] });
		await browser.change("PUT", `${path}/schedule/shifts/601`, { shifts: [{ zone: "UTC", week: [{ from: 0, to: 60 }], valid_from: "2026-01-01" }] });
		await browser.change("PUT", `${path}/schedule/targets`, { targets: [{ first_response_s: 60 }] });
		const schedule = await browser.get(`${path}/schedule`);
		equal(schedule.versions.length + schedule.holidays.length + schedule.targets.length, 3);
		await browser.get(`${path}/cover?period=7d`);
		await browser.refused(`${path}/request-figures?by=luck`, 400);
		await browser.refused(`${path}/request-figures?guilds=1`, 404);
		await browser.refused(`${path}/requests/1`, 404);
	});

	await t.test("what a request and a task report are is told as the contract says", async () => {
		const path = `/api/v1/guilds/${guilds[0]}`;
		const rule = { name: "sos", kind: "keyword", words: ["sos"], phrases: ["mayday mayday"], patterns: ["s+os"] };
		await browser.get(`${path}/desk`);
		await browser.change("POST", `${path}/rules`, rule);
		const { rules } = await browser.get(`${path}/rules`);
		const made = rules.find((one) => one.name === "sos");
		await browser.change("DELETE", `${path}/rules/${made.id}`);
		await browser.refused(`${path}/rules`, 400, {
			method: "POST", body: JSON.stringify({ ...rule, words: ["?"], patterns: ["("] }),
			headers: { "content-type": "application/json", "x-csrf-token": browser.csrf },
		});
		for (const tail of ["task-settings", "task-reports?period=28d", "task-reports?state=verified&sort=-approved", "task-reports/summary?period=28d"])
			await browser.get(`${path}/${tail}`);
		await browser.refused(`${path}/task-reports?state=lost`, 400);
	});

	await t.test("tables, names and what one row is about, as the contract says", async () => {
		const path = `/api/v1/guilds/${guilds[0]}`;
		const { rows: [channel] } = await browser.get(`${path}/channels?threads=apart`);
		const { rows: [member] } = await browser.get(`${path}/members?left=with&bots=with&sort=joined`);
		for (const tail of ["channels?by=category&compare=none", `channels/${channel.id}`, `members/${member.id}`, "members?offset=100000",
			"messages?bucket=week", `messages?period=24h&channel=${channel.id}`, "rows?of=messages", "rows?of=voice", "rows?of=flow&period=all",
			"directory", `directory?q=a&member=${member.id}&channel=${channel.id}`, "filters", `overview?member=${member.id}`,
			`timeseries?metric=members&channel=${channel.id}`, `heatmap?bots=only&metric=voice`])
			await browser.get(`${path}/${tail}`);
	});

	await t.test("the live stream begins at once", async () => {
		const response = await browser.fetch(`/api/v1/guilds/${guilds[0]}/live`);
		const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
		let text = "";
		while (!/^data: .*\n/m.test(text)) text += (await reader.read()).value;
		await reader.cancel();
		ok(text.includes("event: live\n"));
		const live = JSON.parse(/^data: (.*)$/m.exec(text)[1]);
		conforms("/components/schemas/Live", live, "live");
		equal(live.members, told[guilds[0]].member_count);
		equal(live.minutes.length, 30);
	});

	await t.test("how the shards are, for the owner of the application", async () => {
		await until("the owner to be known", async () => (await browser.get("/api/v1/me")).is_owner);
		const fleet = await browser.get("/api/v1/system/shards");
		ok(fleet.at && Array.isArray(fleet.shards));
	});

	await t.test("settings change for those who may", async () => {
		const path = `/api/v1/guilds/${guilds[0]}`;
		const body = JSON.stringify({ timezone: "Asia/Yekaterinburg" });
		await browser.refused(path, 403, { method: "PATCH", body });
		const headers = { "x-csrf-token": browser.csrf };
		const changed = await browser.fetch(path, { method: "PATCH", body, headers });
		equal(changed.status, 200);
		conforms("/components/schemas/Guild", await changed.json(), "PATCH");
		ok((await browser.get(`${path}/overview?period=7d`)).range.from.includes("T19:00:00"));
		await browser.refused(path, 400, { method: "PATCH", body: '{"timezone":"Nowhere"}', headers });
	});

	await t.test("history is read for those who want it, and told how far", async () => {
		const path = `/api/v1/guilds/${guilds[0]}/history`;
		const headers = { "x-csrf-token": browser.csrf };
		const ask = async (method, wish) => {
			const response = await browser.fetch(path, { method, headers, body: wish && JSON.stringify(wish) });
			equal(response.status, 200);
			const answer = await response.json();
			conforms("/components/schemas/History", answer, method);
			return answer;
		};
		equal((await browser.get(path)).state, "off");
		await browser.refused(path, 403, { method: "PUT", body: "{}" });
		await browser.refused(path, 403, { method: "DELETE" });
		for (const body of ["", "[]", '{"days":0}', '{"days":"all"}', '{"days":1.5}', '{"years":1}'])
			await browser.refused(path, 400, { method: "PUT", headers, body });
		deepStrictEqual((({ is_wanted, days }) => ({ is_wanted, days }))(await ask("PUT", { days: 90 })), { is_wanted: true, days: 90 });
		const done = await until("history", async () => {
			const history = await browser.get(path);
			conforms("/components/schemas/History", history, "GET");
			return history.state === "done" && history;
		});
		equal(done.progress, 1);
		ok(done.members > 0); /* and no channel: all of it was told live */
		const joined = await browser.get(`/api/v1/guilds/${guilds[0]}/members/joined`);
		conforms("/components/schemas/Joined", joined, "joined");
		ok(joined.is_complete);
		const { people } = (await stack.control("GET", "world")).guilds.find((one) => one.id === guilds[0]);
		equal(joined.months.at(-1).members, people);
		equal((await ask("PUT", { days: 90, is_paused: true })).state, "paused");
		equal((await ask("PUT", { days: 90 })).state, "done");
		equal((await ask("DELETE")).state, "off");
	});

	await t.test("a plain member sees nothing", async () => {
		const other = new Browser(stack);
		await other.logIn("a plain member");
		deepStrictEqual((await other.get("/api/v1/guilds")).guilds, []);
		await other.refused(`/api/v1/guilds/${guilds[0]}`, 404);
		await other.refused(`/api/v1/guilds/${guilds[0]}/live`, 404);
	});

	await t.test("the figures of every service are what Prometheus takes", async () => {
		for (let service = 0; service < 6; service++) {
			const answer = await fetch(`http://127.0.0.1:${stack.adminBase + service}/metrics`);
			equal(answer.status, 200);
			const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: await answer.text(), encoding: "utf8" });
			equal(status, 0, `${service}: ${stdout}${stderr}`);
		}
	});

	await t.test("logout", async () => {
		await browser.refused("/logout", 403, { method: "POST" });
		const response = await browser.fetch("/logout", { method: "POST", headers: { "x-csrf-token": browser.csrf } });
		equal(response.status, 204);
		await browser.refused("/api/v1/me", 401);
	});
} finally {
	await stack.down();
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else stack.remove();
	t.end();
}

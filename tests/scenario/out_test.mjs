/*
 * What leaves the dashboard: files of hostile names, tokens that reach no further than they may, public pages
 * that keep small groups to themselves, alerts that reach a receiver which fails, and none that does not want them.
 */
import { deepStrictEqual, equal, match, ok } from "node:assert";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { drained } from "../harness/oracle.mjs";
import { freePorts, Stack, tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const [hookPort] = await freePorts(1);
const t = tap();
const stack = await Stack.start({ ALERT_TICK: "200ms", WEBHOOK_PRIVATE: "true", LOG_LEVEL: "debug" });
const visitor = new Visitor(stack);
const heard = [];
let answer = 500, guild, other, path, told;

const receiver = createServer((request, response) => {
	let body = "";
	request.on("data", (data) => (body += data));
	request.on("end", () => {
		heard.push({ headers: request.headers, body });
		response.writeHead(answer).end();
	});
}).listen(hookPort, "127.0.0.1");

const bearer = (token, tail) => fetch(new URL(tail, stack.url), { headers: { authorization: `Bearer ${token}` } });

/* RFC 4180, as a spreadsheet reads it. */
function parseCsv(text) {
	const rows = [[]];
	for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|$)/g)) {
		rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
		if (end === "\r\n") rows.push([]);
		if (end === "") break;
	}
	return rows.slice(0, -1);
}

try {
	await t.test("somebody who manages a server, with a past", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await visitor.logIn("owns every server");
		const counts = (await stack.control("GET", "counts")).guilds;
		[guild, other] = (await visitor.get("/api/v1/guilds")).guilds.filter((one) => one.has_bot).map((one) => one.id);
		path = `/api/v1/guilds/${guild}`;
		told = counts[guild];
	});

	await t.test("a file of a series says what the page says", async () => {
		const question = `${path}/timeseries?metric=messages&period=all&bucket=day&compare=none`;
		const page = await visitor.get(question);
		const response = await visitor.fetch(`${question}&format=csv`);
		equal(response.headers.get("content-type"), "text/csv; charset=utf-8");
		match(response.headers.get("content-disposition"), /^attachment; filename="rations-\d+-timeseries-[\d-]+\.csv"$/);
		const [head, ...rows] = parseCsv(await response.text());
		equal(head[0], "at");
		deepStrictEqual(rows.map((row) => row[0]), page.starts);
		for (const { key, values } of page.series)
			deepStrictEqual(rows.map((row) => row[head.indexOf(key)]), values.map((value) => (value === null ? "" : String(value))));
		equal(rows.reduce((sum, row) => sum + Number(row[head.indexOf("messages")]), 0), told.messages);
	});

	await t.test("a list is whole, however many pages it has, and no name is a formula", async () => {
		const names = ["=HYPERLINK(\"http://evil.example\",\"x\")", "+1", "-1", "@SUM(A1)", "a,b\"c\"", "\u202egnp.exe", "<script>alert(1)</script>", "😀"];
		const ids = stack.sql(`SELECT user_id::text FROM analytics.member WHERE guild_id = ${guild} AND NOT is_bot AND left_at IS NULL ORDER BY 1 LIMIT ${names.length}`);
		ids.forEach(({ user_id }, i) => stack.exec(`UPDATE analytics.member SET nick = '${names[i].replaceAll("'", "''")}' WHERE guild_id = ${guild} AND user_id = ${user_id}`));
		stack.exec(`INSERT INTO analytics.member (guild_id, user_id, username, joined_at)
			SELECT ${guild}, 900000000000000000 + i, 'crowd-' || i, now() FROM generate_series(1, 6000) i`);
		const page = await visitor.get(`${path}/members?period=all&limit=1`);
		ok(page.total > 6000, `${page.total} members`);
		const response = await visitor.fetch(`${path}/members?period=all&format=csv&bom=true`);
		const text = Buffer.from(await response.arrayBuffer()).toString();
		ok(text.startsWith("\ufeff"), "a byte order mark");
		const [head, ...rows] = parseCsv(text.slice(1));
		equal(rows.length, page.total);
		const id = head.indexOf("id"), name = head.indexOf("name");
		equal(new Set(rows.map((row) => row[id])).size, page.total);
		ids.forEach(({ user_id }, i) => {
			const cell = rows.find((row) => row[id] === `="${user_id}"`)[name];
			equal(cell, /^[=+@-]/.test(names[i]) ? `'${names[i]}` : names[i]);
		});
		ok(rows.every((row) => row.length === head.length), "every line has every column");
		const json = await (await visitor.fetch(`${path}/members?period=all&format=json`)).json();
		equal(json.length, page.total);
	});

	await t.test("a token reads one server's figures, until it is revoked", async () => {
		const made = await visitor.change("POST", `${path}/tokens`, { name: "=cmd", scopes: ["figures"], expires_in_days: 30 });
		match(made.token, /^rtn_[\w-]{43}$/);
		equal((await bearer(made.token, `${path}/overview?period=all`)).status, 200);
		equal((await bearer(made.token, `${path}/timeseries?metric=messages&format=csv`)).status, 200);
		equal((await bearer(made.token, `/api/v1/guilds/${other}/overview`)).status, 404);
		equal((await bearer(made.token, `${path}/members?period=all`)).status, 403);
		equal((await bearer(made.token, `${path}/tokens`)).status, 403);
		equal((await bearer(made.token, "/api/v1/me")).status, 403);
		equal((await bearer(`${made.token.slice(0, -1)}_`, `${path}/overview`)).status, 401);
		equal((await fetch(new URL(`${path}/tokens/${made.id}`, stack.url), { method: "DELETE", headers: { authorization: `Bearer ${made.token}` } })).status, 403);
		stack.exec(`UPDATE app.api_token SET expires_at = now() - interval '1 second' WHERE token_id = ${made.id}`);
		equal((await bearer(made.token, `${path}/overview`)).status, 401);
		stack.exec(`UPDATE app.api_token SET expires_at = NULL WHERE token_id = ${made.id}`);
		equal((await bearer(made.token, `${path}/overview`)).status, 200);
		await visitor.change("DELETE", `${path}/tokens/${made.id}`);
		equal((await bearer(made.token, `${path}/overview`)).status, 401);
		ok(!JSON.stringify(await visitor.get(`${path}/tokens`)).includes(made.token.slice(8)));
		ok(!stack.log.includes(made.token.slice(4)), "no token in the log");
	});

	await t.test("a public page shows no names and no small groups, and can be taken back", async () => {
		const made = await visitor.change("POST", `${path}/shares`, { title: "Ours", period: "28d", widgets: ["figures", "messages", "members", "voice", "heatmap", "channels"] });
		const token = made.url.split("/").at(-1);
		const response = await fetch(`${stack.url}/api/v1/shares/${token}`);
		equal(response.status, 200);
		equal(response.headers.get("x-robots-tag"), "noindex");
		const text = await response.text(), page = JSON.parse(text);
		deepStrictEqual(page.widgets.map((one) => one.key), ["figures", "messages", "members", "voice", "heatmap", "channels"]);
		for (const { username } of stack.sql(`SELECT username FROM analytics.member WHERE guild_id = ${guild} AND length(username) > 4`))
			ok(!text.includes(`"${username}"`), username);
		const people = new Map(stack.sql(`SELECT day::text, count(*)::int FROM analytics.member_daily WHERE guild_id = ${guild} AND NOT is_bot AND messages > 0 GROUP BY 1`)
			.map(({ day, count }) => [day, count]));
		const { starts, series } = page.widgets[1].data;
		starts.forEach((start, i) => {
			const day = new Intl.DateTimeFormat("sv", { timeZone: page.guild.timezone }).format(new Date(start));
			const value = series.find((one) => one.key === "messages").values[i];
			if ((people.get(day) ?? 0) < 5) ok(!value, `${day}: ${value} messages of ${people.get(day)} people`);
		});
		/* Each hour of the week that at least five people wrote in, and no other. */
		const { cells } = page.widgets[4].data;
		const hours = stack.sql(`SELECT extract(isodow FROM hour AT TIME ZONE g.timezone)::int - 1 AS day, extract(hour FROM hour AT TIME ZONE g.timezone)::int AS clock,
			count(DISTINCT user_id) FILTER (WHERE author_kind = 0 AND messages > 0)::int AS people, coalesce(sum(messages) FILTER (WHERE author_kind = 0), 0)::int AS messages
			FROM analytics.message_hourly JOIN (SELECT guild_id, '${page.guild.timezone}' AS timezone FROM analytics.guild) g USING (guild_id) WHERE guild_id = ${guild} GROUP BY 1, 2`);
		const shown = hours.filter((one) => one.people >= 5);
		ok(shown.length > 0 && shown.length < hours.length, `${shown.length} of ${hours.length} hours`);
		for (const { day, clock, people, messages } of hours)
			equal(cells[day][clock], people >= 5 || messages === 0 ? messages : null, `${day} ${clock}: ${people} people`);
		ok(page.widgets[5].data.channels.every((one) => one.members >= 5));
		const headers = async (where) => (await fetch(`${stack.url}${where}`)).headers;
		match((await headers(`/share/${token}`)).get("content-security-policy"), /frame-ancestors 'none'/);
		match((await headers(`/embed/${token}`)).get("content-security-policy"), /frame-ancestors \*/);
		match((await headers("/guilds")).get("content-security-policy"), /frame-ancestors 'none'/);
		equal((await headers(`/embed/${token}`)).get("x-robots-tag"), "noindex");
		equal((await fetch(`${stack.url}/api/v1/shares/${token}?embed=true`)).status, 404);
		await visitor.change("DELETE", `${path}/shares/${made.id}`);
		equal((await fetch(`${stack.url}/api/v1/shares/${token}`)).status, 404);
	});

	await t.test("an alert fires once and is delivered to a receiver that failed at first", async () => {
		const hook = await visitor.change("POST", `${path}/webhooks`, { name: "Ops", url: `http://127.0.0.1:${hookPort}/in?key=hidden` });
		const { id } = await visitor.change("POST", `${path}/alerts`, { name: "Many", figure: "members", condition: "above", threshold: 1 });
		await until("the first attempt", () => heard.length === 1);
		await until("the failure to be noted", () => stack.sql("SELECT 1 FROM app.webhook_delivery WHERE trouble = 'answered 500'").length === 1);
		answer = 204;
		stack.exec("UPDATE app.webhook_delivery SET due_at = now() WHERE due_at IS NOT NULL");
		await until("the delivery", () => stack.sql("SELECT 1 FROM app.webhook_delivery WHERE delivered_at IS NOT NULL").length === 1);
		const [first, second] = heard;
		equal(first.headers["x-rations-delivery"], second.headers["x-rations-delivery"]);
		const [, at, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(second.headers["x-rations-signature"]);
		equal(createHmac("sha256", hook.secret).update(`${at}.${second.body}`).digest("hex"), mac);
		const body = JSON.parse(second.body);
		deepStrictEqual([body.event, body.rule.name, body.guild.id, body.allowed_mentions], ["alert.fired", "Many", guild, { parse: [] }]);
		stack.exec("UPDATE app.alert_rule SET due_at = now()");
		await until("another look", () => stack.sql(`SELECT 1 FROM app.alert_rule WHERE due_at > now() + interval '100 s'`).length === 1);
		equal((await visitor.get(`${path}/alert-episodes`)).total, 1);
		equal(heard.length, 2);
		const log = await visitor.get(`${path}/webhooks/${hook.id}/deliveries`);
		deepStrictEqual([log.total, log.rows[0].attempts, log.rows[0].http_status], [1, 2, 204]);
		ok(!stack.log.includes("hidden"), "no address of a webhook in the log");
		await visitor.change("DELETE", `${path}/alerts/${id}`);
		await visitor.change("DELETE", `${path}/webhooks/${hook.id}`);
		const actions = stack.sql(`SELECT action FROM app.audit_log WHERE guild_id = ${guild}`).map((row) => row.action);
		for (const action of ["token.create", "token.revoke", "share.create", "share.revoke", "alert.create", "alert.delete", "webhook.create", "webhook.delete"])
			ok(actions.includes(action), action);
	});

	/* All of it was written down at the level where the most is said. */
	await t.test("no secret is in the log of any service, nor a token of Discord's in the database", async () => {
		const [pid] = stack.pids("api");
		const given = Object.fromEntries(readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").map((line) => line.split(/=(.*)/s)));
		const secrets = ["SESSION_SECRET", "DISCORD_CLIENT_SECRET", "DISCORD_BOT_TOKEN"].map((name) => [name, given[name]]);
		secrets.push(["the session", visitor.cookies.get("rations_session")], ["the token of changes", visitor.csrf]);
		ok(stack.log.includes("level=debug") && stack.log.includes("request answered"));
		for (const [name, secret] of secrets) {
			ok(secret?.length >= 8, name);
			ok(!stack.log.includes(secret), `${name} is in the log: ${stack.log.split("\n").find((line) => line.includes(secret))}`);
		}
		for (const { sealed } of stack.sql("SELECT encode(access_sealed, 'escape') AS sealed FROM app.account WHERE access_sealed IS NOT NULL"))
			ok(!/^[\w.-]+$/.test(sealed), "sealed, and no text");
	});
} finally {
	receiver.close();
	await stack.down();
	stack.remove();
}

/* As it comes: only the public internet may be reached. */
const guarded = await Stack.start({ ALERT_TICK: "200ms", SIM_HISTORY_DAYS: "1" });
try {
	await t.test("a webhook reaches nothing of our own", async () => {
		const visits = [];
		const inner = createServer((request, response) => {
			visits.push(request.url);
			response.end();
		}).listen(hookPort, "127.0.0.1");
		const manager = new Visitor(guarded);
		await until("the simulator to be live", async () => (await guarded.control("GET", "clock")).phase === "live");
		await manager.logIn("owns every server");
		const [{ id }] = (await manager.get("/api/v1/guilds")).guilds.filter((one) => one.has_bot);
		const hooks = `/api/v1/guilds/${id}/webhooks`;
		const attempt = (url) => manager.fetch(hooks, {
			method: "POST", body: JSON.stringify({ name: "x", url }),
			headers: { "content-type": "application/json", "x-csrf-token": manager.csrf },
		});
		for (const url of [`http://localhost:${hookPort}/`, `https://127.0.0.1:${hookPort}/`, `https://[::1]:${hookPort}/`, "https://169.254.169.254/latest/meta-data",
			"https://10.0.0.1/", "file:///etc/passwd", "https://user:pass@example.org/"])
			equal((await attempt(url)).status, 400, url);
		/* names that turn out to be ours when they are looked up */
		for (const host of ["localhost", "127.1", "2130706433", "0x7f000001"]) {
			const response = await attempt(`https://${host}:${hookPort}/`);
			if (response.status === 400) continue;
			const hook = await response.json();
			await manager.change("POST", `${hooks}/${hook.id}/test`);
			await until(`${host} to be refused`, async () =>
				(await manager.get(`${hooks}/${hook.id}/deliveries`)).rows[0].trouble === "not a public address");
		}
		deepStrictEqual(visits, []);
		inner.close();
	});
} finally {
	await guarded.down();
	guarded.remove();
}
t.end();

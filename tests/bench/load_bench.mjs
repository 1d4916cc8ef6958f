/*
 * api under load, all on this machine: the simulator's communities with a month of history, a release build, wrk.
 *
 *	asked     the Overview's question of one server, by 32 connections at once; beside nginx with a file of the same
 *	          size, and beside what the first Rations stood on (Flask, a row a message) in the same PostgreSQL
 *	watched   1,000 open pages that follow a server live: how long until the last of them knows, and what each costs
 *	bothered  1,000 connections that dribble headers, 200 that dribble a body, 200 that read nothing, and requests
 *	          that are none: what somebody who behaves notices of it
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drained } from "../harness/oracle.mjs";
import { Stack, freePorts, root, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";
import { cpuSeconds, machine, note, rssMb, say, start, stop } from "./measure.mjs";

const SECONDS = 5, CONNECTIONS = 32, WATCHERS = 1000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const percentile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];

/* --- asked ------------------------------------------------------------------------------------- */

const MS = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/* Who is asked costs what, beside how many and how long. */
async function load(name, url, { headers = {}, seconds = SECONDS, pid } = {}) {
	await sleep(2000); /* what wrk left unanswered before is not waited for here */
	const wrk = start("wrk", ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--timeout", "20s", "--latency",
		...Object.entries(headers).flatMap(([key, value]) => ["-H", `${key}: ${value}`]), url], {});
	const before = pid ? cpuSeconds(pid) : 0;
	let said = "";
	wrk.stdout.on("data", (data) => (said += data));
	if ((await wrk.over) !== 0) throw new Error(`wrk: ${wrk.said}${said}`);
	const share = (line) => {
		const [, number, unit] = new RegExp(`${line}\\s+([\\d.]+)(us|ms|s|m)`).exec(said);
		return Number(number) * MS[unit];
	};
	const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(said)[1]);
	const wrong = /Non-2xx[^\n]*|Socket errors[^\n]*/.exec(said);
	if (wrong) throw new Error(`${name}: ${wrong[0]}`);
	say(`load_${name}_per_s`, perSecond.toFixed(0), "requests/s");
	say(`load_${name}_p50_ms`, share("50%").toFixed(2), "ms");
	say(`load_${name}_p99_ms`, share("99%").toFixed(2), "ms");
	if (pid) say(`load_${name}_cpu_us`, (((cpuSeconds(pid) - before) * 1e6) / (perSecond * seconds)).toFixed(0), "us of its own CPU a request");
	return perSecond;
}

async function besideNginx(dir, body) {
	const [port] = await freePorts(1);
	mkdirSync(join(dir, "www"));
	writeFileSync(join(dir, "www", "overview.json"), body);
	writeFileSync(join(dir, "nginx.conf"), `daemon off; worker_processes 1; pid ${dir}/nginx.pid; error_log stderr warn;
		events { worker_connections 256; }
		http { access_log off; default_type application/json; client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b;
		fastcgi_temp_path ${dir}/c; uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
		server { listen 127.0.0.1:${port}; root ${dir}/www; } }`);
	execFileSync("chmod", ["-R", "a+rX", dir]);
	const nginx = start("/usr/sbin/nginx", ["-c", join(dir, "nginx.conf"), "-p", dir, "-e", "stderr"]);
	const url = `http://127.0.0.1:${port}/overview.json`;
	await until("nginx", async () => (await fetch(url)).ok);
	const perSecond = await load("nginx_file", url, { pid: nginx.pid });
	await stop(nginx);
	return perSecond;
}

async function besideFlask(stack, guild) {
	stack.exec(`CREATE TABLE message_event AS SELECT guild_id, channel_id, user_id, hour + random() * interval '1 hour' AS created_at
		FROM analytics.message_hourly CROSS JOIN LATERAL generate_series(1, messages)`);
	stack.exec("CREATE INDEX ON message_event (guild_id, created_at)");
	stack.exec("ANALYZE message_event");
	note(`a row a message: ${stack.sql("SELECT count(*) AS n FROM message_event")[0].n} rows, ${
		stack.sql(`SELECT count(*) AS n FROM message_event WHERE guild_id = ${guild}`)[0].n} of the server asked about`);
	const [port] = await freePorts(1);
	const flask = start("gunicorn", ["-w", "2", "-b", `127.0.0.1:${port}`, "--log-level", "warning", "flask_reference:app"], {
		cwd: join(root, "tests/bench/clients"), env: { EVENTS_DATABASE: `host=${stack.socketDir()} user=rations dbname=rations` },
	});
	const url = `http://127.0.0.1:${port}/api/analytics/${guild}?days=7`;
	await until("Flask", async () => (await fetch(url)).ok);
	const perSecond = await load("flask_overview", url, {});
	await stop(flask);
	return perSecond;
}

async function asked(stack, dir, visitor, guild) {
	const api = stack.pids("api")[0];
	const headers = { Cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
	const path = `/api/v1/guilds/${guild}/overview?period=7d`;
	const body = await (await visitor.fetch(path)).text();
	note(`the answer: ${body.length} bytes`);
	const overview = await load("overview", `${stack.url}${path}`, { headers, pid: api });
	const me = await load("me", `${stack.url}/api/v1/me`, { headers, pid: api });
	await load("healthz", `${stack.url}/healthz`, { pid: api });
	const nginx = await besideNginx(dir, body);
	const flask = await besideFlask(stack, guild);
	say("load_overview_against_flask", (overview / flask).toFixed(1), "ratio (the same question, more answered)");
	say("load_me_against_nginx", (me / nginx).toFixed(2), "ratio (a session looked up, against a file)");
}

/* --- watched ----------------------------------------------------------------------------------- */

/* A socket, open, and the answer's head seen. */
const open = (port, text) => new Promise((resolve, reject) => {
	const socket = connect(port, "127.0.0.1", () => socket.write(text));
	socket.once("error", reject);
	socket.once("data", () => resolve(socket));
});

async function watched(stack, visitor, guild, message) {
	const api = stack.pids("api")[0], { port } = new URL(stack.url);
	const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
	const before = rssMb(api);
	const sockets = [];
	for (let i = 0; i < WATCHERS; i += 50)
		sockets.push(...await Promise.all(Array.from({ length: 50 }, () =>
			open(Number(port), `GET /api/v1/guilds/${guild}/live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${cookie}\r\nAccept: text/event-stream\r\n\r\n`))));
	await sleep(3000); /* the first event of each */
	const quiet = rssMb(api);
	say("load_watchers", sockets.length, "open live pages");
	say("load_watcher_kb", (((quiet - before) * 1024) / WATCHERS).toFixed(1), "KB each");
	const heard = sockets.map((socket) => new Promise((resolve) => {
		let text = "";
		socket.on("data", (data) => {
			text = (text + data).slice(-20_000);
			if (!text.includes("\ndata:") && !text.startsWith("data:")) return;
			resolve(Date.now());
		});
	}));
	const sent = Date.now();
	await message();
	const times = (await Promise.all(heard)).map((at) => at - sent);
	say("load_watched_first_ms", Math.min(...times), "ms from the message to the first page that shows it (once a second they are told)");
	say("load_watched_spread_ms", Math.max(...times) - Math.min(...times), "ms from the first to the last");
	await load("overview_while_watched", `${stack.url}/api/v1/guilds/${guild}/overview?period=7d`, { headers: { Cookie: cookie }, seconds: 3 });
	const open_now = sockets.filter((socket) => !socket.destroyed).length;
	if (open_now !== WATCHERS) throw new Error(`${WATCHERS - open_now} live pages were lost`);
	sockets.forEach((socket) => socket.destroy());
}

/* --- bothered ---------------------------------------------------------------------------------- */

const NONSENSE = ["GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\n", "\0\0\0\0", "GET\r\n\r\n", "GET /\r\n\r\n", "POST /api/v1/me HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
	"POST /api/v1/me HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"POST /api/v1/me HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", `GET /${"a/".repeat(20_000)} HTTP/1.1\r\n\r\n`,
	"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", `GET / HTTP/1.1\r\n${"X: y\r\n".repeat(5000)}\r\n`];

const DRIBBLERS = [
	{ count: 1000, head: "GET / HTTP/1.1\r\nHost: a\r\n", drop: "X" },
	{ count: 200, head: "POST /api/v1/me HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", drop: "x" },
];

async function bothered(stack, visitor, guild) {
	const api = stack.pids("api")[0], { port } = new URL(stack.url);
	const before = rssMb(api);
	let isOver = false, cut = 0, opened = 0;
	const rude = (text, then) => {
		const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
		opened++;
		socket.on("error", () => {}).once("close", () => {
			cut++;
			clearInterval(timer);
			if (!isOver) setTimeout(() => isOver || rude(text, then), 100);
		});
		const timer = then && setInterval(() => socket.write(then), 1000);
		return socket;
	};
	for (const { count, head, drop } of DRIBBLERS) for (let i = 0; i < count; i++) rude(head, drop);
	for (let i = 0; i < 200; i++) rude("GET /assets/ HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200)).pause();
	for (const text of NONSENSE) for (let i = 0; i < 5; i++) rude(text);
	const times = [];
	for (const until_ms = Date.now() + 30_000; Date.now() < until_ms; await sleep(50)) {
		const at = performance.now();
		await visitor.get(`/api/v1/guilds/${guild}/overview?period=7d`);
		times.push(performance.now() - at);
	}
	isOver = true;
	say("load_bothered_connections", opened, "rude connections in 30 s");
	say("load_bothered_cut", cut, "of them were ended by api");
	say("load_bothered_p50_ms", percentile(times, 0.5).toFixed(1), `ms for who behaves (${times.length} requests, none failed)`);
	say("load_bothered_p99_ms", percentile(times, 0.99).toFixed(1), "ms");
	say("load_bothered_memory", (rssMb(api) - before).toFixed(1), "MB more than before");
	if (stack.pids("api")[0] !== api) throw new Error("api was started anew");
}

/* ------------------------------------------------------------------------------------------------ */

note(`load: ${machine()}`);
const dir = mkdtempSync(join(tmpdir(), "rations-bench-"));
const stack = await Stack.start({ SIM_PRESET: "demo", SIM_HISTORY_DAYS: "30", SIM_SPEED: "0", LOG_LEVEL: "warn",
	RATE_ADDRESS: "0", RATE_ACCOUNT: "0", MAX_STREAMS_PER_ACCOUNT: "0" });
try {
	await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live", 300_000);
	await drained(stack);
	const [busiest] = stack.sql(`SELECT guild_id::text AS id, sum(messages) AS messages FROM analytics.guild_daily GROUP BY 1 ORDER BY 2 DESC LIMIT 1`);
	const guild = (await stack.control("GET", "world")).guilds.find((one) => one.id === busiest.id);
	const visitor = new Visitor(stack);
	await visitor.logIn("owns every server");
	const channel_id = guild.channels.find((one) => one.type === 0).id;
	const [{ user_id }] = stack.sql(`SELECT user_id::text FROM analytics.member WHERE guild_id = ${guild.id} AND NOT is_bot AND left_at IS NULL LIMIT 1`);
	note(`the server asked about: ${busiest.messages} messages in 30 days`);
	await asked(stack, dir, visitor, guild.id);
	await watched(stack, visitor, guild.id, () => stack.control("POST", "inject", { act: "message", channel_id, user_id, content: "hello" }));
	await bothered(stack, visitor, guild.id);
} finally {
	await stack.down();
	stack.remove();
	rmSync(dir, { recursive: true, force: true });
}
note(`load: ${machine()}`);
process.exit(0);

/*
 * docker-compose.yml from nothing to the dashboard with a real engine, and what happens to an installation in its life:
 * it grows and shrinks, its containers die one by one and all at once, a new release replaces it while people talk.
 * At the end the tables are what the simulator told.
 *
 *   COMPOSE_TEST=full   (make test-compose) the image from the sources alone instead of what is built already, which
 *                       takes long; and a browser
 */
import { deepEqual, equal, match, ok } from "node:assert";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";
import { Installation, findEngine } from "./installation.mjs";

const engine = findEngine();
if (!engine) {
	console.log("1..0 # SKIP no Docker engine with Compose answers here, and none can be made: docker-compose.yml was NOT tried");
	process.exit(77);
}

const SERVICES = ["gateway-ingest", "analytics", "response-tracker", "backup-scheduler", "api"];
const SERVERS = ["postgres", "redis"];
const isFull = process.env.COMPOSE_TEST === "full";
const t = tap();
const it = await Installation.prepare(engine);
const sent = async () => (await it.control("GET", "sessions")).dispatched;

/* The community talks while `body` goes on, and somebody looks at the dashboard. Returns how many of the looks failed. */
async function meanwhile(body, visitor) {
	let isOver = false;
	const failures = [];
	const loop = async (pause, step) => {
		while (!isOver) {
			await step();
			await new Promise((resolve) => setTimeout(resolve, pause));
		}
	};
	const talk = loop(200, () => it.control("POST", "burst", { events: 40 }));
	const look = loop(250, () => visitor.fetch("/api/v1/me").then(
		async (response) => response.status === 200 || failures.push(`${response.status} ${await response.text()}`), (error) => failures.push(error.message)));
	const from = await sent();
	try {
		await body();
		await until("some talk afterwards", async () => (await sent()) > from + 300);
	} finally {
		isOver = true;
		await Promise.all([talk, look]);
	}
	return failures;
}

async function settle() {
	await it.control("POST", "clock", { paused: true });
	await drained(it);
	await hangUp(it);
	const figures = await compare(it);
	await it.control("POST", "clock", { paused: false });
	return figures;
}

try {
	const visitor = new Visitor(it);
	it.images(isFull);

	await t.test("without any value: up, and told what to do when neither a bot nor the demo is wanted", async () => {
		it.profiles = [];
		const said = await it.up("setup").then(() => "", (error) => error.message);
		match(said, /DISCORD_BOT_TOKEN and DISCORD_CLIENT_SECRET are not both set/);
		it.profiles = ["demo"];
		await it.up();
	});

	await t.test("every program finds its libraries, and everything is where it should be", () => {
		const said = it.docker("run", "--rm", "--network", "none", `${it.project}:one`, "sh", "-c", "ldd bin/* /usr/lib/postgresql/15/bin/* | grep 'not found' | sort -u; ls");
		equal(said.trim().split("\n").join(" "), "bin dashboard locales migrate.sh migrations");
	});

	await t.test("containers may do next to nothing", () => {
		const running = it.containers();
		deepEqual(running.filter(({ State }) => State !== "running").map(({ Service }) => Service).sort(), ["demo", "migrate", "setup"]);
		for (const { Name, Config, HostConfig } of it.inspect(...running.map(({ Name }) => Name))) {
			const service = Config.Labels["com.docker.compose.service"];
			const isOnce = ["demo", "migrate", "setup"].includes(service);
			ok(HostConfig.ReadonlyRootfs, `${Name}: its root can be written`);
			deepEqual(HostConfig.CapDrop, ["ALL"], Name);
			ok(HostConfig.SecurityOpt.includes("no-new-privileges:true"), `${Name}: privileges`);
			ok(HostConfig.Memory > 0 && HostConfig.PidsLimit > 0, `${Name}: limits`);
			ok(isOnce || HostConfig.NanoCpus > 0, `${Name}: CPU`);
			equal(HostConfig.LogConfig.Config["max-size"], "10m", Name);
			ok(isOnce || HostConfig.RestartPolicy.Name === "unless-stopped", `${Name}: restart`);
			ok(["demo", "setup"].includes(service) || /^[1-9]\d*:/.test(Config.User), `${Name}: runs as ${Config.User}`);
			ok(!Config.Env.some((line) => /^(DISCORD_BOT_TOKEN|DISCORD_CLIENT_SECRET|SESSION_SECRET|DATABASE_URL|REDIS_URL)=./.test(line)), `${Name}: a secret in its environment`);
			const published = Object.values(HostConfig.PortBindings ?? {}).flat();
			equal(published.length, ["web", "discord-sim"].includes(service) ? 1 : 0, `${Name}: ports`);
			ok(published.every(({ HostIp }) => HostIp === "127.0.0.1"), `${Name}: open to the world`);
		}
	});

	await t.test("a service reads its own secrets and nobody else's, and the databases know no way out", () => {
		const readable = it.exec("analytics", "sh", "-c", "cd /run/rations && for f in $(find . -type f); do [ -r $f ] && echo $f; done; true").split("\n").filter(Boolean);
		for (const own of ["./database_url/analytics", "./discord_bot_token", "./redis_url"]) ok(readable.includes(own), own);
		deepEqual(readable.filter((name) => /password|database_url|secret|redis\.conf|key$/.test(name)), ["./database_url/analytics"]);
		equal(it.exec("api", "sh", "-c", "cat $DATABASE_URL_FILE | cut -d: -f2").trim(), "//rations_api");
		const networks = Object.fromEntries(it.inspect(...it.pids(SERVERS).keys()).map((one) =>
			[one.Config.Labels["com.docker.compose.service"], Object.keys(one.NetworkSettings.Networks)]));
		deepEqual(networks, { postgres: [`${it.project}_data`], redis: [`${it.project}_data`] });
		equal(it.docker("network", "inspect", "-f", "{{.Internal}}", `${it.project}_data`).trim(), "true");
	});

	await t.test("somebody logs in and sees what the community did", async () => {
		await until("the history to be told", async () => (await it.control("GET", "clock")).phase === "live");
		await visitor.logIn("owns every server");
		const { guilds } = await visitor.get("/api/v1/guilds");
		ok(guilds.length > 0, "no server");
		const from = await sent();
		await until("some talk", async () => {
			await it.control("POST", "burst", { events: 100 });
			return (await sent()) > from + 800;
		});
		const figures = await settle();
		ok(Object.values(figures).some((one) => one.messages > 100), "there was something to count");
	});

	if (isFull) await t.test("the same in a browser, which has nothing to complain of", async () => {
		const { Browser } = await import("../harness/browser.mjs");
		const browser = await Browser.start();
		try {
			const page = await (await browser.visitor([[401, "/api/v1/me"]])).newPage();
			await page.goto(it.url);
			await page.getByRole("link", { name: "Log in with Discord" }).click();
			await page.getByRole("radio", { name: /owns every server/ }).check();
			await page.getByRole("button", { name: "Authorize" }).click();
			await page.getByRole("heading", { name: "Your servers", level: 1 }).waitFor();
			const [{ id }] = (await visitor.get("/api/v1/guilds")).guilds;
			await page.goto(`${it.url}/guilds/${id}`);
			await page.getByText("Messages").first().waitFor();
			if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
			deepEqual(browser.complaints, []);
		} finally {
			await browser.close();
		}
	});

	await t.test("more replicas, and fewer again, while people talk", async () => {
		const failures = await meanwhile(async () => {
			await it.up("--scale", "gateway-ingest=3", "--scale", "analytics=2", "--scale", "api=2");
			await until("the shards to be shared", () => {
				const { shards } = JSON.parse(it.exec("analytics", "rationsctl", "shard", "list", "--json"));
				return new Set(shards.map((shard) => shard.holder ?? shard.owner)).size > 1;
			});
			await it.up();
		}, visitor);
		equal(it.containers().filter(({ State }) => State === "running").length, SERVICES.length + SERVERS.length + 2);
		deepEqual(failures, []);
		await settle();
	});

	await t.test("kill -9 of each container, while people talk", async () => {
		await meanwhile(async () => {
			for (const service of [...SERVICES, ...SERVERS, "web"]) await it.kill(service);
		}, visitor);
		await settle();
	});

	await t.test("all at once, as when the host starts again: nobody waits for anybody's turn", async () => {
		await it.kill(...SERVICES, ...SERVERS, "web");
		await until("the dashboard", async () => (await visitor.fetch("/readyz")).ok, 90_000);
		await settle();
	});

	await t.test("a new release replaces the old one while people talk and look", async () => {
		it.image("two");
		it.env.RATIONS_VERSION = "two";
		const failures = await meanwhile(() => it.up(), visitor);
		const images = it.inspect(...it.pids(SERVICES).keys()).map(({ Config }) => Config.Image);
		deepEqual([...new Set(images)], [`${it.project}:two`]);
		deepEqual(failures, []);
		await settle();
	});

	await t.test("a backup, a loss, and the backup in its place", async () => {
		const order = async (path, body) => {
			const { command } = await visitor.change("POST", `/api/v1/backups${path}`, body);
			return until(`the order ${path || "for a backup"} to be carried out`, async () => {
				const job = (await visitor.get("/api/v1/backups")).jobs.find((one) => one.command === command);
				if (job?.state === "failed") throw new Error(job.why);
				return job?.state === "done" && job;
			}, 120_000);
		};
		await it.control("POST", "clock", { paused: true });
		await drained(it);
		await order("", { name: "before the loss" });
		const [{ id, copies }] = (await visitor.get("/api/v1/backups")).backups;
		equal(it.exec("backup-scheduler", "ls", "/var/lib/rations/backups").includes(copies[0].key), true);
		it.exec("postgres", "psql", "-q", "-U", "rations", "-c", "DELETE FROM analytics.message_hourly; DELETE FROM analytics.voice_hourly");
		await order(`/${id}/restore`, { confirm: "restore" });
		await settle();
	});

	await t.test("a demo does not become a bot's installation by mistake", async () => {
		it.profiles = [];
		Object.assign(it.env, { DISCORD_BOT_TOKEN: "a.b.c", DISCORD_CLIENT_SECRET: "s" });
		const said = await it.up("setup").then(() => "", (error) => error.message);
		match(said, /this installation is the demo/);
		it.profiles = ["demo"];
	});
} finally {
	if (process.env.KEEP) console.log(`# stays: project ${it.project}`);
	else await t.test("down -v leaves nothing", () => deepEqual(it.remove(), []));
	t.end();
}

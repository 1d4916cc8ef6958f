/* How api starts when something is wrong: every mistake at once, each naming its setting. */
import { equal, ok } from "node:assert";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { tap } from "../harness/stack.mjs";

const root = new URL("../..", import.meta.url).pathname;
const api = `${root}${process.env.BUILD_PLAIN ?? "build/gcc"}/bin/api`;
const good = { DATABASE_URL: "postgres://127.0.0.1:1/none", REDIS_URL: "redis://127.0.0.1:1", SESSION_SECRET: "0123456789abcdef0123456789abcdef" };

function start(env) {
	const { status, stderr } = spawnSync(api, [], { env, encoding: "utf8", timeout: 10_000 });
	return { status, stderr };
}

const t = tap();

await t.test("what must be set is asked for", () => {
	const { status, stderr } = start({});
	equal(status, 78);
	ok(stderr.includes("DATABASE_URL is not set") && stderr.includes("SESSION_SECRET is not set"), stderr);
});

await t.test("every malformed setting is named", () => {
	const bad = { ...good, PUBLIC_URL: "stats", DISCORD_CLIENT_ID: "bot", SESSION_SECRET: "secret-but-short" };
	const { status, stderr } = start(bad);
	equal(status, 78);
	for (const name of ["PUBLIC_URL", "DISCORD_CLIENT_ID", "DISCORD_CLIENT_SECRET", "SESSION_SECRET"])
		ok(stderr.includes(name), `${name} in ${stderr}`);
	ok(!stderr.includes(bad.SESSION_SECRET), "a secret stays one");
});

await t.test("a port in use is named", async () => {
	const [taken, free] = [createServer(), createServer()];
	for (const server of [taken, free]) await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	const [{ port }, { port: adminPort }] = [taken.address(), free.address()];
	await new Promise((resolve) => free.close(resolve));
	const { status, stderr } = start({ ...good, PORT: String(port), ADMIN_PORT: String(adminPort) });
	taken.close();
	equal(status, 1);
	ok(stderr.includes(`port ${port}: address already in use`) && stderr.includes("Set PORT"), stderr);
});

t.end();

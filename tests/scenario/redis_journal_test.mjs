/*
 * deploy/redis/start.sh takes half a transaction off the end of Redis' journal, wherever it was cut, and leaves alone
 * everything else; and Redis, started so, never does what it had not done.
 */
import { deepEqual, equal, ok } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "../harness/parts.mjs";
import { root, tap } from "../harness/stack.mjs";

const t = tap();
const dir = mkdtempSync(join(tmpdir(), "journal-"));
const folder = join(dir, "appendonlydir"), journal = join(folder, "appendonly.aof.2.incr.aof");
mkdirSync(folder);

const command = (...words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
const flight = (seq) => [command("MULTI"), command("XADD", "events", `${seq}-0`, "seq", String(seq)), command("HSET", "session", "seq", String(seq)), command("EXEC")].join("");

/* What is left of a journal of these bytes. */
function mended(bytes, { manifest = "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\nfile appendonly.aof.2.incr.aof seq 2 type i\n" } = {}) {
	writeFileSync(join(folder, "appendonly.aof.manifest"), manifest);
	writeFileSync(journal, bytes);
	const { status, stdout, stderr } = spawnSync(join(root, "deploy/redis/start.sh"), ["echo", "started"], { cwd: dir, encoding: "utf8" });
	deepEqual([status, stdout], [0, "started\n"], stderr);
	return { left: readFileSync(journal, "latin1"), said: stderr };
}

await t.test("half a transaction goes, whole", () => {
	const whole = command("SELECT", "0") + flight(1) + command("SET", "a", "b"), last = flight(2);
	for (let cut = command("MULTI").length; cut < last.length; cut += cut < last.length - 8 ? 9 : 1) {
		const { left, said } = mended(whole + last.slice(0, cut));
		equal(left, whole, `of ${cut} bytes`);
		ok(said.includes(`: ${cut} bytes`), said);
	}
});

await t.test("nothing else does", () => {
	const whole = command("SELECT", "0") + flight(1);
	const isLeft = (bytes, options) => deepEqual(mended(bytes, options), { left: bytes, said: "" });
	isLeft("");
	isLeft(whole);
	isLeft(whole + command("SET", "a", "b").slice(0, -3)); /* Redis sees to it */
	isLeft(whole + command("MULTI").slice(0, -1));
	isLeft(whole.replace("XADD", "XA") + flight(2)); /* bad in its middle */
	isLeft(whole + flight(2).slice(0, -30) + flight(3)); /* nothing was taken off in time */
	isLeft(whole + flight(2).slice(0, -1), { manifest: "file appendonly.aof.2.base.rdb seq 2 type b\n" });
	rmSync(folder, { recursive: true });
	equal(spawnSync(join(root, "deploy/redis/start.sh"), ["true"], { cwd: dir }).status, 0);
});

/* Dies, with the last byte of its journal, and is started again. */
async function lapse(redis) {
	await redis.end("SIGKILL");
	truncateSync(redis.journal, readFileSync(redis.journal).length - 1);
	await redis.start().up();
}

const redis = new Redis(dir).start();
await redis.up();
await t.test("a Redis that lost half a transaction twice", async () => {
	const fly = (seq) => spawnSync("redis-cli", ["-s", redis.socket],
		{ input: `MULTI\nXADD events * seq ${seq}\nXADD events * seq ${seq}.1\nHSET session seq ${seq}\nEXEC\n` });
	fly(1);
	for (const seq of [2, 3]) {
		fly(seq);
		await lapse(redis);
		equal(redis.cli("HGET", "session", "seq"), String(seq - 1));
		fly(seq);
	}
	await redis.end("SIGKILL");
	await redis.start().up();
	deepEqual(redis.cli("XRANGE", "events", "-", "+").map(([, [, seq]]) => seq), ["1", "1.1", "2", "2.1", "3", "3.1"]);
	equal(redis.cli("HGET", "session", "seq"), "3");
});
await redis.end("SIGKILL");

rmSync(dir, { recursive: true });
t.end();

/*
 * The copies of a backup: made in a folder and in a bucket, read whole by ourselves and by others, damaged, lost, put
 * back; and found again by a machine that knows nothing of them.
 */
import { deepEqual, equal, ok } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, chmodSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Postgres } from "../harness/parts.mjs";
import { Bucket } from "../harness/s3.mjs";
import { bin, root, tap } from "../harness/stack.mjs";

const dir = mkdtempSync(join(tmpdir(), "rations-copies-"));
chmodSync(dir, 0o755);
const folder = join(dir, "backups"), key = join(dir, "key");
const program = (name) => join(root, bin, "bin", name);
const python = (...args) => execFileSync("python3", [join(root, "tests/harness/backup_file.py"), ...args], { encoding: "utf8" });
writeFileSync(key, `${"5a".repeat(32)}\n`, { mode: 0o600 });
const bucket = await Bucket.start(dir);
const postgres = new Postgres(dir).init().start();
await postgres.up();

/* A database of this schema, with something in it. */
function fill(database) {
	postgres.run(`CREATE DATABASE ${database}`, "postgres");
	const url = postgres.url("rations").replace("/rations?", `/${database}?`);
	execFileSync(program("migrate"), { env: { DATABASE_URL: url, MIGRATIONS_DIR: join(root, "migrations") }, stdio: "pipe" });
	return url;
}
const admin = fill("rations");
postgres.run("INSERT INTO analytics.guild (guild_id, name) SELECT n, md5(n::text) FROM generate_series(1, 500) n");

function scheduler(env, ...args) {
	return new Promise((resolve) => {
		const child = spawn(program("backup-scheduler"), args, { cwd: dir, env: { PATH: process.env.PATH, BACKUP_DIR: folder, ...bucket.env(),
			DATABASE_URL: postgres.url("rations_backup"), ADMIN_DATABASE_URL: admin, ...env } });
		let out = "";
		for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (out += data));
		child.once("close", (code, signal) => resolve({ code: code ?? signal, out }));
	});
}

/* A job, worked through as the service has it done. */
async function job(kind, backup = null, env = { BACKUP_KEY_FILE: key }, parameters = {}) {
	const id = Number(postgres.run(`INSERT INTO backup.job (kind, backup_id, parameters, created_at)
		VALUES ('${kind}', ${backup ? `'${backup}'` : "NULL"}, '${JSON.stringify(parameters)}', now()) RETURNING job_id`));
	const { code, out } = await scheduler(env, "--worker", String(id));
	ok(code === 0 || code === 1, `${code}: ${out}`);
	const [row] = postgres.rows(`SELECT state, why, backup_id, detail FROM backup.job WHERE job_id = ${id}`);
	return { ...row, out };
}
const backups = () => Object.fromEntries(postgres.rows("SELECT backup_id, state FROM backup.backup").map(({ backup_id, state }) => [backup_id, state]));
const copies = (id) => Object.fromEntries(postgres.rows(`SELECT place, state FROM backup.copy WHERE backup_id = '${id}'`).map(({ place, state }) => [place, state]));
const inFolder = (id) => join(folder, `${id}.rations`);
const inBucket = (id) => bucket.file(`${id}.rations`);
function flip(file, at) {
	const bytes = readFileSync(file);
	bytes[at < 0 ? bytes.length + at : at] ^= 0x10;
	writeFileSync(file, bytes);
}

const t = tap();
let sealed, plain;

await t.test("a backup lies in both places, and anybody with the key can read it", async () => {
	const made = await job("backup");
	equal(made.state, "done", `${made.why} ${made.out}`);
	sealed = made.backup_id;
	deepEqual(copies(sealed), { folder: "good", s3: "good" });
	ok(readFileSync(inFolder(sealed)).equals(readFileSync(inBucket(sealed))));
	const [{ sha256, is_encrypted }] = postgres.rows(`SELECT sha256, is_encrypted FROM backup.backup WHERE backup_id = '${sealed}'`);
	ok(is_encrypted);
	equal(execFileSync("sha256sum", [inFolder(sealed)], { encoding: "utf8" }).slice(0, 64), sha256);
	ok(!readFileSync(inFolder(sealed)).includes("rations_backup"), "nothing is in the clear");

	plain = (await job("backup", null, {})).backup_id;
	for (const [id, keys] of [[sealed, [key]], [plain, []]]) {
		const told = JSON.parse(python("read", inFolder(id), join(dir, "dump"), ...keys));
		equal(told.manifest.backup_id, id);
		equal(told.tail.tables.find(({ schema, name }) => `${schema}.${name}` === "analytics.guild").rows, 500);
		const rows = execFileSync("pg_restore", ["--data-only", "--schema=analytics", "--table=guild", "-f", "-", join(dir, "dump")], { encoding: "utf8" });
		ok(rows.includes("c4ca4238a0b923820dcc509a6f75849b"), "pg_restore reads what was in it");
	}
});

await t.test("reading all of them finds them good", async () => {
	const { state, why, detail } = await job("verify");
	equal(state, "done", why);
	deepEqual(detail.copies.map((copy) => copy.state), ["good", "good", "good", "good"]);
	equal(Number(postgres.run("SELECT count(*) FROM backup.copy WHERE read_at IS NULL")), 0);
});

await t.test("one copy damaged, the backup stands; all of them, and it is damaged", async () => {
	flip(inBucket(sealed), -40);
	const one = await job("verify", sealed);
	equal(one.state, "failed");
	ok(one.why.includes("1 of 2"), one.why);
	deepEqual([copies(sealed), backups()[sealed]], [{ folder: "good", s3: "damaged" }, "ready"]);

	renameSync(inFolder(sealed), `${inFolder(sealed)}-away`);
	equal((await job("verify", sealed)).state, "failed");
	deepEqual([copies(sealed), backups()[sealed], backups()[plain]], [{ folder: "missing", s3: "damaged" }, "damaged", "ready"]);

	copyFileSync(`${inFolder(sealed)}-away`, inBucket(sealed));
	renameSync(`${inFolder(sealed)}-away`, inFolder(sealed));
	equal((await job("verify", sealed)).state, "done");
	deepEqual([copies(sealed), backups()[sealed]], [{ folder: "good", s3: "good" }, "ready"]);
});

await t.test("another file that is whole is not the one that was written", async () => {
	python("write", inFolder(plain), plain, "100");
	const { state, detail } = await job("verify", plain);
	equal(state, "failed");
	ok(detail.copies.find(({ place }) => place === "folder").why.includes("not the file that was written"), JSON.stringify(detail));
	copyFileSync(inBucket(plain), inFolder(plain));
});

await t.test("what can not be read now is not called damaged", async () => {
	const locked = await job("verify", sealed, {});
	ok(locked.state === "failed" && locked.detail.copies.every(({ state, why }) => state === "unread" && why.includes("no key")), JSON.stringify(locked.detail));
	bucket.hurt(({ range }) => (range ? { status: 403 } : undefined));
	const denied = await job("verify", sealed);
	bucket.hurt();
	deepEqual(denied.detail.copies.map(({ state }) => state), ["good", "unread"]);
	deepEqual(copies(sealed), { folder: "good", s3: "good" });
});

await t.test("a restore takes the copy that is whole, and no other file of that name", async () => {
	const at = (database) => ({ BACKUP_KEY_FILE: key, MIGRATIONS_DIR: join(root, "migrations"),
		DATABASE_URL: postgres.url("rations_backup").replace("/rations?", `/${database}?`) });
	flip(inFolder(sealed), 5000);
	copyFileSync(inBucket(sealed), join(dir, "sealed")); /* and the other one is as we wrote them once */
	python("older", join(dir, "sealed"), inBucket(sealed), key);
	const { code, out } = await scheduler(at("elsewhere"), "--restore", sealed);
	equal(code, 0, out);
	ok(out.includes("copy of a backup not good"), out);
	equal(Number(postgres.run("SELECT count(*) FROM analytics.guild", "elsewhere")), 500);
	copyFileSync(join(dir, "sealed"), inBucket(sealed));

	copyFileSync(inBucket(plain), inFolder(sealed));
	bucket.hurt(({ path }) => (path.includes(sealed) ? { status: 404 } : undefined));
	const other = await scheduler(at("nowhere"), "--restore", sealed);
	bucket.hurt();
	ok(other.code === 1 && other.out.includes("not the file that was written"), other.out);
	equal(Number(postgres.run("SELECT count(*) FROM pg_database WHERE datname LIKE 'nowhere%'")), 0);
	copyFileSync(inBucket(sealed), inFolder(sealed));
});

await t.test("a machine that knows nothing finds what lies there", async () => {
	writeFileSync(join(folder, "20261101T000000Z-00000000.rations"), "is none");
	writeFileSync(join(folder, "letter.rations"), "is none");
	copyFileSync(inFolder(plain), join(folder, "20261101T000000Z-11111111.rations"));
	writeFileSync(join(folder, `${plain}.rations.part`), "half");
	const { backup_id: guild } = await job("export", null, {}, { guild: "7" });
	renameSync(inFolder(guild), inBucket(guild));
	const sweep = async () => {
		const { code, out } = await scheduler({ BACKUP_KEY_FILE: key }, "--sweep");
		equal(code, 0, out);
	};
	const kindOf = (id) => postgres.run(`SELECT kind FROM backup.backup WHERE backup_id = '${id}'`).trim();
	postgres.run("DELETE FROM backup.backup");
	postgres.run("UPDATE public.schema_migration SET applied_at = applied_at - interval '1 day'");
	await sweep();
	equal(kindOf(sealed), "upload", "of another installation: not for our ladder");
	postgres.run("UPDATE public.schema_migration SET applied_at = applied_at + interval '1 day'");
	await sweep();
	deepEqual(backups(), { [sealed]: "ready", [plain]: "ready", [guild]: "ready" });
	deepEqual(postgres.rows(`SELECT kind, guild_id FROM backup.backup WHERE backup_id = '${guild}'`), [{ kind: "guild", guild_id: 7 }]);
	deepEqual([copies(sealed), copies(plain)], Array(2).fill({ folder: "good", s3: "good" }));
	const [found] = postgres.rows(`SELECT kind, is_encrypted, manifest->>'schema' AS schema, started_at, size_bytes FROM backup.backup WHERE backup_id = '${sealed}'`);
	ok(found.kind === "manual" && found.is_encrypted && Number(found.schema) >= 30, JSON.stringify(found));
	equal(new Date(found.started_at).toISOString().replace(/[-:]|\.\d+/g, ""), sealed.slice(0, 16));
	ok(!readdirSync(folder).some((name) => name.endsWith(".part")), "and clears away what is half");
	const counted = () => Number(postgres.run(`SELECT manifest->>'rows' FROM backup.backup WHERE backup_id = '${sealed}'`));
	equal(counted(), 0);
	equal((await job("verify")).state, "done");
	ok(counted() > 500, "whoever has read all of it knows what is in it");
	postgres.run("DELETE FROM analytics.guild WHERE guild_id = 7");
	const restored = await job("guild", guild, {}, { guild: "7" });
	equal(restored.state, "done", restored.why);
	equal(postgres.run("SELECT name = md5('7') FROM analytics.guild WHERE guild_id = 7").trim(), "t", "from the bucket, where alone it lies");

	postgres.run("DELETE FROM backup.backup");
	equal((await scheduler({}, "--sweep")).code, 0);
	equal(kindOf(sealed), "upload", "nobody knows whose it is");
	deepEqual(backups(), { [sealed]: "ready", [plain]: "ready", [guild]: "ready" }, "without the key likewise");
	deepEqual(postgres.rows(`SELECT is_encrypted, manifest FROM backup.backup WHERE backup_id = '${sealed}'`), [{ is_encrypted: true, manifest: null }]);
});

await bucket.stop();
await postgres.end("SIGINT");
rmSync(dir, { recursive: true });
t.end();

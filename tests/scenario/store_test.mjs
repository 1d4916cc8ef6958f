/*
 * Where backups lie, from the command line of a machine that has nothing else: a folder and a bucket, over a line that
 * breaks, and every kind of damage. (How backups are made and restored: backup_test.mjs, restore_test.mjs.)
 */
import { deepEqual, equal, notEqual, ok } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bucket } from "../harness/s3.mjs";
import { bin, root, tap } from "../harness/stack.mjs";

const MIB = 1 << 20;
const [first, second, large] = ["20261120T020000Z-00000001", "20261121T020000Z-00000002", "20261122T020000Z-00000003"];
const dir = mkdtempSync(join(tmpdir(), "rations-store-"));
const folder = join(dir, "backups");
const path = (name) => join(dir, name);
const python = (...args) => execFileSync("python3", [join(root, "tests/harness/backup_file.py"), ...args.map(String)], { encoding: "utf8" });
const bucket = await Bucket.start(dir);
const both = { BACKUP_DIR: folder, ...bucket.env() };

/* The program, with nothing around it: { code, out }. The bucket lives in this process, which must not stand still. */
function scheduler(env, ...args) {
	return new Promise((resolve) => {
		const child = spawn(join(root, bin, "bin/backup-scheduler"), args, { cwd: dir, env: { LOG_LEVEL: "info", ...env } });
		let out = "";
		for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (out += data));
		child.once("close", (code, signal) => resolve({ code: code ?? signal, out }));
	});
}

const listed = async (env) => JSON.parse((await scheduler(env, "--list", "--json")).out);
const partsOf = (calls) => calls.filter(({ method, query }) => method === "PUT" && query.has("partNumber")).map(({ query }) => Number(query.get("partNumber")));

const t = tap();

await t.test("on an empty machine there is nothing, and that is no error", async () => {
	deepEqual(await scheduler({ BACKUP_DIR: folder }, "--list"), { code: 0, out: "no backups\n" });
	deepEqual(await listed(both), []);
	const { code, out } = await scheduler(both, "--verify", first);
	equal(code, 1);
	ok(out.includes(`there is no ${first}.rations`), out);
	equal((await scheduler(both, "--verify")).code, 64);
	const without = await scheduler({}, "--restore-nothing");
	notEqual(without.code, 0);
});

await t.test("a file of somebody else's making goes into every place, and comes back the same", async () => {
	python("write", path("a.rations"), first, 3 * MIB + 5);
	python("write", path("b.rations"), second, 0);
	for (const name of ["a.rations", "b.rations"]) {
		const { code, out } = await scheduler(both, "--upload", path(name));
		equal(code, 0, out);
	}
	const list = await listed(both);
	deepEqual(list.map(({ key, place }) => [key, place]), [second, second, first, first].map((id, i) => [`${id}.rations`, i % 2 ? "s3" : "folder"]));
	deepEqual(list.map(({ manifest }) => manifest.backup_id), [second, second, first, first]);
	ok(list.every(({ size, is_encrypted, stored_at, key }) => !is_encrypted && Date.parse(stored_at) > Date.now() - 3.6e6
		&& size === statSync(path(key.startsWith(first) ? "a.rations" : "b.rations")).size), JSON.stringify(list));
	const { out } = await scheduler(both, "--list");
	equal(out.trim().split("\n").length, 4, out);

	equal((await scheduler(bucket.env(), "--download", first, path("c.rations"))).code, 0);
	ok(readFileSync(path("c.rations")).equals(readFileSync(path("a.rations"))));
	equal(JSON.parse(python("read", path("c.rations"), path("payload"))).payload_bytes, 3 * MIB + 5);
	const [sha256] = execFileSync("sha256sum", [path("a.rations")], { encoding: "utf8" }).split(" ");
	const verified = await scheduler(both, "--verify", first);
	equal(verified.code, 0);
	equal(verified.out.split(sha256).length, 3, "the same sum in both places");
	equal((await scheduler(both, "--download", first, path("c.rations"))).code, 1, "a file that is there is not overwritten");
	deepEqual(readdirSync(folder).filter((name) => (statSync(join(folder, name)).mode & 0o777) !== 0o600), []);
});

await t.test("a large one goes in parts, each tried again by itself", async () => {
	python("write", path("large.rations"), large, 19 * MIB);
	const tries = new Map();
	bucket.hurt(({ method, query }) => {
		const what = `${method} ${query.get("partNumber") ?? [...query.keys()]}`;
		const n = (tries.get(what) ?? 0) + 1;
		tries.set(what, n);
		if (what === "PUT 1" && n === 1) return { status: 503 };
		if (what === "PUT 2" && n === 1) return { cut: true };
		if (what === "PUT 3" && n === 1) return { lost: true };
		if (what === "POST uploadId" && n === 1) return { lost: true };
		return undefined;
	});
	const { code, out } = await scheduler(bucket.env(), "--upload", path("large.rations"));
	equal(code, 0, out);
	deepEqual(partsOf(bucket.calls), [1, 1, 2, 2, 3, 3]);
	ok(out.includes("503 SlowDown"), "it says why it tries again");
	ok(!out.includes(Bucket.secretKey) && !out.includes("Signature="), "and no secret");
	ok(readFileSync(bucket.file(`${large}.rations`)).equals(readFileSync(path("large.rations"))));
	equal(bucket.uploads.size, 0);
	bucket.hurt();
});

await t.test("a line that breaks while it is read costs a range, not the file", async () => {
	const broken = new Set();
	bucket.hurt(({ method, range }) => {
		if (method !== "GET" || !range || broken.has(range)) return undefined;
		broken.add(range);
		return { lost: true };
	});
	const { code, out } = await scheduler(bucket.env(), "--verify", large);
	equal(code, 0, out);
	ok(broken.size > 4, `${broken.size} ranges`);
	bucket.hurt();
});

await t.test("an upload that can not be is taken back, and nothing of it shows", async () => {
	equal((await scheduler(both, "--delete", large)).code, 0);
	bucket.hurt(({ query }) => (query.get("partNumber") === "2" ? { status: 500 } : undefined));
	const { code, out } = await scheduler(bucket.env(), "--upload", path("large.rations"));
	equal(code, 1);
	ok(out.includes("S3 answered 500"), out);
	equal(bucket.uploads.size, 0);
	ok(bucket.calls.some(({ method, query }) => method === "DELETE" && query.has("uploadId")));
	bucket.hurt();
	equal((await listed(bucket.env())).length, 2);
});

await t.test("who is killed leaves nothing that shows, and the next one clears it away", async () => {
	bucket.hurt(({ query }) => {
		if (query.get("partNumber") !== "2") return undefined;
		process.kill(child.pid, "SIGKILL");
		return { cut: true };
	});
	const child = spawn(join(root, bin, "bin/backup-scheduler"), ["--upload", path("large.rations")], { cwd: dir, env: both });
	const signal = await new Promise((resolve) => child.once("close", (_, name) => resolve(name)));
	equal(signal, "SIGKILL");
	bucket.hurt();
	equal(bucket.uploads.size, 1);
	ok(existsSync(join(folder, `${large}.rations`)), "the folder had it before");
	rmSync(join(folder, `${large}.rations`));
	equal((await listed(both)).length, 4);

	writeFileSync(join(folder, "dead.rations.part"), "half");
	equal((await scheduler(both, "--upload", path("b.rations"))).code, 0);
	ok(!existsSync(join(folder, "dead.rations.part")));
	equal(bucket.uploads.size, 1, "this one may be somebody's");
	for (const upload of bucket.uploads.values()) upload.at = new Date(Date.now() - 2 * 3.6e6);
	equal((await scheduler(both, "--upload", path("b.rations"))).code, 0);
	equal(bucket.uploads.size, 0, "but not after two hours");
});

await t.test("another key, and one that is none, are told from damage", async () => {
	const denied = await scheduler({ ...both, S3_SECRET_ACCESS_KEY: "wrong-and-secret" }, "--list");
	equal(denied.code, 1);
	ok(denied.out.includes("403 SignatureDoesNotMatch") && denied.out.includes("S3_SECRET_ACCESS_KEY"), denied.out);
	ok(!denied.out.includes("wrong-and-secret"));
	const away = await scheduler({ ...both, S3_ENDPOINT: "http://127.0.0.1:1" }, "--list");
	equal(away.code, 1);
	ok(away.out.includes("S3_ENDPOINT"), away.out);
	const elsewhere = await scheduler({ ...both, S3_BUCKET: "nothing-here" }, "--list");
	ok(elsewhere.code === 1 && elsewhere.out.includes("NoSuchBucket"), elsewhere.out);
});

await t.test("a bucket may have a host of its own", async () => {
	const env = bucket.env({ S3_ENDPOINT: `http://s3.localhost:${bucket.port}`, S3_PATH_STYLE: "off" });
	equal((await listed(env)).length, 2);
	ok(bucket.calls.at(-1).path.startsWith("/rations/"), bucket.calls.at(-1).path);
});

await t.test("one byte otherwise in the bucket, and it is damaged; the folder's copy is not", async () => {
	const file = bucket.file(`${first}.rations`);
	const bytes = readFileSync(file);
	bytes[2 * MIB] ^= 1;
	writeFileSync(file, bytes);
	const { code, out } = await scheduler(both, "--verify", first);
	equal(code, 1);
	ok(/s3:.*damaged/.test(out) && /backups: .*whole/.test(out), out);
	const downloaded = await scheduler(both, "--download", first, path("d.rations"));
	equal(downloaded.code, 0, "from the place that has it whole");
	equal((await scheduler(bucket.env(), "--download", first, path("e.rations"))).code, 1);
	ok(!existsSync(path("e.rations")), "what is damaged is not kept");
	equal((await scheduler(both, "--verify", file)).code, 1, "nor by its path");
	truncateSync(join(folder, `${first}.rations`), 100);
	equal((await scheduler({ BACKUP_DIR: folder }, "--verify", first)).code, 1);
	const [listedOne] = (await listed({ BACKUP_DIR: folder })).filter(({ key }) => key.startsWith(first));
	ok(listedOne.error.includes("damaged"), "it is listed all the same");
	const refused = await scheduler(both, "--upload", file);
	ok(refused.code === 1 && refused.out.includes("damaged"), refused.out);
});

await t.test("the key's file is nobody else's", async () => {
	writeFileSync(path("key"), "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
	chmodSync(path("key"), 0o644);
	const open = await scheduler({ BACKUP_DIR: folder, BACKUP_KEY_FILE: path("key") }, "--verify", second);
	equal(open.code, 78);
	ok(open.out.includes("chmod 600") && !open.out.includes("00112233"), open.out);
	chmodSync(path("key"), 0o600);
	equal((await scheduler({ BACKUP_DIR: folder, BACKUP_KEY_FILE: path("key") }, "--verify", second)).code, 0, "a plain one needs none");
	python("write", path("sealed.rations"), second, 2 * MIB, path("key"));
	const sealed = { BACKUP_DIR: folder, BACKUP_KEY_FILE: path("key") };
	const whole = await scheduler(sealed, "--verify", path("sealed.rations"));
	ok(whole.code === 0 && whole.out.includes("encrypted with key"), whole.out);
	const closed = await scheduler({ BACKUP_DIR: folder }, "--verify", path("sealed.rations"));
	ok(closed.code === 1 && closed.out.includes("we have no key"), closed.out);
	writeFileSync(path("key"), Buffer.alloc(32, 7));
	const another = await scheduler(sealed, "--verify", path("sealed.rations"));
	ok(another.code === 1 && another.out.includes("another key"), another.out);
	writeFileSync(path("key"), "too short");
	ok((await scheduler({ BACKUP_DIR: folder, BACKUP_KEY_FILE: path("key") }, "--verify", second)).out.includes("does not hold a key"));
});

await t.test("what is deleted is gone from everywhere", async () => {
	for (const id of [first, second]) equal((await scheduler(both, "--delete", id)).code, 0);
	deepEqual(await listed(both), []);
	deepEqual(readdirSync(folder), []);
});

await bucket.stop();
rmSync(dir, { recursive: true });
t.end();

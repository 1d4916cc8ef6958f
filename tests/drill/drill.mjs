/*
 * make drill: a filled database is backed up, the file restored on another server that has nothing, and
 * every table there compared with what it was made of: number and content of all rows. Ends with
 * "drill: tables N rows N different 0"; otherwise it fails and says what differs. DRILL_DAYS, DRILL_SCALE: how much.
 */
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup, fill, makeServer, restore } from "../harness/backups.mjs";

const DAYS = Number(process.env.DRILL_DAYS ?? 60), SCALE = Number(process.env.DRILL_SCALE ?? 0.05);

/* Of the moment, or of the machine, and so not in a backup (services/backup-scheduler/manifest.h), or not the same on
 * another one: which backups and copies it has. */
const OF_THE_MACHINE = new Set(["backup.job", "backup.plan", "backup.alarm", "backup.upkeep", "backup.backup", "backup.copy"]);
/* What a restore notes beside the rows it has put back. */
const NOTED = "restored_at";

const tables = (postgres) => postgres.rows(`SELECT schemaname || '.' || tablename AS name FROM pg_tables
	WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`)
	.map((row) => row.name).filter((name) => !OF_THE_MACHINE.has(name));

/* Rows of a table, and one sum over all of each of them, in no order. */
function sumOf(postgres, table) {
	try {
		return postgres.rows(`SELECT count(*) AS rows, coalesce(sum(('x' || left(md5((to_jsonb(r) - '${NOTED}')::text), 15))::bit(60)::bigint), 0)::text AS sum FROM ${table} r`)[0];
	} catch (error) {
		return { rows: 0, sum: String(error.message).split("\n").at(-2) };
	}
}

const dir = mkdtempSync(join(tmpdir(), "rations-drill-"));
chmodSync(dir, 0o755);
let servers = [];
try {
	servers = [await makeServer(join(dir, "from")), await makeServer(join(dir, "to"), { isEmpty: true })];
	const [from, to] = servers;
	fill(from, DAYS, SCALE);
	const names = tables(from);
	const before = new Map(names.map((name) => [name, sumOf(from, name)]));
	const folder = join(dir, "backups");
	const made = await backup(from, folder);
	console.log(`# ${from.run("SELECT pg_size_pretty(pg_database_size('rations'))").trim()} backed up in ${made.seconds.toFixed(1)} s, a file of ${(statSync(made.file).size / 2 ** 20).toFixed(1)} MB`);
	const restored = await restore(to, folder, made.file);
	console.log(`# restored on another server in ${restored.seconds.toFixed(1)} s`);
	let rows = 0, different = 0;
	for (const name of new Set([...names, ...tables(to)])) {
		const was = before.get(name), is = sumOf(to, name);
		rows += is.rows;
		if (was?.rows === is.rows && was.sum === is.sum) continue;
		different++;
		console.log(`# ${name}: ${JSON.stringify(was)} became ${JSON.stringify(is)}`);
	}
	console.log(`drill: tables ${names.length} rows ${rows} different ${different}`);
	process.exitCode = different ? 1 : 0;
} finally {
	for (const server of servers) await server.end("SIGINT");
	rmSync(dir, { recursive: true, force: true });
}

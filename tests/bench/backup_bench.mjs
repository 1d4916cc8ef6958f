/*
 * What our care costs: a backup (counted, sampled, checked block by block, in its place) beside plain pg_dump -Fc into
 * a file, and a restore (verified whole, compared with the manifest, migrated, swapped) beside plain pg_restore into
 * a new database and the ANALYZE that its manual asks for, in turn, in the same run; and that the memory it takes does
 * not grow with the data. BACKUP_BENCH_SCALE: how much there is.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { POSTGRES_BIN, backup, drop, fill, makeServer, restore, timed } from "../harness/backups.mjs";
import { machine, median, note, say } from "./measure.mjs";

const DAYS = 60, ROUNDS = 3;
const SCALE = Number(process.env.BACKUP_BENCH_SCALE ?? 0.4);

const dir = mkdtempSync(join(tmpdir(), "rations-bench-"));
chmodSync(dir, 0o755);
const folder = join(dir, "backups");
const servers = [];

const server = async (name, options) => {
	const made = await makeServer(join(dir, name), options);
	servers.push(made);
	return made;
};

const plainEnv = (postgres, dbname) => ({ PATH: process.env.PATH, PGHOST: postgres.dir, PGUSER: "rations", PGDATABASE: dbname });
const dumpPlain = (postgres) => timed(join(POSTGRES_BIN, "pg_dump"), ["-Fc", "-f", join(dir, "plain.dump")], plainEnv(postgres, "rations"));

async function restorePlain(postgres) {
	postgres.run("CREATE DATABASE plain TEMPLATE template0", "postgres");
	const env = plainEnv(postgres, "plain");
	const took = await timed(join(POSTGRES_BIN, "pg_restore"), ["-d", "plain", "--exit-on-error", join(dir, "plain.dump")], env);
	const analyzed = await timed("psql", ["-X", "-q", "-c", "ANALYZE"], env);
	await drop(postgres, "plain");
	return { ...took, seconds: took.seconds + analyzed.seconds };
}

async function restoreOurs(postgres, file) {
	const took = await restore(postgres, folder, file);
	await drop(postgres, "rations");
	return took;
}

/* Both ways in turn: what one round's neighbours do, the other's do as well. */
async function beside(ours, plain) {
	const seconds = { ours: [], plain: [] };
	let peakMb = 0, last;
	for (let round = 0; round < ROUNDS; round++) {
		seconds.plain.push((await plain()).seconds);
		last = await ours();
		seconds.ours.push(last.seconds);
		peakMb = Math.max(peakMb, last.peakMb);
	}
	return { ours: median(seconds.ours), plain: median(seconds.plain), ratio: median(seconds.ours) / median(seconds.plain), peakMb, last };
}

try {
	mkdirSync(folder, { mode: 0o700 });
	note(machine());
	const small = await server("small"), large = await server("large"), empty = await server("empty", { isEmpty: true });
	fill(small, DAYS, SCALE / 10);
	fill(large, DAYS, SCALE);
	const sizeMb = (postgres) => Number(postgres.run("SELECT pg_database_size('rations')")) / 2 ** 20;

	const little = await backup(small, folder);
	const made = await beside(() => backup(large, folder), () => dumpPlain(large));
	note(`${sizeMb(large).toFixed(0)} MB, a file of ${(statSync(made.last.file).size / 2 ** 20).toFixed(0)} MB: pg_dump ${made.plain.toFixed(2)} s, ours ${made.ours.toFixed(2)} s, ${made.last.made.manifest.rows} rows counted`);
	say("backup_overhead_ratio", made.ratio.toFixed(3), "ratio");

	/* the roles that the file's privileges name are the cluster's: the first restore has made them */
	const first = await restoreOurs(empty, made.last.file);
	const littleBack = await restoreOurs(empty, little.file);
	const back = await beside(() => restoreOurs(empty, made.last.file), () => restorePlain(empty));
	note(`pg_restore and ANALYZE ${back.plain.toFixed(2)} s, ours ${back.ours.toFixed(2)} s (the first one ${first.seconds.toFixed(2)} s)`);
	say("restore_overhead_ratio", back.ratio.toFixed(3), "ratio");

	note(`with ${sizeMb(small).toFixed(0)} MB of data and with ${sizeMb(large).toFixed(0)} MB`);
	say("backup_peak_rss_1x", little.peakMb.toFixed(1), "MB");
	say("backup_peak_rss_10x", made.peakMb.toFixed(1), "MB");
	say("restore_peak_rss_1x", littleBack.peakMb.toFixed(1), "MB");
	say("restore_peak_rss_10x", back.peakMb.toFixed(1), "MB");
} finally {
	for (const one of servers) await one.end("SIGINT");
	rmSync(dir, { recursive: true, force: true });
}

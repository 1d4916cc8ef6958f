/*
 * backups: a PostgreSQL with some weeks of a community in it, and backup-scheduler's own program to make backups of it
 * and restore them, without the service around it. For what measures and compares.
 */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Postgres } from "./parts.mjs";
import { bin, root, until } from "./stack.mjs";

export const POSTGRES_BIN = "/usr/lib/postgresql/15/bin";

/* A server of its own in that folder: its database as the migrations make it, or none at all. */
export async function makeServer(folder, { isEmpty = false } = {}) {
	mkdirSync(folder, { recursive: true });
	chmodSync(folder, 0o755);
	const postgres = isEmpty ? new Postgres(folder).init() : new Postgres(folder).initMigrated();
	await postgres.up();
	return postgres;
}

/* So many days of guilds, the first of them large: tests/bench/overview_fill.sql. */
export function fill(postgres, days, scale) {
	execFileSync("psql", ["-X", "-q", "-h", postgres.dir, "-U", "rations", "-d", "rations", "-v", `days=${days}`, "-v", `scale=${scale}`,
		"-v", "token=not-asked-for-by-anybody-here", "-f", join(root, "tests/bench/overview_fill.sql")], { stdio: ["ignore", "ignore", "inherit"] });
	postgres.run("VACUUM ANALYZE");
}

export const environment = (postgres, folder) => ({
	PATH: process.env.PATH, LC_ALL: "C.UTF-8", DATABASE_URL: postgres.url("rations_backup"), ADMIN_DATABASE_URL: postgres.url("rations"),
	BACKUP_DIR: folder, MIGRATIONS_DIR: join(root, "migrations"), LOG_LEVEL: "warn",
});

/* Runs a program to its end: { seconds, peakMb, out }, or what it said when it failed. */
export async function timed(command, args, env) {
	const started = process.hrtime.bigint();
	const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
	let said = "", peakMb = 0;
	for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
	const look = setInterval(() => {
		try {
			peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024);
		} catch { /* it has ended */ }
	}, 20);
	const code = await new Promise((resolve) => child.once("close", resolve));
	clearInterval(look);
	if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${said}`);
	return { seconds: Number(process.hrtime.bigint() - started) / 1e9, peakMb, said };
}

const program = join(root, bin, "bin/backup-scheduler");

/* A backup, by a worker: what timed() tells, and its row. */
export async function backup(postgres, folder) {
	const job = postgres.run("INSERT INTO backup.job (kind, created_at) VALUES ('backup', now()) RETURNING job_id").trim();
	const took = await timed(program, ["--worker", job], environment(postgres, folder));
	const [made] = postgres.rows(`SELECT b.* FROM backup.backup b JOIN backup.job j USING (backup_id) WHERE job_id = ${job}`);
	return { ...took, made, file: join(folder, `${made.backup_id}.rations`) };
}

/* Into the database's place, which may be empty. */
export const restore = (postgres, folder, file) => timed(program, ["--restore", file, "--force"], environment(postgres, folder));

export const drop = async (postgres, database) => until(`${database} to be dropped`, () => {
	postgres.run(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`, "postgres");
	return true;
});

export const filesOf = (folder) => readdirSync(folder).filter((name) => name.endsWith(".rations"));

/*
 * clock: time that a story moves. Programs started with `env` live at the real time plus what was advanced; so do
 * their children. Timers, PostgreSQL's now() and Redis's TIME stay real. A simulated town that is paused goes along,
 * and nothing happens in it meanwhile.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/* In a file of that folder, which has to live as long as the programs. */
export function makeClock(dir) {
	const path = join(dir, "clock");
	let offset = 0n;
	const write = (flags) => {
		const bytes = Buffer.alloc(8);
		bytes.writeBigInt64LE(offset);
		const file = openSync(path, flags, 0o644); /* the same file for good: it is mapped */
		writeSync(file, bytes, 0, 8, 0);
		closeSync(file);
	};
	write("wx");
	return {
		env: { CLOCK_OFFSET_FILE: path },
		advance(ms) {
			offset += BigInt(ms);
			write("r+");
		},
		/* What the programs' clocks say. */
		now: () => Date.now() + Number(offset),
	};
}

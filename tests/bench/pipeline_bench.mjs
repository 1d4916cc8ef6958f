/*
 * The whole pipeline on this machine: simulator, gateway connection, Redis, folding, committed rows; a month of
 * six communities as fast as it goes. The reference in the same run is the simulator's own pace: nothing behind it
 * can be faster.
 */
import { cpus, loadavg } from "node:os";
import { readFileSync } from "node:fs";
import { drained } from "../harness/oracle.mjs";
import { Stack, until } from "../harness/stack.mjs";

const ticks = (pid) => {
	const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return Number(fields[11]) + Number(fields[12]);
};

const load = loadavg()[0];
const started = Date.now();
const stack = await Stack.start({ SIM_PRESET: "demo", SIM_HISTORY_DAYS: "35", SIM_SEED: "1" });
try {
	await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live", 180_000);
	const told = (Date.now() - started) / 1000;
	await stack.control("POST", "clock", { paused: true });
	await drained(stack);
	const seconds = (Date.now() - started) / 1000;
	const { dispatched } = await stack.control("GET", "sessions");
	const cpu = (name) => stack.pids(name).reduce((sum, pid) => sum + ticks(pid), 0) / 100;
	console.log(`bench pipeline_events_per_s ${Math.round(dispatched / seconds)} events/s (start-up included)`);
	console.log(`bench pipeline_told_per_s ${Math.round(dispatched / told)} events/s (by the simulator; reference)`);
	for (const name of ["gateway-ingest", "analytics", "discord-sim", "redis-server"])
		console.log(`bench pipeline_${name.replaceAll("-", "_")}_us_per_event ${((cpu(name) * 1e6) / dispatched).toFixed(1)} us`);
	console.log(`# ${dispatched} dispatches in ${seconds.toFixed(1)} s, ${cpus().length} cores, load before ${load.toFixed(2)}`);
} finally {
	await stack.down();
	stack.remove();
}

/*
 * chaos: a storm of some minutes (run.mjs), for `make chaos`.
 *
 *   CHAOS_SEED     the same seed makes the same plan of faults (when they meet what depends on the machine)
 *   CHAOS_SECONDS  how long faults are begun
 *   CHAOS_RATE     what happens in the communities in a second, about
 *   CHAOS_BUILD    the build that is tried
 *   KEEP           logs and data stay in any case
 */
import { bin } from "../harness/stack.mjs";
import { storm, summary } from "./run.mjs";

const { CHAOS_SEED, CHAOS_SECONDS = "150", CHAOS_RATE = "1500", CHAOS_BUILD = bin } = process.env;
const seed = Number(CHAOS_SEED ?? Date.now() % 1_000_000);
const result = await storm({ seed, forMs: Number(CHAOS_SECONDS) * 1000, rate: Number(CHAOS_RATE), build: CHAOS_BUILD });

result.complaints.slice(0, 40).forEach((line) => console.log(line));
if (result.complaints.length) console.log(`${result.complaints.length} complaints; again: CHAOS_SEED=${seed} make chaos`);
console.log(summary(result));
process.exit(result.complaints.length ? 1 : 0);

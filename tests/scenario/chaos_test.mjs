/* A short storm over the sanitized build (tests/chaos): everything that can go wrong does, and every count is exact. */
import { ok } from "node:assert";
import { storm, summary } from "../chaos/run.mjs";
import { tap } from "../harness/stack.mjs";

const t = tap();

await t.test("eight shards in a storm: nothing is lost, nothing counts twice", async () => {
	const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);
	const result = await storm({ seed, forMs: 25_000, rate: 300, build: process.env.BUILD_SAN ?? "build/gcc-san" });
	console.log(`# ${summary(result)}`);
	ok(result.complaints.length === 0, `CHAOS_SEED=${seed}\n${result.complaints.slice(0, 20).join("\n")}`);
	ok(result.faults > 10 && result.sent > 1000);
});
t.end();

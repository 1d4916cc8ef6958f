/*
 * Every process is killed (kill -9) while the community talks, one after the other; afterwards every
 * count equals what the simulator knows it sent.
 */
import { ok } from "node:assert";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";

const t = tap();
const stack = await Stack.start();
const sent = async () => (await stack.control("GET", "sessions")).dispatched;

/* Keeps the community busy until told to stop. */
function chatter() {
	let isOver = false;
	const done = (async () => {
		while (!isOver) {
			await stack.control("POST", "burst", { events: 40 });
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	})();
	return () => ((isOver = true), done);
}

async function settle() {
	await stack.control("POST", "clock", { paused: true });
	await drained(stack);
}

try {
	await t.test("history arrives whole", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live");
		await settle();
		await hangUp(stack);
		const figures = await compare(stack);
		ok(Object.values(figures).some((figure) => figure.messages > 100 && figure.voice.raw_ms > 0), "there was something to count");
	});

	for (const victim of ["gateway-ingest", "analytics", "redis-server", "postgres"]) {
		await t.test(`kill -9 of ${victim} loses and doubles nothing`, async () => {
			await stack.control("POST", "clock", { paused: false });
			const hush = chatter();
			const before = await sent();
			for (let i = 0; i < 3; i++) {
				const from = await sent();
				await until("some talk", async () => (await sent()) > from + 200);
				await stack.crash(victim);
			}
			const from = await sent();
			await until("talk afterwards", async () => (await sent()) > from + 200);
			await hush();
			ok((await sent()) > before + 800);
			await settle();
			await hangUp(stack);
			await compare(stack);
		});
	}
} finally {
	await t.test("Ctrl-C ends everything", async () => {
		const code = await stack.down();
		ok(code === 0, `exit code ${code}\n${stack.log.slice(-3000)}`);
	});
	if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
	else await stack.remove();
	t.end();
}

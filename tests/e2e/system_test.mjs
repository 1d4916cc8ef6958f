/*
 * How the installation is: the System page and rationsctl, for those who run it, while a replica dies
 * and comes back.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { barriers, Browser, inColours, overflow, rowsOf } from "../harness/browser.mjs";
import { bin, root, Stack, tap, until } from "../harness/stack.mjs";

const SHARDS = 4;
const OWNER = /owns every server/, MEMBER = /a plain member/;

const t = tap();
const stack = await Stack.start({ SIM_SHARDS: String(SHARDS), SIM_MAX_CONCURRENCY: String(SHARDS) });
const browser = await Browser.start();
const refusals = [[401, "/api/v1/me"], [403, "/api/v1/system"], [503, "/api/v1/system"]];
const page = await (await browser.visitor(refusals)).newPage();

async function logIn(on, note) {
	await on.goto(stack.url);
	await on.getByRole("link", { name: "Log in with Discord" }).click();
	await on.getByRole("radio", { name: note }).check();
	await on.getByRole("button", { name: "Authorize" }).click();
	await on.getByRole("heading", { name: "Your servers", level: 1 }).waitFor();
}

const rationsctl = (...args) => execFileSync(join(root, bin, "bin/rationsctl"), args,
	{ cwd: root, env: { ...process.env, VAR_DIR: stack.env.VAR_DIR }, encoding: "utf8" });
const fleet = () => JSON.parse(rationsctl("shard", "list", "--json"));
const table = () => page.getByRole("region", { name: "Shards" }).getByRole("table");
const rows = async () => (await rowsOf(table())).slice(1);
const allLive = async () => {
	const shown = await rows();
	return shown.length === SHARDS && shown.every(([, state]) => state === "Live");
};

try {
	await t.test("whoever runs it finds every shard behind the account menu", async () => {
		await logIn(page, OWNER);
		await until("the owner to be known", async () => (await (await page.request.get(`${stack.url}/api/v1/me`)).json()).is_owner);
		await page.reload();
		await page.getByRole("button", { name: /^Account of/ }).click();
		await page.getByRole("menuitem", { name: "System" }).click();
		await page.getByRole("heading", { name: "System", level: 1 }).waitFor();
		await until("all shards to be live", allLive);
		deepStrictEqual((await rows()).map(([shard]) => shard), Array.from({ length: SHARDS }, (_, i) => `${i}/${SHARDS}`));
		await page.getByText(`All ${SHARDS} shards are live.`).waitFor();
	});

	await t.test("servers are those the simulator has", async () => {
		const { guilds } = await stack.control("GET", "world");
		const count = guilds.filter((guild) => guild.bot_in).length;
		await until("the servers to be there", async () =>
			(await rows()).reduce((sum, row) => sum + Number(row[2]), 0) === count);
		equal(fleet().shards.reduce((sum, shard) => sum + shard.guilds, 0), count);
	});

	await t.test("rationsctl says the same", async () => {
		const { shards, replicas, identify } = fleet();
		deepStrictEqual(shards.map(({ shard, state }) => [shard, state]), (await rows()).map(([shard]) => [shard, "live"]));
		equal(replicas.length, 1);
		ok(shards.every((shard) => shard.holder === replicas[0].id && shard.fence > 0));
		ok(identify.total > 0 && identify.remaining <= identify.total - SHARDS, JSON.stringify(identify));
		const text = rationsctl("shard", "list");
		ok(text.includes(`shards: ${SHARDS} of ${SHARDS} live, held by 1 gateway-ingest`), text);
	});

	await t.test("a replica that dies is seen, and its sessions are resumed", async () => {
		const fences = fleet().shards.map(({ fence }) => fence);
		await stack.crash("gateway-ingest");
		await until("every shard to be taken anew", () => fleet().shards.every(({ fence, state }, i) => fence > fences[i] && state === "live"))
			.catch((error) => { throw new Error(`${error.message}\n${rationsctl("shard", "list")}`); });
		await until("all shards to be live on the page", async () => (await allLive()) && (await rows()).every((row) => row[7] === "1"));
		ok(fleet().shards.every((shard) => shard.resumes > 0 && shard.identifies === 0), JSON.stringify(fleet().shards));
	});

	await t.test("everybody can read it: no barriers, no sideways scrolling, in Russian, in the dark", async () => {
		deepStrictEqual(await barriers(page), []);
		await page.setViewportSize({ width: 390, height: 844 });
		equal(await overflow(page), 0);
		await inColours(page, "dark");
		deepStrictEqual(await barriers(page), []);
		if (process.env.SCREENSHOT) await page.screenshot({ path: `${process.env.SCREENSHOT}-phone.png`, fullPage: true });
		await page.setViewportSize({ width: 1280, height: 900 });
		await inColours(page, "light");
		await page.getByRole("button", { name: "Language" }).click();
		await page.getByRole("menuitemradio", { name: "Русский" }).click();
		await page.getByText(`На связи все ${SHARDS} шарда.`).waitFor();
		if (process.env.SCREENSHOT) await page.screenshot({ path: `${process.env.SCREENSHOT}-ru.png`, fullPage: true });
	});

	await t.test("nobody else finds it", async () => {
		const other = await (await browser.visitor(refusals)).newPage();
		await logIn(other, MEMBER);
		await other.getByRole("button", { name: /^Account of/ }).click();
		equal(await other.getByRole("menuitem", { name: "System" }).count(), 0);
		await other.goto(`${stack.url}/system`);
		await other.getByText("You may not do this.").waitFor();
	});

	await t.test("the browser never complained", () => deepStrictEqual(browser.complaints, []));
} finally {
	await browser.close();
	await stack.down();
	await stack.remove();
	t.end();
}

/*
 * How the installation is: the System page and rationsctl, for those who run it, while a replica dies
 * and comes back.
 */
import { deepStrictEqual, equal, match, ok } from "node:assert";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { barriers, Browser, inColours, overflow, rowsOf } from "../harness/browser.mjs";
import { bin, root, Stack, tap, until } from "../harness/stack.mjs";

const SHARDS = 4;
/* Discord, the servers and every service are asked. */
const LOOKED = { timeout: 60_000 };
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
		await page.locator("#shards").getByText(`All ${SHARDS} shards are live.`).waitFor();
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

	await t.test("what doctor finds is on the page, and once it is mended, no longer", async () => {
		const panel = page.getByRole("region", { name: "Health check" });
		const button = panel.getByRole("button", { name: "Check again" });
		const line = (code) => panel.locator(`[data-code=${code}]`);
		/* asked again too soon, the answer is the last one's */
		const again = (what, isSo) => until(what, async () => {
			await button.click();
			await panel.getByText(/Checked at/).waitFor(LOOKED);
			return isSo();
		});
		await panel.getByText(/Checked at/).waitFor(LOOKED);
		for (const code of ["token_ok", "intents_ok", "redirect_ok", "secret_ok", "schema_ok", "postgresql_ok", "redis_fine"])
			equal(await line(code).count(), 1, code);
		ok(!(await panel.textContent()).includes("simulated-"), "a secret is shown");
		stack.exec("INSERT INTO backup.alarm (kind, why, raised_at, last_at) VALUES ('no_space', 'the disk is full', now(), now())");
		await again("the alarm", () => line("backup_alarm").count());
		match(await line("backup_alarm").textContent(), /^To mend:Backups.*the disk is full.*The page Backups tells more/);
		stack.exec("UPDATE backup.alarm SET ended_at = now()");
		await again("its end", async () => (await line("backup_alarm").count()) === 0);
	});

	await t.test("what the bot may not do in one server is on its page", async () => {
		const { guilds } = await stack.control("GET", "world");
		const { id, name } = guilds.find((guild) => guild.bot_in);
		const [{ role_id }] = stack.sql(`SELECT role_id::text FROM analytics.role WHERE guild_id = ${id} AND name = 'Rations'`);
		await stack.control("POST", "inject", { act: "delete_role", guild_id: id, role_id });
		await page.goto(`${stack.url}/guilds/${id}/setup`);
		const line = page.getByRole("region", { name: "What the bot needs here" }).getByRole("listitem").filter({ hasText: "View Audit Log" });
		await line.waitFor(LOOKED);
		const said = await line.textContent();
		ok(said.startsWith(`To look at:Permissions${name}: no permission “View Audit Log”`) && said.includes("Server Settings"), said);
		await page.goto(`${stack.url}/system`);
		await until("all shards to be live", allLive);
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
		await page.locator("#shards").getByText(`На связи все ${SHARDS} шарда.`).waitFor();
		if (process.env.SCREENSHOT) await page.screenshot({ path: `${process.env.SCREENSHOT}-ru.png`, fullPage: true });
	});

	await t.test("nobody else finds it", async () => {
		const other = await (await browser.visitor(refusals)).newPage();
		await logIn(other, MEMBER);
		await other.getByRole("button", { name: /^Account of/ }).click();
		equal(await other.getByRole("menuitem", { name: "System" }).count(), 0);
		await other.goto(`${stack.url}/system`);
		await other.getByText("You may not do this.").waitFor();
		equal((await other.request.get(`${stack.url}/api/v1/system/checkup`)).status(), 403);
	});

	await t.test("the browser never complained", () => deepStrictEqual(browser.complaints, []));
} finally {
	await browser.close();
	await stack.down();
	await stack.remove();
	t.end();
}

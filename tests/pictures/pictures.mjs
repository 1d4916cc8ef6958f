/*
 * pictures: what the documentation shows. Starts the demo, logs in as the owner of its servers, and takes
 * each page of PICTURES into docs/pictures, as WebP.
 *
 *	node tests/pictures/pictures.mjs [NAME...]      only those
 *	DEMO_AT=http://localhost:5000 node ...          of a demo that runs already
 *
 * The demo's towns are the same each time (one seed) and stand still while they are looked at; their history ends
 * when the pictures are taken, so dates and figures move with the day.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Browser } from "../harness/browser.mjs";
import { drained } from "../harness/oracle.mjs";
import { bin, root, Stack, until } from "../harness/stack.mjs";

const FOLDER = join(root, "docs/pictures");
const MOST_BYTES = 150_000;
const OWNER = /owns every server/;
const DESK = { width: 1280, height: 860 }, PHONE = { width: 390, height: 780 };

/*
 * `of`: a page of the server shown, in Russian of the larger one; `at`: any other page. `isFresh`: with the first
 * steps, which are put away otherwise.
 */
const PICTURES = {
	"overview": { of: "", height: 1010 },
	"overview-dark": { of: "", height: 1010, dark: true },
	"overview-phone": { of: "", phone: true, dark: true },
	"overview-ru": { of: "", height: 1010, locale: "ru-RU" },
	"first-steps": { of: "", isFresh: true },
	"landing": { at: "/", isOut: true },
	"servers": { at: "/guilds", height: 600 },
	"inbox": { at: "/inbox" },
	"inbox-phone": { at: "/inbox", phone: true },
	"requests": { of: "/requests", height: 1010 },
	"curators": { of: "/curators" },
	"leaderboard": { at: "/leaderboard" },
	"rules": { of: "/rules" },
	"voice": { of: "/voice", dark: true },
	"members": { of: "/members" },
	"exports": { of: "/exports" },
	"settings": { of: "/settings" },
	"privacy": { at: "/me" },
	"system": { at: "/system", height: 1010 },
	"backups": { at: "/system/backups", height: 1010 },
	"import": { at: "/system/import" },
};
const SERVERS = { "en-GB": "libtide", "ru-RU": "Рассвет RP" };

/* What a page shows only until it knows better. */
const UNSETTLED = ".ra-skeleton, .is-stale, .ra-live:not(.is-live), .ra-inbox__pulse:not(.is-live)";

const stack = process.env.DEMO_AT ? null : await Stack.start({ SIM_PRESET: "demo", SIM_HISTORY_DAYS: "62", SIM_SEED: "1", DEMO_DESK: "on" });
const origin = stack?.url ?? process.env.DEMO_AT;
const browser = await Browser.start();

/* Everything told, and counted; then nothing happens any more. */
async function stillness() {
	await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live", 1_200_000);
	await stack.control("POST", "clock", { paused: true });
	await drained(stack);
	execFileSync(join(root, bin, "bin/rationsctl"), ["backup", "now"], { cwd: root, env: { ...process.env, VAR_DIR: stack.env.VAR_DIR } });
}

async function loggedIn() {
	const context = await browser.visitor();
	const page = await context.newPage();
	await page.goto(`${origin}/login?next=/guilds`);
	await page.getByRole("radio", { name: OWNER }).check();
	await page.getByRole("button", { name: "Authorize" }).click();
	await page.getByRole("heading", { level: 1, name: "Your servers" }).waitFor();
	await until("the owner to be known", async () => (await (await page.request.get(`${origin}/api/v1/me`)).json()).is_owner);
	const { guilds } = await (await page.request.get(`${origin}/api/v1/guilds`)).json();
	const state = await context.storageState();
	await context.close();
	return { state, idOf: (server) => guilds.find(({ name }) => name === server).id };
}

/* WebP, which playwright does not offer: as good as fits. */
async function shot(page) {
	const client = await page.context().newCDPSession(page);
	for (let quality = 90; ; quality -= 10) {
		const { data } = await client.send("Page.captureScreenshot", { format: "webp", quality });
		const bytes = Buffer.from(data, "base64");
		if (bytes.length < MOST_BYTES || quality <= 30) return bytes;
	}
}

async function take(name, { at, of, isOut, isFresh, phone, dark, locale = "en-GB", height }, { state, idOf }) {
	const viewport = phone ? PHONE : { ...DESK, height: height ?? DESK.height };
	const context = await browser.chromium.newContext({
		storageState: isOut ? undefined : state, locale, timezoneId: "Europe/Berlin", viewport, reducedMotion: "reduce",
		colorScheme: dark ? "dark" : "light", deviceScaleFactor: phone ? 2 : 1,
	});
	const page = await context.newPage();
	await page.goto(origin + (at ?? `/guilds/${idOf(SERVERS[locale])}${of}`));
	await page.getByRole("heading", { level: 1 }).first().waitFor();
	if (of === "" && !isFresh) await page.locator(".ra-setup").getByRole("button").click();
	await page.waitForFunction((unsettled) => !document.querySelector(unsettled) && document.fonts.status === "loaded", UNSETTLED);
	await page.waitForLoadState("networkidle", { timeout: 2_000 }).catch(() => {}); /* live pages never are */
	const bytes = await shot(page);
	writeFileSync(join(FOLDER, `${name}.webp`), bytes);
	console.log(`${name}.webp ${Math.ceil(bytes.length / 1000)} kB`);
	await context.close();
}

try {
	if (stack) await stillness();
	const who = await loggedIn();
	const wanted = process.argv.slice(2);
	mkdirSync(FOLDER, { recursive: true });
	for (const [name, picture] of Object.entries(PICTURES))
		if (!wanted.length || wanted.includes(name)) await take(name, picture, who);
} finally {
	await browser.close();
	await stack?.down();
	stack?.remove();
}

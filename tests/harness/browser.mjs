/*
 * browser: a real Chromium that complains. Whatever a page writes into its console as an error ends in
 * `complaints`; a violated content security policy is written there by Chromium itself.
 */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export class Browser {
	complaints = [];

	static async start() {
		const browser = new Browser();
		browser.chromium = await chromium.launch({
			executablePath: "/usr/bin/chromium",
			args: ["--no-sandbox", "--disable-dev-shm-usage"],
		});
		return browser;
	}

	/*
	 * Somebody with cookies of their own, far from every guild's time zone. `refusals`: [status, path]
	 * pairs of requests that are meant to fail, which Chromium reports as errors, too.
	 */
	async visitor(refusals = []) {
		const context = await this.chromium.newContext({
			locale: "en-US", timezoneId: "Pacific/Auckland", reducedMotion: "reduce", viewport: { width: 1280, height: 900 },
		});
		context.setDefaultTimeout(30_000);
		const isMeant = (message) => refusals.some(([status, path]) =>
			message.text().includes(`status of ${status}`) && new URL(message.location().url).pathname.startsWith(path));
		context.on("console", (message) => {
			if (message.type() === "error" && !isMeant(message))
				this.complaints.push(`${message.text()} (${message.location().url})`);
		});
		context.on("weberror", (error) => this.complaints.push(String(error.error().stack)));
		return context;
	}

	close() {
		return this.chromium.close();
	}
}

/* As a system set to light or dark shows it. The page hears of it when it is next painted, which a busy machine puts off. */
export async function inColours(page, colorScheme) {
	await page.emulateMedia({ colorScheme });
	await page.waitForFunction((theme) => document.documentElement.dataset.bsTheme === theme, colorScheme, { polling: 100, timeout: 60_000 });
}

/* What axe-core calls serious or critical, a line each. It runs in a world of its own, where the page's policy does not reach. */
export async function barriers(page) {
	const client = await page.context().newCDPSession(page);
	const { frameTree } = await client.send("Page.getFrameTree");
	const { executionContextId: contextId } = await client.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
	const run = async (expression) => {
		const { result, exceptionDetails } = await client.send("Runtime.evaluate",
			{ contextId, expression, awaitPromise: true, returnByValue: true });
		if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
		return result.value;
	};
	await run(`${axeSource}; undefined`);
	const { violations, passes } = await run("axe.run(document, { resultTypes: ['violations'] })");
	await client.detach();
	if (!passes.length) throw new Error("axe-core looked at nothing");
	return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
		.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

/* How many pixels of the page lie beyond its right edge. */
export const overflow = (page) =>
	page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/* The words of a table's cells, row by row, heads included. */
export const rowsOf = (table) => table.getByRole("row").evaluateAll((rows) =>
	rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));

/* What Tab comes past, from where the focus is until it leaves the page. */
export async function tabStops(page) {
	for (const stops = [];;) {
		await page.keyboard.press("Tab");
		const stop = await page.evaluate(() => {
			const element = document.activeElement;
			if (!element || element === document.body) return null;
			const { width, height } = element.getBoundingClientRect();
			return {
				name: element.getAttribute("aria-label") ?? element.textContent.trim(),
				isSeen: width > 0 && height > 0 && element.matches(":focus-visible"),
			};
		});
		if (!stop) return stops;
		if (stops.length > 200) throw new Error("Tab never leaves the page");
		stops.push(stop);
	}
}

/*
 * Walks the built dashboard in Chromium, against the stand-in, and fails on what only a real
 * browser knows: accessibility violations (axe-core) in light and dark, content wider than a
 * phone, a broken content security policy, errors in the console, keys that do nothing.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { startMock } from './mock-server.mjs';

const AXE = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const BIG = '/guilds/110000000000000101';
const PAGES = {
	landing: { path: '/', isOut: true },
	'failed login': { path: '/?login_error=denied', isOut: true },
	'server picker': { path: '/guilds' },
	overview: { path: BIG },
	'overview, hours': {
		path: `${BIG}?period=today&show=messages,bot_messages,reactions&people=active`,
	},
	'empty overview': { path: '/guilds/110000000000000104' },
	'table of a chart': { path: BIG, click: '#messages [aria-label$="show as table"]' },
	'explained figure': { path: BIG, click: '[data-figure="messages"] button' },
	'period menu': { path: BIG, click: '.ra-period' },
	settings: { path: BIG, click: '[aria-label="Server settings"]' },
	'no such page': { path: '/nowhere' },
};

let server;
let origin;
let browser;

before(async () => {
	server = await startMock();
	origin = `http://127.0.0.1:${server.address().port}`;
	browser = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-dev-shm-usage'],
	});
});

after(async () => {
	await browser?.close();
	server?.closeAllConnections();
	server?.close();
});

/* Somebody with a browser of their own, and what it complains of. */
async function visitor(isOut, options = {}) {
	const context = await browser.newContext({
		locale: 'en-GB',
		reducedMotion: 'reduce',
		...options,
	});
	if (!isOut) await context.addCookies([{ name: 'rations_session', value: 'mock', url: origin }]);
	const page = await context.newPage();
	const complaints = [];
	page.on('pageerror', (error) => complaints.push(error.message));
	page.on('console', (message) => {
		/* 401 is how the server says that nobody is logged in. */
		if (message.type() === 'error' && !message.text().includes('401'))
			complaints.push(message.text());
	});
	return { context, page, complaints };
}

async function goTo(page, { path, click }) {
	await page.goto(origin + path);
	await page.waitForFunction(
		() => document.querySelector('h1') && !document.querySelector('.ra-skeleton'),
		null,
		{ polling: 50 },
	);
	if (click) await page.click(click);
}

/* When an interface of the machine comes or goes, a container's for instance, Chromium drops what it is loading; that
   is no fault of the page. */
async function goThere(page, place, complaints) {
	for (let tries = 3; ; tries--) {
		complaints.length = 0;
		await goTo(page, place);
		if (tries === 0 || !complaints.some((one) => one.includes('ERR_NETWORK_CHANGED'))) return;
	}
}

async function open({ path, isOut, click }, options) {
	const opened = await visitor(isOut, options);
	await goTo(opened.page, { path, click });
	return opened;
}

/* One comes to every page of PAGES, each loaded anew, as somebody who is logged in or is not: to start a browser for
   each takes longer than to look at it. `check` is given what `visitor` returned. */
function everyPage(options, check) {
	const visitors = {};
	const visit = (isOut) => (visitors[isOut] ??= visitor(isOut, options));
	after(async () => {
		for (const one of Object.values(visitors)) await (await one).context.close();
	});
	for (const [name, place] of Object.entries(PAGES))
		it(name, async (t) => {
			if (options.locale === 'ru-RU' && place.click?.includes('aria-label'))
				return t.skip('what to click on has another name there');
			const { page, complaints } = await visit(Boolean(place.isOut));
			await goThere(page, place, complaints);
			await check(page);
			assert.deepEqual(complaints, []);
		});
}

/* An isolated world: the page's policy forbids foreign scripts, and keeps doing so. */
async function axe(page) {
	const client = await page.context().newCDPSession(page);
	const { frameTree } = await client.send('Page.getFrameTree');
	const { executionContextId } = await client.send('Page.createIsolatedWorld', {
		frameId: frameTree.frame.id,
		worldName: 'axe',
	});
	const run = async (expression) => {
		const { result, exceptionDetails } = await client.send('Runtime.evaluate', {
			expression,
			contextId: executionContextId,
			awaitPromise: true,
			returnByValue: true,
		});
		assert.equal(exceptionDetails, undefined);
		return result.value;
	};
	await run(`${AXE}; null`);
	return run(`axe.run().then((found) => found.violations.map((violation) =>
		[violation.impact, violation.id, ...violation.nodes.slice(0, 5).map((node) => node.target.join(' '))].join(' | ')))`);
}

describe('accessibility, light and then dark', () => {
	everyPage({ colorScheme: 'light' }, async (page) => {
		assert.deepEqual(await axe(page), []);
		await page.emulateMedia({ colorScheme: 'dark' });
		await page.waitForFunction(() => document.documentElement.dataset.bsTheme === 'dark');
		assert.deepEqual(await axe(page), []);
		await page.emulateMedia({ colorScheme: 'light' });
	});
});

for (const locale of ['en-GB', 'ru-RU'])
	describe(`390 pixels, ${locale}`, () => {
		everyPage({ locale, viewport: { width: 390, height: 844 } }, async (page) => {
			const width = await page.evaluate(() => document.documentElement.scrollWidth);
			assert.ok(width <= 390, `the page is ${width} px wide`);
		});
	});

describe('keyboard', () => {
	it('skips to the content first', async () => {
		const { page, context } = await open({ path: BIG });
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
		await context.close();
	});

	it('walks a menu with arrows, closes it with Escape and gives the focus back', async () => {
		const { page, context } = await open({ path: BIG });
		await page.focus('.ra-period');
		await page.keyboard.press('Enter');
		await page.keyboard.press('ArrowUp');
		await page.keyboard.press('Escape');
		assert.equal(await page.locator('[role=menu]').count(), 0);
		assert.ok(await page.evaluate(() => document.activeElement.matches('.ra-period')));
		await page.keyboard.press('Enter');
		await page.keyboard.press('ArrowUp');
		await page.keyboard.press('Enter');
		await page.waitForURL(/period=7d/);
		await context.close();
	});

	it('changes the period by letter, and goes back by the back button', async () => {
		const { page, context } = await open({ path: BIG });
		await page.keyboard.press('n');
		await page.waitForURL(/period=91d/);
		await page.goBack({ waitUntil: 'commit' });
		await page.waitForURL((url) => url.pathname === BIG && url.search === '');
		await context.close();
	});

	it('keeps the focus in a dialog and closes it with Escape', async () => {
		const { page, context } = await open({ path: BIG });
		await page.keyboard.press('?');
		assert.equal(await page.locator('dialog[open]').count(), 1);
		await page.keyboard.press('w');
		await page.keyboard.press('Escape');
		assert.equal(await page.locator('dialog[open]').count(), 0);
		assert.ok(page.url().endsWith(BIG));
		await context.close();
	});
});

describe('charts', () => {
	it('look closer where one drags', async () => {
		const { page, context } = await open({ path: BIG });
		const plot = page.locator('#messages .u-over');
		await plot.scrollIntoViewIfNeeded();
		const box = await plot.boundingBox();
		await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
		await page.mouse.down();
		await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 });
		await page.mouse.up();
		await page.waitForURL(/period=custom&from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d/);
		await context.close();
	});

	it('come out as files', async () => {
		const { page, context } = await open({ path: BIG });
		await page.click('#voice [aria-label="Download: Voice"]');
		const [file] = await Promise.all([
			page.waitForEvent('download'),
			page.click('text=CSV, for spreadsheets'),
		]);
		assert.match(file.suggestedFilename(), /^rations-ночной-город-role-play-voice-.*\.csv$/);
		const text = readFileSync(await file.path(), 'utf8');
		assert.match(text, /^\ufeffDay,"Connected, hours"/);
		await context.close();
	});
});

it('logs in, changes the language and the colours, remembers both, and logs out', async () => {
	const { page, context } = await open({ path: '/', isOut: true });
	await page.click('text=Log in with Discord');
	await page.waitForURL('**/guilds');
	await page.click('[aria-label="Language"]');
	await page.click('text=Русский');
	await page.click('[aria-label="Оформление"]');
	await page.click('text=Тёмное');
	await page.reload();
	await page.waitForSelector('h1:has-text("Ваши серверы")');
	assert.equal(await page.getAttribute('html', 'data-bs-theme'), 'dark');
	assert.equal(await page.getAttribute('html', 'lang'), 'ru');
	await page.click('.ra-account');
	await page.click('text=Выйти');
	await page.waitForSelector('text=Войти через Discord');
	assert.equal(new URL(page.url()).pathname, '/');
	await context.close();
});

/*
 * Takes pictures of the built dashboard against the stand-in, to be looked at:
 * node dev/look.mjs [name …]. They land in shots/.
 */
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { startMock } from './mock-server.mjs';

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const BIG = '/guilds/110000000000000101';
const SHOTS = {
	landing: { path: '/', isOut: true },
	'landing-dark': { path: '/', isOut: true, dark: true },
	'landing-phone-ru': {
		path: '/?login_error=denied',
		isOut: true,
		viewport: PHONE,
		locale: 'ru-RU',
	},
	inbox: { path: '/inbox' },
	'inbox-dark-ru': { path: '/inbox', dark: true, locale: 'ru-RU' },
	'inbox-phone-ru': { path: '/inbox', viewport: PHONE, locale: 'ru-RU' },
	'inbox-keys': { path: '/inbox', press: '?' },
	guilds: { path: '/guilds' },
	'guilds-phone-dark': { path: '/guilds', viewport: PHONE, dark: true },
	overview: { path: BIG },
	'overview-dark': { path: BIG, dark: true },
	'overview-ru': { path: BIG, locale: 'ru-RU' },
	'overview-phone-menu': { path: BIG, viewport: PHONE, click: '.ra-nav__toggle' },
	'overview-phone': { path: BIG, viewport: PHONE },
	'overview-phone-ru-dark': { path: BIG, viewport: PHONE, locale: 'ru-RU', dark: true },
	today: { path: `${BIG}?period=today&show=messages,bot_messages,reactions&people=active` },
	year: { path: `${BIG}?period=12mo&compare=none&heat=voice&by=voice` },
	small: { path: '/guilds/110000000000000103?period=7d' },
	fresh: { path: '/guilds/110000000000000104' },
	lost: { path: '/nowhere' },
	explain: { path: BIG, click: '[data-figure="active_members"] button' },
	settings: { path: BIG, click: 'button[aria-label="Server settings"]' },
	shortcuts: { path: BIG, press: '?' },
	periods: { path: BIG, click: '.ra-period' },
	hover: { path: BIG, hover: '#messages .u-over' },
	table: { path: BIG, click: '#messages button[aria-label$="show as table"]' },
};

const wanted = process.argv.slice(2);
const server = await startMock();
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
	executablePath: '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
mkdirSync('shots', { recursive: true });

for (const [name, shot] of Object.entries(SHOTS)) {
	if (wanted.length && !wanted.includes(name)) continue;
	const context = await browser.newContext({
		viewport: shot.viewport ?? DESKTOP,
		locale: shot.locale ?? 'en-GB',
		colorScheme: shot.dark ? 'dark' : 'light',
		reducedMotion: 'reduce',
		deviceScaleFactor: shot.viewport === PHONE ? 2 : 1,
	});
	if (!shot.isOut)
		await context.addCookies([{ name: 'rations_session', value: 'mock', url: origin }]);
	const page = await context.newPage();
	page.on('console', (message) => {
		if (message.type() === 'error') console.log(`${name}: ${message.text()}`);
	});
	page.on('pageerror', (error) => console.log(`${name}: ${error.message}`));
	await page.goto(origin + shot.path);
	await page.waitForFunction(
		() => !document.querySelector('.ra-skeleton') && document.querySelector('h1'),
	);
	await page.evaluate(() => document.fonts.ready);
	if (shot.click) await page.click(shot.click);
	if (shot.press) await page.keyboard.press(shot.press);
	if (shot.hover) await page.hover(shot.hover);
	await page.waitForTimeout(400);
	await page.screenshot({
		path: `shots/${name}.png`,
		fullPage: !shot.click && !shot.press && !shot.hover,
	});
	await context.close();
}
await browser.close();
server.close();

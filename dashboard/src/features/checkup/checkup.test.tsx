import i18next from 'i18next';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import en from '@locales/en/checkup.json';
import ru from '@locales/ru/checkup.json';
import type { Check, Checkup } from '@/api/types';
import { newFormats } from '@/lib/format';
import { ok, problem } from '@/test/mock-api';
import { openPage } from '@/test/open-page';
import { GUILD_ID, me } from '@/test/samples';
import permissions from '../../../../libshared/discord/permissions.h?raw';
import sheet from '../../../../services/rationsctl/verdicts.def?raw';
import { byWeight, checkWords, type Say } from './words';

const VERDICT = /^VERDICT\((\w+), (TICK|WARNING|CROSS), "(\w+)", (.*)\)$/gm;
const verdicts = [...sheet.matchAll(VERDICT)].map(
	([, name = '', mark, topic = '', texts = '']) => ({
		code: name.toLowerCase(),
		isTick: mark === 'TICK',
		topic,
		blanks: new Set([...texts.matchAll(/\{(\w+)\}/g)].map(([, blank]) => blank)),
	}),
);

const PLURAL = /_(one|few|many|other)$/;
const formsOf = (texts: Record<string, string>, code: string) =>
	Object.entries(texts)
		.filter(([key]) => key === code || key.replace(PLURAL, '') === code)
		.map(([, text]) => text);

describe.each([
	['en', en.checkup],
	['ru', ru.checkup],
])('texts in %s', (_, { says, fix, topic, permission, use }) => {
	it('are there for all that rationsctl may find, and what to do about it', () => {
		expect(verdicts.length).toBeGreaterThan(50);
		for (const { code, isTick, topic: about } of verdicts) {
			expect(formsOf(says, code), `says.${code}`).not.toEqual([]);
			expect(formsOf(fix, code).length > 0, `fix.${code}`).toBe(!isTick);
			expect(Object.keys(topic), about).toContain(about);
		}
	});

	it('are there for nothing else', () => {
		const codes = new Set(verdicts.map(({ code }) => code));
		for (const key of [...Object.keys(says), ...Object.keys(fix)])
			expect(codes.has(key) || codes.has(key.replace(PLURAL, '')), key).toBe(true);
	});

	it('name only what rationsctl gives', () => {
		for (const { code, blanks } of verdicts)
			for (const text of [...formsOf(says, code), ...formsOf(fix, code)])
				for (const [, hole = ''] of text.matchAll(/\{\{(\w+)\}\}/g))
					expect(
						blanks.has(hole) || (hole === 'n' && blanks.has('count')),
						`${code}: ${hole}`,
					).toBe(true);
	});

	it('know every permission', () => {
		const bits = [...permissions.matchAll(/X\((\d+), "/g)]
			.map(([, bit = '']) => bit)
			.toSorted();
		expect(bits.length).toBeGreaterThan(5);
		expect(Object.keys(permission).toSorted()).toEqual(bits);
		expect(Object.keys(use).toSorted()).toEqual(bits);
	});
});

const check = (code: string, verdict: Check['verdict'], params: Check['params'] = {}): Check => ({
	check: 'token',
	code,
	verdict,
	params,
	what: `what of ${code}`,
	fix: verdict === 'ok' ? '' : `fix of ${code}`,
});
const redirect = { redirect: 'https://x.example/callback', application: '7' };
const checkup: Checkup = {
	at: '2026-03-01T12:00:00Z',
	is_whole: true,
	checks: [
		check('token_ok', 'ok', { bot: 'Rations', application: '7' }),
		check('drill_never', 'warning'),
		check('redirect_missing', 'problem', redirect),
	],
};
const GUILD = `/api/v1/guilds/${GUILD_ID}/checkup`;

describe('the words', () => {
	const tools = {
		say: i18next.t as unknown as Say,
		formats: newFormats('en'),
		age: (ms: number) => `${ms / 1000}s`,
	};
	it('show units, counts and names of permissions', async () => {
		i18next.addResourceBundle('en', 'translation', en, true);
		const params = {
			guild: 'Night City',
			bit: 10,
			permission: 'x',
			use: 'y',
			count: 1,
			all: 12,
			channels: '#a',
		};
		const { what, fix } = checkWords(check('permission_missing_in', 'warning', params), tools);
		expect(what).toContain(
			'Night City: no permission “View Channels” in 1 of 12 channels (#a)',
		);
		expect(fix).toContain('“View Channels”');
		const sizes = { version: '15.4', database_bytes: 3_100_000 };
		expect(checkWords(check('postgresql_ok', 'ok', sizes), tools).what).toBe(
			'Version 15.4; the database has 3.1 MB.',
		);
	});

	it('are those of rationsctl where this page knows none', () => {
		expect(checkWords(check('news', 'warning'), tools)).toEqual({
			what: 'what of news',
			fix: 'fix of news',
		});
	});

	it('begin with what is to be mended', () => {
		expect(byWeight(checkup.checks).map(({ verdict }) => verdict)).toEqual([
			'problem',
			'warning',
			'ok',
		]);
	});
});

describe('the panel', () => {
	it('says what to mend in one server, and looks again', async () => {
		let checks = checkup.checks;
		const calls = openPage(`/guilds/${GUILD_ID}/setup`, {
			[`GET ${GUILD}`]: ok(checkup),
			[`POST ${GUILD}`]: () => Response.json({ ...checkup, checks }),
		});
		const panel = await screen.findByRole('region', { name: 'What the bot needs here' });
		expect(
			await within(panel).findByText(/1 thing to mend. 1 to look at. Checked at/),
		).toBeTruthy();
		const [first] = within(panel).getAllByRole('listitem');
		expect(first?.textContent).toContain('nobody can log in');
		expect(within(panel).getByRole('link', { name: /7\/oauth2/ })).toBeTruthy();
		checks = checks.slice(0, 1);
		await userEvent.click(within(panel).getByRole('button', { name: 'Check again' }));
		expect(await within(panel).findByText(/All is well/)).toBeTruthy();
		const post = calls.find(({ method }) => method === 'POST');
		expect(post?.headers.get('x-csrf-token')).toBe(me.csrf_token);
	});

	it('says how to ask where the page can not', async () => {
		openPage(`/guilds/${GUILD_ID}/setup`, { [`GET ${GUILD}`]: problem(503, 'Try again') });
		expect(await screen.findByText('rationsctl doctor')).toBeTruthy();
	});
});

describe('the first run', () => {
	it('is ticked off as things become true, and says what is next', async () => {
		const topics = (checks: [string, Check['verdict']][]) =>
			checks.map(([topic, verdict]) => ({ ...check('news', verdict), check: topic }));
		openPage('/guilds', {
			'GET /api/v1/me': ok({ ...me, is_owner: true }),
			'GET /api/v1/guilds': ok({ guilds: [] }),
			'GET /api/v1/system/checkup': ok({
				...checkup,
				checks: topics([
					['token', 'ok'],
					['intents', 'problem'],
					['login', 'ok'],
					['redis', 'ok'],
				]),
			}),
		});
		expect(await screen.findByText('3 of 5 done')).toBeTruthy();
		const next = screen.getByText('Next:').closest('li');
		expect(next?.textContent).toContain('The bot does not hear of everything.what of news');
		expect(screen.getByRole('link', { name: 'Add the bot' })).toBeTruthy();
	});
});

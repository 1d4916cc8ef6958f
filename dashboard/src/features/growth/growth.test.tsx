import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import type { Activation, Growth, Lifecycle, Retention, Stickiness } from '@/api/types';
import { newFormats } from '@/lib/format';
import { ok, problem } from '@/test/mock-api';
import { openPage } from '@/test/open-page';
import { compareRange, GUILD_ID, range } from '@/test/samples';
import { shapeCards, sampleOf } from './cards-data';
import { retentionSummary, retentionTable } from './retention-data';
import { shapeTenure, tenureTable } from './tenure-data';

const PATH = `/guilds/${GUILD_ID}/growth`;
const URL = `/api/v1${PATH}`;
const formats = newFormats('en');

const frame = {
	range,
	compare_range: compareRange,
	bucket: 'day' as const,
	starts: ['2025-11-02T21:00:00.000Z', '2025-11-03T21:00:00.000Z', '2025-11-04T21:00:00.000Z'],
	is_last_partial: true,
};
const line = (key: string, values: (number | null)[]) => ({ key, values, previous: null });

const growth: Growth = {
	...frame,
	metric: 'growth',
	series: [
		line('members', [119, 119, 120]),
		line('joins', [1, 2, 1]),
		line('rejoins', [0, 1, 0]),
		line('leaves', [1, 2, 0]),
		line('net_growth', [0, 0, 1]),
	],
	figures: [
		{ key: 'members', value: 120, previous: 110 },
		{ key: 'joins', value: 4, previous: 8 },
		{ key: 'rejoins', value: 1, previous: 0 },
		{ key: 'leaves', value: 3, previous: 1 },
		{ key: 'net_growth', value: 1, previous: 7 },
	],
	tenure: [
		{ key: 'under_1h', leaves: 2, previous: 1 },
		{ key: 'under_1d', leaves: 0, previous: 0 },
		{ key: 'days_7', leaves: 0, previous: 0 },
		{ key: 'days_30', leaves: 0, previous: 0 },
		{ key: 'days_90', leaves: 0, previous: 0 },
		{ key: 'over_90d', leaves: 0, previous: 0 },
		{ key: 'unknown', leaves: 1, previous: 0 },
	],
};

const sampled = { n: 2, left_out: 2, previous: 0.25, previous_n: 8 };
const activation: Activation = {
	...frame,
	metric: 'activation',
	joined: 4,
	series: [
		line('joined', [1, 2, 1]),
		line('activation_24h', [1, 0, null]),
		line('activation_7d', [null, null, null]),
		line('first_message', [60_000, null, null]),
	],
	figures: [
		{ key: 'activation_24h', value: 0.5, ...sampled },
		{ key: 'activation_7d', value: null, ...sampled, n: 0, left_out: 4 },
		{ key: 'first_message', value: 60_000, ...sampled, n: 1, left_out: 3, previous: 120_000 },
	],
};

const retention: Retention = {
	range,
	is_ready: true,
	kind: 'membership',
	offsets: [1, 7],
	cohorts: [
		{
			day: '2025-10-20',
			joined: null,
			cells: [
				{ n: 0, kept: 0, is_complete: true },
				{ n: 0, kept: 0, is_complete: true },
			],
		},
		{
			day: '2025-10-27',
			joined: 10,
			cells: [
				{ n: 10, kept: 8, is_complete: true },
				{ n: 4, kept: 1, is_complete: false },
			],
		},
	],
	figures: [
		{ key: 'day_1', value: 0.8, n: 10, left_out: 0, previous: 0.5, previous_n: 6 },
		{ key: 'day_7', value: null, n: 0, left_out: 10, previous: null, previous_n: 0 },
	],
};

const lifecycle: Lifecycle = {
	...frame,
	bucket: 'week',
	metric: 'lifecycle',
	is_ready: true,
	series: ['active', 'new', 'returning', 'resurrected', 'dormant'].map((key) =>
		line(key, [null, 3, 4]),
	),
	figures: ['new', 'returning', 'resurrected', 'dormant'].map((key) => ({
		key,
		value: 3,
		previous: null,
	})),
};

const stickiness: Stickiness = {
	...frame,
	metric: 'stickiness',
	is_ready: true,
	day: '2025-11-04',
	series: ['dau', 'wau', 'mau', 'stickiness'].map((key) => line(key, [3, 3, null])),
	figures: [
		{ key: 'dau', value: 3, previous: 2 },
		{ key: 'wau', value: 5, previous: null },
		{ key: 'mau', value: null, previous: null },
		{ key: 'stickiness', value: null, previous: null },
	],
};

const ROUTES = {
	[`GET ${URL}`]: ok(growth),
	[`GET ${URL}/activation`]: ok(activation),
	[`GET ${URL}/retention`]: ok(retention),
	[`GET ${URL}/lifecycle`]: ok(lifecycle),
	[`GET ${URL}/stickiness`]: ok(stickiness),
	[`GET /api/v1/guilds/${GUILD_ID}/directory`]: ok({ channels: [], roles: [], members: [] }),
};

describe('the page', () => {
	it('says of a share how many it is about, and what is too recent', async () => {
		openPage(PATH, ROUTES);
		const card = (await screen.findByRole('link', { name: 'Activated in 24 hours' })).closest(
			'li',
		);
		const within24 = within(card as HTMLElement);
		expect(within24.getByText('50%')).toBeTruthy();
		expect(within24.getByText(/\+25 pp/)).toBeTruthy();
		expect(within24.getByText('2 newcomers; 2 too recent to say')).toBeTruthy();
		await userEvent.click(within24.getByRole('button', { name: /What does/ }));
		const dialog = await screen.findByRole('dialog');
		expect(dialog.textContent).toContain('left out, not counted as a failure');
		expect(dialog.textContent).toContain('bots left out');
	});

	it('says which figures filters do not touch, and asks with them for the one they do', async () => {
		const calls = openPage(`${PATH}?bots=with`, ROUTES);
		expect(await screen.findByText(/filters apply to stickiness only/)).toBeTruthy();
		const card = (await screen.findByRole('link', { name: 'Joins' })).closest('li');
		await userEvent.click(
			within(card as HTMLElement).getByRole('button', { name: /What does/ }),
		);
		const dialog = await screen.findByRole('dialog');
		expect(dialog.textContent).toContain('the filters above do not apply');
		const asked = calls.find(({ path }) => path === `${URL}/stickiness`);
		expect(asked?.search.get('bots')).toBe('with');
	});

	it('shows no figure where there is none', async () => {
		openPage(PATH, ROUTES);
		const card = (await screen.findByRole('link', { name: 'Stickiness' })).closest('li');
		expect(within(card as HTMLElement).getByText('—')).toBeTruthy();
		expect(screen.getByText(/28 days of counting are needed/)).toBeTruthy();
	});

	it('marks cells that may still change, and those before counting', async () => {
		openPage(PATH, ROUTES);
		const table = await screen.findByRole('table', { name: /Membership retention/ });
		const [, before, cohort] = within(table).getAllByRole('row');
		expect(before?.textContent).toMatch(/^Oct 20———$/);
		const cells = within(cohort as HTMLElement).getAllByRole('cell');
		expect(cells[1]?.textContent).toMatch(/^80%$/);
		expect(cells[2]?.className).toBe('is-open');
		expect(cells[2]?.textContent).toContain('25% Not complete: 10 joined in all.');
	});

	it('asks for activity, and for more weeks, in the address', async () => {
		const calls = openPage(PATH, ROUTES);
		await userEvent.click(await screen.findByRole('button', { name: 'Still active' }));
		await userEvent.click(screen.getByRole('button', { name: '26 weeks' }));
		await screen.findByRole('table', { name: /retention/ });
		expect(location.search).toContain('retention=activity');
		const asked = calls.filter(({ path }) => path === `${URL}/retention`).at(-1);
		expect(asked?.search.get('kind')).toBe('activity');
		expect(asked?.search.get('weeks')).toBe('26');
	});

	it('keeps the rest when one question fails', async () => {
		openPage(PATH, { ...ROUTES, [`GET ${URL}/lifecycle`]: problem(400) });
		expect(await screen.findByRole('table', { name: /Membership/ })).toBeTruthy();
		expect(await screen.findByText('The server did not understand the request.')).toBeTruthy();
	});
});

describe('shaping', () => {
	it('takes the cards from three answers, in order', () => {
		const cards = shapeCards({ growth, activation, stickiness });
		expect(cards.map(({ key }) => key).slice(0, 5)).toEqual([
			'joins',
			'leaves',
			'net_growth',
			'rejoins',
			'activation_24h',
		]);
		const first = cards.find(({ key }) => key === 'first_message');
		expect(first && sampleOf(first, i18next.t, formats)).toBe(
			'1 newcomer; 3 have not written yet',
		);
	});

	it('keeps what is unknown apart from the share of early leavers', () => {
		expect(shapeTenure(growth).rows[0]).toMatchObject({ share: 2 / 3, level: 1 });
		expect(tenureTable(growth, i18next.t, formats).rows).toHaveLength(7);
	});

	it('quotes only complete cells', () => {
		expect(retentionSummary(retention, i18next.t, formats)).toMatch(/Too early to say/);
		const figures = retention.figures.map((figure) =>
			figure.key === 'day_7' ? { ...figure, value: 0.6, n: 10, previous: 0.5 } : figure,
		);
		expect(retentionSummary({ ...retention, figures }, i18next.t, formats)).toBe(
			'After 7 days 60% of 10 newcomers are still members. (before: 50%)',
		);
	});

	it('exports each share with its sample', () => {
		const table = retentionTable(retention, i18next.t, formats);
		expect(table.columns.map(({ key }) => key)).toEqual([
			'week',
			'joined',
			'day_1',
			'day_1_n',
			'day_7',
			'day_7_n',
		]);
		expect(table.rows[1]).toEqual(['2025-10-27', 10, 0.8, 10, 0.25, 4]);
	});
});

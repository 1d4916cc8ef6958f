/* The overview as a person meets it. Charts are drawn on canvas, so here their drawing is left out. */
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { ChartModel } from '@/components/chart/chart-model';
import { FakeEventSource } from '@/test/fake-event-source';
import { ok, problem } from '@/test/mock-api';
import { openPage } from '@/test/open-page';
import { guild, GUILD_ID, live, overview } from '@/test/samples';

vi.mock('@/components/chart/time-chart', () => ({
	TimeChart: ({
		model,
		onSelect,
	}: {
		model: ChartModel;
		onSelect?: (a: number, b: number) => void;
	}) => (
		<button type="button" onClick={() => onSelect?.(0, 1)}>
			drawing of {model.series.map((series) => series.key).join(' ')}
		</button>
	),
}));

const PATH = `/guilds/${GUILD_ID}`;
const API = `/api/v1/guilds/${GUILD_ID}`;
/* The navigation has pages by the same names. */
const figure = (name: string) =>
	within(screen.getByRole('region', { name: 'Figures' }))
		.getByRole('link', { name })
		.closest('li') as HTMLElement;
const words = (element: HTMLElement) => element.textContent?.replace(/\s+/g, ' ') ?? '';

describe('figures', () => {
	it('shows value, change and what was before', async () => {
		openPage(PATH);
		await screen.findByText('1,234');
		expect(words(figure('Messages'))).toContain('up 23%');
		expect(words(figure('Messages'))).toContain('before: 1,000');
		expect(words(figure('Joins'))).toContain('down 50%');
	});

	it('colours more leaves as bad news', async () => {
		openPage(PATH);
		await screen.findByText('1,234');
		expect(figure('Leaves').querySelector('.ra-change')?.className).toContain('is-bad');
	});

	it('claims no change where nothing was counted before', async () => {
		openPage(PATH);
		await screen.findByText('1,234');
		expect(words(figure('Time in voice'))).toContain('1h 30m');
		expect(figure('Time in voice').querySelector('.ra-change')).toBeNull();
	});

	it('explains each figure, with coverage and gaps', async () => {
		openPage(PATH);
		await userEvent.click(
			await screen.findByRole('button', { name: 'What does “Messages” mean?' }),
		);
		const dialog = screen.getByRole('dialog');
		expect(words(dialog)).toContain('Bots, webhooks and system messages are left out');
		expect(words(dialog)).toContain('90%');
		expect(words(dialog)).toContain('the connection to Discord was lost');
		expect(words(dialog)).toContain('3 days, the last one still running');
	});
});

describe('period', () => {
	it('asks for what the address says', async () => {
		const calls = openPage(`${PATH}?period=custom&from=2025-11-01&to=2025-11-02&compare=none`);
		await screen.findByText('1,234');
		const asked = calls.find((call) => call.path === `${API}/overview`);
		expect(Object.fromEntries(asked?.search ?? [])).toEqual({
			period: 'custom',
			from: '2025-11-01',
			to: '2025-11-02',
			compare: 'none',
		});
	});

	it('changes by menu and by key, and writes it into the address', async () => {
		const calls = openPage(PATH);
		await userEvent.click(await screen.findByRole('button', { name: 'Last 28 days' }));
		await userEvent.click(screen.getByRole('menuitemradio', { name: 'Last 7 days' }));
		expect(location.search).toBe('?period=7d');
		await waitFor(() =>
			expect(
				calls.some(
					(call) => call.path === `${API}/heatmap` && call.search.get('period') === '7d',
				),
			).toBe(true),
		);
		fireEvent.keyDown(document.body, { key: 'y', code: 'KeyY' });
		expect(location.search).toBe('?period=ytd');
		fireEvent.keyDown(document.body, { key: 'x', code: 'KeyX' });
		expect(location.search).toBe('?period=ytd&compare=year');
	});

	it('looks closer where the chart is dragged over', async () => {
		openPage(PATH);
		await userEvent.click(await screen.findByRole('button', { name: 'drawing of messages' }));
		expect(location.search).toBe('?period=custom&from=2025-11-03&to=2025-11-04');
	});

	it('opens the help with a question mark', async () => {
		openPage(PATH);
		await screen.findByText('1,234');
		fireEvent.keyDown(document.body, { key: '?', code: 'Slash' });
		expect(within(screen.getByRole('dialog')).getByText('Last 12 months')).toBeTruthy();
	});
});

describe('charts and lists', () => {
	it('says the chart in a sentence and in a table', async () => {
		openPage(PATH);
		expect(await screen.findByText(/1,234 messages from people, 600 a day/)).toBeTruthy();
		await userEvent.click(screen.getByRole('button', { name: 'Messages: show as table' }));
		const table = within(
			screen.getByRole('region', { name: 'Messages, as a table' }),
		).getByRole('table');
		expect(within(table).getAllByRole('row')).toHaveLength(4);
	});

	it('adds lines to the chart and keeps the last one', async () => {
		openPage(PATH);
		await userEvent.click(await screen.findByRole('button', { name: 'Bots' }));
		expect(screen.getByText('drawing of messages bot_messages')).toBeTruthy();
		await userEvent.click(screen.getByRole('button', { name: 'People' }));
		await userEvent.click(screen.getByRole('button', { name: 'Bots' }));
		expect(screen.getByText('drawing of bot_messages')).toBeTruthy();
		expect(location.search).toBe('?show=bot_messages');
	});

	it('marks who left, what was deleted and what the bot can not see', async () => {
		openPage(PATH);
		const channels = await screen.findByRole('table', { name: 'Top channels' });
		expect(words(within(channels).getByRole('row', { name: /hidden channel/ }))).toContain(
			'deleted',
		);
		const members = await screen.findByRole('table', { name: 'Top members' });
		expect(words(within(members).getByRole('row', { name: /=cmd/ }))).toContain('left');
	});

	it('has 7 × 24 cells that can be read without colours', async () => {
		openPage(PATH);
		const heat = await screen.findByRole('table', { name: /Messages per hour/ });
		expect(
			within(heat)
				.getAllByRole('cell')
				.filter((cell) => cell.textContent),
		).toHaveLength(7 * 24);
		expect(screen.getByText(/Busiest on Tue 20:00–21:00 \(400\)/)).toBeTruthy();
	});

	it('hands out what is on the screen as a file', async () => {
		let text: Promise<string> | undefined;
		vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
			text = (blob as Blob).text();
			return 'blob:test';
		});
		const names: string[] = [];
		vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
			this: HTMLAnchorElement,
		) {
			names.push(this.download);
		});
		openPage(PATH);
		await userEvent.click(await screen.findByRole('button', { name: 'Download: Top members' }));
		await userEvent.click(screen.getByRole('menuitem', { name: 'CSV, for spreadsheets' }));
		expect(names).toEqual([
			'rations-night-city-top-members-messages-2025-11-03-2025-11-05.csv',
		]);
		expect(await text).toContain(`7,'=cmd(),50,5,2,2,0`);
	});
});

describe('live', () => {
	it('says whether its figures are to be believed', async () => {
		openPage(PATH);
		await screen.findByText('Connecting…');
		act(() => FakeEventSource.all.at(-1)?.say(live));
		expect(await screen.findByText('Live', { selector: '[role=status]' })).toBeTruthy();
		expect(screen.getByRole('img', { name: '5 messages in the last 30 minutes' })).toBeTruthy();
		act(() => FakeEventSource.all.at(-1)?.fail({ forGood: false }));
		expect(await screen.findByText('Reconnecting…')).toBeTruthy();
	});
});

describe('settings', () => {
	it('changes the time zone, with the token', async () => {
		const calls = openPage(PATH, { [`PATCH ${API}`]: ok({ ...guild, timezone: 'UTC' }) });
		await userEvent.click(await screen.findByRole('button', { name: 'Server settings' }));
		const input = screen.getByRole('combobox', { name: 'Time zone' });
		await userEvent.clear(input);
		await userEvent.type(input, 'Nowhere');
		expect(screen.getByText(/No such time zone/)).toBeTruthy();
		await userEvent.clear(input);
		await userEvent.type(input, 'UTC');
		await userEvent.click(screen.getByRole('button', { name: 'Save' }));
		await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
		const patch = calls.find((call) => call.method === 'PATCH');
		expect(patch?.body).toEqual({ timezone: 'UTC' });
		expect(patch?.headers.get('x-csrf-token')).toBe('secret-token');
	});

	it('is not offered to those who may only look', async () => {
		openPage(PATH, { [`GET ${API}`]: ok({ ...guild, can_manage: false }) });
		await screen.findByText('1,234');
		expect(screen.queryByRole('button', { name: 'Server settings' })).toBeNull();
	});
});

describe('trouble', () => {
	it('keeps one broken panel to itself', async () => {
		openPage(PATH, { [`GET ${API}/heatmap`]: problem(400, 'heatmap is out') });
		await screen.findByText('1,234');
		expect((await screen.findByRole('alert')).textContent).toContain('heatmap is out');
	});

	it('does not tell a missing guild from a forbidden one', async () => {
		openPage(PATH, { [`GET ${API}`]: problem(404) });
		expect(
			await screen.findByRole('heading', { name: 'This server is not open to you' }),
		).toBeTruthy();
	});

	it('leads back here after a session has ended', async () => {
		let isOver = false;
		openPage(`${PATH}?period=7d`, {
			'GET /api/v1/me': (call) =>
				isOver
					? problem(401)(call)
					: ok({
							id: '5',
							name: 'Ann',
							username: 'ann',
							avatar_url: null,
							csrf_token: 'x',
							is_owner: false,
						})(call),
			[`GET ${API}/heatmap`]: (call) => {
				isOver = true;
				return problem(401)(call);
			},
		});
		expect(await screen.findByText(/Your session has ended/)).toBeTruthy();
		const logIn = await screen.findByRole('link', { name: 'Log in with Discord' });
		expect(logIn.getAttribute('href')).toBe(
			`/login?next=${encodeURIComponent(`${PATH}?period=7d`)}`,
		);
	});

	it('warns while Discord has an outage, and before the first event', async () => {
		openPage(PATH, { [`GET ${API}`]: ok({ ...guild, is_available: false }) });
		expect(await screen.findByText(/reports this server as unavailable/)).toBeTruthy();
	});

	it('tells what to do when nothing was counted yet', async () => {
		openPage(PATH, {
			[`GET ${API}`]: ok({ ...guild, first_event_at: null, last_event_at: null }),
			[`GET ${API}/overview`]: ok({ ...overview, figures: [] }),
		});
		expect(await screen.findByText(/Write a message in a channel/)).toBeTruthy();
	});
});

it('asks nothing about single members for those who may not see them', async () => {
	const calls = openPage(PATH, { [`GET ${API}`]: ok({ ...guild, can_see_people: false }) });
	await screen.findByText('1,234');
	expect(screen.queryByRole('heading', { name: 'Top members' })).toBeNull();
	expect(screen.queryByRole('link', { name: 'Members' })).toBeNull();
	expect(calls.some((call) => call.path.includes('/members'))).toBe(false);
});

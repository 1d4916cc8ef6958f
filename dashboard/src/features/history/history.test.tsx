import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { History, HistoryChannel } from '@/api/types';
import { ok } from '@/test/mock-api';
import { openPage } from '@/test/open-page';
import { guild, GUILD_ID } from '@/test/samples';

const channel: HistoryChannel = {
	id: '10',
	name: 'general',
	kind: 0,
	is_deleted: false,
	messages: 1234,
	progress: 0.5,
	is_done: false,
	skipped: null,
	gaps: 2,
	threads: 3,
};
const off: History = {
	is_possible: true,
	is_wanted: false,
	days: null,
	since: null,
	is_paused: false,
	state: 'off',
	progress: 0,
	ends_at: null,
	started_at: null,
	finished_at: null,
	messages: 0,
	requests: 0,
	oldest_at: null,
	members: 0,
	members_skipped: null,
	trouble: '',
	channels: [],
};
const reading: History = {
	...off,
	is_wanted: true,
	days: 90,
	state: 'messages',
	progress: 0.42,
	ends_at: '2026-03-01T13:00:00Z',
	started_at: '2026-03-01T11:00:00Z',
	messages: 5000,
	requests: 61,
	oldest_at: '2026-01-05T00:00:00Z',
	members: 120,
	channels: [
		channel,
		{ ...channel, id: '11', name: 'secret', is_done: true, skipped: 'forbidden' },
		{ ...channel, id: '12', name: '', is_done: true, is_deleted: true, skipped: 'gone' },
	],
};
const PATH = `/guilds/${GUILD_ID}/history`;
const URL = `/api/v1${PATH}`;
const joined = ok({
	timezone: 'UTC',
	is_complete: true,
	months: [
		{ month: '2025-11', joined: 20, members: 20 },
		{ month: '2026-01', joined: 100, members: 120 },
	],
});
const JOINED = `GET /api/v1/guilds/${GUILD_ID}/members/joined`;

describe('history', () => {
	it('is switched on, as far back as somebody likes', async () => {
		const calls = openPage(PATH, {
			[`GET ${URL}`]: ok(off),
			[`PUT ${URL}`]: ok(reading),
			[JOINED]: joined,
		});
		await userEvent.click(await screen.findByRole('button', { name: '1 year' }));
		await userEvent.click(screen.getByRole('button', { name: 'Read history' }));
		expect(await screen.findByText('Reading messages')).toBeTruthy();
		const put = calls.find(({ method }) => method === 'PUT');
		expect(put?.body).toEqual({ days: 365, is_paused: false });
		expect(put?.headers.get('x-csrf-token')).toBeTruthy();
	});

	it('shows how far it is, and why a channel was skipped', async () => {
		openPage(PATH, { [`GET ${URL}`]: ok(reading), [JOINED]: joined });
		const bar = await screen.findByRole('progressbar', { name: 'Share that is read' });
		expect(bar.getAttribute('value')).toBe('0.42');
		expect(screen.getByText('42%')).toBeTruthy();
		expect(screen.getByText(/Ready about/)).toBeTruthy();
		const table = screen.getByRole('table', { name: 'Channels' });
		expect(within(table).getByRole('row', { name: /#general/ }).textContent).toContain(
			'1,2343250% read',
		);
		expect(within(table).getByRole('row', { name: /#secret/ }).textContent).toContain(
			'may not read it',
		);
		expect(within(table).getByRole('row', { name: /Channel 12 \(deleted\)/ })).toBeTruthy();
		const members = await screen.findByRole('table', { name: /members joined/ });
		expect(within(members).getByRole('row', { name: /January 2026/ }).textContent).toContain(
			'100120',
		);
	});

	it('is paused as it was wished, and switched off', async () => {
		const calls = openPage(PATH, {
			[`GET ${URL}`]: ok(reading),
			[`PUT ${URL}`]: ok({ ...reading, is_paused: true, state: 'paused' }),
			[`DELETE ${URL}`]: ok({ ...reading, is_wanted: false, state: 'off' }),
			[JOINED]: joined,
		});
		await userEvent.click(await screen.findByRole('button', { name: 'Pause' }));
		expect(await screen.findByRole('button', { name: 'Go on' })).toBeTruthy();
		expect(calls.find(({ method }) => method === 'PUT')?.body).toEqual({
			days: 90,
			is_paused: true,
		});
		await userEvent.click(screen.getByRole('button', { name: 'Switch off' }));
		expect(await screen.findByRole('button', { name: 'Read history' })).toBeTruthy();
	});

	it('is only looked at by those who may not manage', async () => {
		openPage(PATH, {
			[`GET ${URL}`]: ok(off),
			[`GET /api/v1/guilds/${GUILD_ID}`]: ok({ ...guild, can_manage: false }),
		});
		expect(await screen.findByText(/Administrator or Manage Server/)).toBeTruthy();
		expect(screen.queryByRole('button', { name: 'Read history' })).toBeNull();
	});

	it('says what is missing without a token', async () => {
		openPage(PATH, { [`GET ${URL}`]: ok({ ...off, is_possible: false }) });
		expect(await screen.findByText(/DISCORD_BOT_TOKEN/)).toBeTruthy();
	});
});

import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { Fleet, MaintenanceTask, Shard } from '@/api/types';
import { ok, problem } from '@/test/mock-api';
import { openPage } from '@/test/open-page';
import { me } from '@/test/samples';
import { sumUp, toneOf } from './fleet-model';

const shard: Shard = {
	shard: '0/2',
	holder: 'host-1',
	state: 'live',
	trouble: '',
	guilds: 1200,
	unavailable_guilds: 0,
	events_per_s: 12.5,
	events: 10,
	latency_ms: 45,
	last_event_at: '2026-03-01T11:59:53Z',
	live_since: '2026-03-01T09:00:00Z',
	session_started_at: '2026-02-25T12:00:00Z',
	resumes: 2,
	identifies: 1,
	reconnects: 3,
	last_cause: 'network',
	publish_ms: 1,
	buffered_bytes: 0,
	stream_entries: 5,
	intents: 34511,
	intents_withheld: '',
	fence: 4,
	updated_at: '2026-03-01T12:00:00Z',
};
const nobody: Shard = {
	...shard,
	shard: '1/2',
	holder: '',
	state: 'unassigned',
	guilds: 0,
	events_per_s: 0,
	last_event_at: null,
};
const fleet: Fleet = {
	at: '2026-03-01T12:00:00Z',
	shard_count: 2,
	next_shard_count: 0,
	next_since: null,
	identify: {
		remaining: 987,
		total: 1000,
		used: 13,
		resets_at: '2026-03-01T15:00:00Z',
		max_concurrency: 1,
	},
	shards: [shard, nobody],
	replicas: [
		{
			id: 'host-1',
			version: '1.0.0',
			started_at: '2026-03-01T09:00:00Z',
			shards: 1,
			rss_bytes: 18_400_000,
			updated_at: '2026-03-01T12:00:00Z',
		},
	],
};
const erased: MaintenanceTask = {
	task: 'erase',
	every_s: 60,
	started_at: '2026-03-01T11:59:00Z',
	finished_at: '2026-03-01T11:59:01Z',
	next_at: '2026-03-01T12:01:00Z',
	outcome: 'done',
	is_running: false,
	rows: 0,
	steps: 0,
	why: '',
	worked_at: null,
	worked_rows: null,
};
const stuck: MaintenanceTask = {
	...erased,
	task: 'reindex',
	outcome: 'failed',
	why: 'no room on the disk',
};
const URL = 'GET /api/v1/system/shards';
const MAINTENANCE = {
	'GET /api/v1/maintenance': ok({ at: '2026-03-01T12:00:00Z', tasks: [erased, stuck] }),
	'GET /api/v1/system/database': ok({ replica: null }),
	'GET /api/v1/system/checkup': ok({ at: '2026-03-01T12:00:00Z', is_whole: true, checks: [] }),
};

describe('system', () => {
	it('shows every shard and what it comes to', async () => {
		openPage('/system', { ...MAINTENANCE, [URL]: ok(fleet) });
		const table = await screen.findByRole('table', { name: 'Shards' });
		const live = within(table).getByRole('row', { name: /0\/2/ });
		expect(live.textContent).toContain('Live1,20013');
		expect(live.textContent).toContain('45 ms7s ago4d');
		expect(within(table).getByRole('row', { name: /1\/2/ }).textContent).toContain(
			'Nobody holds it',
		);
		expect(screen.getByText('1 of 2')).toBeTruthy();
		expect(screen.getByText('987 of 1,000')).toBeTruthy();
		expect(screen.getByText('1 shard is not live.')).toBeTruthy();
		expect(screen.getByText('18 MB')).toBeTruthy();
	});

	it('shows only those to worry about', async () => {
		openPage('/system', { ...MAINTENANCE, [URL]: ok(fleet) });
		await userEvent.click(await screen.findByRole('button', { name: 'Not live' }));
		expect(screen.queryByRole('row', { name: /0\/2/ })).toBeNull();
		expect(screen.getByRole('row', { name: /1\/2/ })).toBeTruthy();
	});

	it('tells of resharding and refused intents', async () => {
		openPage('/system', {
			...MAINTENANCE,
			[URL]: ok({
				...fleet,
				next_shard_count: 4,
				next_since: fleet.at,
				shards: [{ ...shard, intents_withheld: 'Message Content' }, nobody],
			}),
		});
		expect(await screen.findByText(/Going from 2 to 4 shards/)).toBeTruthy();
		expect(screen.getByText(/privileged intents \(Message Content\)/)).toBeTruthy();
	});

	it('tells how maintenance went', async () => {
		openPage('/system', { ...MAINTENANCE, [URL]: ok(fleet) });
		const trouble = await screen.findByText('no room on the disk');
		expect(trouble.closest('tr')?.textContent).toContain('Failed');
	});

	it('tells how the read replica is, where there is one', async () => {
		const replica = {
			state: 'behind',
			lag_ms: 75_000,
			max_lag_ms: 10_000,
			connections: 4,
			connections_used: 0,
		};
		openPage('/system', {
			...MAINTENANCE,
			[URL]: ok(fleet),
			'GET /api/v1/system/database': ok({ replica }),
		});
		const panel = (await screen.findByText('Too far behind')).closest('section');
		expect(panel?.textContent).toContain('used up to 10s');
		expect(panel?.textContent).toContain('0 of 4');
		expect(panel?.textContent).toContain('until it has caught up');
	});

	it('says what to do while there is none', async () => {
		openPage('/system', {
			...MAINTENANCE,
			[URL]: ok({ ...fleet, shard_count: 0, shards: [], replicas: [] }),
		});
		expect(await screen.findByText('No shard yet')).toBeTruthy();
	});

	it('is for owners', async () => {
		openPage('/system', {
			[URL]: problem(403, 'Set OWNER_IDS'),
			'GET /api/v1/system/checkup': problem(403, 'Set OWNER_IDS'),
		});
		expect((await screen.findByRole('alert')).textContent).toContain('Set OWNER_IDS');
	});

	it('is in the menu of owners alone', async () => {
		openPage('/guilds', { 'GET /api/v1/me': ok({ ...me, is_owner: true }) });
		await userEvent.click(await screen.findByRole('button', { name: 'Account of Ann' }));
		expect(screen.getByRole('menuitem', { name: 'System' })).toBeTruthy();
	});
});

describe('the sums', () => {
	it('are those of the plan that serves', () => {
		const next = { ...shard, shard: '0/4' };
		expect(sumUp({ ...fleet, next_shard_count: 4, shards: [shard, nobody, next] })).toEqual({
			live: 1,
			guilds: 1200,
			missing: 0,
			rate: 12.5,
			withheld: '',
		});
	});

	it('worry about what does not mend itself', () => {
		expect(toneOf(shard)).toBe('good');
		expect(toneOf({ ...shard, state: 'resuming' })).toBe('busy');
		expect(toneOf({ ...shard, state: 'waiting', trouble: 'token' })).toBe('bad');
		expect(toneOf(nobody)).toBe('bad');
	});
});

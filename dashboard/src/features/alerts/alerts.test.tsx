import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { AlertRule } from '@/api/types';
import { ok } from '@/test/mock-api';
import { openPage } from '@/test/open-page';
import { GUILD_ID } from '@/test/samples';

const GUILD = `/api/v1/guilds/${GUILD_ID}`;
const rule: AlertRule = {
	id: '7',
	name: 'Quiet voice',
	figure: 'voice_raw_ms',
	condition: 'below',
	window_hours: 24,
	threshold: 2 * 3_600_000,
	sensitivity: null,
	direction: 'both',
	is_on: false,
	created_at: '2026-07-01T10:00:00Z',
	firing_since: null,
	checked_at: null,
	verdict: null,
	value: null,
	expected: null,
	weeks: null,
};

describe('a rule that is there', () => {
	it('is changed in a dialog that shows it as it is, and stays off', async () => {
		const user = userEvent.setup();
		const calls = openPage(`/guilds/${GUILD_ID}/alerts`, {
			[`GET ${GUILD}/alerts`]: ok({ rules: [rule] }),
			[`GET ${GUILD}/alert-episodes`]: ok({ total: 0, rows: [] }),
			[`GET ${GUILD}/webhooks`]: ok({ webhooks: [] }),
			[`PUT ${GUILD}/alerts/7`]: ok(rule),
		});
		await user.click(await screen.findByRole('button', { name: 'Change: Quiet voice' }));
		const dialog = within(await screen.findByRole('dialog'));
		const bound = dialog.getByLabelText<HTMLInputElement>('Bound, in hours');
		expect(bound.value).toBe('2');
		await user.clear(bound);
		await user.type(bound, '3.5');
		await user.click(dialog.getByRole('button', { name: 'Save' }));
		await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
		expect(calls.find((call) => call.method === 'PUT')?.body).toEqual({
			name: 'Quiet voice',
			figure: 'voice_raw_ms',
			condition: 'below',
			threshold: 12_600_000,
			window_hours: 24,
			is_on: false,
		});
	});
});

import { describe, expect, it } from 'vitest';
import type { NotificationSettings } from '@/api/types';
import { clockOf, minuteOf, mistakesOf, moved, stepTimes } from './draft';

const GOOD: NotificationSettings = {
	is_enabled: true,
	delay_s: 600,
	repeat_s: 0,
	repeat_cap: 3,
	channel_id: '5',
	channel_guild_id: '1',
	roles: [],
	zone: '',
	weekdays: 127,
	quiet_from: null,
	quiet_to: null,
	holds_for_shift: false,
	storm: 5,
	report_channel_id: null,
	report_minute: null,
	system_channel_id: null,
	escalation: [],
};

describe('mistakesOf', () => {
	it('finds none in what is good', () => {
		expect([...mistakesOf(GOOD)]).toEqual([]);
	});

	it('names every one', () => {
		const bad = {
			...GOOD,
			channel_id: null,
			delay_s: NaN,
			repeat_s: 30,
			weekdays: 0,
			quiet_from: 60,
			quiet_to: 60,
			zone: 'Mars/Olympus',
			report_minute: 0,
			escalation: [
				{ wait_s: 5, kind: 'lead' as const, target_id: null },
				{ wait_s: 300, kind: 'role' as const, target_id: null },
			],
		};
		expect([...mistakesOf(bad)].toSorted()).toEqual([
			'channel',
			'days',
			'delay',
			'quiet',
			'repeat',
			'report',
			'target',
			'wait',
			'zone',
		]);
	});
});

it('tells minutes of the day as a clock does', () => {
	expect(clockOf(65)).toBe('01:05');
	expect(minuteOf('23:59')).toBe(1439);
	expect(minuteOf('')).toBeNull();
});

it('adds the steps up, and moves them', () => {
	const step = { kind: 'lead' as const, target_id: null };
	const escalation = [
		{ ...step, wait_s: 300 },
		{ ...step, wait_s: 60 },
	];
	expect(stepTimes({ ...GOOD, escalation })).toEqual([900, 960]);
	expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
});

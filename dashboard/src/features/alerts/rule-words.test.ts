import { expect, test } from 'vitest';
import type { TFunction } from 'i18next';
import type { AlertRule } from '@/api/types';
import { newFormats } from '@/lib/format';
import { thresholdOf } from './amount';
import { lastWords, ruleWords } from './rule-words';

/* Keys and what is put into them: the words themselves are the catalogues' affair. */
const t = ((key: string, values: Record<string, string> = {}) =>
	[key, ...Object.values(values)].join(' | ')) as unknown as TFunction;
const formats = newFormats('en');

const rule: AlertRule = {
	id: '1',
	name: 'x',
	figure: 'joins',
	condition: 'above',
	window_hours: 6,
	threshold: 50,
	sensitivity: null,
	direction: 'both',
	is_on: true,
	created_at: '2026-03-30T10:00:00Z',
	firing_since: null,
	checked_at: null,
	verdict: null,
	value: null,
	expected: null,
	weeks: null,
};

test('a rule says what it watches, over which time', () => {
	expect(ruleWords(rule, t, formats)).toBe(
		'alerts.rules.above | alerts.figure.joins | 50 | alerts.window.6',
	);
	expect(ruleWords({ ...rule, figure: 'members' }, t, formats)).toBe(
		'alerts.rules.state_above | alerts.figure.members | 50',
	);
	expect(ruleWords({ ...rule, condition: 'unusual', threshold: null }, t, formats)).toBe(
		'alerts.rules.unusual | alerts.figure.joins',
	);
});

test('time in voice is typed in hours and kept in milliseconds', () => {
	expect(thresholdOf(1.5, 'voice_present_ms')).toBe(5_400_000);
	expect(thresholdOf(1.5, 'joins')).toBe(1.5);
	const words = ruleWords(
		{ ...rule, figure: 'voice_present_ms', threshold: 7_200_000 },
		t,
		formats,
	);
	expect(words).toContain(formats.duration(7_200_000));
});

test('the last look tells what was found beside what was expected', () => {
	expect(lastWords(rule, t, formats)).toBe('alerts.rules.waiting');
	expect(lastWords({ ...rule, value: 3 }, t, formats)).toBe('alerts.rules.value_only | 3');
	expect(lastWords({ ...rule, value: 3, expected: 50 }, t, formats)).toBe(
		'alerts.rules.value | 3 | 50',
	);
	const unusual = { ...rule, condition: 'unusual', value: 3, expected: 50 } as const;
	expect(lastWords(unusual, t, formats)).toBe('alerts.rules.value_usual | 3 | 50');
});

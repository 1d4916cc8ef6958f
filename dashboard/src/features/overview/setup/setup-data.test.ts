import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import type { Setup } from '@/api/types';
import { newFormats } from '@/lib/format';
import { guild } from '@/test/samples';
import { isSetupShown, setupLines } from './setup-data';

const DONE: Setup = {
	is_connected: true,
	channels: 5,
	hidden_channels: 0,
	is_zone_chosen: true,
	timezone: 'Europe/Moscow',
	people_known: 40,
	first_event_at: '2025-11-05T09:00:00Z',
};
const formats = newFormats('en');
const linesOf = (change: Partial<Setup>) => setupLines({ ...DONE, ...change }, i18next.t, formats);
const openOf = (change: Partial<Setup>) =>
	linesOf(change).flatMap((line) => (line.isDone ? [] : [line.key]));

describe('the first-run list', () => {
	it('knows what is done and what is not', () => {
		expect(openOf({})).toEqual([]);
		expect(openOf({ is_connected: false })).toEqual(['bot']);
		expect(openOf({ channels: 0 })).toEqual(['channels']);
		expect(openOf({ hidden_channels: 2 })).toEqual(['channels']);
		expect(openOf({ people_known: 0 })).toEqual(['people']);
		expect(openOf({ is_zone_chosen: false, timezone: 'UTC' })).toEqual(['zone']);
		expect(openOf({ first_event_at: null })).toEqual(['counting']);
	});

	it('says how much the bot can not see', () => {
		const text = linesOf({ hidden_channels: 2 }).find(({ key }) => key === 'channels')?.text;
		expect(text).toContain('2 of 5 channels are hidden');
	});

	it('is there while nothing is counted, and for who can do what is left', () => {
		const visitor = { ...guild, can_manage: false };
		const fresh = linesOf({ first_event_at: null });
		const hidden = linesOf({ hidden_channels: 1 });
		expect(isSetupShown(fresh, visitor, false)).toBe(true);
		expect(isSetupShown(hidden, guild, false)).toBe(true);
		expect(isSetupShown(hidden, visitor, false)).toBe(false);
		expect(isSetupShown(linesOf({}), guild, false)).toBe(false);
		expect(isSetupShown(fresh, guild, true)).toBe(false);
	});
});

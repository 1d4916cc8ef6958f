import { expect, test } from 'vitest';
import type { Rating } from '@/api/types';
import { draftOf, wishOf } from './rating-data';

const RATING: Rating = {
	points_message: 3,
	points_reply: 2,
	points_reaction: 1,
	points_task: 5,
	block_cap: null,
	levels: [
		{ from: 50, ru: 'Великолепно', en: 'Excellent', colour: 'green' },
		{ from: 10, ru: 'Плохо', en: 'Poor', colour: 'orange' },
		{ from: null, ru: 'Ужасно', en: 'Terrible', colour: 'red' },
	],
	is_default: true,
};

test('what was read is what would be sent', () => {
	const { is_default: _, ...wish } = RATING;
	expect(wishOf(draftOf(RATING))).toEqual(wish);
});

test('what can not be sent is not', () => {
	const draft = draftOf(RATING);
	const levels = draft.levels;
	expect(wishOf({ ...draft, points_reply: '' })).toBeNull();
	expect(wishOf({ ...draft, points_reply: '1.5' })).toBeNull();
	expect(wishOf({ ...draft, points_reply: '1001' })).toBeNull();
	expect(wishOf({ ...draft, block_cap: '0' })).toBeNull();
	expect(wishOf({ ...draft, block_cap: '30' })?.block_cap).toBe(30);
	const first = levels[0];
	if (!first) throw new Error('no level');
	expect(wishOf({ ...draft, levels: [{ ...first, from: '10' }, ...levels.slice(1)] })).toBeNull();
	expect(wishOf({ ...draft, levels: [{ ...first, en: ' ' }, ...levels.slice(1)] })).toBeNull();
});

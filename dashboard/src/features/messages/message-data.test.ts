import { expect, it } from 'vitest';
import i18next from 'i18next';
import type { Messages } from '@/api/types';
import { formatsFor } from '@/i18n/use-formats';
import { figureOf, MESSAGE_KEYS, shapeMessageFigure } from './message-data';

const range = {
	from: '2026-03-01T00:00:00Z',
	to: '2026-03-03T00:00:00Z',
	timezone: 'UTC',
	coverage: 1,
	gaps: [],
	is_partial: false,
};
const answer: Messages = {
	range,
	compare_range: null,
	bucket: 'day',
	starts: ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'],
	is_last_partial: false,
	figures: MESSAGE_KEYS.map((key, place) => ({
		key,
		value: key === 'deletions' ? null : 10 * place,
		previous: null,
		values: key === 'deletions' ? [null, null] : [place, 9 * place],
		previous_values: null,
	})),
};
const words = { t: i18next.t, formats: formatsFor('en') };

it('draws the figure that is picked, and has all of them in the table', () => {
	const shaped = shapeMessageFigure(answer, 'writers', words);
	expect(shaped.model.series.map(({ key, values }) => [key, values])).toEqual([
		['writers', [1, 9]],
	]);
	expect(shaped.table.columns.map(({ key }) => key)).toEqual(['start', ...MESSAGE_KEYS]);
	expect(shaped.table.rows[1]?.slice(1, 4)).toEqual([0, 9, 18]);
});

it('leaves a hole where Discord tells nothing', () => {
	expect(figureOf(answer, 'deletions')?.value).toBeNull();
	const shaped = shapeMessageFigure(answer, 'deletions', words);
	expect(shaped.model.series[0]?.values).toEqual([null, null]);
});

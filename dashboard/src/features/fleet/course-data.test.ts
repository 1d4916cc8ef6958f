import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadArea } from '@/i18n';
import { newFormats } from '@/lib/format';
import { card, members, messages, voice } from '@/test/samples';
import { chosenOf, onDates, shapeCourses, toggled } from './course-data';

const words = { t: i18next.t, formats: newFormats('en') };
const cards = ['1', '2', '3', '4', '5', '6'].map((id) => ({ ...card, id, name: `G${id}` }));
const [one, two] = cards as [typeof card, typeof card];

beforeAll(() => loadArea('fleet'));

describe('which guilds are drawn', () => {
	it('is what the address says, of those one may see, at most five', () => {
		const ids = (asked: string | null) => chosenOf(asked, cards).map(({ id }) => id);
		expect(ids('3,1,99,1')).toEqual(['3', '1']);
		expect(ids('1,2,3,4,5,6')).toHaveLength(5);
		expect(ids(null)).toEqual(['1', '2', '3', '4', '5']);
		expect(ids('')).toEqual([]);
	});

	it('adds and takes away, and is full at five', () => {
		expect(toggled(['1', '2'], '1')).toEqual(['2']);
		expect(toggled(['2'], '1')).toEqual(['2', '1']);
		expect(toggled(['1', '2', '3', '4', '5'], '6')).toEqual(['1', '2', '3', '4', '5']);
	});
});

/* The same dates in Auckland, where one more day has begun and the first is not in the range. */
const far = {
	...messages,
	range: { ...messages.range, timezone: 'Pacific/Auckland' },
	starts: ['2025-11-03T11:00:00.000Z', '2025-11-04T11:00:00.000Z', '2025-11-05T11:00:00.000Z'],
};

describe('the chart', () => {
	it('puts days of one date above each other', () => {
		expect(onDates(['2025-11-03', '2025-11-04', '2025-11-05'], far, [1, 2, 3])).toEqual([
			null,
			1,
			2,
		]);
		const shaped = shapeCourses(
			[
				{ guild: one, answer: messages },
				{ guild: two, answer: far },
			],
			'messages',
			words,
		);
		expect(shaped?.model.series.map(({ label, values }) => [label, values])).toEqual([
			['G1', [400, 800, 34]],
			['G2', [null, 400, 800]],
		]);
		expect(shaped?.table.columns.map(({ title }) => title).slice(1)).toEqual(['G1', 'G2']);
		expect(shaped?.table.rows[0]?.slice(1)).toEqual([400, null]);
		expect(shaped?.summary).toBe('Most: G1, 1,234.');
	});

	it('knows every measure', () => {
		const valuesOf = (measure: 'voice' | 'net_growth' | 'active_members', answer = members) =>
			shapeCourses([{ guild: one, answer }], measure, words)?.model.series[0]?.values;
		expect(valuesOf('net_growth')).toEqual([0, 0, 1]);
		expect(valuesOf('active_members')).toEqual([30, 50, 8]);
		expect(valuesOf('voice', voice)).toEqual([0, 1.5, 0]);
		expect(shapeCourses([], 'messages', words)).toBeUndefined();
	});
});

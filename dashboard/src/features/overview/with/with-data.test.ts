import { describe, expect, it } from 'vitest';
import { messages, overview, range } from '@/test/samples';
import { overviewWith, sameDays, seriesWith } from './with-data';

describe('the same days of another guild', () => {
	it('are asked for by the calendar, without what only this guild has', () => {
		const asked = { period: '7d', compare: 'none', channel: '1', bots: 'with' } as const;
		expect(sameDays(asked, range)).toEqual({
			compare: 'none',
			bots: 'with',
			period: 'custom',
			from: '2025-11-03',
			to: '2025-11-05',
		});
	});

	it('are not whole days where the last 24 hours are asked for', () => {
		expect(sameDays({ period: '24h' }, range)).toEqual({ compare: 'none', period: '24h' });
	});
});

describe('figures beside figures', () => {
	it('takes the place of those before', () => {
		const other = {
			...overview,
			figures: [{ key: 'messages' as const, value: 617, previous: 5, sparkline: [] }],
		};
		const found = overviewWith(overview, other).figures;
		expect(found.find(({ key }) => key === 'messages')).toMatchObject({
			value: 1234,
			previous: 617,
		});
		expect(found.find(({ key }) => key === 'joins')?.previous).toBeNull();
	});

	it('says nothing until the other has answered, or when it may not', () => {
		const found = overviewWith(overview, undefined);
		expect(found.compare_range).toBeNull();
		expect(found.figures.every(({ previous }) => previous === null)).toBe(true);
		expect(seriesWith(messages, undefined, 'Other')).toBe(messages);
	});

	it('puts day beside day, where the other has come as far', () => {
		const other = {
			...messages,
			starts: messages.starts.slice(0, 2),
			series: [{ key: 'messages', values: [7, 8], previous: [1, 1] }],
		};
		const found = seriesWith(messages, other, 'Other');
		expect(found.compared_name).toBe('Other');
		expect(found.series.map(({ previous }) => previous)).toEqual([[7, 8, null], null, null]);
	});
});

/*
 * Another guild beside this one: its own figures for the same days of its own calendar, put where
 * otherwise another time stands.
 */
import type { Overview, Range, Timeseries } from '@/api/types';
import type { Named } from '@/components/chart/chart-model';
import type { RangeQuery } from '@/lib/view';
import { dayOf } from '@/lib/zone';

/** What to ask the other guild: days as the calendar has them, but the last 24 hours as they are. */
export function sameDays(asked: RangeQuery, range: Range): RangeQuery {
	const query: RangeQuery = { compare: 'none' };
	if (asked.bots) query.bots = asked.bots;
	if (asked.period === '24h') return { ...query, period: '24h' };
	return {
		...query,
		period: 'custom',
		from: dayOf(Date.parse(range.from), range.timezone),
		to: dayOf(Date.parse(range.to) - 1, range.timezone),
	};
}

export function overviewWith(own: Overview, other: Overview | undefined): Overview {
	return {
		...own,
		compare_range: other ? other.range : null,
		figures: own.figures.map((figure) => ({
			...figure,
			previous: other?.figures.find(({ key }) => key === figure.key)?.value ?? null,
		})),
	};
}

/* Days have the same dates on both calendars, so they are in the same order; one may be further. */
export function seriesWith(
	own: Timeseries,
	other: Timeseries | undefined,
	name: string,
): Timeseries & Named {
	if (!other) return own;
	return {
		...own,
		compared_name: name,
		compare_range: { ...other.range, from: own.range.from, to: own.range.to },
		series: own.series.map((series) => {
			const values = other.series.find(({ key }) => key === series.key)?.values;
			return {
				...series,
				previous: values ? own.starts.map((_, index) => values[index] ?? null) : null,
			};
		}),
	};
}

/* Shaping of requests: the answer in, drawings, tables and sentences out. */
import type { RequestFigures } from '@/api/types';
import { frameOf, seriesOf, type ChartSeries } from '@/components/chart/chart-model';
import { seriesTable, type Shaped, type Words } from '@/components/chart/shape';
import { waitText } from './wait';

export const COURSES = ['requests', 'waits', 'targets'] as const;
export type Course = (typeof COURSES)[number];
type Key = RequestFigures['series'][number]['key'];

const LINES: Record<Course, { key: Key; color: string; kind: ChartSeries['kind'] }[]> = {
	requests: [
		{ key: 'requests', color: '--ra-people', kind: 'area' },
		{ key: 'without_answer', color: '--ra-leaves', kind: 'line' },
	],
	waits: [
		{ key: 'p50_ms', color: '--ra-people', kind: 'line' },
		{ key: 'p90_ms', color: '--ra-reactions', kind: 'line' },
	],
	targets: [{ key: 'target_rate', color: '--ra-joins', kind: 'line' }],
};

export function shapeCourse(answer: RequestFigures, course: Course, words: Words): Shaped {
	const { t, formats } = words;
	const show =
		course === 'waits'
			? (value: number) => waitText(value, formats)
			: course === 'targets'
				? formats.share
				: formats.count;
	const series: ChartSeries[] = LINES[course].map(({ key, color, kind }, index) => ({
		key,
		label: t(`requests.series.${key}`),
		color,
		kind,
		values: seriesOf(answer, key).values,
		previous: index === 0 ? seriesOf(answer, key).previous : null,
		show,
	}));
	return {
		model: {
			...frameOf(answer),
			series,
			tick: course === 'waits' ? show : course === 'targets' ? formats.share : formats.short,
			hasFractions: course === 'targets',
		},
		table: seriesTable(
			answer,
			series,
			series.map(({ key, label, values }) => ({ key, title: label, values, show })),
			words,
		),
		summary: t(`requests.course.${course}_summary`),
	};
}

/** The sentence above the figures: what somebody who asks has to expect. */
export function headline(answer: RequestFigures, { t, formats }: Words): string {
	const { figures } = answer;
	if (figures.n === 0) return t('requests.headline.none');
	if (figures.is_hidden) return t('requests.headline.few', { count: figures.n });
	const { p50_ms: p50, p90_ms: p90 } = figures.calendar;
	if (p50 === null) return t('requests.headline.unreached');
	const half = t('requests.headline.half', { wait: waitText(p50, formats) });
	return p90 === null
		? `${half} ${t('requests.headline.most_unreached')}`
		: `${half} ${t('requests.headline.most', { wait: waitText(p90, formats) })}`;
}

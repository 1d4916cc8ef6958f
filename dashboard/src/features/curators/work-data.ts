/* Shaping of what the staff did: a bar a kind of work, answers as a line. */
import type { ActivitySummary } from '@/api/types';
import { frameOf, seriesOf, sum, type ChartSeries } from '@/components/chart/chart-model';
import { peakText, seriesTable, type Shaped, type Words } from '@/components/chart/shape';

export const WORK_KEYS = ['messages', 'replies', 'reactions', 'tasks', 'responses'] as const;
type WorkKey = (typeof WORK_KEYS)[number];

const COLORS: Record<WorkKey, string> = {
	messages: '--ra-people',
	replies: '--ra-members',
	reactions: '--ra-reactions',
	tasks: '--ra-leaves',
	responses: '--ra-voice',
};

const activities = (answer: ActivitySummary): (number | null)[] =>
	answer.starts.map((_, at) =>
		WORK_KEYS.slice(0, 4).reduce(
			(total, key) => total + (seriesOf(answer, key).values[at] ?? 0),
			0,
		),
	);

export function shapeWork(answer: ActivitySummary, words: Words): Shaped {
	const { t, formats } = words;
	const series = WORK_KEYS.map((key): ChartSeries => ({
		key,
		label: t(`curators.work.${key}`),
		color: COLORS[key],
		kind: 'line',
		values: seriesOf(answer, key).values,
		show: formats.count,
	}));
	const all = activities(answer);
	const total = sum(all);
	return {
		model: { ...frameOf(answer), series, tick: formats.short },
		table: seriesTable(
			answer,
			series,
			WORK_KEYS.map((key) => ({
				key,
				title: t(`curators.work.${key}`),
				values: seriesOf(answer, key).values,
			})),
			words,
		),
		summary: [
			t('curators.work.sentence', { count: total, n: formats.count(total) }),
			peakText(all, answer, formats.count, words),
		].join(' '),
	};
}

/* Shaping of the weeks: the active members by what they were before, and those who fell asleep. */
import type { Lifecycle } from '@/api/types';
import { frameOf, seriesOf, type ChartSeries } from '@/components/chart/chart-model';
import { seriesTable, type Shaped, type Words } from '@/components/chart/shape';

export const STAGES = ['returning', 'new', 'resurrected', 'dormant'] as const;
const COLORS = {
	returning: '--ra-people',
	new: '--ra-joins',
	resurrected: '--ra-reactions',
	dormant: '--ra-leaves',
} as const;

function summaryOf(answer: Lifecycle, { t, formats }: Words): string {
	const valueOf = (key: string) =>
		answer.figures.find((figure) => figure.key === key)?.value ?? null;
	const values = STAGES.map(valueOf);
	if (values.some((value) => value === null)) return t('growth.lifecycle.early');
	const [returning, fresh, resurrected, dormant] = values.map((value) =>
		formats.count(value ?? 0),
	);
	return t('growth.lifecycle.summary', { returning, fresh, resurrected, dormant });
}

export function shapeLifecycle(answer: Lifecycle, words: Words): Shaped {
	const { t, formats } = words;
	const series: ChartSeries[] = STAGES.map((key) => ({
		key,
		label: t(`growth.lifecycle.stage.${key}`),
		color: COLORS[key],
		kind: key === 'returning' ? 'area' : 'line',
		values: seriesOf(answer, key).values,
		show: formats.count,
	}));
	return {
		model: { ...frameOf(answer), series, tick: formats.short, cursors: 'weeks' },
		table: seriesTable(
			answer,
			series,
			(['active', ...STAGES] as const).map((key) => ({
				key,
				title: t(`growth.lifecycle.stage.${key}`),
				values: seriesOf(answer, key).values,
			})),
			words,
		),
		summary: summaryOf(answer, words),
	};
}

/* Shaping of joins and leaves: the members as a line above, who came and went as bars. */
import type { Growth } from '@/api/types';
import { frameOf, seriesOf, sum, type ChartSeries } from '@/components/chart/chart-model';
import { seriesTable, type Shaped, type Words } from '@/components/chart/shape';

export const FLOW_KEYS = ['members', 'joins', 'rejoins', 'leaves', 'net_growth'] as const;

function drawnSeries(answer: Growth, { t, formats }: Words): ChartSeries[] {
	const joins = seriesOf(answer, 'joins');
	return [
		{
			key: 'members',
			label: t('growth.series.members'),
			color: '--ra-members',
			kind: 'line',
			axis: 'right',
			values: seriesOf(answer, 'members').values,
			show: formats.count,
		},
		{
			key: 'joins',
			label: t('growth.series.joins'),
			color: '--ra-joins',
			kind: 'bars',
			values: joins.values,
			previous: joins.previous,
			show: formats.count,
		},
		{
			key: 'leaves',
			label: t('growth.series.leaves'),
			color: '--ra-leaves',
			kind: 'bars',
			isBelow: true,
			values: seriesOf(answer, 'leaves').values,
			show: formats.count,
		},
	];
}

function summaryOf(answer: Growth, { t, formats }: Words): string {
	const [joins, rejoins, leaves] = (['joins', 'rejoins', 'leaves'] as const).map((key) =>
		sum(seriesOf(answer, key).values),
	) as [number, number, number];
	return [
		t('summary.joined', { count: joins, n: formats.count(joins) }),
		t('growth.returned', { count: rejoins, n: formats.count(rejoins) }),
		t('summary.left', { count: leaves, n: formats.count(leaves) }),
		t('summary.net', { n: formats.signed(joins - leaves) }),
	].join(' ');
}

export function shapeFlow(answer: Growth, words: Words): Shaped {
	const series = drawnSeries(answer, words);
	return {
		model: { ...frameOf(answer), series, tick: words.formats.short },
		table: seriesTable(
			answer,
			series,
			FLOW_KEYS.map((key) => ({
				key,
				title: words.t(`growth.series.${key}`),
				values: seriesOf(answer, key).values,
			})),
			words,
		),
		summary: summaryOf(answer, words),
	};
}

/* Shaping of the members chart: who came and went, or who took part. */
import type { Timeseries } from '@/api/types';
import { frameOf, seriesOf, sum, type ChartSeries } from '@/components/chart/chart-model';
import type { MembersPart } from '@/lib/view';
import { meanOf, peakText, seriesTable, type Shaped, type Words } from '@/components/chart/shape';

const KEYS = ['members', 'joins', 'leaves', 'active'] as const;

function growthSeries(answer: Timeseries, { t, formats }: Words): ChartSeries[] {
	const joins = seriesOf(answer, 'joins');
	return [
		{
			key: 'members',
			label: t('series.members'),
			color: '--ra-members',
			kind: 'line',
			axis: 'right',
			values: seriesOf(answer, 'members').values,
			show: formats.count,
		},
		{
			key: 'joins',
			label: t('series.joins'),
			color: '--ra-joins',
			kind: 'bars',
			values: joins.values,
			previous: joins.previous,
			show: formats.count,
		},
		{
			key: 'leaves',
			label: t('series.leaves'),
			color: '--ra-leaves',
			kind: 'bars',
			isBelow: true,
			values: seriesOf(answer, 'leaves').values,
			show: formats.count,
		},
	];
}

function activeSeries(answer: Timeseries, { t, formats }: Words): ChartSeries[] {
	const { values, previous } = seriesOf(answer, 'active');
	const label = t('series.active');
	return [
		{
			key: 'active',
			label,
			color: '--ra-members',
			kind: 'area',
			values,
			previous,
			show: formats.count,
		},
	];
}

function growthSummary(answer: Timeseries, { t, formats }: Words): string {
	const joins = sum(seriesOf(answer, 'joins').values);
	const leaves = sum(seriesOf(answer, 'leaves').values);
	return [
		t('summary.joined', { count: joins, n: formats.count(joins) }),
		t('summary.left', { count: leaves, n: formats.count(leaves) }),
		t('summary.net', { n: formats.signed(joins - leaves) }),
	].join(' ');
}

function activeSummary(answer: Timeseries, words: Words): string {
	const { t, formats } = words;
	const { values } = seriesOf(answer, 'active');
	const mean = formats.mean(meanOf(values, answer.is_last_partial));
	return [
		t('summary.active', { mean, per: t(`chart.per.${answer.bucket}`) }),
		peakText(values, answer, formats.count, words),
	].join(' ');
}

export function shapeMembers(answer: Timeseries, part: MembersPart, words: Words): Shaped {
	const isGrowth = part === 'growth';
	const series = isGrowth ? growthSeries(answer, words) : activeSeries(answer, words);
	return {
		model: {
			...frameOf(answer),
			series,
			tick: words.formats.short,
		},
		table: seriesTable(
			answer,
			series,
			KEYS.map((key) => ({
				key,
				title: words.t(`series.${key}`),
				values: seriesOf(answer, key).values,
			})),
			words,
		),
		summary: isGrowth ? growthSummary(answer, words) : activeSummary(answer, words),
	};
}

/* Shaping of day, week and month: how many were active, and how often the same ones. */
import type { Stickiness } from '@/api/types';
import { frameOf, seriesOf, type ChartSeries } from '@/components/chart/chart-model';
import { seriesTable, type Shaped, type Words } from '@/components/chart/shape';

const KEYS = ['dau', 'wau', 'mau', 'stickiness'] as const;
const COLORS = {
	dau: '--ra-people',
	wau: '--ra-members',
	mau: '--ra-voice',
	stickiness: '--ra-reactions',
} as const;

function summaryOf(answer: Stickiness, { t, formats }: Words): string {
	const valueOf = (key: string) =>
		answer.figures.find((figure) => figure.key === key)?.value ?? null;
	const [dau, mau, sticky] = [valueOf('dau'), valueOf('mau'), valueOf('stickiness')];
	const when = formats.bucket(Date.parse(`${answer.day}T00:00:00Z`), 'day', 'UTC');
	if (sticky === null || mau === null)
		return t('growth.stickiness.early', { when, n: dau === null ? '—' : formats.count(dau) });
	return t('growth.stickiness.summary', {
		when,
		share: formats.share(sticky),
		mau: formats.count(mau),
	});
}

export const STICKINESS_PARTS = ['people', 'share'] as const;
export type StickinessPart = (typeof STICKINESS_PARTS)[number];

/* A share and a count have no axis in common: one or the other is drawn. */
const isDrawn = (key: string, part: StickinessPart) =>
	(key === 'stickiness') === (part === 'share');

export function shapeStickiness(answer: Stickiness, part: StickinessPart, words: Words): Shaped {
	const { t, formats } = words;
	const showOf = (key: (typeof KEYS)[number]) =>
		key === 'stickiness' ? formats.share : formats.count;
	const series: ChartSeries[] = KEYS.map((key) => ({
		key,
		label: t(`growth.stickiness.series.${key}`),
		color: COLORS[key],
		kind: key === 'dau' || key === 'stickiness' ? 'area' : 'line',
		values: seriesOf(answer, key).values,
		show: showOf(key),
	}));
	return {
		model: {
			...frameOf({ ...answer, compare_range: null }),
			series: series.filter(({ key }) => isDrawn(key, part)),
			tick: part === 'share' ? formats.share : formats.short,
			hasFractions: part === 'share',
		},
		table: seriesTable(
			{ ...answer, compare_range: null },
			[],
			KEYS.map((key) => ({
				key,
				title: t(`growth.stickiness.series.${key}`),
				values: seriesOf(answer, key).values,
				show: showOf(key),
			})),
			words,
		),
		summary: summaryOf(answer, words),
	};
}

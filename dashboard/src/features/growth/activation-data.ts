/* Shaping of activation: the two shares by the time of joining; a part that is still open has none. */
import type { Activation } from '@/api/types';
import { frameOf, seriesOf, type ChartSeries } from '@/components/chart/chart-model';
import { seriesTable, type Shaped, type Words } from '@/components/chart/shape';

const SHARES = ['activation_24h', 'activation_7d'] as const;
const COLORS = { activation_24h: '--ra-voice', activation_7d: '--ra-people' } as const;

function summaryOf(answer: Activation, { t, formats }: Words): string {
	const figureOf = (key: string) => answer.figures.find((figure) => figure.key === key);
	const first = figureOf('first_message');
	const said = SHARES.flatMap((key) => {
		const figure = figureOf(key);
		if (!figure || figure.value === null) return [];
		return t(`growth.activation.said.${key}`, {
			share: formats.share(figure.value),
			count: figure.n,
			n: formats.count(figure.n),
		});
	});
	if (first && first.value !== null)
		said.push(t('growth.activation.first', { time: formats.duration(first.value) }));
	return said.join(' ') || t('growth.activation.none');
}

export function shapeActivation(answer: Activation, words: Words): Shaped {
	const { t, formats } = words;
	const series: ChartSeries[] = SHARES.map((key) => ({
		key,
		label: t(`growth.figure.${key}.name`),
		color: COLORS[key],
		kind: 'line',
		values: seriesOf(answer, key).values,
		show: formats.share,
	}));
	return {
		model: {
			...frameOf(answer),
			series,
			tick: formats.share,
			hasFractions: true,
			cursors: 'newcomers',
		},
		table: seriesTable(
			answer,
			series,
			[
				{
					key: 'joined',
					title: t('growth.series.joins'),
					values: seriesOf(answer, 'joined').values,
				},
				...SHARES.map((key) => ({
					key,
					title: t(`growth.figure.${key}.name`),
					values: seriesOf(answer, key).values,
					show: formats.share,
				})),
				{
					key: 'first_message_ms',
					title: t('growth.figure.first_message.name'),
					values: seriesOf(answer, 'first_message').values,
					show: formats.duration,
				},
			],
			words,
		),
		summary: summaryOf(answer, words),
	};
}

/* Shaping of the messages chart. */
import type { Timeseries } from '@/api/types';
import { frameOf, seriesOf, sum } from '@/components/chart/chart-model';
import { MESSAGE_SERIES, type MessageSeries } from '@/lib/view';
import { meanOf, peakText, seriesTable, type Shaped, type Words } from '@/components/chart/shape';

export const MESSAGE_COLORS: Record<MessageSeries, string> = {
	messages: '--ra-people',
	bot_messages: '--ra-bots',
	reactions: '--ra-reactions',
};

export function shapeMessages(
	answer: Timeseries,
	shown: readonly MessageSeries[],
	words: Words,
): Shaped {
	const { t, formats } = words;
	const people = seriesOf(answer, 'messages').values;
	const series = shown.map((key, place) => {
		const { values, previous } = seriesOf(answer, key);
		return {
			key,
			label: t(`series.${key}`),
			color: MESSAGE_COLORS[key],
			kind: place === 0 ? ('area' as const) : ('line' as const),
			values,
			/* One dashed line is enough to compare; three would be a net. */
			previous: place === 0 ? previous : null,
			show: formats.count,
		};
	});
	const total = sum(people);
	return {
		model: { ...frameOf(answer), series, tick: formats.short },
		table: seriesTable(
			answer,
			series,
			MESSAGE_SERIES.map((key) => ({
				key,
				title: t(`series.${key}`),
				values: seriesOf(answer, key).values,
			})),
			words,
		),
		summary: [
			t('summary.messages', {
				count: total,
				n: formats.count(total),
				mean: formats.mean(meanOf(people, answer.is_last_partial)),
				per: t(`chart.per.${answer.bucket}`),
			}),
			peakText(people, answer, formats.count, words),
		].join(' '),
	};
}

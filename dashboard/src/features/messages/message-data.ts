/* Shaping of what was written: cards and the chart of one of them. */
import type { MessageFigure, Messages } from '@/api/types';
import { frameOf, sum } from '@/components/chart/chart-model';
import { meanOf, peakText, seriesTable, type Shaped, type Words } from '@/components/chart/shape';

export type MessageKey = MessageFigure['key'];
export const MESSAGE_KEYS: readonly MessageKey[] = [
	'messages',
	'writers',
	'replies',
	'attachments',
	'characters',
	'edits',
	'deletions',
	'reactions_given',
	'reactions_received',
];

const COLORS: Partial<Record<MessageKey, string>> = {
	reactions_given: '--ra-reactions',
	reactions_received: '--ra-reactions',
	deletions: '--ra-leaves',
	writers: '--ra-members',
};

export const figureOf = (answer: Messages, key: MessageKey) =>
	answer.figures.find((figure) => figure.key === key);

export function shapeMessageFigure(answer: Messages, key: MessageKey, words: Words): Shaped {
	const { t, formats } = words;
	const figure = figureOf(answer, key);
	const values = figure?.values ?? [];
	const label = t(`column.${key}`);
	const series = {
		key,
		label,
		color: COLORS[key] ?? '--ra-people',
		kind: 'area' as const,
		values,
		previous: figure?.previous_values ?? null,
		show: formats.count,
	};
	const total = figure?.value ?? sum(values);
	return {
		model: { ...frameOf(answer), series: [series], tick: formats.short },
		table: seriesTable(
			answer,
			[series],
			MESSAGE_KEYS.map((one) => ({
				key: one,
				title: t(`column.${one}`),
				values: figureOf(answer, one)?.values ?? [],
			})),
			words,
		),
		summary: [
			t('messages.summary', {
				name: label,
				n: formats.count(total),
				mean: formats.mean(meanOf(values, answer.is_last_partial)),
				per: t(`chart.per.${answer.bucket}`),
			}),
			peakText(values, answer, formats.count, words),
		].join(' '),
	};
}

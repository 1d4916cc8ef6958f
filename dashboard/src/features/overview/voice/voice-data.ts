/* Shaping of the voice chart. Drawn in hours, or in minutes where there are few. */
import type { Timeseries } from '@/api/types';
import {
	frameOf,
	seriesOf,
	sum,
	type ChartSeries,
	type Values,
} from '@/components/chart/chart-model';
import { VOICE_RULES, type VoiceRule } from '@/lib/view';
import { meanOf, peakText, seriesTable, type Shaped, type Words } from '@/components/chart/shape';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const scale = (values: Values, unitMs: number): Values =>
	values.map((value) => (value === null ? null : value / unitMs));

export function shapeVoice(answer: Timeseries, rule: VoiceRule, words: Words): Shaped {
	const { t, formats } = words;
	const { values, previous } = seriesOf(answer, rule);
	const top = Math.max(0, ...values.map((value) => value ?? 0));
	const unitMs = top < HOUR_MS ? MINUTE_MS : HOUR_MS;
	const mean = meanOf(values, answer.is_last_partial);
	const series: ChartSeries[] = [
		{
			key: rule,
			label: t(`voice.${rule}.name`),
			color: '--ra-voice',
			kind: 'area',
			values: scale(values, unitMs),
			previous: previous && scale(previous, unitMs),
			show: (value) => formats.duration(value * unitMs),
		},
	];
	/* Files are read by others: always hours, whatever the chart is drawn in. */
	const inHours = (key: VoiceRule) => ({
		key: key.replace('_ms', '_hours'),
		label: t('voice.in_hours', { rule: t(`voice.${key}.name`) }),
		show: formats.duration,
		write: (ms: number) => Math.round((ms / HOUR_MS) * 100) / 100,
	});
	return {
		model: {
			...frameOf(answer),
			series,
			hasFractions: unitMs === HOUR_MS,
			tick: (value) =>
				unitMs === HOUR_MS
					? formats.hours(value * HOUR_MS)
					: formats.duration(value * MINUTE_MS),
		},
		table: seriesTable(
			answer,
			[{ ...inHours(rule), previous }],
			VOICE_RULES.map((key) => {
				const { label: title, ...column } = inHours(key);
				return { ...column, title, values: seriesOf(answer, key).values };
			}),
			words,
		),
		summary: [
			t('summary.voice', {
				total: formats.duration(sum(values)),
				rule: t(`voice.${rule}.meaning`),
				mean: formats.duration(mean),
				per: t(`chart.per.${answer.bucket}`),
			}),
			peakText(values, answer, formats.duration, words),
		].join(' '),
	};
}

/* Shaping of the voice page: answers in; tiles, a drawing and tables out. */
import type { Voice, VoiceRuleFigures } from '@/api/types';
import { positionOf, type ChartModel, type Values } from '@/components/chart/chart-model';
import { peakText, seriesTable, type Shaped, type Words } from '@/components/chart/shape';
import type { Table } from '@/lib/table';
import { VOICE_RULES, type VoiceRule } from '@/lib/view';

const NO_RULE: VoiceRuleFigures = {
	rule: 'raw',
	ms: 0,
	previous_ms: null,
	peak: 0,
	peak_at: null,
	previous_peak: null,
	peaks: [],
};

export function ruleOf(answer: Voice, rule: VoiceRule): VoiceRuleFigures {
	return answer.rules.find((one) => `${one.rule}_ms` === rule) ?? NO_RULE;
}

/** How long a session lasted on average; null: there was none. */
export function meanSession(answer: Voice): number | null {
	return answer.sessions ? ruleOf(answer, 'raw_ms').ms / answer.sessions : null;
}

/** Of the time connected; 0 when nobody was. */
export function shareOfConnected(answer: Voice, ms: number): number {
	const { ms: connected } = ruleOf(answer, 'raw_ms');
	return connected ? ms / connected : 0;
}

function frameOf({ range, bucket, starts }: Voice): Omit<ChartModel, 'series' | 'tick'> {
	const startsMs = starts.map((start) => Date.parse(start));
	const endMs = Date.parse(range.to);
	return {
		bucket,
		zone: range.timezone,
		startsMs,
		endMs,
		compareShiftMs: null,
		isLastPartial: range.is_partial,
		gaps: range.gaps
			.map((gap) => ({
				from: positionOf(Date.parse(gap.from), startsMs, endMs),
				to: positionOf(Date.parse(gap.to), startsMs, endMs),
			}))
			.filter((span) => span.to > span.from),
	};
}

/** The most at once, bucket by bucket. */
export function shapePeaks(answer: Voice, rule: VoiceRule, words: Words): Shaped {
	const { t, formats } = words;
	const values: Values = ruleOf(answer, rule).peaks;
	return {
		model: {
			...frameOf(answer),
			series: [
				{
					key: rule,
					label: t(`voice.${rule}.name`),
					color: '--ra-members',
					kind: 'bars',
					values,
					show: formats.count,
				},
			],
			tick: formats.short,
		},
		table: seriesTable(
			answer,
			[],
			VOICE_RULES.map((key) => ({
				key: key.replace('_ms', '_peak'),
				title: t(`voice.${key}.name`),
				values: ruleOf(answer, key).peaks,
				show: formats.count,
			})),
			words,
		),
		summary: [
			t('voice_page.peak_summary', { rule: t(`voice.${rule}.meaning`) }),
			peakText(values, answer, formats.count, words),
		].join(' '),
	};
}

/** The four rules side by side. */
export function rulesTable(answer: Voice, { t, formats }: Words): Table {
	const zone = answer.range.timezone;
	return {
		columns: [
			{
				key: 'rule',
				title: t('voice_page.rule'),
				read: (key) => t(`voice.${key as VoiceRule}.name`),
			},
			{ key: 'ms', title: t('voice_page.time'), isNumber: true, show: formats.duration },
			{ key: 'share', title: t('voice_page.share'), isNumber: true, show: formats.share },
			{ key: 'peak', title: t('voice_page.peak'), isNumber: true, show: formats.count },
			{
				key: 'peak_at',
				title: t('voice_page.peak_at'),
				read: (at) => formats.dateTime(Date.parse(at), zone),
			},
		],
		rows: VOICE_RULES.map((key) => {
			const { ms, peak, peak_at: at } = ruleOf(answer, key);
			return [key, ms, shareOfConnected(answer, ms), peak, at];
		}),
	};
}

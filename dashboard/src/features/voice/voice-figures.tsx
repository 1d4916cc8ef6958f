/* The figures of voice under the chosen rule. */
import { useTranslation } from 'react-i18next';
import type { Voice } from '@/api/types';
import { sampleText } from '@/components/explain/sample-text';
import { FigureGrid, FigureTile } from '@/components/figures/figure-tile';
import { filterWords } from '@/components/filter/filter-data';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import type { VoiceRule } from '@/lib/view';
import { meanSession, ruleOf, shareOfConnected } from './voice-data';

interface VoiceFiguresProps {
	answer: Voice;
	rule: VoiceRule;
	isStale: boolean;
}

export function VoiceFigures({ answer, rule, isStale }: VoiceFiguresProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { range, compare_range: compared } = answer;
	const figures = ruleOf(answer, rule);
	const meaning = t(`voice.${rule}.meaning`);
	const mean = meanSession(answer);
	const [view] = useView();
	const picked = filterWords(view, t) ?? [];
	const base = {
		range,
		compared,
		sample: sampleText(answer.starts.length, range, t),
		filters: [t('voice_page.filter_rule', { rule: t(`voice.${rule}.name`) }), ...picked],
	};
	const open = { range, compared, sample: base.sample, filters: picked };
	const text = (value: number | null, show: (value: number) => string) =>
		value === null ? null : show(value);
	const before = (value: number | null, show: (value: number) => string) =>
		compared &&
		(value === null ? t('figure.no_previous') : t('figure.before', { value: show(value) }));
	return (
		<FigureGrid title={t('voice_page.figures')} isStale={isStale}>
			<FigureTile
				explanation={{
					...base,
					name: t('voice_page.time'),
					definition: t('voice_page.time_definition', { rule: meaning }),
					value: formats.duration(figures.ms),
					previous: text(figures.previous_ms, formats.duration),
				}}
				value={figures.ms}
				previous={figures.previous_ms}
				note={before(figures.previous_ms, formats.duration)}
			/>
			<FigureTile
				explanation={{
					...base,
					name: t('voice_page.peak'),
					definition: t('voice_page.peak_definition', { rule: meaning }),
					value: formats.count(figures.peak),
					previous: text(figures.previous_peak, formats.count),
				}}
				value={figures.peak}
				previous={figures.previous_peak}
				note={
					figures.peak_at && formats.dateTime(Date.parse(figures.peak_at), range.timezone)
				}
			/>
			<FigureTile
				explanation={{
					...open,
					name: t('voice_page.sessions'),
					definition: t('voice_page.sessions_definition'),
					value: formats.count(answer.sessions),
					previous: text(answer.previous_sessions, formats.count),
				}}
				value={answer.sessions}
				previous={answer.previous_sessions}
				note={
					mean !== null && t('voice_page.mean_session', { time: formats.duration(mean) })
				}
			/>
			<FigureTile
				explanation={{
					...open,
					name: t('voice_page.stream'),
					definition: t('voice_page.stream_definition'),
					value: formats.duration(answer.stream_ms),
					previous: text(answer.previous_stream_ms, formats.duration),
				}}
				value={answer.stream_ms}
				previous={answer.previous_stream_ms}
				note={t('voice_page.of_connected', {
					share: formats.share(shareOfConnected(answer, answer.stream_ms)),
				})}
			/>
			<FigureTile
				explanation={{
					...open,
					name: t('voice_page.video'),
					definition: t('voice_page.video_definition'),
					value: formats.duration(answer.video_ms),
					previous: text(answer.previous_video_ms, formats.duration),
				}}
				value={answer.video_ms}
				previous={answer.previous_video_ms}
				note={t('voice_page.of_connected', {
					share: formats.share(shareOfConnected(answer, answer.video_ms)),
				})}
			/>
		</FigureGrid>
	);
}

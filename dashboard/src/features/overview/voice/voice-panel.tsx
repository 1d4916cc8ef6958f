import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { Segments } from '@/components/segments';
import { useFormats } from '@/i18n/use-formats';
import { VOICE_RULES } from '@/lib/view';
import { ChartPanel } from '@/components/chart/chart-panel';
import { useView } from '@/lib/use-view';
import { useTimeseriesWith } from '@/features/overview/with/use-with';
import { shapeVoice } from './voice-data';

export function VoicePanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view, setView] = useView();
	const query = useTimeseriesWith(guild, view, 'voice');
	const shaped = useMemo(
		() => query.data && shapeVoice(query.data, view.rule, { t, formats }),
		[query.data, view.rule, t, formats],
	);
	return (
		<ChartPanel
			id="voice"
			title={t('chart.voice')}
			empty={t('chart.empty.voice')}
			className="is-half"
			guild={guild}
			answer={query.data}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			controls={
				<Segments
					label={t('voice.rule')}
					options={VOICE_RULES.map((value) => ({
						value,
						text: t(`voice.${value}.name`),
					}))}
					value={view.rule}
					onChoose={(rule) => setView({ rule })}
				/>
			}
		/>
	);
}

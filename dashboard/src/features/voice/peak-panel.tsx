import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useVoice } from '@/api/use-voice';
import { ChartPanel } from '@/components/chart/chart-panel';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { shapePeaks } from './voice-data';

export function PeakPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const query = useVoice(guild.id, rangeQuery(view));
	const shaped = useMemo(
		() => query.data && shapePeaks(query.data, view.rule, { t, formats }),
		[query.data, view.rule, t, formats],
	);
	return (
		<ChartPanel
			id="peaks"
			title={t('voice_page.peaks')}
			empty={t('chart.empty.voice')}
			className="is-half"
			guild={guild}
			answer={query.data && { ...query.data, compare_range: null }}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
		/>
	);
}

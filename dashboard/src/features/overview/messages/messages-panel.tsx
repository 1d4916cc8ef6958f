import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { ChartPanel } from '@/components/chart/chart-panel';
import { useView } from '@/lib/use-view';
import { useTimeseriesWith } from '@/features/overview/with/use-with';
import { shapeMessages } from './messages-data';
import { SeriesToggle } from './series-toggle';

export function MessagesPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view, setView] = useView();
	const query = useTimeseriesWith(guild, view, 'messages');
	const shaped = useMemo(
		() => query.data && shapeMessages(query.data, view.show, { t, formats }),
		[query.data, view.show, t, formats],
	);
	return (
		<ChartPanel
			id="messages"
			title={t('chart.messages')}
			empty={t('chart.empty.messages')}
			className="is-wide"
			guild={guild}
			answer={query.data}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			controls={<SeriesToggle shown={view.show} onChange={(show) => setView({ show })} />}
		/>
	);
}

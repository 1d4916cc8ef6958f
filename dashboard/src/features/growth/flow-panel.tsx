import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { ChartPanel } from '@/components/chart/chart-panel';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { shapeFlow } from './flow-data';
import { PanelExplain } from './panel-explain';
import { useGrowth } from './use-growth';

export function FlowPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const query = useGrowth(guild.id, rangeQuery(view));
	const shaped = useMemo(
		() => query.data && shapeFlow(query.data, { t, formats }),
		[query.data, t, formats],
	);
	return (
		<ChartPanel
			id="flow"
			title={t('growth.flow.title')}
			empty={t('chart.empty.members')}
			className="is-wide"
			guild={guild}
			answer={query.data}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			explain={<PanelExplain panel="flow" range={query.data?.range} />}
		/>
	);
}

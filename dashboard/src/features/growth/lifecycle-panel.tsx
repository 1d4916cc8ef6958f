import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { ChartPanel } from '@/components/chart/chart-panel';
import { useFormats } from '@/i18n/use-formats';
import { shapeLifecycle } from './lifecycle-data';
import { PanelExplain } from './panel-explain';
import { useLifecycle } from './use-growth';
import { useWeeks } from './weeks';

export function LifecyclePanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [weeks] = useWeeks();
	const query = useLifecycle(guild.id, Number(weeks));
	const shaped = useMemo(
		() => query.data && shapeLifecycle(query.data, { t, formats }),
		[query.data, t, formats],
	);
	return (
		<ChartPanel
			id="lifecycle"
			title={t('growth.lifecycle.title')}
			empty={t(query.data?.is_ready === false ? 'growth.not_ready' : 'growth.lifecycle.none')}
			className="is-half"
			guild={guild}
			answer={query.data}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			explain={<PanelExplain panel="lifecycle" range={query.data?.range} />}
		/>
	);
}

import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { ChartPanel } from '@/components/chart/chart-panel';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { shapeActivation } from './activation-data';
import { PanelExplain } from './panel-explain';
import { useActivation } from './use-growth';

export function ActivationPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const query = useActivation(guild.id, rangeQuery(view));
	const shaped = useMemo(
		() => query.data && shapeActivation(query.data, { t, formats }),
		[query.data, t, formats],
	);
	const joined = query.data?.joined ?? 0;
	return (
		<ChartPanel
			id="activation"
			title={t('growth.activation.title')}
			empty={t('growth.activation.none')}
			className="is-half"
			guild={guild}
			answer={query.data}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			explain={
				<PanelExplain
					panel="activation"
					range={query.data?.range}
					sample={t('growth.sample.newcomers', {
						count: joined,
						n: formats.count(joined),
					})}
				/>
			}
		/>
	);
}

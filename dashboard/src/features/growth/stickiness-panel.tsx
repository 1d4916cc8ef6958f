/* Stands beside retention: many newcomers can hide that people leave. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { ChartPanel } from '@/components/chart/chart-panel';
import { Segments } from '@/components/segments';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { PanelExplain } from './panel-explain';
import { shapeStickiness, STICKINESS_PARTS } from './stickiness-data';
import { useStickiness } from './use-growth';

export function StickinessPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const [part, setPart] = useChoice('sticky', STICKINESS_PARTS, 'people');
	const query = useStickiness(guild.id, rangeQuery(view));
	const shaped = useMemo(
		() => query.data && shapeStickiness(query.data, part, { t, formats }),
		[query.data, part, t, formats],
	);
	return (
		<ChartPanel
			id="stickiness"
			title={t('growth.stickiness.title')}
			empty={t(
				query.data?.is_ready === false ? 'growth.not_ready' : 'growth.stickiness.none',
			)}
			className="is-narrow"
			guild={guild}
			answer={query.data && { ...query.data, compare_range: null }}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			controls={
				<Segments
					label={t('growth.stickiness.title')}
					options={STICKINESS_PARTS.map((value) => ({
						value,
						text: t(`growth.stickiness.part.${value}`),
					}))}
					value={part}
					onChoose={setPart}
				/>
			}
			explain={<PanelExplain panel="stickiness" range={query.data?.range} />}
		/>
	);
}

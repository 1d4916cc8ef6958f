/* The four charts; they share one answer. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Community, Guild } from '@/api/types';
import { useCommunity } from '@/api/use-community';
import { ChartPanel } from '@/components/chart/chart-panel';
import type { Shaped, Words } from '@/components/chart/shape';
import { ExplainButton } from '@/components/explain/explain-button';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { shapeBoosts, shapeCommands, shapeOnline, shapeSafety } from './community-data';

type Name = 'safety' | 'boosts' | 'use' | 'online';

const SHAPES: Record<Name, (answer: Community, words: Words) => Shaped> = {
	safety: shapeSafety,
	boosts: shapeBoosts,
	use: shapeCommands,
	online: shapeOnline,
};

export function CommunityChart({ guild, name }: { guild: Guild; name: Name }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const query = useCommunity(guild.id, rangeQuery(view));
	const shaped = useMemo(
		() => query.data && SHAPES[name](query.data, { t, formats }),
		[query.data, name, t, formats],
	);
	return (
		<ChartPanel
			id={`community-${name}`}
			title={t(`community.${name}.title`)}
			empty={t(`community.${name}.empty`)}
			guild={guild}
			answer={query.data}
			explain={
				name === 'online' &&
				query.data && (
					<ExplainButton
						explanation={{
							name: t('community.online.title'),
							definition: t('community.online.definition'),
							range: query.data.range,
						}}
					/>
				)
			}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
		/>
	);
}

import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { Segments } from '@/components/segments';
import { useFormats } from '@/i18n/use-formats';
import { MEMBERS_PARTS } from '@/lib/view';
import { ChartPanel } from '@/components/chart/chart-panel';
import { useView } from '@/lib/use-view';
import { useTimeseriesWith } from '@/features/overview/with/use-with';
import { shapeMembers } from './members-data';

export function MembersPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view, setView] = useView();
	const query = useTimeseriesWith(guild, view, 'members');
	const shaped = useMemo(
		() => query.data && shapeMembers(query.data, view.people, { t, formats }),
		[query.data, view.people, t, formats],
	);
	return (
		<ChartPanel
			id="members"
			title={t('chart.members')}
			empty={t('chart.empty.members')}
			className="is-half"
			guild={guild}
			answer={query.data}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			controls={
				<Segments
					label={t('chart.members')}
					options={MEMBERS_PARTS.map((value) => ({
						value,
						text: t(`members_part.${value}`),
					}))}
					value={view.people}
					onChoose={(people) => setView({ people })}
				/>
			}
		/>
	);
}

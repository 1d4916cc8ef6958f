/* The staff of a guild: who they are, what they did, what it is worth, who never counts. */
import { useTranslation } from 'react-i18next';
import { Trophy } from 'lucide-react';
import { Link, useSearchParams } from 'wouter';
import type { Guild } from '@/api/types';
import { GuildPage } from '@/components/guild/guild-page';
import { Segments } from '@/components/segments';
import { ArchivesPanel } from './archives-panel';
import { ExcludedPanel } from './excluded-panel';
import { ListPanel } from './list-panel';
import { LogPanel } from './log-panel';
import { RatingPanel } from './rating-panel';
import { WorkChart, WorkFigures } from './work-panels';
import '@/components/list/list.scss';
import './curators.scss';

const TABS = ['list', 'work', 'rating', 'excluded', 'archives'] as const;
type Tab = (typeof TABS)[number];

function Content({ guild, tab }: { guild: Guild; tab: Tab }) {
	if (tab === 'list') return <ListPanel guild={guild} />;
	if (tab === 'rating') return <RatingPanel guild={guild} />;
	if (tab === 'excluded') return <ExcludedPanel guild={guild} />;
	if (tab === 'archives') return <ArchivesPanel guild={guild} />;
	return (
		<>
			<WorkFigures guild={guild} />
			<WorkChart guild={guild} />
			<LogPanel guild={guild} />
		</>
	);
}

export function Curators({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	const [search, setSearch] = useSearchParams();
	const tab = TABS.find((one) => one === search.get('tab')) ?? 'list';
	const choose = (next: Tab) =>
		setSearch((now) => {
			const params = new URLSearchParams(now);
			for (const name of ['q', 'sort', 'page', 'tab']) params.delete(name);
			if (next !== 'list') params.set('tab', next);
			return params;
		});
	return (
		<GuildPage
			guildId={guildId}
			page="curators"
			lead={t('curators.lead')}
			hasRange={tab === 'work' || tab === 'rating'}
			hasCompare={tab === 'work'}
			tools={(guild) => (
				<Link href={`/leaderboard?guilds=${guild.id}`} className="ra-button">
					<Trophy size={16} aria-hidden="true" />
					{t('curators.leaderboard.title')}
				</Link>
			)}
		>
			{(guild) => (
				<>
					<div className="ra-curators__kinds">
						<Segments
							label={t('curators.parts')}
							options={TABS.map((value) => ({
								value,
								text: t(`curators.tab.${value}`),
							}))}
							value={tab}
							onChoose={choose}
						/>
					</div>
					<div className="ra-grid">
						<Content guild={guild} tab={tab} />
					</div>
				</>
			)}
		</GuildPage>
	);
}

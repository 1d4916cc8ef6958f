/* One of the staff: what they did, what it is worth, how fast they answered, where they stand. */
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import type { Curator, Guild } from '@/api/types';
import { useCurator } from '@/api/use-curators';
import { Avatar } from '@/components/avatar';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { CuratorFigures } from './curator-figures';
import { AnswersPanel, HabitsPanel, LevelsPanel, TasksPanel, WeekPanel } from './curator-panels';
import { useKindText } from './kind-text';
import { LevelBadge } from './level-badge';
import { LogPanel } from './log-panel';
import { WorkChart } from './work-panels';
import '@/components/list/list.scss';
import '@/features/members/member.scss';
import './curators.scss';

function Facts({ guild, curator }: { guild: Guild; curator: Curator }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const kindText = useKindText();
	const { profile, figures, ranked } = curator;
	const day = (iso: string) => formats.date(Date.parse(iso), guild.timezone);
	return (
		<div className="ra-person">
			<Avatar id={profile.id} name={profile.name} url={profile.avatar_url} size={56} />
			<div>
				<p className="ra-facts">
					{profile.username && <bdi>{profile.username}</bdi>}
					<span>{profile.id}</span>
					{profile.kind && <span>{kindText(profile.kind)}</span>}
					{profile.subdivision && <bdi>{profile.subdivision}</bdi>}
					{profile.since && (
						<span>{t('curators.one.since', { date: day(profile.since) })}</span>
					)}
					{profile.last_at && (
						<span>{t('curators.one.last', { date: day(profile.last_at) })}</span>
					)}
				</p>
				{figures.rank !== null && (
					<p className="ra-curators__standing">
						<LevelBadge level={curator.levels[figures.level]} />
						<span>
							{t('curators.one.rank_of', {
								rank: formats.count(figures.rank),
								count: ranked,
								n: formats.count(ranked),
							})}
							{figures.percentile !== null &&
								t('curators.one.percentile', {
									n: formats.count(figures.percentile),
								})}
						</span>
					</p>
				)}
				<ul className="ra-roles">
					{profile.is_lead && <li className="ra-tag">{t('curators.lead_tag')}</li>}
					{profile.is_excluded && (
						<li className="ra-tag">{t('curators.one.excluded')}</li>
					)}
					{!profile.is_staff && !profile.is_excluded && (
						<li className="ra-tag">{t('curators.one.not_staff')}</li>
					)}
					{profile.guilds.length > 1 && (
						<li>
							{t('curators.one.guilds', {
								list: formats.list(profile.guilds.map((one) => one.name)),
							})}
						</li>
					)}
				</ul>
			</div>
		</div>
	);
}

const BY = ['request', 'answer'] as const;

interface CuratorPageProps {
	guildId: string;
	params: Record<string, string | undefined>;
}

function useOne(guildId: string, id: string) {
	const [view] = useView();
	const [by, setBy] = useChoice('by', BY, 'request');
	const { period, from, to, compare } = rangeQuery(view);
	return { by, setBy, ...useCurator(guildId, id, { period, from, to, compare, by }) };
}

function Content({ guild, id }: { guild: Guild; id: string }) {
	const { t } = useTranslation();
	const { by, setBy, data, error, refetch, isPlaceholderData } = useOne(guild.id, id);
	const status = error instanceof ApiError ? error.status : 0;
	if (status === 404 || status === 403)
		return (
			<div className="ra-empty">
				<p>{t(status === 404 ? 'curators.one.missing' : 'curators.one.not_yours')}</p>
			</div>
		);
	if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
	if (!data) return <Skeleton height={120} lines={4} />;
	return (
		<>
			<Facts guild={guild} curator={data} />
			<div className="ra-curators__kinds">
				<Segments
					label={t('curators.by.label')}
					options={BY.map((value) => ({ value, text: t(`curators.by.${value}`) }))}
					value={by}
					onChoose={setBy}
				/>
			</div>
			<CuratorFigures curator={data} isStale={isPlaceholderData} />
			<div className="ra-grid">
				<AnswersPanel curator={data} />
				<WeekPanel curator={data} />
				<WorkChart guild={guild} user={id} />
				<HabitsPanel curator={data} />
				<LevelsPanel curator={data} />
				<TasksPanel curator={data} />
				<LogPanel guild={guild} user={id} />
			</div>
		</>
	);
}

export function OneCurator({ guildId, params }: CuratorPageProps) {
	const { t } = useTranslation();
	const id = params.curator ?? '';
	const { data } = useOne(guildId, id);
	return (
		<GuildPage
			guildId={guildId}
			page="curators"
			title={data?.profile.name || t('curators.one.title')}
		>
			{(guild) => <Content guild={guild} id={id} />}
		</GuildPage>
	);
}

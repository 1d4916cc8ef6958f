/* Requests for help of a guild: who asks, who answers and how fast; figures, then the list. */
import { useMemo } from 'react';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Guild, RequestFigures } from '@/api/types';
import { ChartPanel } from '@/components/chart/chart-panel';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { CutPanel, useGroupName, type Cut } from './cut-panel';
import { DistributionPanel, WaitsPanel, WhoPanel } from './panels';
import { COURSES, headline, shapeCourse } from './request-data';
import { RequestList } from './request-list';
import { RequestTiles } from './request-tiles';
import {
	NARROWINGS,
	useDeskGuilds,
	useNarrowed,
	useRequestFigures,
	type Narrowing,
} from './use-requests';
import { WeekPanel } from './week-panel';
import './requests.scss';

const BY = ['asked', 'answered'] as const;
const OF = ['one', 'all'] as const;
const CUT_OF: Record<Narrowing, Cut> = {
	channel: 'channels',
	curator: 'curators',
	rule: 'rules',
	kind: 'kinds',
	priority: 'priorities',
};

function Chips({ answer }: { answer: RequestFigures | undefined }) {
	const { t } = useTranslation();
	const nameOf = useGroupName();
	const [narrowed, narrow] = useNarrowed();
	const chosen = NARROWINGS.flatMap((what) => {
		const id = narrowed[what];
		if (!id) return [];
		const group = answer?.cut[CUT_OF[what]].find((one) => one.id === id) ?? { id };
		return [{ what, name: nameOf(CUT_OF[what], group) }];
	});
	if (!chosen.length) return null;
	return (
		<ul className="ra-filter__chips" aria-label={t('filter.title')}>
			{chosen.map(({ what, name }) => (
				<li key={what} className="ra-chip">
					<span className="ra-chip__kind">{t(`requests.cut.${CUT_OF[what]}`)}</span>
					<bdi>{name}</bdi>
					<button
						type="button"
						aria-label={t('filter.remove', { name })}
						title={t('filter.remove', { name })}
						onClick={() => narrow(what, '')}
					>
						<X size={14} aria-hidden="true" />
					</button>
				</li>
			))}
		</ul>
	);
}

function Course({ guild, query }: { guild: Guild; query: ReturnType<typeof useRequestFigures> }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [course, setCourse] = useChoice('course', COURSES, 'requests');
	const shaped = useMemo(
		() => query.data && shapeCourse(query.data, course, { t, formats }),
		[query.data, course, t, formats],
	);
	return (
		<ChartPanel
			id="requests"
			title={t('requests.course.title')}
			empty={t('requests.course.empty')}
			className="is-full"
			guild={guild}
			answer={query.data}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			controls={
				<Segments
					label={t('requests.course.title')}
					options={COURSES.map((value) => ({
						value,
						text: t(`requests.course.${value}`),
					}))}
					value={course}
					onChoose={setCourse}
				/>
			}
		/>
	);
}

function Figures({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [by, setBy] = useChoice('by', BY, 'asked');
	const [whose, setWhose] = useChoice('of', OF, 'one');
	const guilds = useDeskGuilds();
	const query = useRequestFigures(guild.id, by, whose === 'all' ? guilds : []);
	const answer = query.data;
	if (!answer)
		return query.error ? (
			<ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
		) : (
			<Skeleton height={112} />
		);
	return (
		<>
			{!answer.desk.is_enabled && (
				<p className="ra-notice">
					{t('requests.disabled')}{' '}
					{guild.can_manage && (
						<Link href={`/guilds/${guild.id}/rules`}>{t('requests.enable')}</Link>
					)}
				</p>
			)}
			<div className="ra-requests__head">
				<p>{headline(answer, { t, formats })}</p>
				{guilds.length > 1 && (
					<Segments
						label={t('requests.of.title')}
						options={OF.map((value) => ({ value, text: t(`requests.of.${value}`) }))}
						value={whose}
						onChoose={setWhose}
					/>
				)}
				<Segments
					label={t('requests.by.title')}
					options={BY.map((value) => ({ value, text: t(`requests.by.${value}`) }))}
					value={by}
					onChoose={setBy}
				/>
			</div>
			<Chips answer={answer} />
			{answer.is_cut && <p className="ra-notice">{t('requests.cut_note')}</p>}
			<RequestTiles answer={answer} isStale={query.isPlaceholderData} />
			<div className="ra-grid">
				<Course guild={guild} query={query} />
				<WhoPanel guild={guild} answer={answer} />
				<WaitsPanel guild={guild} answer={answer} />
				<DistributionPanel guild={guild} answer={answer} />
				<WeekPanel answer={answer} />
				<CutPanel guild={guild} answer={answer} />
			</div>
		</>
	);
}

export function Requests({ guildId }: { guildId: string }) {
	return (
		<GuildPage guildId={guildId} page="requests">
			{(guild) => (
				<>
					<Figures guild={guild} />
					<div className="ra-grid">
						<RequestList guild={guild} />
					</div>
				</>
			)}
		</GuildPage>
	);
}

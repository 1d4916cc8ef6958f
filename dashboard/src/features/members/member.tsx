/* One member: who they are, when they came and went, and what they did. */
import { useMemo } from 'react';
import { LogIn, LogOut, RotateCcw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import type { Guild, Member } from '@/api/types';
import { useMember, useMembers } from '@/api/use-lists';
import { Avatar } from '@/components/avatar';
import { ChangeMark } from '@/components/change-mark';
import { FilterBar } from '@/components/filter/filter-bar';
import { GuildPage } from '@/components/guild/guild-page';
import { useOwnState } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { ChannelListPanel } from '@/features/channels/channel-list';
import { MessageFigures } from '@/features/messages/message-figures';
import { HeatmapPanel } from '@/features/overview/heatmap/heatmap-panel';
import { VoicePanel } from '@/features/overview/voice/voice-panel';
import { useFormats } from '@/i18n/use-formats';
import { useView, ViewScope } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import './member.scss';

function Facts({ guild, member }: { guild: Guild; member: Member }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const day = (iso: string) => formats.date(Date.parse(iso), guild.timezone);
	return (
		<div className="ra-person">
			<Avatar id={member.id} name={member.name} url={member.avatar_url} size={56} />
			<div>
				<p className="ra-facts">
					{member.username && <bdi>{member.username}</bdi>}
					<span>{member.id}</span>
					{member.is_bot && <em className="ra-tag">{t('lists.bot')}</em>}
					{member.joined_at && (
						<span>{t('member.joined', { date: day(member.joined_at) })}</span>
					)}
					{member.left_at && (
						<em className="ra-tag">
							{t('member.left', { date: day(member.left_at) })}
						</em>
					)}
					{member.boosting_since && (
						<span>{t('member.boosting', { date: day(member.boosting_since) })}</span>
					)}
					{member.last_day && (
						<span>{t('member.last_day', { date: day(member.last_day) })}</span>
					)}
				</p>
				<ul className="ra-roles" aria-label={t('filter.kind.role')}>
					{member.roles.map((role) => (
						<li key={role.id} className="ra-tag">
							<bdi>{role.name}</bdi>
						</li>
					))}
				</ul>
			</div>
		</div>
	);
}

/* What only the table of members knows of them: activity blocks, active days, time in voice. */
function Standing({ guild, member }: { guild: Guild; member: Member }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const { data } = useMembers(guild.id, {
		...rangeQuery(view),
		left: 'with',
		q: member.id,
		limit: 1,
	});
	const row = data?.rows[0];
	const cells = [
		[t('column.voice'), row && formats.duration(row[view.rule])],
		[t('column.blocks'), row && formats.count(row.blocks)],
		[t('column.active_days'), row && formats.count(row.active_days)],
	];
	return (
		<dl className="ra-standing">
			{cells.map(([name, value], place) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>
						{value ?? '—'}{' '}
						{place === 0 && row?.previous && (
							<ChangeMark value={row[view.rule]} previous={row.previous[view.rule]} />
						)}
					</dd>
				</div>
			))}
		</dl>
	);
}

const FLOW_ICONS = { join: LogIn, rejoin: RotateCcw, leave: LogOut };

function FlowPanel({ guild, member }: { guild: Guild; member: Member }) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<Panel id="flow" className="is-half" title={t('member.flow')}>
			{!member.flow.length && <p>{t('member.no_flow')}</p>}
			<ol className="ra-flow">
				{member.flow.map((one) => {
					const kind = one.kind === 'join' && one.is_rejoin ? 'rejoin' : one.kind;
					const Icon = FLOW_ICONS[kind];
					return (
						<li key={`${one.at}-${one.kind}`}>
							<Icon size={16} aria-hidden="true" />
							<span>{t(`flow.${kind}`)}</span>
							<time dateTime={one.at}>
								{formats.dateTime(Date.parse(one.at), guild.timezone)}
							</time>
							{one.tenure_ms !== null && (
								<span className="is-quiet">
									{t('member.after', { time: formats.duration(one.tenure_ms) })}
								</span>
							)}
						</li>
					);
				})}
			</ol>
		</Panel>
	);
}

function Content({ guild, member }: { guild: Guild; member: Member }) {
	const { t } = useTranslation();
	const [channels, setChannels] = useOwnState();
	const scope = useMemo(
		() => ({
			member: member.id,
			role: '',
			...(member.is_bot ? { bots: 'with' as const } : {}),
		}),
		[member.id, member.is_bot],
	);
	return (
		<ViewScope value={scope}>
			<Facts guild={guild} member={member} />
			<FilterBar guild={guild} hidden={['member', 'role']} />
			<Standing guild={guild} member={member} />
			<MessageFigures guild={guild} hidden={['writers', 'deletions']} />
			<div className="ra-grid">
				<ChannelListPanel
					guild={guild}
					title={t('member.channels')}
					state={channels}
					onChange={setChannels}
				/>
				<HeatmapPanel guild={guild} className="is-full" />
				<VoicePanel guild={guild} />
				<FlowPanel guild={guild} member={member} />
			</div>
		</ViewScope>
	);
}

interface MemberPageProps {
	guildId: string;
	params: Record<string, string | undefined>;
}

export function OneMemberPage({ guildId, params }: MemberPageProps) {
	const { t } = useTranslation();
	const { data, error, refetch } = useMember(guildId, params.member ?? '');
	const status = error instanceof ApiError ? error.status : 0;
	const title = status === 404 ? t('member.missing') : (data?.name ?? '…');
	return (
		<GuildPage guildId={guildId} page="members" title={title || t('lists.unknown_member')}>
			{(guild) => (
				<>
					{(status === 404 || status === 403) && (
						<div className="ra-empty">
							<p>
								{t(status === 404 ? 'member.missing_text' : 'members.not_for_you')}
							</p>
						</div>
					)}
					{error && status !== 404 && status !== 403 && (
						<ProblemNotice error={error} onRetry={() => void refetch()} />
					)}
					{!data && !error && <Skeleton height={120} lines={4} />}
					{data && <Content guild={guild} member={data} />}
				</>
			)}
		</GuildPage>
	);
}

/* What happens now: figures that move, where people write, who sits in voice, who came and went. */
import { LogIn, LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, Live, Now } from '@/api/types';
import { useNow } from '@/api/use-voice';
import { Avatar } from '@/components/avatar';
import { ChannelIcon } from '@/components/channel-icon';
import { GuildPage } from '@/components/guild/guild-page';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { RankTable } from '@/components/rank-table';
import { Skeleton } from '@/components/skeleton';
import { LiveMark } from '@/features/overview/live/live-mark';
import { MinuteBars } from '@/features/overview/live/minute-bars';
import { useLive } from '@/features/overview/live/use-live';
import { RoomsPanel } from '@/features/voice/rooms';
import { useFormats } from '@/i18n/use-formats';
import { useNews } from './use-news';
import '@/features/overview/live/live.scss';
import './live-page.scss';

function Tile({ name, value }: { name: string; value: string }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd>{value}</dd>
		</div>
	);
}

function Tiles({ data }: { data: Live | null }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const count = (value: number | undefined) => (value === undefined ? '—' : formats.count(value));
	return (
		<dl className="ra-now__tiles">
			<Tile name={t('live.minute')} value={count(data?.messages_minute)} />
			<Tile name={t('live.voice')} value={count(data?.voice_now)} />
			<Tile name={t('live.today')} value={count(data?.messages_today)} />
			<Tile name={t('live_page.joins')} value={count(data?.joins_today)} />
			<Tile name={t('live_page.leaves')} value={count(data?.leaves_today)} />
			<Tile name={t('live.members')} value={count(data?.members)} />
		</dl>
	);
}

function Channels({ now, zone }: { now: Now; zone: string }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const top = now.channels[0]?.messages || 1;
	return (
		<Panel
			id="now-channels"
			title={t('live_page.channels')}
			summary={t('live_page.since', { time: formats.time(Date.parse(now.since), zone) })}
			className="is-half"
		>
			{now.channels.length ? (
				<RankTable
					caption={t('live_page.channels')}
					title={t('top.channel')}
					columns={[
						{ title: t('top.writers'), isQuiet: true },
						{ title: t('top.messages') },
					]}
					ranks={now.channels.map((channel) => ({
						key: channel.id,
						share: channel.messages / top,
						icon: <ChannelIcon kind={channel.kind} />,
						name: channel.name || t('top.hidden_channel'),
						isUnnamed: !channel.name,
						tag: channel.is_deleted ? t('top.deleted') : undefined,
						cells: [formats.count(channel.people), formats.count(channel.messages)],
					}))}
				/>
			) : (
				<div className="ra-empty is-small">
					<p>{t('live_page.silent')}</p>
				</div>
			)}
		</Panel>
	);
}

function Flow({ now, zone }: { now: Now; zone: string }) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<Panel id="now-flow" title={t('live_page.flow')} className="is-half">
			{now.flow.length ? (
				<ul className="ra-flow">
					{now.flow.map((step, index) => {
						const Icon = step.kind === 'join' ? LogIn : LogOut;
						return (
							<li key={`${step.at} ${index}`} className={`is-${step.kind}`}>
								<Icon
									size={16}
									role="img"
									aria-label={t(
										step.kind === 'join'
											? 'live_page.joined'
											: 'live_page.left',
									)}
								/>
								{step.member && (
									<Avatar
										id={step.member.id}
										name={step.member.name}
										url={step.member.avatar_url}
										size={20}
									/>
								)}
								<span>{step.member?.name ?? t('live_page.somebody')}</span>
								{step.is_rejoin && (
									<em className="ra-tag">{t('live_page.again')}</em>
								)}
								{step.is_bot && <em className="ra-tag">{t('rooms.bot')}</em>}
								<time dateTime={step.at}>
									{formats.dateTime(Date.parse(step.at), zone)}
								</time>
							</li>
						);
					})}
				</ul>
			) : (
				<div className="ra-empty is-small">
					<p>{t('live_page.no_flow')}</p>
				</div>
			)}
		</Panel>
	);
}

function Everything({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const state = useLive(guild.id, useNews(guild.id));
	const { data, error, refetch } = useNow(guild.id);
	return (
		<>
			<section className={`ra-live ra-now is-${state.status}`} aria-labelledby="live-title">
				<h2 id="live-title" className="visually-hidden">
					{t('live.title')}
				</h2>
				<LiveMark state={state} zone={guild.timezone} />
				<Tiles data={state.data} />
				<MinuteBars minutes={state.data?.minutes ?? []} />
			</section>
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			<div className="ra-grid">
				<RoomsPanel guild={guild} className="is-full" />
				{!data && !error && <Skeleton height={200} />}
				{data && <Channels now={data} zone={guild.timezone} />}
				{data && <Flow now={data} zone={guild.timezone} />}
			</div>
		</>
	);
}

export function LivePage({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="live" lead={t('live_page.lead')} hasRange={false}>
			{(guild) => <Everything guild={guild} />}
		</GuildPage>
	);
}

import { Hash, Megaphone, MessagesSquare, Podcast, Spool, Volume2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Guild, TopChannel } from '@/api/types';
import { useTopChannels } from '@/api/use-tops';
import { ChangeMark } from '@/components/change-mark';
import { ExportMenu } from '@/components/export-menu';
import { useDetailHref } from '@/components/list/names';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { rangeQuery } from '@/lib/view';
import { exportName } from '@/lib/export-name';
import { useView } from '@/lib/use-view';
import { barShare, channelLook, channelName, channelsTable } from './top-data';
import './top.scss';

const SHOWN = 8;
const ICONS = {
	text: Hash,
	voice: Volume2,
	news: Megaphone,
	stage: Podcast,
	thread: Spool,
	forum: MessagesSquare,
};

interface RowProps {
	guildId: string;
	channel: TopChannel;
	top: number;
}

function Row({ guildId, channel, top }: RowProps) {
	const href = useDetailHref(guildId);
	const { t } = useTranslation();
	const formats = useFormats();
	const Icon = ICONS[channelLook(channel.kind)];
	return (
		<tr>
			<th scope="row">
				<span
					className="ra-top__bar"
					style={{ '--ra-share': barShare(channel.messages, top) }}
				/>
				<span className="ra-top__name">
					<Icon size={14} aria-hidden="true" />
					<span className={channel.name ? undefined : 'is-unnamed'}>
						<Link href={href('channels', channel.id)}>{channelName(channel, t)}</Link>
					</span>
					{channel.is_deleted && <em className="ra-tag">{t('top.deleted')}</em>}
				</span>
			</th>
			<td className="is-number is-quiet">{formats.count(channel.members)}</td>
			<td className="is-number">{formats.count(channel.messages)}</td>
			<td className="is-number">
				<ChangeMark value={channel.messages} previous={channel.previous_messages} />
			</td>
		</tr>
	);
}

export function TopChannelsPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const range = rangeQuery(view);
	const { data, error, refetch, isPlaceholderData } = useTopChannels(guild.id, range, SHOWN);
	const first = data?.channels[0];
	return (
		<Panel
			id="top-channels"
			className="is-narrow"
			title={t('top.channels')}
			isStale={isPlaceholderData}
			summary={
				data &&
				first &&
				t('top.channels_summary', {
					name: channelName(first, t),
					share: formats.share(data.total ? first.messages / data.total : 0),
				})
			}
			tools={
				data && (
					<ExportMenu
						what={t('top.channels')}
						table={channelsTable(data, t)}
						name={exportName(guild, 'top-channels', data.range)}
					/>
				)
			}
		>
			{!data && !error && <Skeleton height={28} lines={8} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && !first && (
				<div className="ra-empty is-small">
					<p>{t('top.no_channels')}</p>
				</div>
			)}
			{data && first && (
				<table className="ra-top">
					<caption className="visually-hidden">{t('top.channels')}</caption>
					<thead>
						<tr>
							<th scope="col">{t('top.channel')}</th>
							<th scope="col" className="is-number is-quiet">
								{t('top.writers')}
							</th>
							<th scope="col" className="is-number">
								{t('top.messages')}
							</th>
							<th scope="col" className="is-number">
								<span className="visually-hidden">{t('change.title')}</span>
							</th>
						</tr>
					</thead>
					<tbody>
						{data.channels.map((channel) => (
							<Row
								key={channel.id}
								guildId={guild.id}
								channel={channel}
								top={first.messages}
							/>
						))}
					</tbody>
				</table>
			)}
		</Panel>
	);
}

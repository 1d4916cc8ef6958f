/* One channel, thread or category: the same figures as everywhere, of it alone. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import type { Channel, Guild } from '@/api/types';
import { useChannel } from '@/api/use-lists';
import { FilterBar } from '@/components/filter/filter-bar';
import { GuildPage } from '@/components/guild/guild-page';
import { ChannelName } from '@/components/list/names';
import { useOwnState } from '@/components/list/use-list-state';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { MemberListPanel } from '@/features/members/member-list';
import { MessageFigures } from '@/features/messages/message-figures';
import { HeatmapPanel } from '@/features/overview/heatmap/heatmap-panel';
import { VoicePanel } from '@/features/overview/voice/voice-panel';
import { useFormats } from '@/i18n/use-formats';
import { ViewScope } from '@/lib/use-view';
import { ChannelListPanel } from './channel-list';

const CATEGORY = 4;
const WITH_VOICE = [2, 4, 13];

function Facts({ guild, channel }: { guild: Guild; channel: Channel }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { channel: parent, category } = channel;
	const day = (iso: string) => formats.date(Date.parse(iso), guild.timezone);
	return (
		<p className="ra-facts">
			{parent && <ChannelName guildId={guild.id} channel={parent} />}
			{category && <ChannelName guildId={guild.id} channel={category} />}
			{channel.created_at && (
				<span>{t('channel.created', { date: day(channel.created_at) })}</span>
			)}
			{channel.deleted_at && (
				<em className="ra-tag">
					{t('channel.deleted', { date: day(channel.deleted_at) })}
				</em>
			)}
			{channel.is_archived && <em className="ra-tag">{t('channel.archived')}</em>}
			{channel.threads > 0 && (
				<span>
					{t('channel.threads', {
						count: channel.threads,
						n: formats.count(channel.threads),
					})}
				</span>
			)}
		</p>
	);
}

function Content({ guild, channel }: { guild: Guild; channel: Channel }) {
	const { t } = useTranslation();
	const [members, setMembers] = useOwnState();
	const [parts, setParts] = useOwnState();
	const isCategory = channel.kind === CATEGORY;
	const hasVoice = WITH_VOICE.includes(channel.kind);
	const scope = useMemo(
		() =>
			isCategory
				? { category: channel.id, channel: '' }
				: { channel: channel.id, category: '' },
		[channel.id, isCategory],
	);
	return (
		<ViewScope value={scope}>
			<Facts guild={guild} channel={channel} />
			<FilterBar guild={guild} hidden={['channel', 'category']} />
			<MessageFigures guild={guild} hidden={['deletions']} />
			<div className="ra-grid">
				{guild.can_see_people && (
					<MemberListPanel
						guild={guild}
						title={t('channel.members')}
						state={members}
						onChange={setMembers}
						left="with"
					/>
				)}
				{(isCategory || channel.threads > 0) && (
					<ChannelListPanel
						guild={guild}
						title={t(isCategory ? 'channel.channels' : 'channel.its_threads')}
						state={parts}
						onChange={setParts}
						group={isCategory ? 'channel' : 'thread'}
					/>
				)}
				<HeatmapPanel guild={guild} className={hasVoice ? 'is-half' : 'is-full'} />
				{hasVoice && <VoicePanel guild={guild} />}
			</div>
		</ViewScope>
	);
}

interface ChannelPageProps {
	guildId: string;
	params: Record<string, string | undefined>;
}

export function ChannelPage({ guildId, params }: ChannelPageProps) {
	const { t } = useTranslation();
	const { data, error, refetch } = useChannel(guildId, params.channel ?? '');
	const isMissing = error instanceof ApiError && error.status === 404;
	const title = isMissing ? t('channel.missing') : (data?.name ?? '…');
	return (
		<GuildPage guildId={guildId} page="channels" title={title || t('lists.hidden_channel')}>
			{(guild) => (
				<>
					{isMissing && (
						<div className="ra-empty">
							<p>{t('channel.missing_text')}</p>
						</div>
					)}
					{error && !isMissing && (
						<ProblemNotice error={error} onRetry={() => void refetch()} />
					)}
					{!data && !error && <Skeleton height={120} lines={4} />}
					{data && <Content guild={guild} channel={data} />}
				</>
			)}
		</GuildPage>
	);
}

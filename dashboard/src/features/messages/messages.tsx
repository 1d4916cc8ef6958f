/* What was written: how much, of what kind, where, by whom and when. */
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { FilterBar } from '@/components/filter/filter-bar';
import { GuildPage } from '@/components/guild/guild-page';
import { useOwnState } from '@/components/list/use-list-state';
import { ChannelListPanel } from '@/features/channels/channel-list';
import { MemberListPanel } from '@/features/members/member-list';
import { HeatmapPanel } from '@/features/overview/heatmap/heatmap-panel';
import { MessageFigures } from './message-figures';

function Content({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [channels, setChannels] = useOwnState();
	const [members, setMembers] = useOwnState();
	return (
		<>
			<FilterBar guild={guild} />
			<MessageFigures guild={guild} />
			<div className="ra-grid">
				<ChannelListPanel
					guild={guild}
					title={t('messages.where')}
					state={channels}
					onChange={setChannels}
				/>
				{guild.can_see_people && (
					<MemberListPanel
						guild={guild}
						title={t('messages.who')}
						state={members}
						onChange={setMembers}
					/>
				)}
				<HeatmapPanel guild={guild} className="is-full" />
			</div>
		</>
	);
}

export function MessagesPage({ guildId }: { guildId: string }) {
	return (
		<GuildPage guildId={guildId} page="messages">
			{(guild) => <Content guild={guild} />}
		</GuildPage>
	);
}

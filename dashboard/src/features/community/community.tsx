/* What a community is beside talk: order, boosts, commands, events, and how people find it. */
import { EyeOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';
import { CommunityChart } from './chart-panels';
import { BoostList, CommandList, EventList, GameList, InviteList, ModerationList } from './lists';
import { Standing } from './standing';
import './community.scss';

export function Community({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="community">
			{(guild) => (
				<>
					<Standing guild={guild} />
					<div className="ra-community">
						<CommunityChart guild={guild} name="safety" />
						{guild.can_see_people && <ModerationList guild={guild} />}
						<CommunityChart guild={guild} name="boosts" />
						{guild.can_see_people && <BoostList guild={guild} />}
						<CommunityChart guild={guild} name="use" />
						<CommandList guild={guild} />
						<EventList guild={guild} />
						<CommunityChart guild={guild} name="online" />
						<GameList guild={guild} />
						{guild.can_see_people && <InviteList guild={guild} />}
					</div>
					{!guild.can_see_people && (
						<p className="ra-footnote">
							<EyeOff size={14} aria-hidden="true" />
							{t('community.people_hidden')}
						</p>
					)}
				</>
			)}
		</GuildPage>
	);
}

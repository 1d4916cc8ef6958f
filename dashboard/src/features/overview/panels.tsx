/* The figures, then the charts and lists in pairs. */
import { EyeOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { FiguresPanel } from './figures/figures-panel';
import { HeatmapPanel } from './heatmap/heatmap-panel';
import { MembersPanel } from './members/members-panel';
import { MessagesPanel } from './messages/messages-panel';
import { TopChannelsPanel } from './top/top-channels-panel';
import { TopMembersPanel } from './top/top-members-panel';
import { VoicePanel } from './voice/voice-panel';

export function Panels({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	return (
		<>
			<FiguresPanel guild={guild} />
			<div className="ra-grid">
				<MessagesPanel guild={guild} />
				<TopChannelsPanel guild={guild} />
				<MembersPanel guild={guild} />
				<VoicePanel guild={guild} />
				<HeatmapPanel
					guild={guild}
					className={guild.can_see_people ? 'is-wide' : 'is-full'}
				/>
				{guild.can_see_people && <TopMembersPanel guild={guild} />}
			</div>
			<p className="ra-footnote">
				<EyeOff size={14} aria-hidden="true" />
				{t('overview.no_visitors')}
			</p>
		</>
	);
}

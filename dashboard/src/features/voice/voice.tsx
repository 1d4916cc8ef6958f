/* Voice: how long, how many at once, where and who, under the rule one chooses. */
import type { Guild } from '@/api/types';
import { useVoice } from '@/api/use-voice';
import { FilterBar } from '@/components/filter/filter-bar';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { VoicePanel } from '@/features/overview/voice/voice-panel';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { PeakPanel } from './peak-panel';
import { RoomsPanel } from './rooms';
import { RulesPanel } from './rules-panel';
import { TopChannels, TopMembers } from './top-panels';
import { VoiceFigures } from './voice-figures';

function Figures({ guild }: { guild: Guild }) {
	const [view] = useView();
	const { data, error, refetch, isPlaceholderData } = useVoice(guild.id, rangeQuery(view));
	if (data) return <VoiceFigures answer={data} rule={view.rule} isStale={isPlaceholderData} />;
	return error ? (
		<ProblemNotice error={error} onRetry={() => void refetch()} />
	) : (
		<Skeleton height={112} />
	);
}

export function VoicePage({ guildId }: { guildId: string }) {
	return (
		<GuildPage guildId={guildId} page="voice">
			{(guild) => (
				<>
					<FilterBar guild={guild} />
					<Figures guild={guild} />
					<div className="ra-grid">
						<VoicePanel guild={guild} />
						<PeakPanel guild={guild} />
						<TopChannels guild={guild} />
						{guild.can_see_people ? (
							<TopMembers guild={guild} />
						) : (
							<RulesPanel guild={guild} />
						)}
						{guild.can_see_people && <RulesPanel guild={guild} />}
						<RoomsPanel
							guild={guild}
							className={guild.can_see_people ? 'is-half' : 'is-full'}
						/>
					</div>
				</>
			)}
		</GuildPage>
	);
}

/* The past of a guild: what reading it means, the switch, how far it is, what came of it. */
import { useTranslation } from 'react-i18next';
import type { Guild, History as Past } from '@/api/types';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { ChannelPanel } from './channel-panel';
import { JoinedPanel } from './joined-panel';
import { ProgressPanel } from './progress-panel';
import { useHistory } from './use-history';
import { WishPanel } from './wish-panel';
import './history.scss';

function Panels({ guild, past }: { guild: Guild; past: Past }) {
	const isBegun = past.started_at !== null || past.is_wanted;
	return (
		<div className="ra-history__panels">
			<WishPanel guild={guild} past={past} />
			{isBegun && <ProgressPanel guild={guild} past={past} />}
			{isBegun && <ChannelPanel past={past} />}
			{isBegun && <JoinedPanel guild={guild} past={past} />}
		</div>
	);
}

export function History({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	const past = useHistory(guildId);
	return (
		<GuildPage guildId={guildId} page="history" lead={t('history.lead')} hasRange={false}>
			{(guild) => (
				<>
					{past.isPending && <Skeleton height={120} lines={4} />}
					{past.error && !past.data && (
						<ProblemNotice error={past.error} onRetry={() => void past.refetch()} />
					)}
					{past.data && <Panels guild={guild} past={past.data} />}
				</>
			)}
		</GuildPage>
	);
}

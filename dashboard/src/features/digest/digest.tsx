/* The digest of a guild: what changed, posted to one of its channels every day or week. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { ChoicePanel } from './choice-panel';
import { LastPanel } from './last-panel';
import { useDigest } from './use-digest';
import './digest.scss';

export function Digest({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	const state = useDigest(guildId);
	return (
		<GuildPage guildId={guildId} page="digest" lead={t('digest.lead')} hasRange={false}>
			{(guild) => (
				<div className="ra-digest">
					{state.isPending && <Skeleton height={120} lines={4} />}
					{state.error && !state.data && (
						<ProblemNotice error={state.error} onRetry={() => void state.refetch()} />
					)}
					{state.data && <LastPanel guild={guild} state={state.data} />}
					{state.data && <ChoicePanel guild={guild} state={state.data} />}
				</div>
			)}
		</GuildPage>
	);
}

/* The past of a guild: what reading it means, the switch, how far it is, what came of it. */
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ApiError } from '@/api/client';
import type { Guild, History as Past } from '@/api/types';
import { useGuild } from '@/api/use-guild';
import { MemberPage } from '@/components/member-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { NoAccess } from '@/features/overview/no-access';
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
	const guild = useGuild(guildId);
	const past = useHistory(guildId);
	const error = guild.error ?? past.error;

	if (error instanceof ApiError && error.status === 404) return <NoAccess />;
	return (
		<MemberPage title={`${t('history.title')} · ${guild.data?.name ?? ''}`}>
			<header className="ra-page-head">
				<Link href={`/guilds/${guildId}`} className="ra-history__back">
					<ArrowLeft size={16} aria-hidden="true" />
					{t('history.back')}
				</Link>
				<h1>
					{guild.data ? `${t('history.title')} · ${guild.data.name}` : t('history.title')}
				</h1>
				<p>{t('history.lead')}</p>
			</header>
			{(guild.isPending || past.isPending) && <Skeleton height={120} lines={4} />}
			{error && !past.data && (
				<ProblemNotice error={error} onRetry={() => void past.refetch()} />
			)}
			{guild.data && past.data && <Panels guild={guild.data} past={past.data} />}
		</MemberPage>
	);
}

/* The page of one guild. What it shows stands in the address; what it says comes from five queries and a live feed. */
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import { useGuild } from '@/api/use-guild';
import { MemberPage } from '@/components/member-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { GuildNotices } from './guild-notices';
import { GuildSwitcher } from './guild-switcher';
import { Live } from './live/live';
import { NoAccess } from './no-access';
import { Panels } from './panels';
import { Toolbar } from './toolbar/toolbar';
import './overview.scss';

export function Overview({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	const guild = useGuild(guildId);

	if (guild.error instanceof ApiError && guild.error.status === 404) return <NoAccess />;
	return (
		<MemberPage
			title={guild.data?.name ?? t('overview.title')}
			lead={guild.data && <GuildSwitcher guild={guild.data} />}
		>
			{guild.error && !guild.data && (
				<ProblemNotice error={guild.error} onRetry={() => void guild.refetch()} />
			)}
			{guild.isPending && <Skeleton height={120} lines={4} />}
			{guild.data && (
				<>
					<Toolbar guild={guild.data} />
					<GuildNotices guild={guild.data} />
					<Live guild={guild.data} />
					<Panels guild={guild.data} />
				</>
			)}
		</MemberPage>
	);
}

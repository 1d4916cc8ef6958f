/* When and where Discord is told of a request nobody answers, and what became of it. */
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Guild, Notifications as State } from '@/api/types';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { Form } from './form';
import { LogPanel } from './log-panel';
import { TroublePanel } from './trouble-panel';
import { useNotices } from './use-notices';
import '../settings/settings.scss';
import './notifications.scss';

function StateLine({ guild, state }: { guild: Guild; state: State }) {
	const { t } = useTranslation();
	const formats = useFormats();
	if (!state.is_desk_enabled)
		return (
			<p className="ra-notices__line">
				{t('notices_page.state.desk_off')}{' '}
				<Link href={`/guilds/${guild.id}/rules`}>{t('notices_page.state.open_rules')}</Link>
			</p>
		);
	if (!state.settings.is_enabled || !state.held_until) return null;
	return (
		<p className="ra-notices__line">
			{t('notices_page.state.held', {
				time: formats.dateTime(Date.parse(state.held_until), guild.timezone),
			})}
		</p>
	);
}

export function Notifications({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	const state = useNotices(guildId);
	return (
		<GuildPage
			guildId={guildId}
			page="notifications"
			lead={t('notices_page.lead')}
			hasRange={false}
		>
			{(guild) => (
				<div className="ra-notices">
					{state.isPending && <Skeleton height={120} lines={4} />}
					{state.error && !state.data && (
						<ProblemNotice error={state.error} onRetry={() => void state.refetch()} />
					)}
					{state.data && (
						<>
							<TroublePanel guild={guild} />
							<StateLine guild={guild} state={state.data} />
							<Form guild={guild} state={state.data} />
							<LogPanel guild={guild} />
						</>
					)}
				</div>
			)}
		</GuildPage>
	);
}

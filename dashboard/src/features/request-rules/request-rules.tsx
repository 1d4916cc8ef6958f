/* What makes a message a request for help: the settings of the desk, and its rules. */
import { useTranslation } from 'react-i18next';
import { TriangleAlert } from 'lucide-react';
import type { Guild } from '@/api/types';
import { GuildPage } from '@/components/guild/guild-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { DeskForm } from './desk-form';
import { FilePanel } from './file-panel';
import { RuleList } from './rule-list';
import { useDesk } from './use-rules';
import '../settings/settings.scss';
import './request-rules.scss';

function Content({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const desk = useDesk(guild.id);
	if (!desk.data)
		return desk.error ? (
			<ProblemNotice error={desk.error} onRetry={() => void desk.refetch()} />
		) : (
			<Skeleton height={120} lines={4} />
		);
	return (
		<div className="ra-desk">
			{desk.data.sees_texts === false && (
				<div className="ra-problem" role="note">
					<TriangleAlert size={20} aria-hidden="true" />
					<div>
						<p>{t('request_rules.blind.title')}</p>
						<p className="ra-problem__detail">{t('request_rules.blind.text')}</p>
					</div>
				</div>
			)}
			<RuleList guild={guild} desk={desk.data} />
			<DeskForm guild={guild} desk={desk.data} />
			<FilePanel guild={guild} />
		</div>
	);
}

export function RequestRules({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="rules" lead={t('request_rules.lead')} hasRange={false}>
			{(guild) => <Content guild={guild} />}
		</GuildPage>
	);
}

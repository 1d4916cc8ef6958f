/* When a figure leaves its bounds: the rules, what came of them, who is told. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';
import { EpisodesPanel } from './episodes-panel';
import { HooksPanel } from './hooks-panel';
import { RuleForm } from './rule-form';
import { RulesPanel } from './rules-panel';
import '../exports/out.scss';

export function Alerts({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="alerts" lead={t('alerts.lead')} hasRange={false}>
			{(guild) => (
				<div className="ra-out">
					<RulesPanel guild={guild} />
					{guild.can_manage && <RuleForm guild={guild} />}
					<EpisodesPanel guild={guild} />
					{guild.can_manage && <HooksPanel guild={guild} />}
				</div>
			)}
		</GuildPage>
	);
}

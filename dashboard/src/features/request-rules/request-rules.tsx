/* What makes a message a request. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';

export function RequestRules({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="rules" lead={t('request_rules.lead')} hasRange={false}>
			{() => <div className="ra-empty">{t('request_rules.empty')}</div>}
		</GuildPage>
	);
}

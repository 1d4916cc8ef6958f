/* Requests for help of a guild: figures and the list. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';

export function Requests({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="requests" lead={t('requests.lead')} hasRange={false}>
			{() => <div className="ra-empty">{t('requests.empty')}</div>}
		</GuildPage>
	);
}

/* When and where Discord is told of a request nobody answers. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';

export function Notifications({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage
			guildId={guildId}
			page="notifications"
			lead={t('notices_page.lead')}
			hasRange={false}
		>
			{() => <div className="ra-empty">{t('notices_page.empty')}</div>}
		</GuildPage>
	);
}

/* One of the staff. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';

export function OneCurator({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="curators" lead={t('curators.lead')} hasRange={false}>
			{() => <div className="ra-empty">{t('curators.empty')}</div>}
		</GuildPage>
	);
}

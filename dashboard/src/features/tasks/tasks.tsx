/* Reports of done tasks. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';

export function Tasks({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="tasks" lead={t('tasks.lead')} hasRange={false}>
			{() => <div className="ra-empty">{t('tasks.empty')}</div>}
		</GuildPage>
	);
}

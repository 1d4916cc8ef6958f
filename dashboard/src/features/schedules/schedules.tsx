/* When somebody is there: hours, holidays, shifts, targets. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';

export function Schedules({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="schedules" lead={t('schedules.lead')} hasRange={false}>
			{() => <div className="ra-empty">{t('schedules.empty')}</div>}
		</GuildPage>
	);
}

/* What one server needs: the list of the first run, and what the bot may not do here. */
import { GuildPage } from '@/components/guild/guild-page';
import { useTranslation } from 'react-i18next';
import { CheckupPanel } from '@/features/checkup/checkup-panel';
import { SetupPanel } from '@/features/overview/setup/setup-panel';

export function SetupPage({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="setup" lead={t('setup.lead')} hasRange={false}>
			{(guild) => (
				<>
					<SetupPanel guild={guild} isHome />
					<CheckupPanel guildId={guild.id} />
				</>
			)}
		</GuildPage>
	);
}

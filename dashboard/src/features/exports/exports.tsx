/* What leaves the dashboard: files, tokens for programs, pages for everybody. */
import { useTranslation } from 'react-i18next';
import { GuildPage } from '@/components/guild/guild-page';
import { FilesPanel } from './files-panel';
import { SharesPanel } from './shares-panel';
import { TokensPanel } from './tokens-panel';
import { WholePanel } from './whole-panel';
import './out.scss';

export function Exports({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="exports" lead={t('exports.lead')} hasRange={false}>
			{(guild) => (
				<div className="ra-out">
					<FilesPanel guild={guild} />
					{guild.can_manage && <SharesPanel guild={guild} />}
					{guild.can_manage && <TokensPanel guild={guild} />}
					{guild.can_manage && <WholePanel guild={guild} />}
				</div>
			)}
		</GuildPage>
	);
}

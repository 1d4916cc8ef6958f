/* A guild at a glance. What it shows stands in the address; what it says comes from five queries and a live feed. */
import { useState } from 'react';
import { Settings2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { FilterBar } from '@/components/filter/filter-bar';
import { GuildPage } from '@/components/guild/guild-page';
import { SettingsDialog } from '@/features/settings/settings-dialog';
import { FiguresExport } from './figures/figures-export';
import { Live } from './live/live';
import { Panels } from './panels';
import { SetupPanel } from './setup/setup-panel';
import './overview.scss';

function Tools({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [isOpen, setOpen] = useState(false);
	return (
		<>
			<FiguresExport guild={guild} />
			{guild.can_manage && (
				<button
					type="button"
					className="ra-icon-button is-boxed"
					aria-label={t('settings.title')}
					title={t('settings.title')}
					onClick={() => setOpen(true)}
				>
					<Settings2 size={16} aria-hidden="true" />
				</button>
			)}
			{isOpen && <SettingsDialog guild={guild} onClose={() => setOpen(false)} />}
		</>
	);
}

export function Overview({ guildId }: { guildId: string }) {
	return (
		<GuildPage
			guildId={guildId}
			page="overview"
			hasOthers
			tools={(guild) => <Tools guild={guild} />}
		>
			{(guild) => (
				<>
					<SetupPanel guild={guild} />
					<FilterBar guild={guild} />
					<Live guild={guild} />
					<Panels guild={guild} />
				</>
			)}
		</GuildPage>
	);
}

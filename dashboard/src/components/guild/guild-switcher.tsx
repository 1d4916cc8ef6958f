/* The guild in the header, and the way to the others. */
import { ChevronsUpDown, LayoutGrid } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearchParams } from 'wouter';
import type { Guild } from '@/api/types';
import { useGuilds } from '@/api/use-guilds';
import { Avatar } from '@/components/avatar';
import { Menu, MenuItem } from '@/components/menu';
import { sortGuilds } from '@/features/guilds/sort-guilds';
import { guildHref, pageAt } from '@/lib/guild-pages';

const LISTED = 8;

export function GuildSwitcher({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [path, navigate] = useLocation();
	const [search] = useSearchParams();
	const here = pageAt(path.slice(`/guilds/${guild.id}`.length));
	const { watched } = sortGuilds(useGuilds().data ?? []);
	return (
		<Menu
			className="ra-switcher"
			align="start"
			label={t('guild.switch', { name: guild.name })}
			trigger={
				<>
					<Avatar
						id={guild.id}
						name={guild.name}
						url={guild.icon_url}
						size={24}
						shape="squircle"
					/>
					<span>{guild.name}</span>
					<ChevronsUpDown size={14} aria-hidden="true" />
				</>
			}
		>
			{watched.slice(0, LISTED).map((other) => (
				<MenuItem
					key={other.id}
					icon={
						<Avatar
							id={other.id}
							name={other.name}
							url={other.icon_url}
							size={20}
							shape="squircle"
						/>
					}
					isChosen={other.id === guild.id}
					onPick={() => navigate(guildHref(other.id, here, search))}
				>
					{other.name}
				</MenuItem>
			))}
			<MenuItem
				icon={<LayoutGrid size={16} aria-hidden="true" />}
				onPick={() => navigate('/guilds')}
			>
				{t('guild.all_servers')}
			</MenuItem>
		</Menu>
	);
}

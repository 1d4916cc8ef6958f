/* What all pages of a guild stand in: the switcher in the header, the navigation beside them. */
import type { ReactNode } from 'react';
import { Redirect, useLocation } from 'wouter';
import { ApiError } from '@/api/client';
import { useGuild } from '@/api/use-guild';
import { MemberPage } from '@/components/member-page';
import { isBesideRights, pageAt } from '@/lib/guild-pages';
import { GuildNav } from './guild-nav';
import { GuildSwitcher } from './guild-switcher';
import { NoAccess } from './no-access';
import './guild.scss';

interface GuildFrameProps {
	guildId: string;
	children: ReactNode;
}

export function GuildFrame({ guildId, children }: GuildFrameProps) {
	const guild = useGuild(guildId);
	const [path] = useLocation();
	const here = pageAt(path.slice(`/guilds/${guildId}`.length));
	if (guild.error instanceof ApiError && guild.error.status === 404) return <NoAccess />;
	if (guild.data && isBesideRights(here, guild.data))
		return <Redirect to={`/guilds/${guildId}/requests`} replace />;
	return (
		<MemberPage
			lead={guild.data && <GuildSwitcher guild={guild.data} />}
			side={<GuildNav guildId={guildId} rights={guild.data} />}
		>
			{children}
		</MemberPage>
	);
}

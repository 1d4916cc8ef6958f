/* What all pages of a guild stand in: the switcher in the header, the navigation beside them. */
import type { ReactNode } from 'react';
import { ApiError } from '@/api/client';
import { useGuild } from '@/api/use-guild';
import { MemberPage } from '@/components/member-page';
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
	if (guild.error instanceof ApiError && guild.error.status === 404) return <NoAccess />;
	return (
		<MemberPage
			lead={guild.data && <GuildSwitcher guild={guild.data} />}
			side={<GuildNav guildId={guildId} rights={guild.data} />}
		>
			{children}
		</MemberPage>
	);
}

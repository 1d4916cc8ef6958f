import { useQuery } from '@tanstack/react-query';
import { get } from './client';

/** Names of channels and roles of today, of the members asked for, and of those a search finds. */
export function useDirectory(guildId: string, members: readonly string[], search: string) {
	const member = members.slice(0, 50).join(',');
	return useQuery({
		queryKey: ['directory', guildId, member, search],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/directory', {
				ids: { guild_id: guildId },
				query: { ...(member && { member }), ...(search && { q: search }) },
				signal,
			}),
		placeholderData: (last) => last,
		staleTime: 60_000,
	});
}

/* What a fresh guild still needs: asked again while somebody is at it. */
import { useQuery } from '@tanstack/react-query';
import { get } from './client';

export function useSetup(guildId: string, isWanted: boolean) {
	return useQuery({
		queryKey: ['guild', guildId, 'setup'],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/setup', { ids: { guild_id: guildId }, signal }),
		refetchInterval: (query) => (query.state.data?.first_event_at === null ? 15_000 : false),
		enabled: isWanted,
	});
}

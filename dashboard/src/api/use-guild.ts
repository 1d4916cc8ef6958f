import { useQuery } from '@tanstack/react-query';
import { get } from './client';

export function useGuild(guildId: string) {
	return useQuery({
		queryKey: ['guild', guildId],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}', { ids: { guild_id: guildId }, signal }),
	});
}

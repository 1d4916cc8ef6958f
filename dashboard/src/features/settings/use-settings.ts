import { useQuery } from '@tanstack/react-query';
import { get } from '@/api/client';

export function useSettings(guildId: string) {
	return useQuery({
		queryKey: ['guild', guildId, 'settings'],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/settings', { ids: { guild_id: guildId }, signal }),
	});
}

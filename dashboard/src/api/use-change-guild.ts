import { useMutation, useQueryClient } from '@tanstack/react-query';
import { buildUrl, send } from './client';
import type { Guild } from './types';

/** Days are cut in the guild's zone, so a new zone makes every figure stale. */
export function useChangeGuild(guildId: string, csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: async (change: { timezone: string }): Promise<Guild> => {
			const url = buildUrl('/api/v1/guilds/{guild_id}', { guild_id: guildId });
			return (await (await send('PATCH', url, csrfToken, change)).json()) as Guild;
		},
		onSuccess: (guild) => {
			queries.setQueryData(['guild', guildId], guild);
			return queries.invalidateQueries({ queryKey: ['guild', guildId] });
		},
	});
}

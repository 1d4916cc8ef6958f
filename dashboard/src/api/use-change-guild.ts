import { useMutation, useQueryClient } from '@tanstack/react-query';
import { buildUrl, send } from './client';
import type { Guild, SettingsChange } from './types';

/** Whatever a guild decides, every figure of it may be stale. */
export function useChangeGuild(guildId: string, csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: async (change: SettingsChange): Promise<Guild> => {
			const url = buildUrl('/api/v1/guilds/{guild_id}', { guild_id: guildId });
			return (await (await send('PATCH', url, csrfToken, change)).json()) as Guild;
		},
		onSuccess: (guild) => {
			queries.setQueryData(['guild', guildId], guild);
			return queries.invalidateQueries({ queryKey: ['guild', guildId] });
		},
	});
}

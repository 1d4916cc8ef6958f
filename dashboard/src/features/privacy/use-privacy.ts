import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';

/** Asked again while an erasure is under way. */
export function useMyGuilds() {
	return useQuery({
		queryKey: ['my-guilds'],
		queryFn: ({ signal }) => get('/api/v1/me/guilds', { signal }),
		refetchInterval: ({ state }) =>
			state.data?.guilds.some((guild) => guild.erasure_at) ? 2000 : false,
	});
}

export function useMyData(guildId: string) {
	return useQuery({
		queryKey: ['my-data', guildId],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/me', { ids: { guild_id: guildId }, signal }),
	});
}

export type Wish = 'out' | 'in' | 'erase' | 'erase_and_out';

const CALLS = {
	out: ['PUT', 'opt-out', undefined],
	in: ['DELETE', 'opt-out', undefined],
	erase: ['POST', 'erasure', {}],
	erase_and_out: ['POST', 'erasure', { opt_out: true }],
} as const;

/** One wish for one or several guilds; each is a request of its own. */
export function useWish(csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: async ({ guildIds, wish }: { guildIds: string[]; wish: Wish }) => {
			const [method, tail, body] = CALLS[wish];
			for (const id of guildIds) {
				const url = buildUrl(`/api/v1/guilds/{guild_id}/me/${tail}`, { guild_id: id });
				await send(method, url, csrfToken, body);
			}
		},
		onSettled: () => {
			void queries.invalidateQueries({ queryKey: ['my-data'] });
			return queries.invalidateQueries({ queryKey: ['my-guilds'] });
		},
	});
}

export function useForgetMe(csrfToken: string) {
	return useMutation({
		mutationFn: async () => {
			await send('DELETE', buildUrl('/api/v1/me'), csrfToken);
		},
	});
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';
import type { History, HistoryWish } from '@/api/types';

const PATH = '/api/v1/guilds/{guild_id}/history';
const EVERY_MS = 2000;
const RESTING_MS = 30_000;

const isMoving = (history: History | undefined) =>
	history !== undefined && !['off', 'paused', 'done'].includes(history.state);

/** Asked again while somebody looks, often while something moves. */
export function useHistory(guildId: string) {
	return useQuery({
		queryKey: ['history', guildId],
		queryFn: ({ signal }) => get(PATH, { ids: { guild_id: guildId }, signal }),
		refetchInterval: ({ state }) => (isMoving(state.data) ? EVERY_MS : RESTING_MS),
	});
}

/** A wish; null switches it off. */
export function useWish(guildId: string, csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: async (wish: HistoryWish | null): Promise<History> => {
			const url = buildUrl(PATH, { guild_id: guildId });
			const answer = wish
				? await send('PUT', url, csrfToken, wish)
				: await send('DELETE', url, csrfToken);
			return (await answer.json()) as History;
		},
		onSuccess: (history) => {
			queries.setQueryData(['history', guildId], history);
		},
	});
}

/** `members`: how many are listed; another number means another curve. */
export function useJoined(guildId: string, members: number) {
	return useQuery({
		queryKey: ['joined', guildId, members],
		queryFn: ({ signal }) =>
			get('/api/v1/guilds/{guild_id}/members/joined', { ids: { guild_id: guildId }, signal }),
		placeholderData: (last) => last,
	});
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';
import type { DigestState, DigestWish } from '@/api/types';

const PATH = '/api/v1/guilds/{guild_id}/digest';
const TEST_PATH = '/api/v1/guilds/{guild_id}/digest/test';
const EVERY_MS = 2000;
const RESTING_MS = 60_000;

/** Asked again while somebody looks, often while one is on its way. */
export function useDigest(guildId: string) {
	return useQuery({
		queryKey: ['digest', guildId],
		queryFn: ({ signal }) => get(PATH, { ids: { guild_id: guildId }, signal }),
		refetchInterval: ({ state }) =>
			state.data?.last?.state === 'waiting' ? EVERY_MS : RESTING_MS,
	});
}

export type DigestChange = { set: DigestWish } | 'end' | 'test';

/** Choosing, ending, trying: the answer is how things are then. */
export function useChangeDigest(guildId: string, csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: async (change: DigestChange): Promise<DigestState> => {
			const url = buildUrl(change === 'test' ? TEST_PATH : PATH, { guild_id: guildId });
			const answer =
				change === 'test'
					? await send('POST', url, csrfToken)
					: change === 'end'
						? await send('DELETE', url, csrfToken)
						: await send('PUT', url, csrfToken, change.set);
			return (await answer.json()) as DigestState;
		},
		onSuccess: (state) => {
			queries.setQueryData(['digest', guildId], state);
		},
	});
}

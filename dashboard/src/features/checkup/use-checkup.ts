import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';
import type { Checkup } from '@/api/types';
import { useMe } from '@/api/use-me';

const ALL = '/api/v1/system/checkup';
const ONE = '/api/v1/guilds/{guild_id}/checkup';

const keyOf = (guildId: string | null) => ['checkup', guildId];

/** Asks for what is known, which is looked up when it is older than a minute: that takes seconds. */
export function useCheckup(guildId: string | null, everyMs: number | false = false) {
	return useQuery({
		queryKey: keyOf(guildId),
		queryFn: ({ signal }): Promise<Checkup> =>
			guildId === null
				? get(ALL, { signal })
				: get(ONE, { ids: { guild_id: guildId }, signal }),
		refetchInterval: everyMs,
		retry: false,
	});
}

/** Looks anew. */
export function useCheckAgain(guildId: string | null) {
	const client = useQueryClient();
	const me = useMe();
	return useMutation({
		mutationFn: async () => {
			const url = guildId === null ? buildUrl(ALL) : buildUrl(ONE, { guild_id: guildId });
			const response = await send('POST', url, me.data?.csrf_token ?? '');
			return (await response.json()) as Checkup;
		},
		onSuccess: (checkup) => client.setQueryData(keyOf(guildId), checkup),
	});
}

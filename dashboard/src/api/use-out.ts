/* Lists of what leaves the dashboard, and changes of them. After a change the list is asked again. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send, type Answer, type GetPath } from './client';
import { useMe } from './use-me';

const GUILD = '/api/v1/guilds/{guild_id}';

export type OutPath = Extract<
	GetPath,
	`${typeof GUILD}/${'tokens' | 'shares' | 'alerts' | 'alert-episodes' | 'webhooks' | 'files'}`
>;

/** `everyMs`: asked again while somebody looks. */
export function useOut<P extends OutPath>(path: P, guildId: string, everyMs?: number) {
	return useQuery<Answer<P>>({
		queryKey: ['out', guildId, path],
		queryFn: ({ signal }) => get(path, { ids: { guild_id: guildId }, signal }),
		...(everyMs && { refetchInterval: everyMs }),
	});
}

interface Change {
	method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** behind /guilds/{id} */
	tail: string;
	body?: object;
}

/** Gives the answer's body, typed by whoever asks. */
export function useOutChange<T = unknown>(guildId: string) {
	const queries = useQueryClient();
	const me = useMe();
	return useMutation({
		mutationFn: async ({ method, tail, body }: Change): Promise<T> => {
			const url = buildUrl(GUILD, { guild_id: guildId }) + tail;
			const answer = await send(method, url, me.data?.csrf_token ?? '', body);
			return (answer.status === 204 ? null : await answer.json()) as T;
		},
		onSuccess: () => queries.invalidateQueries({ queryKey: ['out', guildId] }),
	});
}

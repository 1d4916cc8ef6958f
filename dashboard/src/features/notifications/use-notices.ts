import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send } from '@/api/client';
import type { NotificationSettings, Notifications } from '@/api/types';

const PATH = '/api/v1/guilds/{guild_id}/notifications';
const LOG_PATH = '/api/v1/guilds/{guild_id}/notifications/deliveries';
const TROUBLE_PATH = '/api/v1/guilds/{guild_id}/notifications/trouble';
const TEST_PATH = '/api/v1/guilds/{guild_id}/notifications/test';
const EVERY_MS = 5000;
const TEST_EVERY_MS = 1000;
export const LOG_ROWS = 20;

/** `guildId` '': of none. */
export function useNotices(guildId: string) {
	return useQuery({
		queryKey: ['notices', guildId],
		queryFn: ({ signal }) => get(PATH, { ids: { guild_id: guildId }, signal }),
		enabled: guildId !== '',
	});
}

/** Saving; the answer is how things are then. */
export function useSaveNotices(guildId: string, csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: async (settings: NotificationSettings): Promise<Notifications> => {
			const url = buildUrl(PATH, { guild_id: guildId });
			const answer = await send('PUT', url, csrfToken, settings);
			return (await answer.json()) as Notifications;
		},
		onSuccess: (state) => {
			queries.setQueryData(['notices', guildId], state);
		},
	});
}

export interface LogView {
	state: string;
	kind: string;
	offset: number;
}

export function useNoticeLog(guildId: string, view: LogView) {
	return useQuery({
		queryKey: ['notices', guildId, 'log', view],
		queryFn: ({ signal }) =>
			get(LOG_PATH, {
				ids: { guild_id: guildId },
				query: { ...view, limit: LOG_ROWS } as object,
				signal,
			}),
		refetchInterval: EVERY_MS,
		placeholderData: keepPreviousData,
	});
}

export function useTrouble(guildId: string) {
	return useQuery({
		queryKey: ['notices', guildId, 'trouble'],
		queryFn: ({ signal }) => get(TROUBLE_PATH, { ids: { guild_id: guildId }, signal }),
		refetchInterval: EVERY_MS,
		select: (answer) => answer.rows,
	});
}

/** The newest test, asked often while one is awaited. */
export function useLastTest(guildId: string, isAwaited: boolean) {
	return useQuery({
		queryKey: ['notices', guildId, 'test'],
		queryFn: ({ signal }) =>
			get(LOG_PATH, {
				ids: { guild_id: guildId },
				query: { kind: 'test', limit: 1 },
				signal,
			}),
		enabled: isAwaited,
		refetchInterval: ({ state }) =>
			state.data?.rows[0]?.state === 'sent' || state.data?.rows[0]?.state === 'failed'
				? false
				: TEST_EVERY_MS,
		select: (answer) => answer.rows[0],
	});
}

/** True: it was written down; false: nobody has taken it yet. */
export function useSendTest(guildId: string, csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: async (): Promise<boolean> => {
			const answer = await send(
				'POST',
				buildUrl(TEST_PATH, { guild_id: guildId }),
				csrfToken,
			);
			return answer.status !== 202;
		},
		onSuccess: () => void queries.invalidateQueries({ queryKey: ['notices', guildId] }),
	});
}

/* Reports of done tasks: the list, what it adds up to, what is done about one, and the settings. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { buildUrl, get, send, type Query } from '@/api/client';
import type { components } from '@/api/schema';
import { figuresKey, useFigures } from '@/api/use-figures';
import { useMe } from '@/api/use-me';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';

type Schemas = components['schemas'];
export type TaskReport = Schemas['TaskReport'];
export type TaskSums = Schemas['TaskSums'];
export type TaskWeek = Schemas['TaskWeek'];
export type TaskPersonSums = Schemas['TaskPersonSums'];
export type TaskSettings = Schemas['TaskSettings'];
export type TaskSettingsWish = Schemas['TaskSettingsWish'];

const GUILD = '/api/v1/guilds/{guild_id}';
const EVERY_MS = 30_000;

export type ListWish = Omit<Query<'/api/v1/guilds/{guild_id}/task-reports'>, 'period'>;

export function useTaskReports(guildId: string, wish: ListWish) {
	const [view] = useView();
	const { period, from, to } = rangeQuery(view);
	const query = { period, from, to, ...wish } as Query<'/api/v1/guilds/{guild_id}/task-reports'>;
	return useQuery({
		queryKey: ['tasks', guildId, 'list', query],
		queryFn: ({ signal }) =>
			get(`${GUILD}/task-reports`, { ids: { guild_id: guildId }, query, signal }),
		placeholderData: (last) => last,
		refetchInterval: EVERY_MS,
	});
}

export function useTaskSummary(guildId: string) {
	const [view] = useView();
	const { period, from, to } = rangeQuery(view);
	return useFigures(`${GUILD}/task-reports/summary`, guildId, { period, from, to });
}

export function useTaskSettings(guildId: string, isManager: boolean) {
	return useQuery({
		queryKey: ['tasks', guildId, 'settings'],
		queryFn: ({ signal }) =>
			get(`${GUILD}/task-settings`, { ids: { guild_id: guildId }, signal }),
		enabled: isManager,
	});
}

interface Change {
	method: 'POST' | 'PUT';
	/** behind /guilds/{id} */
	tail: string;
	body?: object;
}

/** Afterwards everything is asked again, whatever came of it. */
export function useTaskChange(guildId: string) {
	const queries = useQueryClient();
	const me = useMe();
	return useMutation({
		mutationFn: async ({ method, tail, body }: Change) => {
			const url = buildUrl(GUILD, { guild_id: guildId }) + tail;
			await send(method, url, me.data?.csrf_token ?? '', body);
		},
		onSettled: () =>
			Promise.all([
				queries.invalidateQueries({ queryKey: ['tasks', guildId] }),
				queries.invalidateQueries({ queryKey: figuresKey(guildId) }),
			]),
	});
}

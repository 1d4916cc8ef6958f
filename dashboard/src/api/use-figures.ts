/*
 * The hooks of the overview page, one an endpoint. All live under ['guild', id, 'figures'],
 * so that a live event can refresh them together, and all keep the last answer on the screen
 * while the next period is being fetched.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { get, type GetPath, type Query } from './client';
import type { RangeQuery } from '@/lib/view';

export const figuresKey = (guildId: string) => ['guild', guildId, 'figures'] as const;

/** Any question about a guild that is asked anew when something happens. */
export function useFigures<P extends GetPath>(path: P, guildId: string, query: Query<P>) {
	return useQuery({
		queryKey: [...figuresKey(guildId), path, query],
		queryFn: ({ signal }) => get(path, { ids: { guild_id: guildId }, query, signal }),
		placeholderData: (last, lastQuery) =>
			lastQuery?.queryKey[1] === guildId ? keepPreviousData(last) : undefined,
	});
}

export const useOverview = (guildId: string, range: RangeQuery) =>
	useFigures('/api/v1/guilds/{guild_id}/overview', guildId, range);

export const useTimeseries = (
	guildId: string,
	range: RangeQuery,
	metric: 'messages' | 'members' | 'voice',
) => useFigures('/api/v1/guilds/{guild_id}/timeseries', guildId, { ...range, metric });

export const useHeatmap = (guildId: string, range: RangeQuery, metric: 'messages' | 'voice') => {
	const { compare: _, ...rest } = range;
	return useFigures('/api/v1/guilds/{guild_id}/heatmap', guildId, { ...rest, metric });
};

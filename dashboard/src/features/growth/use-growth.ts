/* The questions of the growth page, one an endpoint; under the guild's figures, so that they refresh together. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { get, type GetPath, type Query } from '@/api/client';
import { figuresKey } from '@/api/use-figures';
import type { RangeQuery } from '@/lib/view';

function useGrowthOf<P extends GetPath>(path: P, guildId: string, query: Query<P>) {
	return useQuery({
		queryKey: [...figuresKey(guildId), path, query],
		queryFn: ({ signal }) => get(path, { ids: { guild_id: guildId }, query, signal }),
		placeholderData: (last, lastQuery) =>
			lastQuery?.queryKey[1] === guildId ? keepPreviousData(last) : undefined,
	});
}

const PATH = '/api/v1/guilds/{guild_id}/growth';

export const useGrowth = (guildId: string, range: RangeQuery) => useGrowthOf(PATH, guildId, range);

/* Of a day too few join for a share to mean much. */
const SHORT: RangeQuery['period'][] = ['today', 'yesterday', '24h', '7d'];

export const useActivation = (guildId: string, range: RangeQuery) =>
	useGrowthOf(`${PATH}/activation`, guildId, {
		...range,
		bucket: SHORT.includes(range.period) ? 'day' : 'week',
	});

export const useStickiness = (guildId: string, range: RangeQuery) =>
	useGrowthOf(`${PATH}/stickiness`, guildId, range);

export const useLifecycle = (guildId: string, weeks: number) =>
	useGrowthOf(`${PATH}/lifecycle`, guildId, { weeks });

export const useRetention = (guildId: string, kind: 'membership' | 'activity', weeks: number) =>
	useGrowthOf(`${PATH}/retention`, guildId, { kind, weeks });
